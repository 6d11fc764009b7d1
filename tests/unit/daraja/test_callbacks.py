"""What Safaricom posts is read in every dress that was ever seen, and nothing else is read as something."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daraja.callbacks import (
    C2bConfirmation,
    StkCallback,
    Unreadable,
    UnreadableReason,
    parse_c2b,
    parse_stk_callback,
    whole_shillings,
)

CHECKOUT_ID = "ws_CO_15032026101531204711000111"
PAID_AT_MS = 1_773_558_952_000
ITEMS = (
    '{"Name":"Amount","Value":250.00}',
    '{"Name":"MpesaReceiptNumber","Value":"UCF4AB12CD"}',
    '{"Name":"Balance"}',
    '{"Name":"TransactionDate","Value":20260315101552}',
    '{"Name":"PhoneNumber","Value":254711000111}',
)
PAID = StkCallback(
    checkout_request_id=CHECKOUT_ID,
    merchant_request_id="7c1a-1",
    result_code="0",
    result_text="The service request is processed successfully.",
    amount_kes=250,
    amount_text="250.00",
    receipt="UCF4AB12CD",
    completed_at_ms=PAID_AT_MS,
    phone="254711000111",
)
C2B = {
    "TransactionType": "Pay Bill",
    "TransID": "UCF4AB12CE",
    "TransTime": "20260315104205",
    "TransAmount": "100.00",
    "BusinessShortCode": "600111",
    "BillRefNumber": " inv 1042",
    "InvoiceNumber": "",
    "OrgAccountBalance": "25100.00",
    "ThirdPartyTransID": "",
    "MSISDN": "2547 ***** 111",
    "FirstName": "AMINA",
    "MiddleName": "",
    "LastName": "",
}


def paid(*items: str, item: str = "", code: str = "0") -> bytes:
    told = item or f"[{','.join(items or ITEMS)}]"
    return (
        f'{{"Body":{{"stkCallback":{{"MerchantRequestID":"7c1a-1","CheckoutRequestID":"{CHECKOUT_ID}",'
        f'"ResultCode":{code},"ResultDesc":"The service request is processed successfully.",'
        f'"CallbackMetadata":{{"Item":{told}}}}}}}}}'
    ).encode()


def failed(code: str) -> bytes:
    return (
        f'{{"Body":{{"stkCallback":{{"MerchantRequestID":"7c1a-1","CheckoutRequestID":"{CHECKOUT_ID}",'
        f'"ResultCode":{code},"ResultDesc":"Request cancelled by user"}}}}}}'
    ).encode()


def amount(told: str) -> StkCallback:
    return parse_stk_callback(paid(f'{{"Name":"Amount","Value":{told}}}'))


def c2b(**changes: object) -> C2bConfirmation:
    return parse_c2b(json.dumps(C2B | changes).encode())


Outcome = StkCallback | C2bConfirmation | UnreadableReason


def outcome(parse: Callable[[bytes], object], body: bytes) -> object:
    try:
        return parse(body)
    except Unreadable as unreadable:
        return unreadable.reason


def reason_of(parse: Callable[[bytes], object], body: bytes) -> UnreadableReason:
    with pytest.raises(Unreadable) as caught:
        parse(body)
    return caught.value.reason


def test_a_paid_callback_gives_amount_receipt_and_time() -> None:
    assert parse_stk_callback(paid()) == PAID


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(paid(*reversed(ITEMS)), id="items in another order"),
        pytest.param(paid(*ITEMS, '{"Name":"Balance","Value":"{Amount={…}}"}'), id="balance with a value"),
        pytest.param(paid(*ITEMS, '{"Name":"New","Value":{"x":[1]}}', "{}"), id="items that are new or empty"),
        pytest.param(paid(*ITEMS, ITEMS[0]), id="the same item twice"),
        pytest.param(paid(code='"0"'), id="result code as text"),
        pytest.param(paid(code="0.0"), id="result code as decimal"),
        pytest.param(b"\xef\xbb\xbf" + paid(), id="byte order mark"),
        pytest.param(b"[" + paid() + b"]", id="in a list of one"),
        pytest.param(paid().replace(b"20260315101552", b'"2026-03-15 10:15:52"'), id="date as text"),
        pytest.param(paid().replace(b"20260315101552", b"20260315101552.0"), id="date as decimal"),
        pytest.param(paid().replace(b"254711000111}", b'"254711000111"}'), id="phone as text"),
        pytest.param(paid().replace(b'"Name"', b'"NAME"').replace(b'"Value"', b'"value"'), id="keys in another case"),
        pytest.param(paid().replace(b'{"Body":', b'{"Extra":[1,2],"Body":'), id="extra fields"),
        pytest.param(paid()[len('{"Body":') : -1], id="without its wrapper"),
    ],
)
def test_every_dress_of_a_paid_callback_reads_the_same(body: bytes) -> None:
    assert parse_stk_callback(body) == PAID


def test_a_single_item_may_stand_without_a_list() -> None:
    callback = parse_stk_callback(paid(item='{"Name":"MpesaReceiptNumber","Value":"UCF4AB12CD"}'))

    assert (callback.receipt, callback.amount_kes) == ("UCF4AB12CD", None)


@pytest.mark.parametrize("code", ["1032", '"1032"', '" 1032 "', "1032.0"])
def test_a_failure_has_no_metadata_and_its_code_is_text(code: str) -> None:
    callback = parse_stk_callback(failed(code))

    assert (callback.result_code, callback.receipt, callback.amount_text) == ("1032", None, None)


def test_a_lettered_code_stays_as_it_is() -> None:
    assert parse_stk_callback(failed('"SFC_IC0003"')).result_code == "SFC_IC0003"


@pytest.mark.parametrize(
    ("told", "shillings", "text"),
    [
        ("1", 1, "1"),
        ("1.00", 1, "1.00"),
        ('"10"', 10, "10"),
        ('"190.00"', 190, "190.00"),
        ("250.0", 250, "250.0"),
        ("2.5E2", 250, "2.5E2"),
        ('"1,250.00"', 1250, "1,250.00"),
        ("250.5", None, "250.5"),
        ("250.000000000000001", None, "250.000000000000001"),
        ("-250", None, "-250"),
        ("1e400", None, "1e400"),
        ('"a lot"', None, "a lot"),
        ("true", None, None),
        ("null", None, None),
        ('""', None, None),
        ("[250]", None, None),
    ],
)
def test_an_amount_is_whole_shillings_or_nothing_and_kept_as_told(
    told: str, shillings: int | None, text: str | None
) -> None:
    callback = amount(told)

    assert (callback.amount_kes, callback.amount_text) == (shillings, text)


@given(st.integers(0, 10**12), st.sampled_from(["", ".", ".0", ".00"]))
def test_whole_shillings_are_read_exactly_however_large(shillings: int, tail: str) -> None:
    assert whole_shillings(f"{shillings}{tail}") == shillings


def test_the_filler_for_no_transaction_is_no_receipt() -> None:
    callback = parse_stk_callback(paid('{"Name":"MpesaReceiptNumber","Value":"OAK0000000"}'))

    assert callback.receipt is None


@pytest.mark.parametrize("told", ["254711***111", "254711000111"])
def test_the_phone_is_kept_as_told(told: str) -> None:
    callback = parse_stk_callback(paid(f'{{"Name":"PhoneNumber","Value":"{told}"}}'))

    assert callback.phone == told


def test_a_callback_without_ids_is_still_read() -> None:
    callback = parse_stk_callback(b'{"Body":{"stkCallback":{"ResultCode":0}}}')

    assert (callback.checkout_request_id, callback.merchant_request_id, callback.result_text) == (None, None, "")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", UnreadableReason.NOT_JSON),
        (b"phone=254711000111", UnreadableReason.NOT_JSON),
        (paid()[:-4], UnreadableReason.NOT_JSON),
        (amount_body := paid('{"Name":"Amount","Value":NaN}'), UnreadableReason.NOT_JSON),
        (amount_body.replace(b"NaN", b"-Infinity"), UnreadableReason.NOT_JSON),
        (b'{"Body":"\xff"}', UnreadableReason.NOT_UTF8),
        (paid().replace(b"UCF4AB12CD", rb"\ud800"), UnreadableReason.NOT_UTF8),
        (b"[" * 100_000, UnreadableReason.TOO_DEEP),
        (b'{"a":' * 30_000, UnreadableReason.TOO_DEEP),
        (b" " * 300_000, UnreadableReason.TOO_LARGE),
        (b"[]", UnreadableReason.WRONG_SHAPE),
        (b"0", UnreadableReason.WRONG_SHAPE),
        (b"{}", UnreadableReason.WRONG_SHAPE),
        (b'{"Body":{"stkCallback":[]}}', UnreadableReason.WRONG_SHAPE),
        (paid(item='["Amount"]'), UnreadableReason.WRONG_SHAPE),
        (b'{"Body":{"stkCallback":{}}}', UnreadableReason.NO_RESULT_CODE),
        (failed("null"), UnreadableReason.NO_RESULT_CODE),
        (failed("false"), UnreadableReason.NO_RESULT_CODE),
        (failed('0,"ResultCode":1032'), UnreadableReason.CONFLICTING_KEYS),
        (failed('0,"resultcode":1'), UnreadableReason.CONFLICTING_KEYS),
        (paid(ITEMS[0], '{"Name":"amount","Value":1}'), UnreadableReason.CONFLICTING_KEYS),
        (paid().replace(b"UCF4AB12CD", b"U" * 65), UnreadableReason.VALUE_TOO_LONG),
        (paid().replace(CHECKOUT_ID.encode(), b"w" * 257), UnreadableReason.VALUE_TOO_LONG),
    ],
    ids=str,
)
def test_a_body_without_a_single_meaning_is_unreadable(body: bytes, reason: UnreadableReason) -> None:
    assert reason_of(parse_stk_callback, body) is reason


def test_a_key_that_says_the_same_twice_is_read() -> None:
    assert parse_stk_callback(failed('1032,"ResultCode":1032')).result_code == "1032"


def test_a_confirmation_gives_receipt_amount_reference_and_first_name() -> None:
    assert c2b() == C2bConfirmation(
        receipt="UCF4AB12CE",
        amount_kes=100,
        amount_text="100.00",
        shortcode="600111",
        reference=" inv 1042",
        completed_at_ms=1_773_560_525_000,
        payer_name="AMINA",
        phone_hint="2547 ***** 111",
        transaction_type="Pay Bill",
        third_party_id=None,
    )


def test_a_confirmation_may_be_in_any_case_with_numbers_for_texts() -> None:
    changed = {key.lower(): value for key, value in C2B.items()}
    numbers = {"transamount": 100.0, "businessshortcode": 600111, "transtime": 20260315104205}

    confirmation = parse_c2b(json.dumps(changed | numbers).encode())

    assert (confirmation.amount_kes, confirmation.shortcode) == (100, "600111")
    assert confirmation.completed_at_ms == 1_773_560_525_000


@pytest.mark.parametrize(
    ("first", "middle", "last", "name"),
    [
        ("AMINA", "WANJIKU", "OTIENO", "AMINA W. O."),
        ("Amina Wanjiku", None, "", "Amina W."),
        ("0711000111", "", "", "07•••••111"),
        (None, None, None, None),
        ("", "", "OTIENO", "OTIENO"),
    ],
)
def test_of_a_payers_name_the_first_name_and_initials_are_kept(
    first: str | None, middle: str | None, last: str | None, name: str | None
) -> None:
    assert c2b(FirstName=first, MiddleName=middle, LastName=last).payer_name == name


def test_missing_values_of_a_confirmation_are_empty() -> None:
    confirmation = parse_c2b(b'{"TransID":"UCF4AB12CE"}')

    assert (confirmation.amount_kes, confirmation.shortcode, confirmation.reference) == (None, None, "")
    assert (confirmation.payer_name, confirmation.transaction_type) == (None, "")


@pytest.mark.parametrize("receipt", [None, "", "  ", "OAK0000000", [], True])
def test_a_confirmation_without_a_receipt_is_unreadable(receipt: object) -> None:
    assert reason_of(parse_c2b, json.dumps(C2B | {"TransID": receipt}).encode()) is UnreadableReason.NO_RECEIPT


def test_neither_numbers_nor_names_are_shown_when_printed() -> None:
    shown = f"{parse_stk_callback(paid())!r} {c2b()!r}"

    assert [hidden for hidden in ("711000111", "AMINA", "***** 111") if hidden in shown] == []


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = (*C2B, "Body", "stkCallback", "CallbackMetadata", "Item", "Name", "Value", "ResultCode", "CheckoutRequestID")


def told(keys: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Any JSON made of Safaricom's own keys in any places."""
    return st.recursive(
        json_values,
        lambda inner: st.dictionaries(keys, inner, max_size=5) | st.lists(inner, max_size=3),
        max_leaves=20,
    )


@pytest.mark.parametrize("parse", [parse_stk_callback, parse_c2b])
@given(body=st.binary(max_size=400))
@example(body=b"\x00")
@example(body=b'{"TransID":"x","TransAmount":1e999999999}')
@example(body=b'{"TransID":"x","TransAmount":' + b"9" * 5000 + b"}")
def test_any_bytes_are_read_or_unreadable(parse: Callable[[bytes], object], body: bytes) -> None:
    assert isinstance(outcome(parse, body), Outcome)


@pytest.mark.parametrize("parse", [parse_stk_callback, parse_c2b])
@given(body=told(st.sampled_from(KEYS)))
def test_any_json_is_read_or_unreadable(parse: Callable[[bytes], object], body: object) -> None:
    assert isinstance(outcome(parse, json.dumps(body).encode()), Outcome)


@given(item=told(st.sampled_from(KEYS)), code=json_values)
def test_any_metadata_of_a_callback_is_read_or_unreadable(item: object, code: object) -> None:
    body = {"Body": {"stkCallback": {"ResultCode": code, "CallbackMetadata": {"Item": item}}}}
    assert isinstance(outcome(parse_stk_callback, json.dumps(body).encode()), Outcome)
