"""What the storms found, each as small as it can be told: the rule that was missing, without the storm."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.days import day_begins_ms
from gateway.domain.due import StepKind, next_step, wants_asking
from gateway.domain.facts import UnknownFact
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import Policy
from gateway.domain.repairs import RepairProgress, planned
from gateway.flows.ask import ask_about
from gateway.flows.sweep import sweep
from gateway.flows.untold import untold_of
from gateway.ports import QueryReply, run
from tests import gateway_samples as sample
from tests.laws.deliveries import (
    IDS,
    OTHER_IDS,
    R1,
    R2,
    SETTINGS,
    T0_MS,
    accepted,
    begun,
    bring,
    callback,
    fact_of,
    money,
    payment,
    query,
    shown,
    told,
)
from tests.memory_store import KEYS, MemoryWorld

NEWER = UnknownFact(said_at_ms=T0_MS, learned_at_ms=T0_MS, known_id="newer:1", raw='{"kind":"newer"}')
PUSH_LOST = told("lost", 1, n=1)
DENIED_TWICE = (query("1037", 60), query("1037", 90))


def record_of(*deliveries: dict[str, object]) -> PaymentRecord:
    return sample.record(1, [fact_of(d) for d in deliveries])


@pytest.mark.parametrize("push", [PUSH_LOST, accepted()])
def test_a_success_that_safaricom_told_and_its_queries_deny_is_held_for_a_person(push: dict[str, object]) -> None:
    """It waited for a query (the push's answer was lost, or CONFIRM asks for one), and the queries said no."""
    told_paid = callback("0", 12, "paid", confirm=True)
    state = shown(record_of(begun(), push, told_paid, *DENIED_TWICE))
    assert ("failed", ["contradicted"]) == (state["status"], state["flags"])


def test_a_success_that_waits_for_a_query_and_names_another_receipt_than_the_believed_one_is_held() -> None:
    """CONFIRM was changed between two callbacks of one prompt: the first one's money may be there as well."""
    waits = callback("0", 12, "waits", confirm=True)
    state = shown(record_of(begun(), accepted(), waits, callback("0", 70, "other", receipt=R2)))
    assert ("paid", ["contradicted"], False) == (state["status"], state["flags"], state["safe"])


def test_a_success_that_waits_for_a_query_and_names_the_believed_receipt_holds_nothing() -> None:
    waits = callback("0", 12, "waits", confirm=True)
    state = shown(record_of(begun(), accepted(), waits, callback("0", 70, "the same")))
    assert ("paid", [], True) == (state["status"], state["flags"], state["safe"])


def test_a_success_told_by_a_stranger_and_denied_by_queries_holds_nothing() -> None:
    stranger = callback("0", 12, "forged", listed=False)
    assert [] == shown(record_of(begun(), accepted(), stranger, *DENIED_TWICE))["flags"]


def test_what_an_older_release_only_added_is_concluded_by_the_newer_one() -> None:
    """The older one may not claim the receipt; whoever understands all facts does, when the sweep meets the payment."""
    world = MemoryWorld()
    record = payment(world.store, begun(), accepted())
    world.store.payments[record.id] = record.with_facts([NEWER])
    run(bring(record.id, callback("0", 12, "paid")), world)
    older = world.store.payments[record.id]
    run(sweep(SETTINGS), world)
    met_by_the_older = world.store.payments[record.id]
    understood = {fact_id: fact for fact_id, fact in older.facts.items() if fact_id != NEWER.id}
    world.store.payments[record.id] = replace(met_by_the_older, facts=understood)
    run(sweep(SETTINGS), world)

    assert (True, True) == (older.unconcluded, met_by_the_older.unconcluded)
    assert met_by_the_older.due_at_ms is not None
    assert record.id == world.store.receipts[R1].owner
    assert (False, "paid") == (world.store.payments[record.id].unconcluded, world.store.summaries[record.id]["status"])


def test_the_next_fact_concludes_what_an_older_release_only_added() -> None:
    world = MemoryWorld()
    record = payment(world.store, begun(), accepted(), callback("0", 12, "paid"))
    world.store.payments[record.id] = replace(record, unconcluded=True)
    run(bring(record.id, query("0", 30)), world)
    assert record.id == world.store.receipts[R1].owner


def test_an_attempt_is_still_asked_about_when_other_money_was_sent_back() -> None:
    """Its own callback waits for a query: nobody else will ever tell of that receipt."""
    waits = callback("0", 12, "waits", confirm=True)
    back = told("returned", 900, receipt=R2, under="SGLRETURN1", amount=100, external=False)
    record = record_of(begun(), accepted(), waits, money(R2, 60, "typed"), back)
    state = state_of(record.asked, record.facts)
    assert "refunded" == state.status
    assert wants_asking(state.attempts[0])
    assert next_step(record, state, Policy()) is not None


def test_each_id_that_callbacks_name_is_asked_about_in_turn() -> None:
    """The push's answer was lost, and Safaricom named two ids: one of them may be the right one."""
    world = MemoryWorld()
    world.secrets.keys = KEYS
    told_twice = (callback("0", 12, "one"), callback("0", 13, "other", ids=OTHER_IDS))
    record = payment(world.store, begun(), PUSH_LOST, *told_twice)
    for _ in range(2):
        world.ambient.at_ms += 60_000
        world.daraja.query_answers.append(QueryReply("processing", None, ""))
        record = world.store.payments[record.id]
        run(ask_about(record, SETTINGS.state(record), SETTINGS), world)
    assert {IDS[0], OTHER_IDS[0]} == set(world.daraja.queries)


def test_an_attempt_of_which_only_anothers_id_was_named_is_not_waited_for_without_end() -> None:
    """It was never asked about, and the question that could not be asked stood before its deadline for ever."""
    first = (begun(), accepted(), callback("1032", 5, "cancelled"))
    second = (begun(2, 100), told("lost", 101, n=2), callback("0", 110, "wrong ids", n=2))
    record = record_of(*first, *second)
    state = state_of(record.asked, record.facts)
    assert () == state.attempts[1].ids_to_ask
    step = next_step(record, state, Policy())
    assert step is not None
    assert (StepKind.MARK_UNRESOLVED, 2) == (step.kind, step.number)


@pytest.mark.parametrize("hour", [3, 11, 23])
def test_a_nights_repair_looks_back_to_the_beginning_of_the_day_of_the_run_before(hour: int) -> None:
    """That run did not go through its own day: what changed on it before the run is the next one's to tell."""
    midnight_ms = day_begins_ms("2026-11-26")
    before = RepairProgress(began_ms=midnight_ms + hour * 3_600_000)
    run_after = planned(before, ["shop"], [], midnight_ms + 27 * 3_600_000)
    (of_that_day,) = (task for task in run_after.tasks if task.day == "2026-11-26")
    assert of_that_day.since_ms <= midnight_ms


def test_nothing_is_written_as_due_before_the_write() -> None:
    """A payment that fails hours after its end is to expire at once: it does not look as if it had waited for hours."""
    world = MemoryWorld()
    record = payment(world.store, begun(), accepted())
    world.ambient.at_ms = record.asked.expires_at_ms + 7_200_000
    run(bring(record.id, callback("1032", 5, "cancelled")), world)
    failed = world.store.payments[record.id]
    assert world.ambient.at_ms == failed.due_at_ms
    run(sweep(SETTINGS), world)
    assert "expired" == shown(world.store.payments[record.id])["status"]


@pytest.mark.parametrize(
    ("changed_s", "looked_s", "untold"),
    [
        (600, 4_200, ["payment.created", "payment.prompted", "payment.failed"]),
        (600, 605, ["payment.created", "payment.prompted"]),
        (20, 25, []),
    ],
)
def test_the_night_tells_of_a_payment_that_changed_just_now_what_followed_before(
    changed_s: int, looked_s: int, untold: list[str]
) -> None:
    """One that is asked about each hour had always changed just now, until the nights no longer came to its day."""
    world = MemoryWorld()
    failed = callback("1032", changed_s, "cancelled")
    record = replace(record_of(begun(), accepted(), failed), updated_at_ms=T0_MS + changed_s * 1_000)
    found = run(untold_of([record], 0, T0_MS + looked_s * 1_000), world)
    assert untold == [event.type for one in found for event in one.missing]
