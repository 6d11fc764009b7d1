"""Payouts from a file over the API: every line checked, all or nothing."""

from __future__ import annotations

import pytest

from tests.unit.web import payout_sample
from tests.unit.web.payout_sample import PAYER_KEY
from tests.unit.web.shop import OTHER_SECRET, Answered, Gateway

HEADING = "phone,amount,purpose,remarks,order"
GOOD = f"{HEADING}\n0711222333,12000,salary,March,e-17\n+254 722 000 111,500,,,\n\n"


@pytest.fixture
def gateway() -> Gateway:
    """A shop that pays out, without a payout."""
    made = Gateway()
    payout_sample.store(made)
    made.world.outgoings.outgoings.clear()
    return made


def send(gateway: Gateway, csv: str = GOOD, key: str = "march", name: str = "Wages March") -> Answered:
    """`POST /v1/payouts/files`."""
    headers = {"idempotency-key": key}
    return gateway.call("POST", "/v1/payouts/files", {"name": name, "csv": csv}, secret=PAYER_KEY, headers=headers)


def test_a_file_becomes_payouts_and_says_how_they_stand(gateway: Gateway) -> None:
    made = send(gateway)
    shown = gateway.call("GET", f"/v1/payouts/files/{made.json['id']}", secret=PAYER_KEY).json
    assert (201, 2, 12500, True) == (made.status, shown["count"], shown["amount"], shown["complete"])
    assert [{"status": "awaiting_approval", "count": 2, "amount": 12500}] == shown["statuses"]


def test_each_payout_names_its_file_and_its_own_fields(gateway: Gateway) -> None:
    made = send(gateway).json
    first, second = (gateway.call("GET", f"/v1/payouts/{one}", secret=PAYER_KEY).json for one in made["payouts"])
    assert (made["id"], "salary", "March", "e-17", 12000) == (
        first["file"],
        first["purpose"],
        first["remarks"],
        first["order"],
        first["amount"],
    )
    assert ("business", "Payout", None, 500) == (
        second["purpose"],
        second["remarks"],
        second["order"],
        second["amount"],
    )


def test_the_same_file_with_the_same_key_is_the_same_file(gateway: Gateway) -> None:
    first, again = send(gateway), send(gateway)
    assert (200, first.json["id"], "true", 2) == (
        again.status,
        again.json["id"],
        again.headers["Idempotency-Replayed"],
        len(gateway.world.outgoings.outgoings),
    )


def test_another_file_with_the_same_key_is_refused(gateway: Gateway) -> None:
    send(gateway)
    again = send(gateway, GOOD.replace("500", "501"))
    assert (422, "idempotency_key_reused", 2) == (again.status, again.code, len(gateway.world.outgoings.outgoings))


@pytest.mark.parametrize(
    ("csv", "code", "param"),
    [
        (f"{HEADING}\n0711222333,9,,,", "amount_too_small", "csv.2.amount"),
        (f"{HEADING}\n0711222333,250001,,,", "amount_too_large", "csv.2.amount"),
        (f"{HEADING}\n0711222333,12.50,,,", "amount_invalid", "csv.2.amount"),
        (f"{HEADING}\n0711222333,,,,", "field_missing", "csv.2.amount"),
        (f"{HEADING}\n0711222333,100,,,\n071,100,,,", "phone_invalid", "csv.3.phone"),
        (f"{HEADING}\n0711222333,100,fun,,", "field_invalid", "csv.2.purpose"),
        (f"{HEADING}\n0711222333,100,,x,", "field_invalid", "csv.2.remarks"),
        (f"{HEADING}\n0711222333,100,,,\n0711222333,100,,,", "field_invalid", "csv.3"),
        (f"{HEADING}\n0711222333,100,,,,extra", "field_invalid", "csv.2"),
        (f'{HEADING}\n"0711222333,100,,,', "field_invalid", "csv.2"),
        (f"{HEADING}\n\n0711222333,9,,,", "amount_too_small", "csv.3.amount"),
        ("phone\n0711222333", "field_invalid", "csv"),
        ("phone,amount,colour\n0711222333,100,red", "field_invalid", "csv"),
        (HEADING, "field_invalid", "csv"),
        ("", "field_invalid", "csv"),
        (HEADING + "\n" + "0711222333,100,,,x\n" * 501, "field_invalid", "csv"),
    ],
)
def test_one_bad_line_refuses_the_file_and_is_named(gateway: Gateway, csv: str, code: str, param: str) -> None:
    refused = send(gateway, csv)
    assert (422, code, param, {}, {}) == (
        refused.status,
        refused.code,
        refused.json["param"],
        gateway.world.outgoings.outgoings,
        gateway.world.outgoings.files,
    )


def test_a_purpose_that_is_none_is_told_which_there_are(gateway: Gateway) -> None:
    """In our words, with the field in front; the same of a single payout."""
    refused = send(gateway, f"{HEADING}\n0711222333,100,wages,,")
    assert "Line 2: purpose must be business, salary or promotion." == refused.json["detail"]


@pytest.mark.parametrize(("gap", "kept", "numbers"), [("", (), [2, 3]), ("\n", (2, 4), [2, 4])])
def test_a_file_knows_its_lines_by_the_rows_of_a_spreadsheet(
    gateway: Gateway, gap: str, kept: tuple[int, ...], numbers: list[int]
) -> None:
    """An empty row counts. Where there is none, nothing needs to be kept of it."""
    sent = send(gateway, f"{HEADING}\n0711222333,100,,,\n{gap}0711222334,100,,,").json["id"]
    file = gateway.world.outgoings.files[sent]
    assert (kept, numbers) == (file.numbers, [file.number_of(place) for place in (1, 2)])


def test_all_bad_lines_are_told_at_once_without_their_numbers(gateway: Gateway) -> None:
    """What is wrong is said by line; a phone number is never repeated in an error."""
    refused = send(gateway, f"{HEADING}\n0711222333x,100,,,\n0711222333,1,,,")
    assert ["csv.2.phone", "csv.3.amount"] == [error["param"] for error in refused.json["errors"]]
    assert "0711222333" not in refused.body


def test_a_file_of_another_shop_is_not_there(gateway: Gateway) -> None:
    file_id = send(gateway).json["id"]
    answers = [
        gateway.call("GET", f"/v1/payouts/files/{one}", secret=PAYER_KEY).status
        for one in (file_id, "file_" + "0" * 32, "nothing")
    ]
    assert [200, 404, 404] == answers
    assert 403 == gateway.call("GET", f"/v1/payouts/files/{file_id}", secret=OTHER_SECRET).status


@pytest.mark.parametrize(
    ("amount", "code"), [("9" * 5_000, "amount_too_large"), ("0" * 5_000, "amount_too_small"), ("000500", None)]
)
def test_endless_figures_are_refused_like_any_bad_amount(amount: str, code: str | None, gateway: Gateway) -> None:
    answer = send(gateway, f"{HEADING}\n0711222333,{amount},,,\n")
    assert (422 if code else 201, code) == (answer.status, answer.json.get("code"))


TWO = "phone,amount\n"


@pytest.mark.parametrize(
    ("csv", "told"),
    [
        ("phone;amount\n0712345678;100", "The cells are separated by semicolons; save the file with commas"),
        ("phone\tamount\n0712345678\t100", "The cells are separated by tabs; save the file with commas"),
        ("phone,amount,\n0712345678,100,", "A column has no name: is there a comma too many."),
        ("phone,amount,phone\n", 'The column "phone" stands there twice.'),
        ("phone,amount,name\n0712345678,100,x", 'The column "name" is not known.'),
        ("phone,remarks\n0712345678,x", "The column amount is missing."),
        ("0712345678,100", 'The column "07•••••678" is not known.'),
        (TWO + '"0712345678,100', "Line 2 is no CSV: a cell in quotes does not end"),
        (TWO + '"0712345678"1,100', "Line 2 is no CSV: a cell in quotes does not end"),
        (TWO + "2.54713E+11,100", "Line 2: phone: a spreadsheet wrote a shortened number; format the column as text"),
        (TWO + "0712345678,1E+05", "Line 2: amount: a spreadsheet wrote a shortened number; format the column"),
    ],
)
def test_what_spreadsheets_do_to_a_file_is_told_as_such(gateway: Gateway, csv: str, told: str) -> None:
    """What is wrong and what to do, in words of who made the file; and nobody's number."""
    detail = send(gateway, csv).json["detail"]

    assert told == detail[: len(told)]


def test_lines_may_end_as_an_old_spreadsheet_ends_them(gateway: Gateway) -> None:
    """CSV (Macintosh)."""
    answer = send(gateway, "phone,amount\r0712345678,100\r0712345679,200\r")

    assert (201, 2, 300) == (answer.status, answer.json["count"], answer.json["amount"])
