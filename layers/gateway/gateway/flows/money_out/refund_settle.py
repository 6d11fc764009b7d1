"""Bring a payment's refunds to an end. Its outcome each refund brings itself (`tell_payment.py`).

The refund's item stays due until its payment holds the outcome; the payment stays due until its refunds have one. So
whoever dies between the two is made good by whichever of them the sweep meets first.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.due import due_at_ms
from gateway.domain.money_out.facts import MoneySeen
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OUTGOING, OutgoingRecord
from gateway.domain.money_out.refund import is_to_be_told
from gateway.domain.payment import Asks, PaymentRecord, PaymentState, Refund
from gateway.domain.policy import MINUTE_MS
from gateway.domain.refunds import (
    LOOKS,
    LOOKS_APART_MS,
    returns_of,
    shown_reversals,
    still_stands,
)
from gateway.flows.money_out.keep import keep_outgoing
from gateway.flows.money_out.refund import give_the_place_back, make_refund
from gateway.flows.money_out.refund_check import withdraw
from gateway.flows.money_out.tell_payment import tell_at_once, tell_payment
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, Store, call
from gateway.ports.money_out import Outgoings

LEASE_MS = 2 * MINUTE_MS
"""So long nobody else looks after a payment's refunds."""


def look_after_refunds(record: PaymentRecord, state: PaymentState, settings: FlowSettings) -> Flow[None]:
    """What the sweep does when it meets a payment with live refunds. Raises StoreUnavailable.

    The look counts once it is over: whoever dies in it is followed by the next one soon.
    """
    now_ms = yield from call(Ambient.now_ms)
    leased = replace(record, due_at_ms=now_ms + LEASE_MS)
    if not (yield from call(Store.lease_payment, record, now_ms + LEASE_MS, record.asks)):
        return
    for refund in state.refunds:
        if refund.is_live:
            yield from _look_after(record, state, refund, settings)
    yield from _count_the_look(leased, now_ms, settings)


def _count_the_look(record: PaymentRecord, now_ms: int, settings: FlowSettings) -> Flow[None]:
    """And move `due_at` past it, unless something has changed the payment meanwhile: then it is looked at again.

    What else is due by now is not put off.
    """
    before = record.asks.get(LOOKS, Asks(0, 0))
    looked = replace(record, asks={**record.asks, LOOKS: Asks(before.count + 1, now_ms)})
    next_ms = due_at_ms(looked, settings.state(looked), settings.policy)
    due_ms = now_ms + LOOKS_APART_MS if next_ms is None else max(next_ms, now_ms)
    yield from call(Store.lease_payment, record, due_ms, looked.asks)


def _look_after(payment: PaymentRecord, of_payment: PaymentState, refund: Refund, settings: FlowSettings) -> Flow[None]:
    """Make its item if whoever took the place has died; else bring to it, or fetch from it, what is new."""
    record = yield from call(Outgoings.read_outgoing, refund.id)
    if record is None:
        yield from call(Ambient.report, "refund_completed", {"out": refund.id})
        yield from make_refund(payment, refund.id, settings)
        return
    if record.asked.payment != payment.id:
        yield from give_the_place_back(payment.id, refund.id, settings)
        return
    state = outgoing_state(record)
    returned = returns_of(tuple(payment.facts.values()), of_payment.credits)
    if is_to_be_told(record, state):
        yield from tell_payment(record, state, settings)
    elif OUTGOING[state.status].waits and not still_stands(of_payment, returned, refund.id):
        yield from withdraw(record, state, settings)
    elif OUTGOING[state.status].money_may_have_moved:
        yield from _show(record, payment, refund, settings)


def _show(record: OutgoingRecord, payment: PaymentRecord, refund: Refund, settings: FlowSettings) -> Flow[None]:
    """M-Pesa takes a payment back once: the reversal that its list shows is the one that nobody answered."""
    facts = [
        MoneySeen(
            told_by=told.told_by,
            receipt=told.return_receipt,
            amount_kes=told.amount_kes,
            said_at_ms=told.said_at_ms,
            learned_at_ms=told.learned_at_ms,
        )
        for told in shown_reversals(payment.facts.values(), refund)
    ]
    if facts:
        kept = yield from keep_outgoing(record.id, lambda _: facts, settings)
        if kept is not None:
            yield from tell_at_once(kept.record, kept.state, settings)
