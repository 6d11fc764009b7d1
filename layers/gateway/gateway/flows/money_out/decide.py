"""A person decides about money that goes out. No program can: an `Approver` is made from a person's session alone.

A decision is bound to the terms that the person was shown; if they differ from what stands there, nothing happens. Its
note goes out in events, so numbers in it are masked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from daraja.masking import mask_text
from gateway.domain.fact import Fact
from gateway.domain.money_out.facts import Approved, Rejected
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OutgoingRecord, OutgoingState, OutgoingStatus
from gateway.domain.money_out.policy import SIGNED_IN_WITHIN_MS
from gateway.domain.staff import may_decide
from gateway.flows.keep import PAUSE_MS_MAX, ROUNDS_MAX, pause_with_jitter
from gateway.flows.money_out.begin import look_soon
from gateway.flows.money_out.keep import KeptOutgoing, is_of_a_newer_release, keep_in_outgoing
from gateway.flows.money_out.tell_payment import tell_at_once
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, StoreUnavailable, call
from gateway.ports.money_out import Outgoings
from gateway.ports.staff import Staff

NOTE_MAX = 200


class Objection(StrEnum):
    """Why a decision was not taken. Nothing was stored."""

    UNKNOWN = "unknown"
    OWN = "maker_is_checker"
    """Who asked for it cannot agree to it."""
    LET_IN = "let_in_by_you"
    """Who alone let in the person that asked cannot either, where somebody else could."""
    OTHER_TERMS = "other_terms"
    """It is not what the person was shown."""
    NOT_WAITING = "not_waiting"
    """It was decided, has lapsed, or was sent already."""
    SIGN_IN_TOO_OLD = "sign_in_too_old"


class DecisionRefused(Exception):
    """The decision was not taken. state: as it stands; None: there is no such payout or refund."""

    def __init__(self, why: Objection, state: OutgoingState | None = None) -> None:
        super().__init__(str(why))
        self.why = why
        self.state = state


@dataclass(frozen=True, slots=True)
class Approver:
    """A person who decides. subject: verified by who signed them in. signed_in_at_ms: when they proved who they are."""

    subject: str
    shown_as: str
    signed_in_at_ms: int


def approve(
    out_id: str, owner: str, person: Approver, terms: str, note: str, settings: FlowSettings
) -> Flow[KeptOutgoing]:
    """Agree to exactly these terms; it goes out as soon as limits and float allow. Said twice, it is one.

    Raises DecisionRefused, StoreUnavailable.
    """
    now_ms = yield from call(Ambient.now_ms)
    fact = Approved(
        subject=person.subject,
        terms=terms,
        shown_as=person.shown_as,
        signed_in_at_ms=person.signed_in_at_ms,
        note=mask_text(note)[:NOTE_MAX],
        said_at_ms=now_ms,
        learned_at_ms=now_ms,
    )

    members = yield from call(Staff.list_members, owner)

    def objection(record: OutgoingRecord, state: OutgoingState) -> Objection | None:
        against = _against(record, state, person, terms, now_ms)
        let_in = not may_decide(members, record.asked.maker, person.subject)
        return against or (Objection.LET_IN if let_in else None)

    kept = yield from _decide(out_id, owner, fact, objection, settings)
    yield from look_soon(out_id)
    return kept


def reject(
    out_id: str, owner: str, person: Approver, terms: str, note: str, settings: FlowSettings
) -> Flow[KeptOutgoing]:
    """Say no, for good: also who asked for it may. Raises DecisionRefused, StoreUnavailable."""
    now_ms = yield from call(Ambient.now_ms)
    fact = Rejected(
        subject=person.subject,
        terms=terms,
        shown_as=person.shown_as,
        note=mask_text(note)[:NOTE_MAX],
        said_at_ms=now_ms,
        learned_at_ms=now_ms,
    )
    kept = yield from _decide(out_id, owner, fact, lambda _, state: _against_no(state, terms), settings)
    yield from tell_at_once(kept.record, kept.state, settings)
    return kept


def _decide(
    out_id: str,
    owner: str,
    fact: Fact,
    objection: Callable[[OutgoingRecord, OutgoingState], Objection | None],
    settings: FlowSettings,
) -> Flow[KeptOutgoing]:
    """Keep the decision in the version that it was judged on."""
    for lost in range(ROUNDS_MAX):
        record = yield from call(Outgoings.read_outgoing, out_id)
        if record is None or record.asked.owner != owner:
            raise DecisionRefused(Objection.UNKNOWN)
        state = outgoing_state(record)
        if record.knows(fact):
            return KeptOutgoing(record, state, changed=False)
        if is_of_a_newer_release(record):
            raise StoreUnavailable("a newer release decides about this")
        why = objection(record, state)
        if why is not None:
            raise DecisionRefused(why, state)
        kept = yield from keep_in_outgoing(record, (fact,), settings)
        if kept is not None:
            yield from call(Ambient.report, "money_out_decided", {"out": out_id, "what": fact.KIND})
            return kept
        yield from pause_with_jitter(PAUSE_MS_MAX * (lost + 1))
    raise StoreUnavailable(f"{ROUNDS_MAX} decisions about {out_id} lost against others")


def _against(
    record: OutgoingRecord, state: OutgoingState, person: Approver, terms: str, now_ms: int
) -> Objection | None:
    """The first objection that holds."""
    if record.asked.maker and record.asked.maker == person.subject:
        return Objection.OWN
    if not state.terms:
        return Objection.NOT_WAITING
    if state.terms != terms:
        return Objection.OTHER_TERMS
    return Objection.SIGN_IN_TOO_OLD if now_ms - person.signed_in_at_ms > SIGNED_IN_WITHIN_MS else None


def _against_no(state: OutgoingState, terms: str) -> Objection | None:
    """A no is heard until something has been sent; of a second hand-over, as long as nobody agreed to it."""
    may = state.terms or (state.approved_terms if state.status is OutgoingStatus.APPROVED else "")
    if not may:
        return Objection.NOT_WAITING
    return None if may == terms else Objection.OTHER_TERMS
