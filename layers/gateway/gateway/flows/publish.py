"""From the table's stream to the world: events to the bus, and the repair of what a crash left half done.

Events are derived from the state, with ids that cannot differ between tellers, so a batch may be told twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.domain.decisions import MoneyAssigned, MoneyGivenElsewhere
from gateway.domain.events import EmittedEvent, Event, events_of
from gateway.domain.facts import Fact, MoneyReceived, ReceiptContested, ReceiptTaken
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.telling import asks_to_be_told
from gateway.flows.emit import emit, tell
from gateway.flows.emit_account import AccountChange, tell_of_account
from gateway.flows.emit_money import tell_of_money
from gateway.flows.emit_outgoing import OutgoingChange, tell_of_outgoing
from gateway.flows.mend_claim import mend_claim
from gateway.flows.messages import facts_message
from gateway.flows.reconciliation.late import (
    compare_what_was_closed,
    look_at_closed_days_of_money,
    look_at_closed_days_of_payment,
)
from gateway.flows.reconciliation.tell import DayChange, tell_of_day
from gateway.flows.untold import Untold, untold_of
from gateway.ports import Ambient, Flow, Queues, Store, call

Describe = Callable[[PaymentRecord, PaymentState], Mapping[str, Any]]
"""A payment as events carry it: the API's own object, without phone numbers, and why we believe in the money."""


@dataclass(frozen=True, slots=True)
class PaymentChange:
    """Two images of a payment; before None: it is new."""

    before: PaymentRecord | None
    after: PaymentRecord


@dataclass(frozen=True, slots=True)
class ReceiptChange:
    """Two images of a receipt's item."""

    before: ReceiptRecord | None
    after: ReceiptRecord


Change = PaymentChange | ReceiptChange | OutgoingChange | AccountChange | DayChange


def publish_change(change: Change | None, describe: Describe) -> Flow[None]:
    """Whatever a change of the table asks for."""
    if isinstance(change, PaymentChange):
        yield from publish_payment(change, describe)
        yield from look_at_closed_days_of_payment(change.before, change.after)
    elif isinstance(change, OutgoingChange):
        yield from tell_of_outgoing(change)
    elif isinstance(change, AccountChange):
        yield from tell_of_account(change)
    elif isinstance(change, DayChange):
        yield from tell_of_day(change)
        yield from compare_what_was_closed(change)
    elif isinstance(change, ReceiptChange):
        yield from mend_receipt(change)
        yield from tell_of_money(change.before, change.after)
        yield from look_at_closed_days_of_money(change.before, change.after)


def publish_payment(change: PaymentChange, describe: Describe) -> Flow[int]:
    """Tell what is new; how many events. A sweep's lease is no news, unless it found something untold.

    Raises PortError: the record comes again.
    """
    after = change.after
    if change.before is not None and change.before.version == after.version:
        return (yield from _tell_what_was_not(after, describe)) if asks_to_be_told(change.before, after) else 0
    state = state_of(after.asked, after.facts)
    before = set() if change.before is None else {event.id for event in _events(change.before)}
    new = [event for event in events_of(after.asked, state) if event.id not in before]
    emitted = yield from emit(after, new)
    yield from tell(emitted, describe(after, state))
    yield from tell_other_payments(change)
    return len(emitted)


def _tell_what_was_not(record: PaymentRecord, describe: Describe) -> Flow[int]:
    now_ms = yield from call(Ambient.now_ms)
    told = 0
    for untold in (yield from untold_of([record], 0, now_ms)):
        told += yield from tell_untold(untold, describe)
    return told


def tell_untold(untold: Untold, describe: Describe) -> Flow[int]:
    """Tell what was never told of a payment, as it stands; how many events. Raises PortError."""
    record = untold.record
    new: list[EmittedEvent] = []
    if untold.missing or not untold.latest_told:
        new = yield from emit(record, untold.missing, untold=True)
    yield from tell([*new, *untold.again], describe(record, state_of(record.asked, record.facts)))
    yield from tell_other_payments(PaymentChange(None, record))
    yield from call(Ambient.report, "event_told_late", {"payment": record.id, "events": len(new)})
    return len(new) + len(untold.again)


def mend_receipt(change: ReceiptChange) -> Flow[bool]:
    """A receipt got its owner: see that the payment has the facts, else send them there. True: something was mended."""
    owner = change.after.owner
    if owner is None or (change.before is not None and change.before.owner == owner):
        return False
    record = yield from call(Store.read_payment, owner)
    return (yield from mend_claim(change.after, record))


def _events(record: PaymentRecord) -> list[Event]:
    return events_of(record.asked, state_of(record.asked, record.facts))


def tell_other_payments(change: PaymentChange) -> Flow[None]:
    """What is known of this payment now, and is a fact of others too."""
    yield from tell_owners_of_taken_receipts(change)
    yield from tell_who_was_passed_over(change)


def tell_who_was_passed_over(change: PaymentChange) -> Flow[None]:
    """Payments whose prompt might have brought money that a person gave to this one learn of it."""
    known = change.before.facts if change.before else {}
    for fact_id, fact in change.after.facts.items():
        if isinstance(fact, MoneyAssigned) and fact_id not in known:
            for other in fact.not_of:
                given = MoneyGivenElsewhere(
                    receipt=fact.receipt,
                    payment=change.after.id,
                    amount_kes=_told_kes(change.after, fact.receipt),
                    actor=fact.actor,
                    said_at_ms=fact.said_at_ms,
                    learned_at_ms=fact.learned_at_ms,
                )
                yield from call(Queues.send_retry, facts_message(other, (given,)))


def _told_kes(record: PaymentRecord, receipt: str) -> int:
    told = [fact for fact in record.facts.values() if isinstance(fact, MoneyReceived) and fact.receipt == receipt]
    return min(told, key=lambda fact: fact.id).amount_kes if told else 0


def tell_owners_of_taken_receipts(change: PaymentChange) -> Flow[None]:
    """The owner of a receipt that somebody else names too is held as well, until a person decides."""
    known = change.before.facts if change.before else {}
    taken: Sequence[Fact] = [
        fact for fact_id, fact in change.after.facts.items() if isinstance(fact, ReceiptTaken) and fact_id not in known
    ]
    for fact in taken:
        receipt = fact.receipt if isinstance(fact, ReceiptTaken) else ""
        owner = yield from call(Store.read_receipt, receipt)
        if owner is not None and owner.owner is not None and owner.owner != change.after.id:
            contested = ReceiptContested(receipt=receipt, said_at_ms=fact.said_at_ms, learned_at_ms=fact.learned_at_ms)
            yield from call(Queues.send_retry, facts_message(owner.owner, (contested,)))
