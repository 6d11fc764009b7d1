"""M-Pesa Ratiba: a customer allows repeated payments on the phone; each due day brings one, like a payment by hand."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from local.daraja_simulator import asks, c2b, stories
from local.daraja_simulator.asks import Ask, Codes
from local.daraja_simulator.ratiba_callbacks import message
from local.daraja_simulator.ratiba_days import FREQUENCIES, ONCE, due_days
from local.daraja_simulator.times import EAT, eat, iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World

State = Literal["asked", "active", "refused", "stopped", "ended"]

CODES = Codes(cancelled="1032", expired="1037", unreachable="1037", busy="1001", wrong_pin="2001", locked="2001")
NAME_IN_USE = "1050"
COLLECTED_AT = dt.time(9, tzinfo=EAT)
"""Safaricom publishes no hour."""


@dataclass(frozen=True, slots=True)
class Collection:
    """What became of one due day. receipt None: nothing was paid, and why."""

    day: dt.date
    receipt: str | None
    reason: str

    def as_json(self) -> dict[str, object]:
        """As the control API shows it."""
        return {"day": self.day.isoformat(), "receipt": self.receipt, "reason": self.reason}


@dataclass(slots=True, kw_only=True)
class StandingOrder:
    """One order. reference: Safaricom's (responseRefID). receipt: of the customer's yes; money has others."""

    id: int
    at_s: float
    reference: str
    request_reference: str
    name: str
    phone: str
    shortcode: Shortcode
    amount_kes: int
    account: str
    first_day: dt.date
    last_day: dt.date
    frequency: str
    callback_url: str
    state: State = "asked"
    code: str | None = None
    receipt: str | None = None
    collections: list[Collection] = field(default_factory=list)

    @property
    def holds_its_name(self) -> bool:
        """Whether another order of this customer may not be called the same."""
        return self.state in ("asked", "active")

    def as_json(self) -> dict[str, object]:
        """As the control API shows it."""
        return {
            "id": self.id,
            "at": iso(self.at_s),
            "reference": self.reference,
            "name": self.name,
            "phone": self.phone,
            "shortcode": self.shortcode.number,
            "to": self.shortcode.name,
            "amount": self.amount_kes,
            "account_reference": self.account,
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
            "frequency": FREQUENCIES[self.frequency],
            "callback_url": self.callback_url,
            "state": self.state,
            "result_code": self.code,
            "receipt": self.receipt,
            "collections": [one.as_json() for one in self.collections],
        }


class StandingOrders:
    """All orders, oldest first."""

    def __init__(self) -> None:
        self.all: list[StandingOrder] = []
        self._ids = itertools.count(1)

    def next_id(self) -> int:
        """The next order's number."""
        return next(self._ids)

    def find(self, order_id: int) -> StandingOrder | None:
        """The order with this number."""
        return next((order for order in self.all if order.id == order_id), None)

    def of_phone(self, phone: str) -> Iterator[StandingOrder]:
        """Those of one customer."""
        return (order for order in self.all if order.phone == phone)


def ask(world: World, order: StandingOrder) -> None:
    """Write an order down and ask its customer, unless an order of that name is there already."""
    others = world.standing_orders.of_phone(order.phone)
    taken = any(other.name == order.name and other.holds_its_name for other in others)
    world.standing_orders.all.append(order)
    if taken:
        world.spawn(_refuse(world, order))
        return
    question = Ask(
        id=world.pushes.next_id(),
        kind="standing_order",
        phone=order.phone,
        text=_question(order),
        to=order.shortcode.name,
        account=order.account,
        amount_kes=order.amount_kes,
        codes=CODES,
        allow=lambda: _allow(world, order, question),
        tell=lambda code: _tell(world, order, code),
        decided=stories.answer_of(order.phone),
    )
    asks.begin(world, question)


def stop(world: World, order: StandingOrder) -> None:
    """The customer stops it on the phone. The organisation is not told: Safaricom publishes no message for it."""
    order.state = "stopped"
    words = f"Your standing order {order.name} to {order.shortcode.name} has been stopped."
    world.phones.get(order.phone).receive_sms(world.clock.now(), words)


def _question(order: StandingOrder) -> str:
    account = f" account {order.account}" if order.shortcode.kind == "paybill" else ""
    paid = f"KSh {order.amount_kes:,} to {order.shortcode.name}{account}"
    return f"Do you want the standing order {order.name}: pay {paid} {_when(order)}?"


def _when(order: StandingOrder) -> str:
    if order.frequency == ONCE:
        return f"once, on {_day(order.first_day)}"
    return f"{FREQUENCIES[order.frequency]} from {_day(order.first_day)} to {_day(order.last_day)}"


def _allow(world: World, order: StandingOrder, question: Ask) -> str:
    now_s = world.clock.now()
    order.state = "active"
    order.receipt = question.receipt = world.receipts.next(now_s)
    words = (
        f"{order.receipt} Confirmed. Standing order {order.name}: Ksh{order.amount_kes:,}.00 to "
        f"{order.shortcode.name} {_when(order)}."
    )
    world.phones.get(order.phone).receive_sms(now_s, words, order.receipt)
    world.spawn(_collect(world, order))
    return "0"


async def _refuse(world: World, order: StandingOrder) -> None:
    await world.clock.sleep(world.options.answer_after_s)
    await _tell(world, order, NAME_IN_USE)


async def _tell(world: World, order: StandingOrder, code: str) -> None:
    order.code = code
    if code != "0":
        order.state = "refused"
    await stories.tell(world, message(order), stories.callback_story(order.phone))


async def _collect(world: World, order: StandingOrder) -> None:
    """Each due day from today on, until its end or until the customer stops it."""
    today = eat(world.clock.now()).date()
    for day in due_days(order.first_day, order.last_day, order.frequency):
        if day < today:
            continue
        await world.clock.sleep_until(dt.datetime.combine(day, COLLECTED_AT).timestamp())
        if order.state != "active":
            return
        order.collections.append(await _collected(world, order, day))
    order.state = "ended"


async def _collected(world: World, order: StandingOrder, day: dt.date) -> Collection:
    """Money moves as with a payment by hand: it is asked about, booked, confirmed. A missed day is not tried again."""
    phone = world.phones.get(order.phone)
    if stories.national(phone.number) == stories.POOR_PAYER or not phone.can_spend(order.amount_kes):
        words = f"Failed. Your balance is too low for the standing order {order.name} of Ksh{order.amount_kes:,}.00."
        phone.receive_sms(world.clock.now(), words)
        return Collection(day, None, "the balance is too low")
    reference = order.account if order.shortcode.kind == "paybill" else ""
    payment = c2b.MenuPayment(phone, order.shortcode, reference, order.amount_kes, kind="standing_order")
    with world.clock.busy():
        end = await c2b.pay(world, payment)
    return Collection(day, end.receipt, end.reason)


def _day(day: dt.date) -> str:
    return f"{day.day}/{day.month}/{day:%y}"
