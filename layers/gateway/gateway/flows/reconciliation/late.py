"""Money that is told after its day: where the day is closed, it is compared anew, so that somebody learns of it.

What came while a day was being closed was told to nobody, so each closing and reopening is followed by a comparison.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from gateway.domain.days import day_of
from gateway.domain.facts import Fact
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.reconciliation.compare import our_money
from gateway.domain.shop import Shortcode
from gateway.flows.reconciliation.plan import plan_day
from gateway.flows.reconciliation.tell import DayChange
from gateway.ports import Ambient, Flow, Store, call
from gateway.ports.received import Received
from gateway.ports.reconciliation import Reconciliations


def look_at_closed_days_of_payment(before: PaymentRecord | None, after: PaymentRecord) -> Flow[None]:
    """A payment learned of money. Raises StoreUnavailable: the record of the stream comes again."""
    told = yield from _days_before_today(before.facts if before else {}, after.facts)
    counted = yield from _days_of_what_counts_now(before, after)
    days = sorted({*told, *counted})
    if not days:
        return
    asked = after.asked
    number = asked.store_number or asked.shortcode
    shop = yield from call(Store.read_settings, asked.owner)
    code = shop.shortcode(number) if shop else None
    if code is not None:
        yield from _compare_closed(asked.owner, code, days)


def look_at_closed_days_of_money(before: ReceiptRecord | None, after: ReceiptRecord) -> Flow[None]:
    """Money that is no payment's yet: whoever takes money under its number is concerned. Raises StoreUnavailable."""
    if after.owner is not None:
        return
    days = yield from _days_before_today(before.facts if before else {}, after.facts)
    for shop in (yield from call(Received.shops_of, after.shortcode)) if days else ():
        code = shop.shortcode(after.shortcode)
        if code is not None:
            yield from _compare_closed(shop.owner, code, days)


def compare_what_was_closed(change: DayChange) -> Flow[None]:
    """A day was closed, or opened again. Raises StoreUnavailable."""
    after = change.after
    if change.before is None or change.before.closings == after.closings:
        return
    shop = yield from call(Store.read_settings, after.owner)
    code = shop.shortcode(after.shortcode) if shop else None
    if code is not None:
        yield from plan_day(after.owner, code, after.day)


def _days_before_today(known: Mapping[str, Fact], facts: Mapping[str, Fact]) -> Flow[list[str]]:
    """Days before today on which M-Pesa completed what is new among these facts."""
    new = [fact for name, fact in facts.items() if name not in known]
    told = {day_of(at_ms) for fact in new if (at_ms := getattr(fact, "completed_at_ms", None))}
    if not told:
        return []
    now_ms = yield from call(Ambient.now_ms)
    return sorted(day for day in told if day < day_of(now_ms))


def _days_of_what_counts_now(before: PaymentRecord | None, after: PaymentRecord) -> Flow[set[str]]:
    """Days before today whose money is another now: yesterday's callback counts once a query of today bears it out."""
    if before is None or before.facts.keys() == after.facts.keys():
        return set()
    today = day_of((yield from call(Ambient.now_ms)))
    if day_of(after.asked.created_at_ms) >= today:
        return set()  # what it has of earlier days was typed by hand, and tells its time
    then, now = _money_by_day(before), _money_by_day(after)
    return {day for day, *_ in ((now - then) + (then - now)) if day < today}


def _money_by_day(record: PaymentRecord) -> Counter[tuple[str, str | None, int]]:
    """A payment's credits, each under the day that our own books have it on, and the day of its time."""
    return Counter(
        (day, money.receipt, money.ours_kes)
        for money in our_money(record, state_of(record.asked, record.facts))
        for day in {money.day, day_of(money.at_ms)}
    )


def _compare_closed(owner: str, code: Shortcode, days: Iterable[str]) -> Flow[None]:
    for day in days:
        record = yield from call(Reconciliations.read_day, owner, code.business_number, day)
        if record is not None and record.is_closed:
            yield from plan_day(owner, code, day)
