"""Write what no money follows from: a person's note, or other values of the fields that a shop may edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.domain.facts import Edited, Fact, Noted
from gateway.domain.payment import Asked, PaymentRecord, PaymentState
from gateway.flows.keep import PAUSE_MS_MAX, ROUNDS_MAX, pause_with_jitter
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, Indexed, Store, call

NOTES_MAX = 20
NOTES_BYTES_MAX = 4096
EDITS_MAX = 30
"""Room in the payment's item belongs to facts about money; these are what people may take of it."""


class Outcome(StrEnum):
    """What became of the wish.

    KNOWN: a request with this key came before, see `known`. FULL: no room is left. CONFLICT: the payment is not of
    the version that the caller saw, or changes faster than it can be written; nothing was written.
    """

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    KNOWN = "known"
    FULL = "full"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Annotation:
    """outcome, and the payment as it is now. known: the fact that the same key made before."""

    outcome: Outcome
    record: PaymentRecord
    state: PaymentState
    known: Fact | None = None


def note(payment_id: str, owner: str, fact: Noted, settings: FlowSettings) -> Flow[Annotation | None]:
    """Add a note. None: this owner has no such payment. Raises StoreUnavailable."""
    return (yield from _write(payment_id, owner, fact, lambda asked: asked, None, settings))


def edit(
    payment_id: str,
    owner: str,
    fact: Edited,
    edited: Callable[[Asked], Asked],
    seen_version: int | None,
    settings: FlowSettings,
) -> Flow[Annotation | None]:
    """Change what a shop may edit. seen_version: only while the payment is of this one. None: no such payment."""
    return (yield from _write(payment_id, owner, fact, edited, seen_version, settings))


def _write(
    payment_id: str,
    owner: str,
    fact: Noted | Edited,
    edited: Callable[[Asked], Asked],
    seen_version: int | None,
    settings: FlowSettings,
) -> Flow[Annotation | None]:
    record = yield from call(Store.read_payment, payment_id)
    for lost in range(ROUNDS_MAX):
        if record is None or record.asked.owner != owner:
            return None
        after = replace(record.with_facts((fact,)), asked=edited(record.asked))
        outcome = _hindrance(record, after, fact, seen_version)
        if outcome is not None:
            return Annotation(outcome, record, settings.state(record), record.facts.get(fact.id))
        now_ms = yield from call(Ambient.now_ms)
        after = replace(after, version=record.version + 1, updated_at_ms=now_ms)
        if (yield from call(Store.save_payment, record, after, _unmoved(record))):
            return Annotation(Outcome.WRITTEN, after, settings.state(after))
        yield from pause_with_jitter(PAUSE_MS_MAX * (lost + 1))
        record = yield from call(Store.read_payment, payment_id)
    return Annotation(Outcome.CONFLICT, record, settings.state(record)) if record else None


def _hindrance(
    record: PaymentRecord, after: PaymentRecord, fact: Noted | Edited, seen_version: int | None
) -> Outcome | None:
    """Why nothing is to be written; None: write."""
    if record.knows(fact):
        return Outcome.KNOWN
    if seen_version is not None and record.version != seen_version:
        return Outcome.CONFLICT
    if isinstance(fact, Edited) and after.asked == record.asked:
        return Outcome.UNCHANGED
    return None if _has_room(after) else Outcome.FULL


def _has_room(after: PaymentRecord) -> bool:
    notes = [fact for fact in after.facts.values() if isinstance(fact, Noted)]
    edits = sum(isinstance(fact, Edited) for fact in after.facts.values())
    size = sum(len(fact.remark.encode()) for fact in notes)
    return len(notes) <= NOTES_MAX and size <= NOTES_BYTES_MAX and edits <= EDITS_MAX


def _unmoved(record: PaymentRecord) -> Indexed:
    """What is due stays due, and the stored summary stays: nothing about money changed."""
    return Indexed(due_at_ms=record.due_at_ms)
