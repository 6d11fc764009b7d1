"""The finder finds what is hidden, in every form; what was masked or hashed with a key it lets pass."""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import quote

import pytest

from daraja.masking import mask_text
from gateway.security import phone_key
from tests.security.canaries import Canaries

PHONE = "254711987654"
SECRET, KEY = "s3cret of a shop/+=", bytes(range(200, 232))
CANARIES = Canaries((PHONE,), {"secret": SECRET}, {"key": KEY})
HIDDEN = {
    "plain": PHONE,
    "local": "0711987654",
    "national": "711987654",
    "international": "+254711987654",
    "blanks": "0711 987 654",
    "dashes": "0711-987-654",
    "dots and brackets": "+254 (0) 711.987.654",
    "no-break blanks": "0711\u00a0987\u00a0654",
    "percent-encoded": quote("+254 711 987 654"),
    "digits percent-encoded": "".join(f"%{ord(one):02x}" for one in "0711987654"),
    "Arabic digits": "".join(chr(0x660 + int(one)) for one in "0711987654"),
    "in a CheckoutRequestID": "ws_CO_02032026121504123711987654",
    "in JSON in JSON": json.dumps(json.dumps({"PhoneNumber": 254711987654})),
    "hex": b"0711987654".hex(),
    "plain hash": hashlib.sha256(PHONE.encode()).hexdigest(),
    "plain hash, base64": base64.b64encode(hashlib.sha256(PHONE.encode()).digest()).decode(),
    "secret": f"said {SECRET}.",
    "secret percent-encoded": quote(SECRET, safe=""),
    "key hex": KEY.hex(),
    "key base64": base64.b64encode(KEY).decode(),
    "key base64 for addresses": base64.urlsafe_b64encode(KEY).decode(),
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_what_is_hidden_is_found(text: str) -> None:
    """Wherever it stands in a line."""
    assert [] != CANARIES.found_in(f'{{"line": "{text}", "n": 1}}')


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", '{"phone":"'])
@pytest.mark.parametrize("value", [PHONE.encode(), b"0711987654", SECRET.encode(), KEY])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_what_is_hidden_in_base64_is_found_wherever_it_begins(before: str, value: bytes, encode: object) -> None:
    """In three places relative to the encoding's groups, whatever follows."""
    assert callable(encode)
    assert [] != CANARIES.found_in(encode(before.encode() + value + b'","x":1}').decode())


@pytest.mark.parametrize(
    "text",
    [
        mask_text(PHONE),
        mask_text("0711 987 654"),
        phone_key(b"k" * 32, PHONE),
        "07•••••654",
        "711",
        "2026-11-28T21:19:54Z",
    ],
)
def test_what_was_masked_or_hashed_with_a_key_is_let_pass(text: str) -> None:
    """Else the tests would stop what is meant to be seen."""
    assert [] == CANARIES.found_in(text)
