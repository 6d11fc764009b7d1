"""Begin a payout: store it, and let it go without a second person only where the policy says so.

The first write is the check of the Idempotency-Key. Nothing is sent here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.domain.days import day_of
from gateway.domain.money_out.facts import ApprovedByPolicy
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.limits import Place
from gateway.domain.money_out.outgoing import OutgoingAsked, OutgoingRecord, OutgoingState, OutgoingStatus
from gateway.domain.policy import SECOND_MS
from gateway.flows.money_out.keep import keep_in_outgoing, out_indexed
from gateway.flows.money_out.limits import take_recipients_place
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, PortError, Queues, QueueUnavailable, call
from gateway.ports.money_out import Outgoings

LOOK_APART_MS = 10 * SECOND_MS
"""Wishes that one be looked at now, within this time, are one wish."""


@dataclass(frozen=True, slots=True)
class BegunOutgoing:
    """created False: this is what the Idempotency-Key named before. Compare the fingerprint."""

    record: OutgoingRecord
    state: OutgoingState
    created: bool


def begin_payout(asked: OutgoingAsked, settings: FlowSettings) -> Flow[BegunOutgoing]:
    """Store it. Raises StoreUnavailable: then it may be stored, and the same request finds it."""
    now_ms = yield from call(Ambient.now_ms)
    record = OutgoingRecord(asked, {}, version=1, updated_at_ms=now_ms)
    state = outgoing_state(record)
    indexed = out_indexed(record, state, settings)
    record = replace(record, due_at_ms=indexed.due_at_ms)
    existing = yield from call(Outgoings.create_outgoing, record, indexed)
    if existing is not None:
        return BegunOutgoing(existing, outgoing_state(existing), created=False)
    if asked.amount_kes > settings.out.approve_above_kes:
        return BegunOutgoing(record, state, created=True)
    return (yield from _approved_by_policy(record, settings))


def look_soon(out_id: str) -> Flow[None]:
    """Have it looked at now and not only by the next sweep. Best effort: it is due anyway."""
    now_ms = yield from call(Ambient.now_ms)
    try:
        yield from call(Queues.send_check, out_id, now_ms // LOOK_APART_MS)
    except QueueUnavailable:
        yield from call(Ambient.report, "look_not_queued", {"out": out_id})


def _approved_by_policy(record: OutgoingRecord, settings: FlowSettings) -> Flow[BegunOutgoing]:
    """Its place in the recipient's limit decides: so many small ones at once cannot each be small enough.

    Whatever goes wrong on the way leaves it to a person.
    """
    state = outgoing_state(record)
    limit_kes = min(settings.out.approve_above_kes, settings.out.recipient_kes)
    day = day_of(record.updated_at_ms)
    try:
        begun = yield from keep_in_outgoing(record, (), settings, limit_day=day)
        if begun is None:
            return BegunOutgoing(record, state, created=True)
        place = yield from take_recipients_place(record.asked, day, limit_kes)
        if place is not Place.TAKEN:
            return BegunOutgoing(begun.record, begun.state, created=True)
        fact = ApprovedByPolicy(
            terms=begun.state.terms,
            limit_kes=limit_kes,
            said_at_ms=record.updated_at_ms,
            learned_at_ms=record.updated_at_ms,
        )
        kept = yield from keep_in_outgoing(begun.record, (fact,), settings)
    except PortError as error:
        yield from call(Ambient.report, "policy_not_asked", {"out": record.id, "error": type(error).__name__})
        return BegunOutgoing(record, state, created=True)
    if kept is None or kept.state.status is not OutgoingStatus.APPROVED:
        return BegunOutgoing(begun.record, begun.state, created=True)
    yield from look_soon(record.id)
    return BegunOutgoing(kept.record, kept.state, created=True)
