"""Payouts through the running local world: the API, a person, M-Pesa's own books."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.end_to_end.local_world import LocalWorld
from tests.end_to_end.person import decides

PHONE = "0722000601"


def ask(world: LocalWorld, key: str, amount: int = 1200, phone: str = PHONE) -> str:
    """`POST /v1/payouts`; the payout's id."""
    body = {"amount": amount, "phone": phone, "purpose": "salary", "remarks": "February"}
    answer = world.api("POST", "/v1/payouts", body, key=key)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def payout(world: LocalWorld, out_id: str) -> dict[str, Any]:
    """As it stands."""
    return dict(world.api("GET", f"/v1/payouts/{out_id}").json())


def transfers(world: LocalWorld, phone: str = PHONE) -> list[tuple[int, str]]:
    """What M-Pesa's own books have gone out to this phone: amount and receipt."""
    entries: Sequence[dict[str, Any]] = world.control("GET", "books")["entries"]
    number = "254" + phone[1:]
    return [(one["amount"], one["receipt"]) for one in entries if one["direction"] == "out" and one["payer"] == number]


def test_a_payout_waits_for_a_person_and_then_moves_money_once(frozen: LocalWorld) -> None:
    """From curl to the recipient's phone; the books, the phone and the event have it once."""
    out_id = ask(frozen, "wages-1")
    frozen.advance(120)
    before = (payout(frozen, out_id)["status"], transfers(frozen))
    decides(frozen.data, out_id)
    frozen.advance(90)
    done = payout(frozen, out_id)

    assert ("awaiting_approval", []) == before
    assert ("succeeded", [(1200, done["receipt"])]) == (done["status"], transfers(frozen))
    sms = frozen.control("GET", "phones/254722000601")["sms"]
    assert 1 == len([one for one in sms if one["receipt"] == done["receipt"]])
    events = frozen.api("GET", "/v1/events?type=payout.succeeded&limit=100").json()["data"]
    assert [out_id] == [event["data"]["id"] for event in events if event["data"]["id"] == out_id]


def test_a_rejected_payout_moves_nothing(frozen: LocalWorld) -> None:
    out_id = ask(frozen, "wages-no", phone="0722000602")
    decides(frozen.data, out_id, "reject")
    frozen.advance(120)
    assert ("rejected", []) == (payout(frozen, out_id)["status"], transfers(frozen, "0722000602"))


@pytest.mark.parametrize(
    ("fault", "phone"),
    [
        ("answer_lost", "0722000603"),
        ("connection_cut_before", "0722000604"),
        ("http_500", "0722000605"),
        ("malformed", "0722000607"),
    ],
)
def test_an_answer_that_is_lost_pays_once_or_not_at_all(frozen: LocalWorld, fault: str, phone: str) -> None:
    """What M-Pesa took it took once, and the payout says so; what it did not take says that it is not known."""
    frozen.control("POST", "faults", {"call": "b2c", "fault": fault, "count": 1})
    out_id = ask(frozen, f"wages-{fault}", phone=phone)
    decides(frozen.data, out_id)
    frozen.advance(1_500)
    told, booked = payout(frozen, out_id), transfers(frozen, phone)
    expected = {0: {"unresolved", "approved", "failed"}, 1: {"succeeded"}}[len(booked)]

    assert told["status"] in expected, told


def test_a_result_that_never_comes_is_asked_for(frozen: LocalWorld) -> None:
    """The magic recipient whose result is lost: Transaction Status finds receipt and amount."""
    out_id = ask(frozen, "wages-lost", phone="0700020001")
    decides(frozen.data, out_id)
    frozen.advance(300)
    done = payout(frozen, out_id)
    assert ("succeeded", [(1200, done["receipt"])]) == (done["status"], transfers(frozen, "0700020001"))


def test_a_recipient_who_is_not_on_m_pesa_fails_it_in_words(frozen: LocalWorld) -> None:
    out_id = ask(frozen, "wages-2040", phone="0700002040")
    decides(frozen.data, out_id)
    frozen.advance(120)
    told = payout(frozen, out_id)
    assert ("failed", "recipient_not_on_mpesa", "2040") == (
        told["status"],
        told["failure"]["code"],
        told["failure"]["mpesa_code"],
    )


def test_ten_requests_and_two_persons_at_once_are_one_transfer(frozen: LocalWorld) -> None:
    """L10, L13: the same key names one payout, and two approvals at once send it once."""
    body = {"amount": 300, "phone": "0722000606"}
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: frozen.api("POST", "/v1/payouts", body, key="ten"), range(10)))
    (out_id,) = {answer.json()["id"] for answer in answers}
    decides(frozen.data, out_id)
    frozen.advance(120)

    assert 1 == sum(answer.status_code == 201 for answer in answers)
    assert ("succeeded", 1) == (payout(frozen, out_id)["status"], len(transfers(frozen, "0722000606")))


def test_a_file_pays_each_of_its_approved_lines_once(frozen: LocalWorld) -> None:
    """Sent twice with one key; two of three lines are approved."""
    phones = ("0722000611", "0722000612", "0722000613")
    csv = "phone,amount,order\n" + "".join(f"{phone},{n}00,e-{n}\n" for n, phone in enumerate(phones, 1))
    answers = [frozen.api("POST", "/v1/payouts/files", {"name": "March", "csv": csv}, key="march") for _ in range(2)]
    file = answers[0].json()
    for out_id in file["payouts"][:2]:
        decides(frozen.data, out_id)
    frozen.advance(150)
    standing = frozen.api("GET", f"/v1/payouts/files/{file['id']}").json()

    assert [201, 200] == [answer.status_code for answer in answers]
    assert [("awaiting_approval", 1, 300), ("succeeded", 2, 300)] == [
        (part["status"], part["count"], part["amount"]) for part in standing["statuses"]
    ]
    assert [1, 1, 0] == [len(transfers(frozen, phone)) for phone in phones]
