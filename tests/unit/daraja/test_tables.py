"""The tables of codes and refusals are complete, unambiguous and say where each row comes from."""

import subprocess
import sys

import pytest

from daraja.refusals import TABLE, TOKEN_CODES
from daraja.result_codes import RESULT_CODES, Finality, Meaning, find

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
    assert {row.meaning for row in RESULT_CODES} == set(Meaning)


def test_every_row_of_refusals_has_a_source_and_a_condition() -> None:
    assert [row for row in TABLE if not row.source or not (row.codes or row.text or row.statuses)] == []


def test_all_five_codes_of_a_dead_token_are_known() -> None:
    assert len(TOKEN_CODES) == 5


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("result_codes", {"daraja.errors", "json", "httpx", "pydantic"}),
        ("masking", {"httpx", "httpcore", "pydantic", "phonenumbers"}),
        ("callbacks", {"httpx", "httpcore", "pydantic", "phonenumbers"}),
        ("errors", {"httpx", "httpcore", "pydantic", "phonenumbers"}),
        ("refusals", {"httpx", "httpcore", "pydantic", "phonenumbers"}),
        ("phone", {"httpx", "pydantic"}),
        ("client", {"phonenumbers"}),
    ],
)
def test_a_module_loads_only_what_it_needs(module: str, unwanted: set[str]) -> None:
    program = f"import sys; sys.path[:0] = {sys.path!r}; import daraja.{module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True)

    assert unwanted & set(loaded.stdout.split()) == set()
