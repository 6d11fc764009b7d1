"""What a statement says that went out, against our payouts and refunds: what nobody here sent is shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.facts import Source
from gateway.domain.money_out.facts import OutDeadline
from gateway.domain.money_out.outgoing import originator_conversation_id
from gateway.domain.reconciliation.compare import Side, compare
from gateway.domain.reconciliation.rows import MpesaRow, RowKind, kind_of
from gateway.domain.reconciliation.sent import Outgoing
from gateway.flows.reconciliation import gather_sent
from gateway.flows.reconciliation.gather_sent import FEW
from gateway.ports import Indexed
from tests import outgoing_samples as samples
from tests.memory_store import MemoryWorld
from tests.unit.reconciliation.days_world import compared, covered_world, listed
from tests.unit.reconciliation.pull_world import AT_MS, SHOP
from tests.unit.reconciliation.test_compare import books, only_line, seen

CODE, OTHER_CODE = "SGLPAID001", "SGLPAID002"
B2C = "Business Payment to Customer via API"
OUT = Outgoing(samples.OUT_ID, 250)


def went(word: str = B2C, receipt: str = CODE, amount_kes: int | None = 250) -> MpesaRow:
    """A row of a statement by which money left the account."""
    return MpesaRow(
        receipt=receipt,
        kind=kind_of(word),
        amount_kes=amount_kes,
        completed_at_ms=AT_MS,
        word=word,
        told_by=Source.STATEMENT,
    )


@pytest.mark.parametrize(
    "word", [B2C, "Salary Payment to Customer via API", "Promotion Payment via API", "Business Pay To Pochi"]
)
def test_money_that_no_payout_of_ours_sent_is_shown(word: str) -> None:
    """The portal, another program, or somebody with the operator's password."""
    line = only_line(books(rows=[went(word)]))
    assert ("paid_out", None, 250, "look") == seen(line)
    assert (f"M-PESA calls it {word}, and no payout or refund here has its code",) == line.proposed.why


@pytest.mark.parametrize("word", [B2C, "Business Pay To Pochi", "Business Pay Bill"])
def test_what_a_payout_of_ours_sent_is_no_difference(word: str) -> None:
    found = compare(books(rows=[went(word)], sent={CODE: OUT}))
    assert ((), Side(0, 0)) == (found.lines, found.mpesa)


def test_a_payout_of_another_amount_is_a_difference_to_the_shilling() -> None:
    line = only_line(books(rows=[went(amount_kes=251)], sent={CODE: OUT}))
    assert ("amount_differs", 250, 251, "look") == seen(line)
    assert samples.OUT_ID in line.proposed.why[0]


def test_what_another_shop_of_the_shortcode_sent_is_no_matter_of_this_one() -> None:
    assert () == compare(books(rows=[went(), went("Business Pay Bill", OTHER_CODE)], foreign={CODE, OTHER_CODE})).lines


def test_a_payout_of_the_same_amount_that_nobody_answered_for_is_named() -> None:
    waiting = [OUT, Outgoing("out_other", 260)]
    line = only_line(books(rows=[went()], unanswered=waiting))
    assert [True, False] == [any(one.id in why for why in line.proposed.why) for one in waiting]


@pytest.mark.parametrize(
    "word", ["Organization Settlement Account to Bank", "Withdrawal of Funds", "Organization Transfer From MMF to Bank"]
)
def test_what_goes_to_the_bank_is_no_difference(word: str) -> None:
    assert () == compare(books(rows=[went(word)])).lines


def test_a_charge_for_a_payout_is_no_payout() -> None:
    row = went("Business Payment to Customer via API Charge")
    assert (RowKind.FEE, False) == (row.kind, row.may_be_sent_by_us)


# --- what is found in the table -----------------------------------------------------------------------------------


def sent(world: MemoryWorld, number: int = 1, receipt: str | None = CODE, owner: str = "shop", **changes: Any) -> str:
    """A payout of 250 that M-Pesa did under this code; None: nobody has answered for it. Its id."""
    asked = samples.asked(id=f"out_{number:032x}", owner=owner, **{"created_at_ms": AT_MS - 60_000, **changes})
    agreed = samples.approved(terms=samples.terms(of=asked))
    name = originator_conversation_id(asked.id, 1)
    begun = samples.begun(terms=samples.terms(of=asked), originator_conversation_id=name)
    answered = samples.result(receipt=receipt, originator_conversation_id=name)
    told = answered if receipt else samples.passed(OutDeadline.ANSWER)
    record = samples.record(agreed, begun, told, of=asked)
    status = "succeeded" if receipt else "unresolved"
    world.outgoings.create_outgoing(record, Indexed(due_at_ms=None, summary={"status": status}))
    world.outgoings.receipts[asked.id] = receipt or ""
    return asked.id


def lines_of(world: MemoryWorld) -> list[tuple[str, str | None]]:
    """Kind and code of each difference of the day."""
    return [(str(line.kind), line.receipt) for line in compared(world)[1]]


@pytest.mark.parametrize("count", [1, FEW + 1])
def test_the_days_payouts_are_found_however_many_there_are(count: int) -> None:
    """One by one, or by the lists of two days."""
    world = covered_world()
    codes = [f"SGLPAY{number:04d}" for number in range(count)]
    for number, code in enumerate(codes):
        sent(world, number, code)
    listed(world, *(went(receipt=code) for code in codes), went(receipt=OTHER_CODE))

    assert [("paid_out", OTHER_CODE)] == lines_of(world)


def test_a_payout_that_was_asked_for_long_before_is_found_among_many() -> None:
    """A file may wait days for its approval."""
    world = covered_world()
    sent(world, 1, CODE, created_at_ms=AT_MS - 5 * 86_400_000)
    codes = [f"SGLPAY{number:04d}" for number in range(FEW)]
    for number, code in enumerate(codes, start=2):
        sent(world, number, code)
    listed(world, *(went(receipt=code) for code in codes), went())

    assert [] == lines_of(world)


def test_what_another_owner_of_the_shortcode_sent_is_found_too() -> None:
    world = covered_world()
    world.store.settings["other"] = replace(SHOP, owner="other")
    sent(world, owner="other")
    listed(world, went(), went("Business Pay Bill", OTHER_CODE))

    assert [("unassigned", OTHER_CODE)] == lines_of(world)


def test_a_payout_that_waits_for_its_answer_is_named_beside_the_code_that_may_be_its() -> None:
    world = covered_world()
    waits = sent(world, receipt=None)
    listed(world, went())

    [line] = compared(world)[1]

    assert ("paid_out", [True]) == (line.kind, [waits in why for why in line.proposed.why[1:]])


def test_wages_of_thousands_from_the_portal_hold_up_no_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not looked for is shown all the same, and only as what it may be."""
    monkeypatch.setattr(gather_sent, "LOOKED_FOR_MAX", 2)
    world = covered_world()
    sent(world, 1, "SGLWAGE002")
    listed(world, *(went(receipt=f"SGLWAGE00{number}") for number in range(1, 5)))
    asked = Counter[str]()
    find = world.outgoings.find_outgoings
    monkeypatch.setattr(world.outgoings, "find_outgoings", lambda *of: [asked.update(of[1:]), find(*of)][1])

    found = compared(world)[1]

    assert [("SGLWAGE001", True), ("SGLWAGE003", False), ("SGLWAGE004", False)] == [
        (line.receipt, line.certain) for line in found
    ]
    assert {"SGLWAGE001": 1, "SGLWAGE002": 1} == asked


def test_a_day_without_such_rows_asks_for_no_payouts() -> None:
    """No read more than before for the shops that pay nothing out."""
    world = covered_world()
    listed(world, went("Withdrawal of Funds"))
    world.outgoings = None  # type: ignore[assignment]  # whoever asks it fails

    assert [] == lines_of(world)
