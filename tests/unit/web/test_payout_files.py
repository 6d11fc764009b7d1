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
