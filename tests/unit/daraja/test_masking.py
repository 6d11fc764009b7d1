"""No Kenyan number and no token survives a text that passed through here."""

import re
import time
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daraja.masking import mask_phone, mask_text, scrub

NATIONAL = st.from_regex(r"[17][0-9]{8}", fullmatch=True)
AROUND = st.text(alphabet="abz INV#_:,;=\"'{}[]\n", max_size=8)
SEPARATORS = st.sampled_from([" ", "-", ".", "\u00a0", " - ", "\u2011", ") "])


@pytest.mark.parametrize("form", ["254712345678", "+254712345678", "0712345678", "712345678", " 0712345678 "])
def test_a_masked_phone_shows_its_first_and_its_last_three_digits(form: str) -> None:
    assert mask_phone(form) == "07•••••678"


def test_a_masked_phone_of_the_newer_range_begins_with_01() -> None:
    assert mask_phone("254110345678") == "01•••••678"


@pytest.mark.parametrize("text", ["", "25471234567", "447911123456", "Amina", "2547123456789"])
def test_what_is_no_kenyan_number_is_masked_whole(text: str) -> None:
    assert mask_phone(text) == "•" * 8


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("ws_CO_15032026101531204711000111", "ws_CO_150320261015312047•••••111"),
        ("ws_CO_1507202610153120711000111", "ws_CO_15072026101531207•••••111"),
        ('{"PartyA":254711000111}', '{"PartyA":2547•••••111}'),
        ("pay 0711 000 111 now", "pay 07•• ••• 111 now"),
        ("0711-000-111", "07••-•••-111"),
        ("(0711) 000.111", "(07••) •••.111"),
        ("+254 (0) 711 000 111", "+254 (0) 7•• ••• 111"),
        ("711 000 111", "7•• ••• 111"),
        ("phone=%2B254711000111&x=1", "phone=%2B2547•••••111&x=1"),
        ("phone=0711%20000%20111", "phone=07••%20•••%20111"),
        ("%30%37%31%31%30%30%30%31%31%31", "%30%37•••••%31%31%31"),
        ("INV0711000111", "INV07•••••111"),
        ("9990711000111", "99907•••••111"),
        ("\u0660\u0667\u0661\u0661\u0660\u0660\u0660\u0661\u0661\u0661", "\u0660\u0667•••••\u0661\u0661\u0661"),
        ("0711000111 and 0722000222", "07•••••111 and 07•••••222"),
        ("07110001110722000222", "07•••••1•••••••••222"),
    ],
)
def test_a_number_is_masked_wherever_it_hides(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "KES 250000 on 2026-07-15 10:15:31",
        "20260715101531",
        "15072026101531",
        "ws_CO_191220191020363925",
        "1773558930123",
        "pay_07123456781234567890abcdef012345",
        "0f8fad5b-d9cb-469f-a165-071234567812",
        "196.201.214.200",
        "MerchantRequestID 29115-34620561-1",
        "UCF4AB12CD 174379 600000",
        "500.001.1001",
    ],
)
def test_times_ids_amounts_and_addresses_stay_readable(text: str) -> None:
    assert mask_text(text) == text


@given(NATIONAL, st.sampled_from(["254", "0", "+254", "00254"]), AROUND, AROUND)
@example("771000000", "0", "16", "")
def test_no_prefixed_number_survives_in_any_surroundings(national: str, prefix: str, before: str, after: str) -> None:
    masked = mask_text(f"{before}{prefix}{national}{after}")

    assert national not in masked
    assert re.search(r"(254|0)[17][0-9]{8}", masked) is None


@given(NATIONAL, st.from_regex(r"[2-9][0-9]{0,3}", fullmatch=True), st.from_regex(r"[0-9]{0,6}", fullmatch=True))
def test_no_prefixed_number_survives_inside_a_run_of_digits(national: str, before: str, after: str) -> None:
    assert national not in mask_text(f"{before}254{national}{after}")


@given(NATIONAL, st.lists(SEPARATORS, min_size=8, max_size=8), st.sets(st.integers(1, 8)))
@example("100000000", [" ", " ", ".", ".", ".", " ", " ", " "], {1, 2, 3, 4, 5, 6})  # looks like an address inside
def test_no_number_survives_with_separators_anywhere(national: str, separators: list[str], at: set[int]) -> None:
    pieces = [digit + (separators[index] if index + 1 in at else "") for index, digit in enumerate(national[:-1])]
    written = "".join([*pieces, national[-1]])

    shown = re.sub(r"[^0-9]", "", mask_text(f"0{written}"))

    assert len(shown) <= 5


@given(NATIONAL, st.datetimes(), st.integers(0, 999))
def test_no_checkout_request_id_keeps_its_number(national: str, moment: object, millisecond: int) -> None:
    checkout_request_id = f"ws_CO_{moment:%d%m%Y%H%M%S}{millisecond:03}{national}"

    assert national not in mask_text(checkout_request_id)


@given(st.text(max_size=200))
@example("0712345678912345678")
def test_masking_twice_is_masking_once_and_never_fails(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)


@given(NATIONAL, AROUND)
def test_a_percent_encoded_text_hides_its_number_too(national: str, around: str) -> None:
    assert national not in mask_text(quote(f"{around}+254{national}"))


@pytest.mark.parametrize(
    "text",
    ["0712345678" * 9_000, "0 7 1 2 " * 9_000, "1" * 90_000, "%30" * 30_000],
    ids=["numbers", "blanks", "ones", "encoded"],
)
def test_a_long_hostile_text_costs_little(text: str) -> None:
    begun = time.process_time()
    mask_text(text)

    assert time.process_time() - begun < 10


def test_scrubbing_leaves_neither_secrets_nor_tokens_nor_line_breaks() -> None:
    text = "Invalid Access Token - aB3dE5fG7hJ9\nBearer c0FdTsGkBcX2aQ8vN1mZ for 254711000111, key s3cret"

    assert scrub(text, ["s3cret"]) == ("Invalid Access Token - [hidden] Bearer [hidden] for 2547•••••111, key [hidden]")


def test_scrubbed_texts_are_short() -> None:
    assert len(scrub("long words " * 10_000)) == 300
