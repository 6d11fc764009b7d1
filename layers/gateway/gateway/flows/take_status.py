"""M-PESA's answer to a question about a transaction: whose it is, and what follows from it.

About a payout or refund it goes to that; about a code it is kept in the question's own item. Money that came to the
shop goes the way of all money (`take_money.py`): to the payment that owns its receipt, else to what is unmatched.
"""

from __future__ import annotations

from dataclasses import replace

from daraja import results
from daraja.result_codes import RESULT, Meaning, find
from gateway import security
from gateway.domain.facts import MoneyReceived, Source
from gateway.domain.money_out.outgoing import is_outgoing_id
from gateway.domain.shop import ShopSettings
from gateway.domain.transactions import Answer, Direction, Transaction
from gateway.flows.initiator import ASK_STATUS, heard
from gateway.flows.keep import ROUNDS_MAX, pause_with_jitter
from gateway.flows.messages import ResultDelivery
from gateway.flows.money_out.take import take_status_of_send
from gateway.flows.settings import FlowSettings
from gateway.flows.strangers import Taken
from gateway.flows.take_money import ending_of, receive_money
from gateway.ports import Flow, Secrets, Store, StoreUnavailable, call
from gateway.ports.transactions import Transactions

PAUSE_MS_MAX = 120


def take_status(delivery: ResultDelivery, settings: FlowSettings) -> Flow[Taken | None]:
    """Keep an answer. Raises StoreUnavailable, SecretsUnavailable, Unreadable."""
    if is_outgoing_id(delivery.subject_id):
        return (yield from take_status_of_send(delivery, settings))
    transaction = yield from call(Transactions.read_transaction, delivery.subject_id)
    if transaction is None:
        return None
    if delivery.timed_out or not delivery.listed:
        return Taken.KNOWN
    said = results.status_of(results.parse_result(delivery.body))
    shop = yield from call(Store.read_settings, transaction.owner)
    answer = yield from _answer(transaction, said, delivery, shop)
    shortcode = _asked_at(transaction, delivery)
    taken = yield from _keep(transaction, shortcode, answer, delivery)
    if answer.found and shop is not None:
        yield from _give(transaction, shop, answer, said, settings)
    yield from heard(shortcode, ASK_STATUS, said.result.code, said.result.description, delivery.asked_at_ms)
    return taken


def _asked_at(transaction: Transaction, delivery: ResultDelivery) -> str:
    """The shortcode of a question, by its place in the round."""
    codes = transaction.last.shortcodes
    return codes[delivery.number] if delivery.number < len(codes) else ""


def _keep(transaction: Transaction, shortcode: str, answer: Answer, delivery: ResultDelivery) -> Flow[Taken]:
    for lost in range(ROUNDS_MAX):
        after = transaction.answered(delivery.asked_at_ms, shortcode, answer)
        if after is transaction:
            return Taken.KNOWN
        if (yield from call(Transactions.save_transaction, transaction, after)):
            return Taken.KEPT
        yield from pause_with_jitter(PAUSE_MS_MAX * (lost + 1))
        transaction = (yield from call(Transactions.read_transaction, transaction.id)) or transaction
    raise StoreUnavailable("what is known of a code changes faster than an answer can be kept")


def _answer(
    transaction: Transaction, said: results.StatusResult, delivery: ResultDelivery, shop: ShopSettings | None
) -> Flow[Answer]:
    """What M-PESA says, as this shop may know it. An answer about another code is none about this one."""
    row = find(RESULT, said.result.code)
    answer = Answer(
        code=said.result.code,
        not_found=row is not None and row.meaning is Meaning.ORIGINAL_UNKNOWN,
        learned_at_ms=delivery.learned_at_ms,
    )
    if not said.result.is_success or said.receipt != transaction.receipt:
        return answer
    return replace(
        answer,
        status=str(said.state) if said.state else said.status_text,
        amount_kes=said.amount_kes,
        completed_at_ms=said.completed_at_ms,
        direction=_direction(said, shop),
        kind=said.reason_type,
        hidden=(yield from _is_another_shops(transaction)),
    )


def _direction(said: results.StatusResult, shop: ShopSettings | None) -> Direction | None:
    """By which side is the shop's; None: neither, or both."""
    if shop is None:
        return None
    sides = {
        direction
        for party, direction in ((said.credited, Direction.IN), (said.debited, Direction.OUT))
        if party.number is not None and (shop.shortcode(party.number) or party.number == shop.payout_shortcode)
    }
    return next(iter(sides)) if len(sides) == 1 else None


def _is_another_shops(transaction: Transaction) -> Flow[bool]:
    """Two shops may share a shortcode: what a payment of another one owns is not told."""
    known = yield from call(Store.read_receipt, transaction.receipt)
    if known is None or known.owner is None:
        return False
    payment = yield from call(Store.read_payment, known.owner)
    return payment is not None and payment.asked.owner != transaction.owner


def _give(
    transaction: Transaction, shop: ShopSettings, answer: Answer, said: results.StatusResult, settings: FlowSettings
) -> Flow[None]:
    """Money that is complete and came to a number of the shop's: to its payment, or to what is unmatched."""
    number = said.credited.number or ""
    code = shop.shortcode(number)
    done = said.state is results.TransactionState.COMPLETED and answer.direction is Direction.IN
    if not done or code is None or not answer.amount_kes:
        return
    keys = yield from call(Secrets.read_keys)
    fact = MoneyReceived(
        told_by=Source.STATUS,
        receipt=transaction.receipt,
        amount_kes=answer.amount_kes,
        shortcode=code.number,
        reference="",
        completed_at_ms=answer.completed_at_ms,
        payer_name=said.debited.name or "",
        payer_key=security.payer_key(keys.phone, said.debited.number or ""),
        phone_ending=ending_of(said.debited.number or ""),
        said_at_ms=answer.learned_at_ms,
        learned_at_ms=answer.learned_at_ms,
    )
    yield from receive_money(fact, settings)
