"""A statement is taken in: into M-Pesa's book, to payments, once; and what is refused leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.facts import MoneyReceived
from gateway.domain.policy import DAY_MS
from gateway.domain.reconciliation.day import PlannedStep, StepKind
from gateway.domain.reconciliation.rows import RowKind
from gateway.domain.reconciliation.statement_record import StatementState
from gateway.domain.reconciliation.statement_table import BYTES_MAX
from gateway.flows.reconciliation.plan import plan_day, plan_days, plan_statement
from gateway.flows.reconciliation.run import run_due
from gateway.flows.reconciliation.statement import ROWS_A_PART, NoFile, take_in
from gateway.ports import StoreUnavailable, run
from gateway.ports.statements import FilesUnavailable
from tests import gateway_samples as sample
from tests.memory_store import MemoryWorld
from tests.statement_files import Entry, portal_file
from tests.unit.reconciliation.days_world import compared
from tests.unit.reconciliation.pull_world import (
    AT_MS,
    PAYBILL,
    RECEIPT,
    SETTINGS,
    SHOP,
    credits_of,
    payment,
    reported,
    stored,
)
from tests.unit.reconciliation.statement_world import (
    BEGINS_MS,
    DAY,
    ENDS_MS,
    day_file,
    entries_of,
    entry,
    read,
    sent,
    statement_world,
    taken_in,
    waiting,
)

R2 = "SGL77AA2BB"


def rows_kept(world: MemoryWorld, day: str = DAY) -> list[tuple[str, RowKind, int | None]]:
    """M-Pesa's book of a day."""
    return [
        (row.receipt, row.kind, row.amount_kes) for row in world.books.rows_of_day("shop@174379", day, 50, None).rows
    ]


# --- payments -----------------------------------------------------------------------------------------------------


def test_a_payment_that_nobody_told_of_is_paid_by_the_statement() -> None:
    world = statement_world()
    asked = waiting(world)

    record = taken_in(world, entry())

    assert ([(RECEIPT, 100, "statement")], StatementState.READ, 1, 1) == (
        credits_of(world, asked), record.state, record.payments, record.done
    )  # fmt: skip


def test_money_that_others_told_of_is_credited_once() -> None:
    world = statement_world()
    asked = payment(world, sample.begun(), sample.accepted(), sample.success())
    world.store.create_receipt(sample.owned())

    taken_in(world, entry())

    assert [(RECEIPT, 100, "statement")] == credits_of(world, asked)


def test_the_same_file_again_and_one_that_overlaps_change_nothing() -> None:
    world = statement_world()
    asked = waiting(world)
    taken_in(world, entry())
    before = (stored(world, asked), dict(world.store.receipts), world.statements.proven, dict(world.books.pages))

    taken_in(world, entry())
    read(world, sent(world, portal_file([entry()], AT_MS, ENDS_MS)))

    assert before[:2] == (stored(world, asked), world.store.receipts)
    assert {(RECEIPT, RowKind.PAYMENT, 100)} == set(rows_kept(world))


@pytest.mark.parametrize(("before_ms", "credits"), [(DAY_MS - 60_000, 1), (DAY_MS + 60_000, 0), (365 * DAY_MS, 0)])
def test_money_of_long_before_a_payment_was_asked_for_is_not_its_own(before_ms: int, credits: int) -> None:
    """A rent, a room, an order number that began anew in January: the reference was used before. Then it waits."""
    world = statement_world()
    asked = waiting(world)
    file = portal_file([Entry(RECEIPT, AT_MS - before_ms)], BEGINS_MS - 400 * DAY_MS, ENDS_MS)

    read(world, sent(world, file))

    money = world.store.receipts[RECEIPT]
    assert (credits, asked if credits else None) == (len(credits_of(world, asked)), money.owner)


def test_money_taken_back_flags_its_payment() -> None:
    world = statement_world()
    asked = waiting(world)

    taken_in(world, entry(), entry("SGL33REVER", 60, "-100.00", reason="Online Transaction Reversal", linked=RECEIPT))

    assert {"reversed_externally"} <= SETTINGS.state(stored(world, asked)).flags


@pytest.mark.parametrize(
    ("paid", "changes"),
    [
        ("-12.50", {"reason": "Pay Bill Charge"}),
        ("-100.00", {"reason": "Business Payment to Customer via API"}),
        ("-100.00", {"reason": "Utility Account to Organization Settlement Account"}),
        ("100.00", {"reason": "Something New"}),
        ("-100.00", {"reason": "Pay Bill Online"}),
        ("99.50", {}),
        ("100.00", {"status": "Declined"}),
    ],
)
def test_what_no_customer_paid_is_never_credited(paid: str, changes: dict[str, Any]) -> None:
    world = statement_world()
    asked = waiting(world)

    taken_in(world, entry(paid=paid, **changes))

    assert ([], {}) == (credits_of(world, asked), world.store.receipts)


def test_what_is_kept_in_the_book_has_no_payer() -> None:
    world = statement_world()

    taken_in(world, entry(), entry(R2, 20, "-12.50", reason="Pay Bill Charge"))

    assert [(RECEIPT, RowKind.PAYMENT, 100), (R2, RowKind.FEE, None)] == rows_kept(world)
    assert [] == [word for word in ("AMINA", "712345678") if word in str(world.books.pages)]


def test_the_payers_name_is_shortened_and_the_number_is_hashed() -> None:
    world = statement_world()

    taken_in(world, entry(reference=""))

    money = world.store.receipts[RECEIPT].money
    assert money is not None
    assert money == MoneyReceived(
        told_by=money.told_by,
        receipt=RECEIPT,
        amount_kes=100,
        shortcode="174379",
        reference="",
        completed_at_ms=AT_MS + 10_000,
        payer_name="AMINA W. O.",
        payer_key=money.payer_key,
        phone_ending="678",
        said_at_ms=money.said_at_ms,
        learned_at_ms=money.learned_at_ms,
    )
    assert "712345678" not in money.payer_key


# --- refused ------------------------------------------------------------------------------------------------------


def test_a_file_that_does_not_add_up_leaves_nothing_behind() -> None:
    world = statement_world()
    asked = waiting(world)
    before = stored(world, asked)

    record = read(world, sent(world, day_file(entry(), entry(R2, 20)).replace(b'"1,200.00"', b'"1,300.00"')))

    assert (StatementState.REFUSED, True) == (record.state, "does not add up" in record.problem)
    assert (before, {}, {}, {}) == (
        stored(world, asked), world.store.receipts, world.books.pages, world.statements.proven
    )  # fmt: skip


def test_a_file_of_another_shortcode_is_refused() -> None:
    world = statement_world()

    record = read(world, sent(world, portal_file([entry()], BEGINS_MS, ENDS_MS, shortcode="600998")))

    assert ("refused", True, {}) == (record.state, "600998" in record.problem, world.store.receipts)


def test_the_statement_of_the_shortcode_that_pays_out_tells_of_payouts_and_credits_nobody() -> None:
    """What comes in there is no customer's: it stands in the book, and no cashier is asked whose it is."""
    world = statement_world()
    world.store.settings[SHOP.owner] = replace(world.store.settings[SHOP.owner], payout_shortcode="600998")
    came, went = entry(), entry(R2, 20, "-250.00", reason="Salary Payment to Customer via API")

    record = read(world, sent(world, portal_file([came, went], BEGINS_MS, ENDS_MS, shortcode="600998")))
    found = compared(world, code=world.store.settings[SHOP.owner].accounts[-1])[1]

    assert (StatementState.READ, "600998", None) == (record.state, record.shortcode, world.store.read_receipt(RECEIPT))
    assert [("missing_here", RECEIPT), ("paid_out", R2)] == [(str(line.kind), line.receipt) for line in found]


def test_of_a_shortcode_of_two_shops_a_file_speaks_for_the_shops_own_payments_alone() -> None:
    world = statement_world()
    world.store.settings["other"] = replace(world.store.settings[SHOP.owner], owner="other")
    mine = waiting(world)
    theirs = payment(world, sample.begun(), sample.accepted(), number=2, owner="other", account_reference="THEIRS")

    taken_in(
        world,
        entry(),
        entry(R2, 20, reference="THEIRS"),
        entry("SGL55NOBOD", 30, reference=""),
        entry("SGL33REVER", 60, "-100.00", reason="Online Transaction Reversal", linked=R2),
    )

    assert ([(RECEIPT, 100, "statement")], [], {RECEIPT}) == (
        credits_of(world, mine), credits_of(world, theirs), set(world.store.receipts)
    )  # fmt: skip


OTHERS_PAYBILL = replace(PAYBILL, number="600998", pull=False)


@pytest.mark.parametrize(
    ("row", "is_theirs"),
    [
        (entry(R2, 20, "5.00"), True),
        (entry("SGL33REVER", 60, "-100.00", reason="Online Transaction Reversal", linked=R2), True),
        (entry(R2, 20), False),
    ],
    ids=["another amount of theirs", "theirs taken back", "money that waits at their Paybill"],
)
def test_a_shops_file_says_nothing_about_money_of_another_shop_at_another_shortcode(
    row: Entry, *, is_theirs: bool
) -> None:
    """What waits there is not drawn to a payment of this shop either, though the file says that it is its own."""
    world = statement_world()
    world.store.settings["other"] = replace(SHOP, owner="other", shortcodes=(OTHERS_PAYBILL,))
    mine = waiting(world)
    told = (sample.begun(), sample.accepted(), sample.success(receipt=R2))
    theirs = payment(world, *told, number=2, owner="other", shortcode="600998")
    world.store.create_receipt(replace(sample.owned(R2, 2 if is_theirs else None), shortcode="600998"))
    before = (stored(world, theirs), stored(world, mine), world.store.receipts[R2])

    record = taken_in(world, row)

    assert before == (stored(world, theirs), stored(world, mine), world.store.receipts[R2])
    assert ("read", True) == (record.state, "statement_names_others_money" in reported(world))


def test_money_that_a_payment_of_another_shop_has_from_elsewhere_is_a_difference_of_this_shops_day() -> None:
    """Whoever says first whose it is may be wrong, or lie: what M-PESA booked here stands on a list here."""
    world = statement_world()
    world.store.settings["other"] = replace(SHOP, owner="other", shortcodes=(OTHERS_PAYBILL,))
    payment(world, sample.begun(), sample.accepted(), sample.success(), number=2, owner="other", shortcode="600998")
    world.store.create_receipt(replace(sample.owned(number=2), shortcode="600998"))
    taken_in(world, entry())

    record, lines = compared(world)

    assert ([("missing_here", RECEIPT, 100)], 1) == (
        [(line.kind, line.receipt, line.mpesa_kes) for line in lines], record.mpesa.count
    )  # fmt: skip


def test_what_another_shop_sent_is_in_no_book_of_mine() -> None:
    """A forged file of theirs shows nothing in this shop's days, and proves nothing about its payments."""
    world = statement_world()
    world.store.settings["other"] = replace(world.store.settings[SHOP.owner], owner="other")
    mine = waiting(world)
    read(world, sent(world, day_file(entry(R2, 20, reference="")), "other"), "other")

    record, lines = compared(world)

    assert ((), 0, "unresolved") == (lines, record.mpesa.count, SETTINGS.state(stored(world, mine)).status)


def test_a_file_that_was_not_sent_yet_is_waited_for() -> None:
    world = statement_world()
    statement = sent(world, None)

    with pytest.raises(NoFile):
        read(world, statement)

    assert StatementState.WAITING is world.statements.statements[SHOP.owner, statement].state


def test_another_shops_statement_is_nowhere() -> None:
    world = statement_world()
    statement = sent(world, day_file(entry()))

    assert run(take_in("other", statement, SETTINGS), world) is None


# --- parts --------------------------------------------------------------------------------------------------------

MANY = [f"SGL{n:07d}" for n in range(ROWS_A_PART + 5)]


def test_what_one_invocation_cannot_do_the_next_one_goes_on_with() -> None:
    world = statement_world()
    statement = sent(world, day_file(*entries_of(MANY)))
    world.after["Books.keep_page"] = lambda: setattr(world.ambient, "left_ms", 7_999)

    first = read(world, statement)
    world.ambient.left_ms = 28_000
    second = read(world, statement)

    assert (StatementState.READING, ROWS_A_PART, StatementState.READ, len(MANY)) == (
        first.state, first.done, second.state, second.done
    )  # fmt: skip
    assert set(MANY) == set(world.store.receipts)


def test_nothing_is_proven_before_all_rows_are_kept() -> None:
    world = statement_world()
    statement = sent(world, day_file(*entries_of(MANY)))
    world.after["Books.keep_page"] = lambda: setattr(world.ambient, "left_ms", 7_999)

    read(world, statement)

    assert {} == world.statements.proven


def test_a_statement_that_nobody_waits_for_is_gone_on_with_by_the_ticks_and_its_days_are_planned() -> None:
    world = statement_world()
    statement = sent(world, day_file(entry()))
    run(plan_statement(world.statements.statements[SHOP.owner, statement]), world)
    world.reconciliations.plan = replace(world.reconciliations.plan, began_ms=world.ambient.at_ms)

    run(run_due(SETTINGS), world)

    assert StatementState.READ is world.statements.statements[SHOP.owner, statement].state
    assert {RECEIPT} == set(world.store.receipts)


def test_a_statement_is_planned_before_any_of_it_is_taken_in_and_not_before_it_is_known_to_add_up() -> None:
    world = statement_world()
    missing, bad, good = (sent(world, content) for content in (None, b"no statement", day_file(entry())))
    with pytest.raises(NoFile):
        read(world, missing)
    read(world, bad)
    before = list(world.reconciliations.plan.steps)
    world.fail_next["Statements.save_statement"].append(StoreUnavailable("away"))
    with pytest.raises(StoreUnavailable):
        read(world, good)

    assert ([], [f"statement###{SHOP.owner}#{good}"]) == (
        before,
        [str(one) for one in world.reconciliations.plan.steps],
    )


def test_statements_fill_the_plan_only_so_far_and_late_money_still_finds_room_in_it() -> None:
    """The plan is one item of the table: who sends statement after statement stops no other shop's comparison."""
    world = statement_world()
    others = tuple(PlannedStep(StepKind.COMPARE, "600998", f"day{n}", "other") for n in range(1_999))
    world.reconciliations.plan = replace(world.reconciliations.plan, steps=others, version=1)
    record = replace(taken_in(world, entry()), from_ms=BEGINS_MS - 2 * DAY_MS)

    run(plan_days(record), world)
    full = [str(step) for step in world.reconciliations.plan.steps[1_999:]]
    run(plan_day(SHOP.owner, PAYBILL, "2026-02-28"), world)

    assert (1, "compare#174379#2026-02-28#shop") == (len(full), str(world.reconciliations.plan.steps[-1]))
    assert "plan_full" in reported(world)


def test_a_morning_forgets_no_statement() -> None:
    world = statement_world()
    step = PlannedStep(StepKind.STATEMENT, "", "", f"{SHOP.owner}#{sent(world, None)}")
    world.reconciliations.plan = replace(world.reconciliations.plan, began_ms=1, steps=(step,), version=1)
    world.ambient.left_ms = 5_000

    run(run_due(SETTINGS), world)

    assert step in world.reconciliations.plan.steps


def test_another_file_in_its_place_is_not_gone_on_with() -> None:
    world = statement_world()
    statement = sent(world, day_file(*entries_of(MANY)))
    world.after["Books.keep_page"] = lambda: setattr(world.ambient, "left_ms", 7_999)
    read(world, statement)
    world.statementfiles.files[SHOP.owner, statement] = day_file(entry())
    world.ambient.left_ms = 28_000

    record = read(world, statement)

    assert ("refused", True) == (record.state, "Another file" in record.problem)


def test_a_bucket_that_does_not_answer_refuses_nothing() -> None:
    world = statement_world()
    statement = sent(world, day_file(entry()))
    world.fail_next["StatementFiles.read_file"].append(FilesUnavailable("away"))

    with pytest.raises(FilesUnavailable):
        read(world, statement)

    assert StatementState.READ is read(world, statement).state


@pytest.mark.parametrize(
    "boundary", ["Books.keep_page", "Store.create_receipt", "Statements.save_proven", "Statements.save_statement"]
)
def test_a_table_that_is_away_for_a_moment_costs_a_repetition(boundary: str) -> None:
    world = statement_world()
    statement = sent(world, day_file(entry(), entry(R2, 20, reference="")))
    world.fail_next[boundary].append(StoreUnavailable("away"))

    with pytest.raises(StoreUnavailable):
        read(world, statement)
    record = read(world, statement)

    assert (StatementState.READ, {RECEIPT, R2}) == (record.state, set(world.store.receipts))
    assert "statement_read" in reported(world)


def test_a_file_that_is_too_long_is_refused_unread() -> None:
    """With how long it is, and what to do; asked again, it says the same."""
    world = statement_world()
    statement = sent(world, b"0" * (BYTES_MAX + 1))

    records = [read(world, statement) for _ in range(2)]

    assert [(StatementState.REFUSED, True)] * 2 == [(one.state, one.too_large) for one in records]
    assert "5,242,881 bytes, and 5,242,880 are read. Export fewer days at a time" in records[0].problem
