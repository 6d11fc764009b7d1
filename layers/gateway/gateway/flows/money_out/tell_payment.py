"""Bring a refund's outcome to its payment: by whoever learned it, at once; should that fail, by the sweep.

The outcome is a fact of the refund's item first. That stays due until `payment_told` says that the payment holds it.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.domain.facts import Fact, MoneyReturned, RefundReleased, Source
from gateway.domain.money_out.outgoing import Method, OutgoingRecord, OutgoingState, OutgoingStatus
from gateway.domain.money_out.refund import Outcome, is_to_be_told, outcome_of
from gateway.domain.payment import PaymentRecord
from gateway.domain.refunds import reservations
from gateway.flows.keep import keep
from gateway.flows.money_out.keep import keep_in_outgoing
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, StoreUnavailable, call


def tell_at_once(record: OutgoingRecord, state: OutgoingState, settings: FlowSettings) -> Flow[None]:
    """For whoever has just kept a refund's outcome. What fails here the sweep makes good, since the item stays due."""
    if record.unconcluded or not is_to_be_told(record, state):
        return
    try:
        yield from tell_payment(record, state, settings)
    except StoreUnavailable:
        yield from call(Ambient.report, "refund_told_later", {"out": record.id})


def tell_payment(record: OutgoingRecord, state: OutgoingState, settings: FlowSettings) -> Flow[None]:
    """The outcome as facts of the payment, then that it is told. Raises StoreUnavailable: it stays due."""
    outcome = outcome_of(record, state)
    if outcome is None:
        return
    now_ms = yield from call(Ambient.now_ms)
    kept = yield from keep(
        record.asked.payment or "", lambda payment: _outcome(payment, record, state, outcome, now_ms), settings
    )
    if kept is None:
        yield from call(Ambient.report, "refund_without_payment", {"out": record.id})
        return
    yield from keep_in_outgoing(record, (), settings, payment_told=str(outcome))


def _outcome(
    payment: PaymentRecord, record: OutgoingRecord, state: OutgoingState, outcome: Outcome, now_ms: int
) -> list[Fact]:
    """What the payment learns. Its own place says which receipts it is of; without it, what the refund says does."""
    place = reservations(payment.facts.values()).get(record.id)
    parts = place.parts if place else {record.asked.original_receipt or "": record.asked.amount_kes}
    if outcome is Outcome.RETURNED:
        return [*_returned(record, state, parts, now_ms)]
    released = RefundReleased(refund_id=record.id, why=str(state.status), said_at_ms=now_ms, learned_at_ms=now_ms)
    if outcome is Outcome.RELEASED:
        return [released]
    back = [
        MoneyReturned(
            told_by=Source.CALLBACK,
            receipt=receipt,
            return_receipt="",
            amount_kes=amount_kes,
            external=True,
            said_at_ms=now_ms,
            learned_at_ms=now_ms,
        )
        for receipt, amount_kes in parts.items()
    ]
    return [*back, released]


def _returned(
    record: OutgoingRecord, state: OutgoingState, parts: Mapping[str, int], now_ms: int
) -> list[MoneyReturned]:
    """One for each receipt that the refund is of, all under the receipt of the transfer."""
    went = [send.method for send in state.attempts if send.status is OutgoingStatus.SUCCEEDED]
    method = went[-1] if went else record.asked.method
    return [
        MoneyReturned(
            told_by=Source.CALLBACK,
            receipt=receipt,
            return_receipt=state.receipt or "",
            amount_kes=amount_kes,
            external=False,
            refund_id=record.id,
            paid_out=method != Method.REVERSAL,
            said_at_ms=state.succeeded_at_ms or now_ms,
            learned_at_ms=now_ms,
        )
        for receipt, amount_kes in parts.items()
    ]
