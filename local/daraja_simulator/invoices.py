"""Bill Manager's own record: who has joined, which invoices were sent, what was paid for them, and who was told."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from local.daraja_simulator.outbox import Body, Message, Reply
from local.daraja_simulator.times import EAT, eat, iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.daraja_simulator.books import BookEntry
    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World

State = Literal["sent", "part_paid", "paid", "cancelled"]

TRIES_MAX = 5
"""Safaricom's number, and the only message that it repeats."""
TRY_AGAIN_AFTER_S = 60.0
"""Safaricom publishes none."""
REMINDED_DAYS_BEFORE = (7, 3, 0)
REMINDED_AT = dt.time(9, tzinfo=EAT)
OK_STATUSES = range(200, 300)


@dataclass(slots=True, kw_only=True)
class Member:
    """An organisation that has joined."""

    shortcode: Shortcode
    app_key: str
    email: str
    contact: str
    sends_reminders: bool
    callback_url: str

    def as_json(self) -> dict[str, object]:
        """As the control API shows it."""
        return {
            "shortcode": self.shortcode.number,
            "app_key": self.app_key,
            "email": self.email,
            "contact": self.contact,
            "sends_reminders": self.sends_reminders,
            "callback_url": self.callback_url,
        }


@dataclass(slots=True, kw_only=True)
class Invoice:
    """One invoice. reference: the organisation's own. receipts: of what was paid for it."""

    id: int
    shortcode: Shortcode
    reference: str
    name: str
    period: str
    full_name: str
    phone: str
    due_day: dt.date
    account: str
    amount_kes: int
    items: list[tuple[str, int]] = field(default_factory=list)
    paid_kes: int = 0
    receipts: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    """Receipts that the organisation has acknowledged."""
    cancelled: bool = False

    @property
    def state(self) -> State:
        """How it stands."""
        if self.cancelled:
            return "cancelled"
        if self.paid_kes >= self.amount_kes:
            return "paid"
        return "part_paid" if self.paid_kes else "sent"

    def as_json(self) -> dict[str, object]:
        """As the control API shows it."""
        return {
            "id": self.id,
            "shortcode": self.shortcode.number,
            "external_reference": self.reference,
            "name": self.name,
            "period": self.period,
            "billed": self.full_name,
            "phone": self.phone,
            "due": self.due_day.isoformat(),
            "account_reference": self.account,
            "amount": self.amount_kes,
            "items": [{"name": name, "amount": amount} for name, amount in self.items],
            "paid": self.paid_kes,
            "state": self.state,
            "receipts": self.receipts,
            "acknowledged": self.acknowledged,
        }


@dataclass(slots=True)
class Telling:
    """How an organisation was told of a payment."""

    receipt: str
    url: str
    tries: list[str] = field(default_factory=list)
    """When each was."""
    told: bool = False

    def as_json(self) -> dict[str, object]:
        """As the control API shows it."""
        return {"receipt": self.receipt, "url": self.url, "tries": self.tries, "told": self.told}


class Bills:
    """Members by shortcode; invoices and tellings, oldest first."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.invoices: list[Invoice] = []
        self.tellings: list[Telling] = []
        self._ids = itertools.count(1)

    def next_id(self) -> int:
        """The next invoice's number."""
        return next(self._ids)

    def member_with(self, app_key: str) -> Member | None:
        """Whose key it is."""
        return next((one for one in self.members.values() if one.app_key == app_key), None)

    def find(self, member: Member, reference: str) -> Invoice | None:
        """The newest invoice that this member has given this reference."""
        return next((one for one in reversed(self.invoices) if self._is(one, member, reference)), None)

    def with_account(self, shortcode: str, account: str) -> Iterator[Invoice]:
        """Invoices that are paid under this account number, however it was typed."""
        typed = account.strip().casefold()
        mine = (one for one in self.invoices if one.shortcode.number == shortcode and not one.cancelled)
        return (one for one in mine if one.account.casefold() == typed)

    @staticmethod
    def _is(invoice: Invoice, member: Member, reference: str) -> bool:
        return invoice.shortcode is member.shortcode and invoice.reference == reference


def send(world: World, member: Member, invoice: Invoice) -> None:
    """Write an invoice down and tell its customer, now and before it is due."""
    world.bills.invoices.append(invoice)
    say(world, invoice, f"{member.shortcode.name}: invoice")
    if member.sends_reminders:
        world.spawn(_remind(world, member, invoice))


def say(world: World, invoice: Invoice, opening: str) -> None:
    """An SMS to the customer, with all that is needed to pay."""
    left_kes = invoice.amount_kes - invoice.paid_kes
    how = f"Pay Bill {invoice.shortcode.party}, account {invoice.account}"
    words = f"{opening} {invoice.name}, {invoice.period}: Ksh{left_kes:,}.00 due on {_day(invoice.due_day)}. {how}."
    world.phones.get(invoice.phone).receive_sms(world.clock.now(), words)


def note_payment(world: World, entry: BookEntry) -> None:
    """Money of a customer came in: if it is for an invoice, count it and tell the member."""
    member = world.bills.members.get(entry.shortcode)
    fitting = list(world.bills.with_account(entry.shortcode, entry.reference)) if member else []
    if member is None or not fitting:
        return
    _count(fitting, entry)
    telling = Telling(entry.receipt, member.callback_url)
    world.bills.tellings.append(telling)
    world.spawn(_tell(world, telling, entry))


def _count(fitting: list[Invoice], entry: BookEntry) -> None:
    """The oldest that is not paid first; what is left over goes to the last one."""
    left_kes = entry.amount_kes
    unpaid = [one for one in fitting if one.state != "paid"] or fitting[-1:]
    for invoice in unpaid:
        is_last = invoice is unpaid[-1]
        share_kes = left_kes if is_last else min(left_kes, invoice.amount_kes - invoice.paid_kes)
        if share_kes > 0:
            invoice.paid_kes += share_kes
            invoice.receipts.append(entry.receipt)
        left_kes -= share_kes


async def _tell(world: World, telling: Telling, entry: BookEntry) -> None:
    message = Message("bill_payment", telling.url, _body(entry), entry.payer, DISTORTIONS)
    await world.clock.sleep(world.options.confirmation_after_s)
    for _ in range(TRIES_MAX):
        telling.tries.append(iso(world.clock.now()))
        if _took(await world.outbox.send(message)):
            telling.told = True
            return
        await world.clock.sleep(TRY_AGAIN_AFTER_S)


def _took(reply: Reply | None) -> bool:
    return reply is not None and reply.status in OK_STATUSES


def _body(entry: BookEntry) -> Body:
    return {
        "transactionId": entry.receipt,
        "paidAmount": str(entry.amount_kes),
        "msisdn": entry.payer,
        "dateCreated": f"{eat(entry.at_s):%Y-%m-%d}",
        "accountReference": entry.reference,
        "shortCode": entry.shortcode,
    }


async def _remind(world: World, member: Member, invoice: Invoice) -> None:
    for before in REMINDED_DAYS_BEFORE:
        day = dt.datetime.combine(invoice.due_day - dt.timedelta(days=before), REMINDED_AT)
        if day.timestamp() <= world.clock.now():
            continue
        await world.clock.sleep_until(day.timestamp())
        if invoice.state in ("paid", "cancelled"):
            return
        say(world, invoice, f"{member.shortcode.name} reminds you of")


def _day(day: dt.date) -> str:
    return f"{day.day}/{day.month}/{day:%y}"


DISTORTIONS: Mapping[str, Callable[[Body], Body]] = {
    "wrong_amount": lambda body: {**body, "paidAmount": str(int(str(body["paidAmount"])) + 1)},
    "other_receipt": lambda body: {**body, "transactionId": "ZZZ0THER00"},
}
