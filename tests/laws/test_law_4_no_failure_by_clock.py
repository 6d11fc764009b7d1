"""L4: silence is no answer. An attempt fails when somebody says so, and never because time passed."""

from __future__ import annotations

from typing import Any

import pytest

from daraja.errors import MaybeSent, MaybeSentReason
from gateway.ports import QueryReply
from tests.laws.alphabets import CASES
from tests.laws.deliveries import begun, callback, query, shown, told
from tests.laws.orders import all_orders, beginning
from tests.simulation.lives import PHONE, shop_asks
from tests.simulation.safaricom import Payer
from tests.simulation.world import World, asked

SAYS_NO = {"1032", "1037", "1036", "9999", "1", "2001", "7777"}
SILENCE: list[dict[str, Any]] = [
    *(d for d in CASES["one prompt"][1] if d.get("code") not in SAYS_NO),
    told("timer", 31, "send window", deadline="send_window", n=1),
    told("timer", 86_400, "expired", deadline="expiry", n=0),
    told("unreadable", 12, n=1),
    callback("4999", 20, "still processing, says a callback"),
    callback("7777", 21, "a code on no list"),
    query("4999", 24),
    query("4999", 48),
    query("123456", 26),
]
"""Everything but a "no": all deadlines, lost answers, half evidence, codes that nobody knows."""


def test_law_4_no_order_of_anything_but_a_no_makes_an_attempt_failed() -> None:
    """With all deadlines passed and all half evidence in, the attempt is anything but `failed`."""
    failed = [sorted(t.came) for t in all_orders(beginning(begun()), SILENCE, 3) if statuses(t.record) == ["failed"]]
    assert [] == failed


def statuses(record: Any) -> list[str]:
    return list(shown(record)["attempts"].values())


@pytest.mark.parametrize(
    ("code", "status"),
    [("1032", "failed"), ("1037", "pending"), ("1036", "pending"), ("9999", "pending"), ("4999", "pending")],
)
def test_law_4_one_query_answer_is_a_no_only_for_codes_that_are_final(code: str, status: str) -> None:
    """One query that says 1037, 1036 or 9999 is not the last word; 1032 is."""
    (table,) = (t for t in all_orders(beginning(begun()), [query(code, 30)], 1) if t.came)
    assert status == shown(table.record)["status"]


@pytest.mark.parametrize(("second", "status"), [(49.9, "pending"), (50, "failed")])
def test_law_4_the_second_look_counts_twenty_seconds_later(second: float, status: str) -> None:
    """Two 1037 by query, asked 19.9 seconds apart prove nothing; 20 seconds apart they end the attempt."""
    *_, table = all_orders(beginning(begun()), [query("1037", 30), query("1037", second)], 2)
    assert status == shown(table.record)["status"]


@pytest.mark.parametrize("code", ["1036", "9999"])
def test_law_4_a_callback_alone_with_a_doubtful_code_is_no_end(code: str) -> None:
    """1036 and 9999 by callback wait for a query."""
    alphabet = [CASES["one prompt"][1][0], callback(code, 30, "doubtful")]
    *_, table = all_orders(beginning(begun()), alphabet, 2)
    assert "pending" == shown(table.record)["status"]


def test_law_4_a_single_yes_of_a_query_holds_an_earlier_no_back() -> None:
    """A query says no, a later one says yes: neither failed nor paid until somebody adds to it."""
    alphabet = [query("1032", 30), query("0", 40)]
    *_, table = all_orders(beginning(begun()), alphabet, 2)
    assert "pending" == shown(table.record)["status"]


def silent_world(answer_lost: bool = False) -> World:
    world = World()
    world.safaricom.payers[PHONE] = [Payer(code="never", callbacks=(), query_tells=False, answer_lost=answer_lost)]
    return world


@pytest.mark.parametrize("answer_lost", [False, True])
def test_law_4_two_days_of_silence_leave_an_attempt_unresolved(answer_lost: bool) -> None:
    """No callback, no answer of any query, the push's own answer lost or not: listed as unresolved, never failed."""
    world = silent_world(answer_lost)
    shop_asks(world, asked("order-1"))
    world.pass_time(48 * 3_600_000)
    (payment,) = world.payments()
    assert ("unresolved", ["unresolved"]) == (payment["status"], [one["status"] for one in payment["attempts"]])


def not_finished(*_: Any) -> QueryReply:
    return QueryReply("processing", None, "")


def not_known(*_: Any) -> QueryReply:
    return QueryReply("unknown_id", None, "")


def no_answer(*_: Any) -> QueryReply:
    raise MaybeSent(MaybeSentReason.SERVER_ERROR)


@pytest.mark.parametrize("query_of_mpesa", [not_finished, not_known, no_answer])
def test_law_4_a_query_that_never_knows_proves_nothing(query_of_mpesa: Any) -> None:
    """Still processing, does not exist, and no answer at all, for two days."""
    world = silent_world()
    world.safaricom.query = query_of_mpesa  # type: ignore[method-assign]  # this Safaricom knows nothing
    shop_asks(world, asked("order-1"))
    world.pass_time(48 * 3_600_000)
    assert ["unresolved"] == [payment["status"] for payment in world.payments()]
