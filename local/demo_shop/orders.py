"""The shop's own books: goods with prices, and orders in memory. Knows nothing of payments' insides."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.demo_shop.gateway import Payment

ORDERS_MAX = 200
"""Older orders are forgotten; the shop only plays."""

UNMISTAKABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No 0/O, 1/I: order numbers are read aloud and typed on phones."""


@dataclass(frozen=True, slots=True)
class Good:
    """Something on the counter. `price_kes` is decided here, never by the browser."""

    key: str
    name: str
    detail: str
    price_kes: int


GOODS = (
    Good("maandazi", "Maandazi", "6 pieces, warm", 60),
    Good("chai", "Chai masala", "250 g tin", 350),
    Good("kikoi", "Kikoi", "cotton, 100 by 170 cm", 1500),
)


@dataclass(slots=True)
class Order:
    """One thing somebody wants. `id` is also the idempotency key of its payment."""

    id: str
    good: Good
    phone: str = field(default="", repr=False)
    """As typed in the shop; empty if the buyer gives it on the payment's page."""
    stays_here: bool = False
    """The buyer waits on the order's page of the shop, not on the payment's page."""
    payment_id: str = ""
    checkout_url: str = ""
    released: bool = False
    told: Payment | None = None
    """The payment as the gateway's webhook told it, in its highest version."""

    def take(self, payment: Payment) -> None:
        """Learn how the payment stands. Goods go out once, and only when the gateway says it is safe."""
        self.payment_id = payment.id
        self.checkout_url = payment.checkout_url
        enough = payment.amount_received >= self.good.price_kes
        self.released = self.released or (payment.safe_to_fulfil and enough)

    def hear(self, payment: Payment) -> None:
        """Learn from a webhook. Messages come twice and in any order: only a higher version is news."""
        if self.told is None or payment.version > self.told.version:
            self.told = payment
            self.take(payment)


class Orders:
    """The newest orders, by number."""

    def __init__(self) -> None:
        self._by_id: dict[str, Order] = {}

    def open(self, good: Good, phone: str, *, stays_here: bool) -> Order:
        """A new order. Numbers are random: the gateway outlives this memory and keeps its keys."""
        number = "".join(secrets.choice(UNMISTAKABLE) for _ in range(8))
        order = Order(id=number, good=good, phone=phone, stays_here=stays_here)
        self._by_id[order.id] = order
        while len(self._by_id) > ORDERS_MAX:
            del self._by_id[next(iter(self._by_id))]
        return order

    def find(self, order_id: str) -> Order | None:
        """The order of that number, if the shop still knows it."""
        return self._by_id.get(order_id)

    def forget(self, order: Order) -> None:
        """Drop an order that never became a payment."""
        self._by_id.pop(order.id, None)

    def newest(self, count: int) -> list[Order]:
        """Newest first."""
        return list(self._by_id.values())[-count:][::-1]


def good_of(key: str) -> Good | None:
    """The good of that key."""
    return next((good for good in GOODS if good.key == key), None)
