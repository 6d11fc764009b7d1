"""What a statement does not show was not paid, and only where nothing at all stands against that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.facts import QueryAnswered
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.reconciliation.day import DayState
from gateway.domain.statuses import AttemptStatus
from gateway.flows.reconciliation.run import reconcile_day
from gateway.ports import run
from tests import gateway_samples as sample
from tests.memory_store import MemoryWorld
from tests.statement_files import Entry, portal_file
from tests.unit.reconciliation.days_world import compared
from tests.unit.reconciliation.pull_world import AT_MS, PAYBILL, SETTINGS, payment, reported, stored
from tests.unit.reconciliation.statement_world import (
    BEGINS_MS,
    DAY,
    ENDS_MS,
    entry,
    read,
    sent,
    statement_world,
    taken_in,
    waiting,
)

OTHERS = "SGL77AA2BB"
OTHER_PARTY = "254799999999 - JOHN DOE"


def standing(world: MemoryWorld, payment_id: str) -> tuple[str, str | None]:
    """Status and failure code of a payment."""
    state = SETTINGS.state(stored(world, payment_id))
    return str(state.status), state.failure.code if state.failure else None


NOT_PAID = ("failed", "not_paid")
OPEN = ("unresolved", None)


def test_an_attempt_that_nobody_answered_for_was_not_paid_if_the_statement_shows_nothing() -> None:
    world = statement_world()
    asked = waiting(world)
    taken_in(world)

    record, lines = compared(world)

    assert (NOT_PAID, DayState.BALANCED, "statement", ()) == (
        standing(world, asked), record.state, record.source, lines
    )  # fmt: skip


def test_it_is_said_once() -> None:
    world = statement_world()
    asked = waiting(world)
    taken_in(world)

    compared(world)
    before = stored(world, asked)
    compared(world)

    assert (before, 1) == (stored(world, asked), reported(world).count("attempt_not_on_statement"))


def test_silence_of_pull_says_nothing() -> None:
    world = statement_world()
    asked = waiting(world)

    compared(world)

    assert OPEN == standing(world, asked)


@pytest.mark.parametrize(
    ("from_ms", "until_ms", "made_ms"),
    [
        (BEGINS_MS, ENDS_MS, AT_MS + 15 * MINUTE_MS),
        (BEGINS_MS, AT_MS + 14 * MINUTE_MS, None),
        (AT_MS, ENDS_MS, None),
        (BEGINS_MS - DAY_MS, BEGINS_MS - 1_000, None),
    ],
)
def test_a_statement_that_does_not_cover_its_time_says_nothing(
    from_ms: int, until_ms: int, made_ms: int | None
) -> None:
    """Made a quarter of an hour after the prompt, its last five minutes may lack rows."""
    world = statement_world()
    asked = waiting(world)
    read(world, sent(world, portal_file([], from_ms, until_ms, made_ms=made_ms)))

    compared(world)

    assert OPEN == standing(world, asked)


@pytest.mark.parametrize("account", ["Charges Paid Account", "Working Account"])
def test_a_statement_of_another_account_says_nothing(account: str) -> None:
    world = statement_world()
    asked = waiting(world)
    read(world, sent(world, portal_file([], BEGINS_MS, ENDS_MS, account=account)))

    compared(world)

    assert OPEN == standing(world, asked)


def test_a_statement_with_a_refused_row_says_nothing() -> None:
    world = statement_world()
    asked = waiting(world)
    file = portal_file([entry(paid="70.00")], BEGINS_MS, ENDS_MS).replace(b"SGL31QW9XY", b"5.42E+09")
    read(world, sent(world, file))

    compared(world)

    assert OPEN == standing(world, asked)


@pytest.mark.parametrize(
    ("case", "row"),
    [
        ("money of nobody with a spoilt label", entry(OTHERS, 30, reference="INV 1O42")),
        ("money of nobody without a label", entry(OTHERS, 30, reference="")),
        ("from a masked number that may be it", entry(OTHERS, 30, reference="", party="2547****678 - A")),
        ("from a number that is not told", entry(OTHERS, 30, reference="", party="AMINA")),
        ("a row that nobody understands", entry(OTHERS, 30, reason="Something New")),
        ("a minute before, by another clock", entry(OTHERS, -50, reference="")),
        ("in the fifteenth minute", entry(OTHERS, 14 * 60 + 59, reference="")),
    ],
)
def test_money_that_may_be_its_own_leaves_it_to_a_person(case: str, row: Entry) -> None:
    world = statement_world()
    asked = waiting(world)
    taken_in(world, row)

    compared(world)

    assert (case, OPEN) == (case, standing(world, asked))


@pytest.mark.parametrize(
    ("case", "row"),
    [
        ("another amount", entry(OTHERS, 30, "101.00", reference="")),
        ("from another phone", entry(OTHERS, 30, reference="", party=OTHER_PARTY)),
        ("from another masked number", entry(OTHERS, 30, reference="", party="2547****999 - A")),
        ("long before", entry(OTHERS, -120, reference="")),
        ("long after", entry(OTHERS, 16 * 60, reference="")),
        ("a charge", entry(OTHERS, 30, "-100.00", reason="Pay Bill Charge")),
        ("a payout", entry(OTHERS, 30, "-100.00", reason="Business Payment to Customer via API")),
        ("declined", entry(OTHERS, 30, status="Declined")),
    ],
)
def test_money_that_cannot_be_its_own_does_not_save_it(case: str, row: Entry) -> None:
    world = statement_world()
    asked = waiting(world)
    taken_in(world, row)

    compared(world)

    assert (case, NOT_PAID) == (case, standing(world, asked))


def test_money_that_another_prompts_answer_named_is_not_its_own() -> None:
    world = statement_world()
    asked = waiting(world)
    payment(world, sample.begun(), sample.accepted(), sample.success(receipt=OTHERS), number=2)
    world.store.create_receipt(sample.owned(OTHERS, 2, facts={}))
    taken_in(world, entry(OTHERS, 11, reference=""))

    compared(world)

    assert NOT_PAID == standing(world, asked)


@pytest.mark.parametrize(
    ("case", "row", "answered_phone"),
    [
        ("its label", entry(OTHERS, 11, reference="INV1042"), "254712345678"),
        ("its phone", entry(OTHERS, 11, reference=""), "254799999999"),
        ("what is seen of its phone", entry(OTHERS, 11, reference="", party="2547****678 - A"), "254799999999"),
    ],
)
def test_money_that_mpesa_tells_to_be_its_own_is_no_others_though_another_prompts_answer_named_it(
    case: str, row: Entry, answered_phone: str
) -> None:
    """An answer may name the receipt of somebody else's money. The statement shows whose it is."""
    world = statement_world()
    asked = waiting(world)
    answered = (sample.begun(phone=answered_phone), sample.accepted(), sample.success(receipt=OTHERS))
    payment(world, *answered, number=2, account_reference="INV2000")
    world.store.create_receipt(sample.owned(OTHERS, 2, facts={}))
    taken_in(world, row)

    compared(world)

    assert (case, OPEN) == (case, standing(world, asked))


def test_money_that_a_callback_of_its_prompt_named_is_its_own_though_that_waits_for_a_query() -> None:
    """Whatever number the row shows: the callback is not believed yet, and it may be true."""
    world = statement_world()
    doubted = replace(sample.success(receipt=OTHERS), demands_query=True)
    asked = waiting(world, facts=(doubted,))
    world.store.create_receipt(sample.owned(OTHERS, 1, facts={}))
    taken_in(world, entry(OTHERS, 11, reference="", party=OTHER_PARTY))

    compared(world)

    assert [AttemptStatus.UNRESOLVED] == [one.status for one in SETTINGS.state(stored(world, asked)).attempts]


def test_money_of_which_one_source_tells_another_number_may_be_its_own() -> None:
    """The confirmation's mask does not end as the phone does, the statement shows the phone: somebody must look."""
    world = statement_world()
    asked = waiting(world)
    masked = replace(sample.money(OTHERS), reference="", phone_ending="126")
    world.store.create_receipt(sample.owned(OTHERS, None, facts={masked.id: masked}))
    taken_in(world, entry(OTHERS, 11, reference=""))

    compared(world)

    assert OPEN == standing(world, asked)


def test_money_that_a_person_gave_to_another_payment_may_be_its_own() -> None:
    """No label, no answer that names it: the person may have been wrong."""
    world = statement_world()
    asked = waiting(world)
    payment(world, number=2)
    world.store.create_receipt(sample.owned(OTHERS, 2, facts={}))
    taken_in(world, entry(OTHERS, 30, reference=""))

    compared(world)

    assert OPEN == standing(world, asked)


def test_a_statement_without_a_payment_that_mpesa_told_of_is_no_judge() -> None:
    """Of an account that customers do not pay into, whatever its name; or a row was taken out and the sums mended."""
    world = statement_world()
    asked = waiting(world)
    payment(world, sample.begun(), sample.accepted(), sample.success(receipt=OTHERS), number=2)
    world.store.create_receipt(sample.owned(OTHERS, 2))
    taken_in(world)

    compared(world)

    assert (OPEN, True) == (standing(world, asked), "statement_doubted" in reported(world))


def test_one_answer_that_it_was_paid_outweighs_the_silence() -> None:
    world = statement_world()
    yes = QueryAnswered(
        number=1,
        result_code="0",
        checkout_request_id=sample.accepted().checkout_request_id,
        said_at_ms=AT_MS + HOUR_MS,
        learned_at_ms=AT_MS + HOUR_MS,
    )
    asked = waiting(world, facts=(yes,))
    taken_in(world)

    compared(world)

    assert OPEN == standing(world, asked)


def test_a_row_that_the_index_does_not_show_yet_keeps_the_statement_from_being_believed() -> None:
    """The index of days lags: nothing is concluded from rows that are written and not seen."""
    world = statement_world()
    asked = waiting(world)
    taken_in(world, entry(OTHERS, 30, "70.00", reference=""))
    pages, world.books.pages = world.books.pages, {}

    compared(world)
    unseen = standing(world, asked)
    world.books.pages = pages
    compared(world)

    assert (OPEN, NOT_PAID) == (unseen, standing(world, asked))


def test_news_that_comes_between_reading_and_writing_outweighs_the_silence() -> None:
    world = statement_world()
    asked = waiting(world)
    taken_in(world)

    def news() -> None:
        record = stored(world, asked)
        told = record.with_facts((sample.success(),))
        told = replace(told, version=record.version + 1)
        world.store.save_payment(record, told, SETTINGS.indexed(told, SETTINGS.state(told)))

    world.after["Secrets.read_keys"] = news
    compared(world)

    assert ("paid", None) == standing(world, asked)
    assert "contradicted" not in SETTINGS.state(stored(world, asked)).flags


def test_a_success_that_is_told_after_all_is_paid_and_a_person_must_look() -> None:
    world = statement_world()
    asked = waiting(world)
    taken_in(world)
    compared(world)
    record = stored(world, asked)

    late = replace(sample.success(), learned_at_ms=AT_MS + 3 * DAY_MS)
    state = SETTINGS.state(record.with_facts((late,)))

    assert ("paid", {"contradicted", "late_success"}) == (state.status, set(state.flags))


def test_a_prompt_shortly_before_midnight_is_judged_by_both_days() -> None:
    world = statement_world()
    late_ms = ENDS_MS - MINUTE_MS
    begun = replace(sample.begun(), said_at_ms=late_ms, learned_at_ms=late_ms, send_before_ms=late_ms + 8_000)
    asked = waiting(world, begun=begun)
    read(world, sent(world, portal_file([], BEGINS_MS, ENDS_MS)))
    compared(world)
    after_one = standing(world, asked)

    read(world, sent(world, portal_file([], ENDS_MS + 1_000, ENDS_MS + DAY_MS)))
    compared(world)

    assert (OPEN, NOT_PAID) == (after_one, standing(world, asked))


def test_what_was_typed_after_midnight_may_be_the_answer_to_a_prompt_before_it() -> None:
    world = statement_world()
    late_ms = ENDS_MS - MINUTE_MS
    begun = replace(sample.begun(), said_at_ms=late_ms, learned_at_ms=late_ms, send_before_ms=late_ms + 8_000)
    asked = waiting(world, begun=begun)
    after_s = (ENDS_MS + 2 * MINUTE_MS - AT_MS) // 1_000
    read(world, sent(world, portal_file([entry(OTHERS, after_s, reference="")], BEGINS_MS, ENDS_MS + DAY_MS)))

    run(reconcile_day("shop", PAYBILL, DAY, SETTINGS), world)

    assert OPEN == standing(world, asked)
