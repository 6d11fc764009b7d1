"""Safaricom's STK callback: whether it is authentic, what it says, and where it is kept.

Safaricom does not repeat a callback that we fail to take. So the only answer other than "taken" is for strangers,
and for the moment when table and queue are both away.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from daraja.callbacks import StkCallback, Unreadable, parse_stk_callback
from gateway import security
from gateway.domain.facts import CallbackReceived, CallbackUnreadable, Fact
from gateway.domain.identity import payment_id_of
from gateway.domain.payment import PaymentRecord
from gateway.flows.keep import keep
from gateway.flows.last_resort import queue_or_tell
from gateway.flows.messages import Delivery, delivery_message, facts_message
from gateway.flows.orphans import keep_message_apart, keep_news_apart
from gateway.flows.settings import FlowSettings
from gateway.flows.strangers import Taken, about, stranger, wrong_tag
from gateway.ports import Ambient, Flow, Secrets, SecretsUnavailable, StoreUnavailable, call
from gateway.settings import Settings

NUMBER_MAX = 99


def take_stk_callback(delivery: Delivery, settings: Settings, flow: FlowSettings) -> Flow[Taken]:
    """Keep the callback. Raises QueueUnavailable when neither table nor queue took it."""
    payment_id = payment_id_of(delivery.target)
    if payment_id is None or not 1 <= delivery.number <= NUMBER_MAX:
        return (yield from stranger(delivery))
    try:
        keys = yield from call(Secrets.read_keys)
    except SecretsUnavailable:
        yield from queue_or_tell(delivery_message(delivery), about(delivery))
        return Taken.QUEUED
    if not security.stk_tag_fits(keys.tags, payment_id, delivery.number, delivery.tag):
        return (yield from wrong_tag(delivery, settings))
    return (yield from _keep_authentic(payment_id, delivery, settings, flow))


def _keep_authentic(payment_id: str, delivery: Delivery, settings: Settings, flow: FlowSettings) -> Flow[Taken]:
    fact = _fact(delivery, settings)

    def facts_for(record: PaymentRecord) -> list[Fact]:
        if isinstance(fact, CallbackReceived):
            return [replace(fact, demands_query=settings.demands_query(record.asked.amount_kes))]
        return [fact]

    try:
        if isinstance(fact, CallbackUnreadable):
            yield from keep_news_apart("unreadable", f"{delivery.target}#{delivery.number}", delivery)
            yield from call(Ambient.report, "callback_unreadable", {"payment": payment_id, "attempt": delivery.number})
        kept = yield from keep(payment_id, facts_for, flow)
        if kept is None:
            yield from keep_message_apart(payment_id, facts_message(payment_id, (_to_be_confirmed(fact),)))
            yield from call(Ambient.report, "callback_without_payment", {"payment": payment_id})
            return Taken.APART
    except StoreUnavailable:
        yield from _queue(payment_id, fact, delivery)
        return Taken.QUEUED
    yield from call(
        Ambient.report,
        "callback_recorded" if kept.changed else "callback_repeated",
        {
            "payment": payment_id,
            "attempt": delivery.number,
            "code": getattr(fact, "result_code", "unreadable"),
        },
    )
    return Taken.KEPT if kept.changed else Taken.KNOWN


def _fact(delivery: Delivery, settings: Settings) -> CallbackReceived | CallbackUnreadable:
    try:
        said = parse_stk_callback(delivery.body)
    except Unreadable as why:
        return CallbackUnreadable(
            number=delivery.number,
            digest=hashlib.sha256(delivery.body).hexdigest()[:32],
            why=str(why),
            said_at_ms=delivery.learned_at_ms,
            learned_at_ms=delivery.learned_at_ms,
        )
    return _received(said, delivery, from_safaricom=settings.is_safaricom(delivery.source_address))


def _received(said: StkCallback, delivery: Delivery, *, from_safaricom: bool) -> CallbackReceived:
    return CallbackReceived(
        number=delivery.number,
        result_code=said.result_code,
        checkout_request_id=said.checkout_request_id or "",
        merchant_request_id=said.merchant_request_id or "",
        amount_kes=said.amount_kes,
        receipt=said.receipt,
        completed_at_ms=said.completed_at_ms,
        from_safaricom=from_safaricom,
        text=said.result_text,
        said_at_ms=delivery.learned_at_ms,
        learned_at_ms=delivery.learned_at_ms,
    )


def _to_be_confirmed(fact: Fact) -> Fact:
    """For a payment that is found later: M-Pesa is asked before this callback counts, whatever the amount is."""
    return replace(fact, demands_query=True) if isinstance(fact, CallbackReceived) else fact


def _queue(payment_id: str, fact: Fact, delivery: Delivery) -> Flow[None]:
    """The table is away: the bytes wait in the queue as they came, and all is judged when they are kept."""
    yield from call(Ambient.report, "callback_queued", {"payment": payment_id, "attempt": delivery.number})
    told = {name: getattr(fact, name, None) for name in ("result_code", "receipt", "amount_kes")}
    yield from queue_or_tell(delivery_message(delivery), {**about(delivery), **told})
