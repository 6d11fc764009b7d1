"""How an order's payment is told to the buyer: first the answer, then the reason, then what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from local.demo_shop.gateway import GatewayError, Payment

if TYPE_CHECKING:
    from local.demo_shop.orders import Order


class Telling(NamedTuple):
    """Words for one state. `plate` is the look's word for it; `live` means that it may still change."""

    plate: str
    word: str
    sentence: str
    live: bool
    link: str = ""
    """Words of the link back to the payment's page; empty for none."""
    again: bool = False
    """Offer to repeat the request with the same key."""
    receipt: str = ""


WAITING = "Keep this page open: it changes by itself. If you entered your PIN, do not pay again."

CLOSED = {
    "cancelled": "This order was cancelled. Nothing will be delivered.",
    "expired": "This order was not paid in time. Order again if you still want it.",
    "refunded": "The money was given back.",
    "partially_refunded": "A part of the money was given back.",
}


def tell(order: Order, payment: Payment | GatewayError) -> Telling:
    """Words for `order` after the gateway answered `payment`, or did not."""
    if isinstance(payment, GatewayError):
        return _without_answer(order, payment)
    if payment.status == "paid":
        return _paid(order, payment)
    if payment.status in CLOSED:
        return Telling("", "Closed", CLOSED[payment.status], live=False)
    if payment.status == "failed":
        sentence = payment.failure_words or "M-PESA did not accept the payment."
        return Telling("no", "Not paid", sentence, live=True, link="Try again on the payment page")
    if payment.status == "open":
        return _open(payment)
    return Telling("doubt", "Waiting for the payment", WAITING, live=True, link="Open the payment page")


def _paid(order: Order, payment: Payment) -> Telling:
    if not order.released:
        sentence = "Your payment came in, but we must look at it first. Do not pay again. We will call you."
        return Telling("person", "Paid, being checked", sentence, live=True, receipt=payment.receipt)
    sentence = f"Thank you. {order.good.name} is on its way."
    return Telling("paid", "Paid", sentence, live=not payment.receipt, receipt=payment.receipt)


def _open(payment: Payment) -> Telling:
    if payment.amount_received:
        rest = payment.amount - payment.amount_received
        sentence = f"KSh {payment.amount_received:,} arrived, KSh {rest:,} is still to pay."
        return Telling("", "Part paid", sentence, live=True, link="Pay the rest")
    return Telling("", "Not paid yet", "The order waits for your payment.", live=True, link="Pay now")


def _without_answer(order: Order, error: GatewayError) -> Telling:
    if not order.payment_id:
        return Telling("doubt", "Not known yet", error.words, live=False, again=True)
    return Telling("doubt", "Not known yet", f"{error.words} We look again in a moment.", live=True)
