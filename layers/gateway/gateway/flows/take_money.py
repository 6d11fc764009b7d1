"""Money that M-PESA tells of by its receipt: a C2B confirmation now, Pull rows and statement lines by the same door.

First whose it is is settled in the receipt's own item, then the payment gets the fact. Money that belongs to no
payment that we can name stays in that item, is looked at again for a day, and is listed.
"""

from __future__ import annotations

import re
from dataclasses import replace

from daraja.callbacks import C2bConfirmation, Unreadable, parse_c2b
from gateway import security
from gateway.domain.facts import MoneyReceived, Source
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from gateway.domain.receipts import ReceiptRecord, Standing
from gateway.domain.references import normalised
from gateway.flows.keep import claim_receipt, claim_record, keep
from gateway.flows.last_resort import queue_or_tell
from gateway.flows.messages import Delivery, delivery_message, money_message
from gateway.flows.orphans import keep_message_apart, keep_news_apart
from gateway.flows.settings import FlowSettings
from gateway.flows.strangers import Taken, about, wrong_tag
from gateway.flows.validate_money import self_test_nonce
from gateway.ports import Ambient, Flow, Secrets, SecretsUnavailable, Store, StoreUnavailable, call
from gateway.settings import Settings

_NUMBER_OR_MASK = re.compile(r"\+?(?:254|0)[0-9* ]{5,12}(?P<ending>[0-9]{3})")

MATCH_AGAIN_MS = (30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, 16 * HOUR_MS)
"""Pauses between tries to match unmatched money: an index may lag, a payment may be created a moment later."""

AHEAD_OF_PAYMENT_MS = DAY_MS
"""So long before it is asked for a payment may be paid: a person types the order in after the customer has paid."""


def take_c2b_confirmation(delivery: Delivery, settings: Settings, flow: FlowSettings) -> Flow[Taken]:
    """Keep a C2B confirmation. Raises QueueUnavailable when neither table nor queue took it."""
    try:
        keys = yield from call(Secrets.read_keys)
    except SecretsUnavailable:
        yield from queue_or_tell(delivery_message(delivery), about(delivery))
        return Taken.QUEUED
    if not security.c2b_tag_fits(keys.c2b_tags, delivery.target, delivery.tag):
        return (yield from wrong_tag(delivery, settings))
    nonce = self_test_nonce(delivery.body)
    if nonce is not None:
        from gateway.ports.registration import Registrations  # noqa: PLC0415  money that comes need not load it

        yield from call(Registrations.hear_test, delivery.target, nonce)
        return Taken.KEPT
    try:
        listed = settings.is_safaricom(delivery.source_address)
        said = parse_c2b(delivery.body)
        payer_key = security.payer_key(keys.phone, said.phone_hint or "")
        fact = money_fact(said, delivery, from_safaricom=listed, payer_key=payer_key)
    except Unreadable:
        fact = None
    try:
        if fact is None:
            yield from keep_news_apart("unreadable", f"c2b#{delivery.target}", delivery)
            yield from call(Ambient.report, "money_unreadable", {"shortcode": delivery.target})
            return Taken.APART
        if not fact.from_safaricom:
            yield from call(Ambient.report, "money_from_elsewhere", {"receipt": fact.receipt})
        yield from receive_money(fact, flow, by_reference=_is_of_this_address(fact, delivery))
    except StoreUnavailable:
        message = money_message(fact) if fact and _is_of_this_address(fact, delivery) else delivery_message(delivery)
        told = {name: getattr(fact, name, None) for name in ("receipt", "amount_kes", "reference")}
        yield from queue_or_tell(message, {**about(delivery), **told})
        return Taken.QUEUED
    return Taken.KEPT


def money_fact(
    said: C2bConfirmation, delivery: Delivery, *, from_safaricom: bool, payer_key: str = ""
) -> MoneyReceived | None:
    """The confirmation as a fact; None when it lacks a receipt or whole shillings. payer_key: of the payer's number."""
    if not said.receipt or not said.amount_kes:
        return None
    return MoneyReceived(
        told_by=Source.C2B,
        receipt=said.receipt,
        amount_kes=said.amount_kes,
        shortcode=said.shortcode or delivery.target,
        reference=said.reference,
        completed_at_ms=said.completed_at_ms,
        payer_name=said.payer_name or "",
        payer_key=payer_key,
        phone_ending=ending_of(said.phone_hint or ""),
        told_under=delivery.target if said.shortcode not in (None, delivery.target) else "",
        from_safaricom=from_safaricom,
        said_at_ms=delivery.learned_at_ms,
        learned_at_ms=delivery.learned_at_ms,
    )


def ending_of(phone_hint: str) -> str:
    """The last three digits of a number or of its mask (2547 ***** 126); a hash ends in nothing that people know."""
    found = _NUMBER_OR_MASK.fullmatch(phone_hint.strip())
    return found["ending"] if found else ""


def receive_money(fact: MoneyReceived, settings: FlowSettings, *, by_reference: bool = True) -> Flow[str | None]:
    """Give the money to its payment, if one can be named: its id. Raises StoreUnavailable.

    by_reference False: what the payer typed names no payment; only one that knows the receipt gets the money.
    """
    owner = (yield from _payment_by_reference(fact)) if by_reference else None
    now_ms = yield from call(Ambient.now_ms)
    claim = claim_record(fact.receipt, owner, fact.shortcode, (fact,))
    if owner is None and by_reference:
        claim = replace(claim, due_at_ms=now_ms + MATCH_AGAIN_MS[0])
    standing = yield from claim_receipt(claim, heeds_people=True)
    if standing.owner is None:
        yield from call(Ambient.report, "money_unmatched", {"receipt": fact.receipt, "shortcode": fact.shortcode})
        return None
    kept = yield from keep(standing.owner, lambda _: (fact,), settings)
    if kept is None:
        yield from keep_message_apart(standing.owner, money_message(fact))
        yield from call(Ambient.report, "receipt_of_unknown_payment", {"receipt": fact.receipt})
        return None
    yield from call(Ambient.report, "money_matched", {"payment": standing.owner, "receipt": fact.receipt})
    return standing.owner


def match_again(record: ReceiptRecord, settings: FlowSettings) -> Flow[str | None]:
    """Try once more to name the payment of unmatched money, and set the next try."""
    money = record.money
    if record.standing is not Standing.UNMATCHED or money is None:
        yield from call(Store.save_receipt, record, _not_due(record))
        return record.owner
    owner = yield from _payment_by_reference(money)
    if owner is not None:
        return (yield from receive_money(money, settings))
    now_ms = yield from call(Ambient.now_ms)
    tries = record.matched_tries + 1
    due_at_ms = now_ms + MATCH_AGAIN_MS[tries] if tries < len(MATCH_AGAIN_MS) else None
    later = replace(record, matched_tries=tries, due_at_ms=due_at_ms, version=record.version + 1)
    yield from call(Store.save_receipt, record, later)
    return None


def _payment_by_reference(fact: MoneyReceived) -> Flow[str | None]:
    """The one payment that carries the typed reference. Two of them, or an index that does not answer: none.

    Nor one that was asked for long after the money came: a list may tell of years in which shops used the same again.
    """
    reference = normalised(fact.reference)
    if not reference:
        return None
    try:
        ids = yield from call(Store.payments_by_reference, fact.shortcode, reference, 2)
    except StoreUnavailable:
        return None
    if len(ids) != 1 or (yield from _is_far_younger(ids[0], fact)):
        return None
    return ids[0]


def _is_far_younger(payment_id: str, fact: MoneyReceived) -> Flow[bool]:
    """Whether a payment was asked for long after this money came. Raises StoreUnavailable."""
    now_ms = yield from call(Ambient.now_ms)
    latest_ms = (fact.completed_at_ms or fact.learned_at_ms) + AHEAD_OF_PAYMENT_MS
    if now_ms <= latest_ms:
        return False
    payment = yield from call(Store.read_payment, payment_id)
    return payment is not None and payment.asked.created_at_ms > latest_ms


def _is_of_this_address(fact: MoneyReceived, delivery: Delivery) -> bool:
    """The tag speaks for the shortcode in the address: money of another one, told there, finds no payment of its own.

    (A till's confirmation may name the till or its store, and carries no reference that could find one.)
    """
    return fact.shortcode == delivery.target


def _not_due(record: ReceiptRecord) -> ReceiptRecord:
    return replace(record, due_at_ms=None, version=record.version + 1)
