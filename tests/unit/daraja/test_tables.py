"""The tables of codes and refusals are complete, unambiguous and say where each row comes from."""

import subprocess
import sys

import pytest

from daraja.refusals import TABLE, TOKEN_CODES
from daraja.result_codes import (
    INITIATOR_WORDS,
    RESULT_CODES,
    TRAITS,
    About,
    Finality,
    Meaning,
    Retry,
    about_initiator,
    find,
)

STK_FINAL = {"1", "2", "3", "4", "8", "17", "26", "1001", "1019", "1025", "1032"} | {
    "2001",
    "2006",
    "2028",
    "8006",
    "SFC_IC0003",
}


def codes(finality: Finality) -> set[str]:
    return {row.code for row in RESULT_CODES if (row.family, row.finality) == ("stk", finality)}


def test_every_code_has_a_text_and_a_source() -> None:
    assert [row for row in RESULT_CODES if not (row.text and row.source)] == []


def test_no_code_stands_twice_in_a_family() -> None:
    assert len({(row.family, row.code) for row in RESULT_CODES}) == len(RESULT_CODES)


def test_the_closed_list_of_stk_codes_is_that_of_the_portal() -> None:
    assert codes(Finality.FINAL) == STK_FINAL
    assert codes(Finality.SUCCESS) == {"0"}


def test_three_codes_count_only_after_a_second_look() -> None:
    assert codes(Finality.ASK_AGAIN) == {"1036", "1037", "9999"}


def test_4999_is_not_finished() -> None:
    assert codes(Finality.PENDING) == {"4999"}


@pytest.mark.parametrize("code", ["E3008", "TP40153", "00", "", "1032 ", "-1"])
def test_a_code_on_no_list_is_not_found(code: str) -> None:
    assert find("stk", code) is None


def test_a_code_means_different_things_in_different_families() -> None:
    rows = find("stk", "2001"), find("result", "2001")

    assert [row and row.meaning for row in rows] == [Meaning.WRONG_PIN, Meaning.INITIATOR_REJECTED]


def test_every_meaning_is_used() -> None:
    assert {row.meaning for row in RESULT_CODES} | {meaning for _, meaning in INITIATOR_WORDS} == set(Meaning)


def money_out_codes(*words: Meaning) -> set[str]:
    return {row.code for row in RESULT_CODES if row.family == "result" and row.meaning in words}


def test_every_code_about_money_out_says_whose_matter_it_is_and_no_other_does() -> None:
    assert [] == [row.code for row in RESULT_CODES if (row.family == "result") != (row.trait is not None)]


def test_every_meaning_of_a_code_about_money_out_has_a_trait() -> None:
    """And every trait a code, or words."""
    used = {row.meaning for row in RESULT_CODES if row.family == "result"}

    assert used | {meaning for _, meaning in INITIATOR_WORDS} == set(TRAITS)


@pytest.mark.parametrize(
    ("about", "codes"),
    [
        (About.NOBODY, {"0"}),
        (About.OUR_FLOAT, {"1", "5"}),
        (About.RECIPIENT, {"4", "7", "8", "12", "14", "2040", "SFC_IC0003"}),
        (About.AMOUNT, {"2", "3"}),
        (About.INITIATOR, {"18", "20", "21", "22", "2001", "8006", "TP40153", "100000007", "100000010"}),
        (About.OUR_SETUP, {"6", "11", "13", "19", "24", "25", "29", "2006", "2028", "100000005"}),
        (About.ORIGINAL, {"R000001", "R000002"}),
    ],
    ids=lambda value: str(value) if isinstance(value, About) else f"{len(value)} codes",
)
def test_a_code_about_money_out_is_somebodys_matter(about: About, codes: set[str]) -> None:
    found = {row.code for row in RESULT_CODES if row.trait is not None and row.trait.about is about}

    assert codes == found


def test_a_final_code_never_says_look_first() -> None:
    """What may have been done is not final; what is not final is looked at."""
    final = [row for row in RESULT_CODES if row.trait is not None and row.finality is Finality.FINAL]

    assert [] == [row.code for row in final if row.trait is not None and row.trait.retry is Retry.LOOK_FIRST]


def test_only_safaricoms_own_troubles_leave_a_payout_open() -> None:
    open_codes = {row.code for row in RESULT_CODES if (row.family, row.finality) == ("result", Finality.ASK_AGAIN)}

    assert {"15", "17", *(f"1000000{number:02}" for number in range(12))} == open_codes


@pytest.mark.parametrize(
    ("code", "words", "meaning"),
    [
        ("2001", "", Meaning.INITIATOR_REJECTED),
        ("8006", "whatever", Meaning.INITIATOR_LOCKED),
        ("21", "", Meaning.INITIATOR_NOT_ALLOWED),
        ("9001", "The initiator information  is INVALID.", Meaning.INITIATOR_REJECTED),
        ("9001", "The security credential has expired", Meaning.INITIATOR_EXPIRED),
        ("9001", "[B2C] The security credential is locked.", Meaning.INITIATOR_LOCKED),
        ("1", "The initiator information is invalid.", None),
        ("9001", "The balance is insufficient.", None),
        ("9001", "", None),
    ],
)
def test_trouble_with_the_operator_is_known_by_code_or_words(code: str, words: str, meaning: Meaning | None) -> None:
    """A code that is known outranks words."""
    assert meaning == about_initiator(code, words)


FAILURE_WORDS = {
    "insufficient_balance": money_out_codes(Meaning.INSUFFICIENT_FUNDS, Meaning.BELOW_MINIMUM_BALANCE),
    "initiator_invalid": money_out_codes(Meaning.INITIATOR_REJECTED),
    "initiator_locked": money_out_codes(Meaning.INITIATOR_LOCKED),
    "recipient_not_on_mpesa": money_out_codes(Meaning.RECIPIENT_NOT_ON_MPESA, Meaning.PARTY_UNKNOWN),
    "recipient_limit": money_out_codes(Meaning.LIMIT_REACHED, Meaning.RECIPIENT_ACCOUNT_FULL),
    "below_minimum": money_out_codes(Meaning.BELOW_MINIMUM),
    "above_maximum": money_out_codes(Meaning.ABOVE_MAXIMUM),
    "already_reversed": money_out_codes(Meaning.ALREADY_REVERSED),
    "not_permitted": money_out_codes(Meaning.INITIATOR_NOT_ALLOWED, Meaning.PRODUCT_NOT_ASSIGNED),
    "system_error": money_out_codes(Meaning.INTERNAL_FAILURE),
    "system_busy": money_out_codes(Meaning.SYSTEM_BUSY),
}


@pytest.mark.parametrize("word", FAILURE_WORDS)
def test_the_words_of_our_api_follow_from_meanings(word: str) -> None:
    """Each has codes of its own. For "too late to reverse" none is published."""
    others = set[str]().union(*(codes for name, codes in FAILURE_WORDS.items() if name != word))

    assert (True, set()) == (bool(FAILURE_WORDS[word]), FAILURE_WORDS[word] & others)


def test_every_row_of_refusals_has_a_source_and_a_condition() -> None:
    assert [row for row in TABLE if not row.source or not (row.codes or row.text or row.statuses)] == []


def test_all_five_codes_of_a_dead_token_are_known() -> None:
    assert len(TOKEN_CODES) == 5


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("result_codes", {"daraja.errors", "json", "httpx", "pydantic"}),
        ("masking", {"httpx", "httpcore", "pydantic", "phonenumbers"}),
        ("callbacks", {"httpx", "httpcore", "pydantic", "phonenumbers", "daraja.results"}),
        ("results", {"httpx", "httpcore", "pydantic", "phonenumbers", "daraja.refusals", "daraja.callbacks"}),
        ("command_answers", {"httpx", "httpcore", "pydantic", "phonenumbers"}),
        ("pull_answers", {"httpx", "httpcore", "pydantic", "phonenumbers"}),
        ("direct_answers", {"httpx", "httpcore", "pydantic", "phonenumbers"}),
        ("requests", {"httpx", "daraja.requests.payouts", "daraja.requests.bills", "daraja.requests.c2b"}),
        ("errors", {"httpx", "httpcore", "pydantic", "phonenumbers"}),
        ("refusals", {"httpx", "httpcore", "pydantic", "phonenumbers"}),
        ("phone", {"httpx", "pydantic"}),
        ("client", {"phonenumbers", "daraja.requests.payouts", "daraja.results", "daraja.direct_answers"}),
    ],
)
def test_a_module_loads_only_what_it_needs(module: str, unwanted: set[str]) -> None:
    program = f"import sys; sys.path[:0] = {sys.path!r}; import daraja.{module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True)

    assert unwanted & set(loaded.stdout.split()) == set()
