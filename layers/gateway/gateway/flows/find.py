"""Find an owner's payments by whatever somebody has in hand: a code, an order, a phone. Reads by key; scans nothing.

By phone: the guard's item names the newest payments that prompted it. Those are hints; each is held against the payment
itself, and against its owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway import security
from gateway.domain.days import day_of
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.policy import DAY_MS
from gateway.domain.receipts import ReceiptRecord
from gateway.ports import Ambient, Flow, PaymentQuery, Secrets, Store, call

FOUND_MAX = 25
DAYS_BY_LAST_DIGITS = 2
"""Today and yesterday: the last digits of a phone are in no index, so the days' payments are looked through."""

LOOKED_THROUGH_MAX = 200
"""Payments of a day that are looked through for the last digits of a phone."""

PAGE = 100


class Kind(StrEnum):
    """What somebody may have in hand. The values are those of `why` in the API."""

    PAYMENT_ID = "payment_id"
    RECEIPT = "receipt"
    CHECKOUT_REQUEST_ID = "checkout_request_id"
    PHONE = "phone"
    ORDER = "order"
    ACCOUNT_REFERENCE = "account_reference"
    PHONE_LAST3 = "phone_last3"


Clues = Mapping[Kind, str]
"""What a text may be. phone: 12 digits."""


@dataclass(frozen=True, slots=True)
class Match:
    """A payment and all that led to it."""

    record: PaymentRecord
    state: PaymentState
    why: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """matches: newest first. unmatched: money under the receipt in hand that is no payment's."""

    matches: tuple[Match, ...]
    unmatched: ReceiptRecord | None = None


def find(owner: str, clues: Clues) -> Flow[Found]:
    """Everything of this owner that one of the clues leads to. Raises StoreUnavailable."""
    found: dict[str, tuple[PaymentRecord, list[Kind]]] = {}
    for kind, text in clues.items():
        for record in (yield from _FINDERS[kind](owner, text)):
            if record.asked.owner == owner:
                found.setdefault(record.id, (record, []))[1].append(kind)
    ordered = sorted(found.values(), key=lambda one: (one[0].asked.created_at_ms, one[0].id), reverse=True)
    matches = tuple(
        Match(record, state_of(record.asked, record.facts), tuple(why)) for record, why in ordered[:FOUND_MAX]
    )
    unmatched = None if matches or Kind.RECEIPT not in clues else (yield from _unmatched(owner, clues[Kind.RECEIPT]))
    return Found(matches, unmatched)


def _by_id(_owner: str, payment_id: str) -> Flow[Iterable[PaymentRecord]]:
    record = yield from call(Store.read_payment, payment_id)
    return (record,) if record else ()


def _by_receipt(owner: str, receipt: str) -> Flow[Iterable[PaymentRecord]]:
    return (yield from _listed(PaymentQuery(owner=owner, receipt=receipt)))


def _by_order(owner: str, order: str) -> Flow[Iterable[PaymentRecord]]:
    return (yield from _listed(PaymentQuery(owner=owner, order=order)))


def _by_reference(owner: str, reference: str) -> Flow[Iterable[PaymentRecord]]:
    return (yield from _listed(PaymentQuery(owner=owner, account_reference=reference)))


def _listed(query: PaymentQuery) -> Flow[Iterable[PaymentRecord]]:
    return (yield from call(Store.list_payments, query, FOUND_MAX, None)).records


def _by_phone(owner: str, phone: str) -> Flow[Iterable[PaymentRecord]]:
    """Payments that the phone's item names, and that truly prompted this phone."""
    keys = yield from call(Secrets.read_keys)
    guard = yield from call(Store.read_guard, security.phone_key(keys.phone, phone))
    hints = guard.recent_of(owner) if guard else ()
    records = (yield from call(Store.read_payments, hints)) if hints else ()
    return [record for record in records if phone in _phones(record)]


def _by_checkout_id(owner: str, checkout_id: str) -> Flow[Iterable[PaymentRecord]]:
    """Safaricom's id ends in the last nine digits of the phone."""
    records = yield from _by_phone(owner, f"254{checkout_id[-9:]}")
    return [record for record in records if checkout_id in _checkout_ids(record)]


def _by_last_digits(owner: str, digits: str) -> Flow[Iterable[PaymentRecord]]:
    now_ms = yield from call(Ambient.now_ms)
    found: list[PaymentRecord] = []
    for days_ago in range(DAYS_BY_LAST_DIGITS):
        query = PaymentQuery(owner=owner, day=day_of(now_ms - days_ago * DAY_MS))
        records = yield from _of_day(query)
        found += [record for record in records if any(phone.endswith(digits) for phone in _phones(record))]
    return found


def _of_day(query: PaymentQuery) -> Flow[list[PaymentRecord]]:
    """The newest payments of a day."""
    records: list[PaymentRecord] = []
    place = None
    while len(records) < LOOKED_THROUGH_MAX:
        page = yield from call(Store.list_payments, query, PAGE, place)
        records += page.records
        place = page.cursor
        if place is None:
            break
    return records


def _unmatched(owner: str, receipt: str) -> Flow[ReceiptRecord | None]:
    """Money that lies under this receipt at one of the owner's own shortcodes, and is no payment's."""
    known = yield from call(Store.read_receipt, receipt)
    if known is None or known.owner is not None:
        return None
    shop = yield from call(Store.read_settings, owner)
    return known if shop and shop.shortcode(known.shortcode) else None


def _phones(record: PaymentRecord) -> set[str]:
    return {attempt.phone for attempt in state_of(record.asked, record.facts).attempts}


def _checkout_ids(record: PaymentRecord) -> set[str | None]:
    attempts = state_of(record.asked, record.facts).attempts
    return {one for attempt in attempts for one in (attempt.checkout_request_id, *attempt.ids_to_ask)}


_FINDERS = {
    Kind.PAYMENT_ID: _by_id,
    Kind.RECEIPT: _by_receipt,
    Kind.CHECKOUT_REQUEST_ID: _by_checkout_id,
    Kind.PHONE: _by_phone,
    Kind.ORDER: _by_order,
    Kind.ACCOUNT_REFERENCE: _by_reference,
    Kind.PHONE_LAST3: _by_last_digits,
}
