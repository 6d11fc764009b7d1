"""A payout that M-Pesa said had succeeded and that its own statement lacks: shown where the file proves whose it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.fact import Fact
from gateway.domain.facts import Source
from gateway.domain.money_out.facts import MoneySeen
from gateway.domain.money_out.outgoing import OutgoingAsked, originator_conversation_id
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.reconciliation.compare import Line
from gateway.flows.reconciliation import gather_not_shown
from gateway.flows.reconciliation.gather_sent import FEW
from gateway.ports import Indexed
from tests import outgoing_samples as samples
from tests.memory_store import MemoryWorld
from tests.statement_files import Entry, portal_file
from tests.unit.reconciliation.days_world import compared
from tests.unit.reconciliation.pull_world import AT_MS, PAYBILL, SHOP
from tests.unit.reconciliation.statement_world import BEGINS_MS, DAY, ENDS_MS, read, sent, statement_world

SHOWN, LACKED, ALSO = "SGLPAID001", "SGLPAID002", "SGLPAID003"
B2C, POCHI = "Business Payment to Customer via API", "Business Pay To Pochi"
PAY = f"pay_{'0' * 32}"


def paid_out(
    world: MemoryWorld, receipt: str, *, at_ms: int | None = AT_MS, also: tuple[Fact, ...] = (), **changes: Any
) -> str:
    """A payout of 250 that M-Pesa says it completed at this time (None: it did not say when). Its id.

    also: what else is known of it.
    """
    number = len(world.outgoings.outgoings) + 1
    method = changes.pop("method", "b2c")
    asked = samples.asked(
        id=f"out_{number:032x}",
        **{"created_at_ms": AT_MS - HOUR_MS, "shortcode": "174379", "method": method, **changes},
    )
    terms = samples.terms(of=asked, method=method)
    name = originator_conversation_id(asked.id, 1)
    begun = samples.begun(terms=terms, method=method, originator_conversation_id=name)
    done = samples.result(receipt=receipt, originator_conversation_id=name, completed_at_ms=at_ms)
    return _kept(world, asked, receipt, samples.approved(terms=terms), begun, done, *also)


def _kept(world: MemoryWorld, asked: OutgoingAsked, receipt: str, *facts: Fact) -> str:
    world.outgoings.create_outgoing(
        samples.record(*facts, of=asked), Indexed(due_at_ms=None, summary={"status": "succeeded"})
    )
    world.outgoings.receipts[asked.id] = receipt
    return asked.id


def went(
    receipt: str = SHOWN, at_ms: int = AT_MS, *, reason: str = B2C, paid: str = "-250.00", linked: str = ""
) -> Entry:
    """A row of the statement by which money left."""
    return Entry(receipt, at_ms, paid, reason, linked, reference="")


def day_of(world: MemoryWorld, *entries: Entry, day: str = DAY, **head: Any) -> list[Line]:
    """The differences of a day, once the statement was read."""
    usual: dict[str, Any] = {"from_ms": BEGINS_MS, "until_ms": ENDS_MS}
    read(world, sent(world, portal_file(entries, **(usual | head))))
    return list(compared(world, day, replace(PAYBILL, pull=False))[1])


def kinds(lines: list[Line]) -> list[tuple[str, str | None]]:
    """Kind and code of each."""
    return [(str(line.kind), line.receipt) for line in lines]


def test_a_payout_that_the_statement_of_its_account_lacks_is_a_line_to_the_shilling() -> None:
    world = statement_world()
    paid_out(world, SHOWN)
    lacked = paid_out(world, LACKED)

    [line] = day_of(world, went())

    assert ("payout_not_in_statement", LACKED, 250, None, True, "look") == (
        line.kind, line.receipt, line.ours_kes, line.mpesa_kes, line.certain, str(line.proposed.action)
    )  # fmt: skip
    assert f"M-PESA said that {lacked} had succeeded" == line.proposed.why[0]


def test_nothing_follows_for_the_payout_itself() -> None:
    """It may not be sent again on a file's word: it stays as M-Pesa told it, and no process takes it up."""
    world = statement_world()
    paid_out(world, SHOWN)
    lacked = paid_out(world, LACKED)
    before = world.outgoings.read_outgoing(lacked)

    day_of(world, went())

    assert before == world.outgoings.read_outgoing(lacked)


def test_a_refund_that_was_paid_out_names_its_payment() -> None:
    world = statement_world()
    paid_out(world, SHOWN)
    paid_out(world, LACKED, kind="refund", payment=PAY, original_receipt="SGL11AA1AA")

    assert [(LACKED, PAY)] == [(line.receipt, line.payment) for line in day_of(world, went())]


@pytest.mark.parametrize(
    ("entries", "method"),
    [
        ((), "b2c"),
        ((went(ALSO),), "b2c"),
        ((went(paid="-249.00"),), "b2c"),
        ((went(reason="Organization Transfer From MMF to Bank"),), "b2c"),
        ((went(reason=f"{B2C} Charge"),), "b2c"),
        ((went(reason=POCHI),), "pochi"),
    ],
    ids=["none", "nobodys", "another_amount", "to_the_bank", "its_charge", "by_another_way"],
)
def test_a_statement_that_shows_no_other_payout_of_ours_is_no_judge(entries: tuple[Entry, ...], method: str) -> None:
    """It may be of another account: of that its name is no proof."""
    world = statement_world()
    paid_out(world, SHOWN, method=method)
    paid_out(world, LACKED)

    assert LACKED not in [line.receipt for line in day_of(world, *entries)]


def test_the_charge_for_a_payout_is_no_payout_among_many_rows_either() -> None:
    """Of many rows to people, all payouts of the days are known by their codes: also those that no such row has."""
    world = statement_world()
    paid_out(world, SHOWN)
    paid_out(world, LACKED)
    portals = [went(f"SGLPORTA{number:02}") for number in range(FEW + 1)]

    found = day_of(world, *portals, went(reason=f"{B2C} Charge"))

    assert ["paid_out"] * len(portals) == [str(line.kind) for line in found]


def test_what_goes_to_pochi_is_judged_by_what_went_to_pochi() -> None:
    world = statement_world()
    paid_out(world, SHOWN, method="pochi")
    paid_out(world, LACKED, method="pochi")

    assert [("payout_not_in_statement", LACKED)] == kinds(day_of(world, went(reason=POCHI)))


@pytest.mark.parametrize("method", ["b2b", "reversal"])
def test_what_goes_another_way_stands_in_another_account(method: str) -> None:
    """A reversal stands where the payment arrived, and what goes to a business leaves the working account."""
    world = statement_world()
    paid_out(world, SHOWN)
    paid_out(world, LACKED, method=method, party="600333", original_receipt="SGL11AA1AA")

    assert [] == day_of(world, went())


@pytest.mark.parametrize("method", ["b2b", "reversal"])
def test_what_goes_to_no_phone_is_judged_by_no_row_whatever_its_word(method: str) -> None:
    world = statement_world()
    for receipt in (SHOWN, LACKED):
        paid_out(world, receipt, method=method, party="600333", original_receipt="SGL11AA1AA")

    assert [] == day_of(world, went())


def test_a_payout_of_another_account_of_the_shop_is_in_its_own_statement() -> None:
    world = statement_world()
    paid_out(world, SHOWN)
    paid_out(world, LACKED, shortcode="600998")

    assert [] == day_of(world, went())


def test_another_shops_payout_of_the_same_shortcode_is_no_matter_of_this_one() -> None:
    world = statement_world()
    world.store.settings["other"] = replace(SHOP, owner="other")
    paid_out(world, SHOWN)
    paid_out(world, LACKED, owner="other")

    assert [] == day_of(world, went())


def test_of_a_payout_whose_time_nobody_told_nothing_is_known() -> None:
    world = statement_world()
    paid_out(world, SHOWN)
    paid_out(world, LACKED, at_ms=None)

    assert [] == day_of(world, went())


@pytest.mark.parametrize("at_ms", [BEGINS_MS + 5 * MINUTE_MS - 1_000, ENDS_MS - 5 * MINUTE_MS + 1_000])
def test_near_the_edges_of_the_statements_time_nothing_is_certain(at_ms: int) -> None:
    """Near midnight, and for the last minutes of a file of today."""
    world = statement_world()
    paid_out(world, SHOWN)
    paid_out(world, LACKED, at_ms=at_ms)

    assert [] == day_of(world, went())


def test_a_file_of_noon_says_nothing_about_the_afternoon() -> None:
    world = statement_world()
    paid_out(world, SHOWN)
    paid_out(world, LACKED, at_ms=AT_MS + 2 * HOUR_MS)

    assert [] == day_of(world, went(), made_ms=AT_MS + 2 * HOUR_MS)


@pytest.mark.parametrize("told_ms", [AT_MS - DAY_MS, AT_MS + DAY_MS], ids=["earlier", "later"])
def test_all_times_that_m_pesa_told_must_lie_in_the_statement(told_ms: int) -> None:
    world = statement_world()
    paid_out(world, SHOWN)
    paid_out(world, LACKED, also=(samples.status(receipt=LACKED, completed_at_ms=told_ms),))

    assert [] == day_of(world, went())


def test_any_code_that_m_pesa_told_for_it_will_do() -> None:
    world = statement_world()
    paid_out(world, SHOWN)
    paid_out(world, LACKED, also=(samples.status(receipt=ALSO),))

    assert "payout_not_in_statement" not in dict(kinds(day_of(world, went(), went(ALSO))))


def test_what_somebody_else_told_of_it_hides_nothing() -> None:
    """From no address of Safaricom's: neither the code nor the time counts."""
    world = statement_world()
    paid_out(world, SHOWN)
    word = samples.status(receipt=ALSO, completed_at_ms=AT_MS + DAY_MS, from_safaricom=False)
    paid_out(world, LACKED, also=(word,))

    assert ("payout_not_in_statement", LACKED) in kinds(day_of(world, went(), went(ALSO)))


def test_a_row_on_the_day_beside_is_a_row() -> None:
    """M-Pesa told another time than its book has."""
    world = statement_world()
    at_ms = ENDS_MS - 6 * MINUTE_MS
    paid_out(world, SHOWN)
    paid_out(world, LACKED, at_ms=at_ms)

    found = day_of(world, went(), went(LACKED, ENDS_MS + HOUR_MS), until_ms=ENDS_MS + DAY_MS)

    assert [] == found


def test_the_rows_of_another_statement_do_not_say_of_which_account_this_one_is() -> None:
    """A file of the first half of the day shows our payouts; that of the whole day is of an account that has none."""
    world = statement_world()
    paid_out(world, SHOWN)
    paid_out(world, LACKED, at_ms=AT_MS + 4 * HOUR_MS)
    day_of(world, went(), until_ms=AT_MS + HOUR_MS)

    assert [] == day_of(world)


def test_a_statement_that_proves_nothing_by_its_silence_judges_no_payout() -> None:
    world = statement_world()
    paid_out(world, SHOWN)
    paid_out(world, LACKED)

    assert [] == day_of(world, went(), account="Working Account")


def test_a_payout_that_did_not_succeed_is_no_line() -> None:
    world = statement_world()
    paid_out(world, SHOWN)
    lacked = paid_out(world, LACKED)
    record = world.outgoings.outgoings[lacked]
    silent = {name: fact for name, fact in record.facts.items() if fact.KIND != "result"}
    world.outgoings.outgoings[lacked] = replace(record, facts=silent)

    assert [] == day_of(world, went())


def test_a_payout_that_waited_days_for_its_approval_is_looked_for_too() -> None:
    world = statement_world()
    paid_out(world, SHOWN)
    paid_out(world, LACKED, created_at_ms=AT_MS - 4 * DAY_MS)

    assert [("payout_not_in_statement", LACKED)] == kinds(day_of(world, went()))


def test_thousands_of_payouts_hold_up_no_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest days are looked through, a day at a time."""
    monkeypatch.setattr(gather_not_shown, "LOOKED_THROUGH_MAX", 2)
    world = statement_world()
    paid_out(world, SHOWN)
    paid_out(world, LACKED)
    paid_out(world, ALSO, created_at_ms=AT_MS - DAY_MS)

    assert [("payout_not_in_statement", LACKED)] == kinds(day_of(world, went()))


def test_what_pull_saw_go_out_and_the_statement_lacks_is_shown_as_well() -> None:
    world = statement_world()
    paid_out(world, SHOWN)
    seen = MoneySeen(told_by=Source.PULL, receipt=LACKED, amount_kes=250, completed_at_ms=AT_MS, **samples.at(60))
    paid_out(world, LACKED, also=(seen,))

    assert [("payout_not_in_statement", LACKED)] == kinds(day_of(world, went()))
