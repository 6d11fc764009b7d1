"""What shops are told of money that goes out: an event's id follows from payout or refund, type and discriminator.

Each version of it is told by one event or more: by what is new in it, or else by `…updated`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from gateway.domain.event_types import OutEvent, RefundEvent
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OutgoingKind, OutgoingRecord, OutgoingState, OutgoingStatus

OUT_EVENTS: frozenset[str] = frozenset((*OutEvent, *RefundEvent))
"""Every type that tells of money that goes out."""


_BY_STATUS = {
    OutgoingStatus.REJECTED: OutEvent.REJECTED,
    OutgoingStatus.LAPSED: OutEvent.LAPSED,
    OutgoingStatus.SUCCEEDED: OutEvent.SUCCEEDED,
    OutgoingStatus.FAILED: OutEvent.FAILED,
}


@dataclass(frozen=True, slots=True)
class OutNews:
    """One thing that happened. discriminator: the terms of an approval, the number of a send, a version."""

    id: str
    type: OutEvent | RefundEvent
    discriminator: str = ""


def news_of(record: OutgoingRecord) -> tuple[OutNews, ...]:
    """Everything that the facts so far give reason to tell, in the order in which it may be told."""
    state = outgoing_state(record)
    told: list[tuple[OutEvent, str]] = []
    if state.terms:
        told.append((OutEvent.AWAITING_APPROVAL, state.terms))
    told += [(OutEvent.APPROVED, one.terms) for one in state.approvals if one.what == "approved" and one.valid]
    told += [(OutEvent.UNRESOLVED, which) for which in _unresolved(state)]
    if state.status in _BY_STATUS:
        told.append((_BY_STATUS[state.status], ""))
    return tuple(_news(record, type_, which) for type_, which in dict.fromkeys(told))


def update_news(record: OutgoingRecord) -> OutNews:
    """What is told of a version that nothing else tells of."""
    return _news(record, OutEvent.UPDATED, str(record.version))


def _unresolved(state: OutgoingState) -> list[str]:
    return [str(send.number) for send in state.attempts if send.status is OutgoingStatus.UNRESOLVED]


def _news(record: OutgoingRecord, what: OutEvent, discriminator: str) -> OutNews:
    type_ = RefundEvent[what.name] if record.asked.kind == OutgoingKind.REFUND else what
    text = f"{record.id}|{type_}|{discriminator}"
    return OutNews("evt_" + hashlib.sha256(text.encode()).hexdigest()[:32], type_, discriminator)
