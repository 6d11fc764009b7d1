"""Which payments unmatched money may be meant for: looks up the few that can be, and judges them (`proposals.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway import security
from gateway.domain.facts import MoneyReceived
from gateway.domain.payment import PaymentRecord
from gateway.domain.proposals import AFTER_MS, SHORTLY_BEFORE_MS, Proposal, proposals
from gateway.domain.receipts import ReceiptRecord, Standing
from gateway.domain.references import normalised
from gateway.domain.slips import meant_references
from gateway.flows.settings import FlowSettings
from gateway.ports import Flow, Keys, Secrets, Store, call
from gateway.ports.received import Received

WINDOW = 100
"""Payments looked at for one time: of two hours, or fewer where more were made."""

SHARING_MAX = 5
REFERENCES_MAX = 40
"""References looked up that may have been meant; a check character leaves about twenty."""


@dataclass(frozen=True, slots=True)
class _Window:
    """Payments made before a moment. since_ms: nothing that was made after it is missing."""

    until_ms: int
    since_ms: int
    records: tuple[PaymentRecord, ...]

    def covers(self, at_ms: int) -> bool:
        return self.until_ms >= at_ms + AFTER_MS and self.since_ms <= at_ms - SHORTLY_BEFORE_MS


def propose(records: Sequence[ReceiptRecord], owner: str) -> Flow[dict[str, tuple[Proposal, ...]]]:
    """Proposals for each of these receipts that has no payment: a few reads for each stretch of time."""
    waiting = [(record, told) for record in records if record.standing is Standing.UNMATCHED and (told := record.money)]
    if not waiting:
        return {}
    keys = yield from call(Secrets.read_keys)
    window: _Window | None = None
    found = {}
    for record, told in sorted(waiting, key=lambda one: _at_ms(one[1]), reverse=True):
        if window is None or not window.covers(_at_ms(told)):
            window = yield from _window(owner, _at_ms(told) + AFTER_MS)
        found[record.receipt] = _judged(told, window.records, owner, keys)
    return found


def propose_thoroughly(record: ReceiptRecord, owner: str) -> Flow[tuple[Proposal, ...]]:
    """Proposals for one receipt; payments of any age too, where the typed reference is one slip from theirs."""
    told = record.money
    if told is None or record.standing is not Standing.UNMATCHED:
        return ()
    keys = yield from call(Secrets.read_keys)
    window = yield from _window(owner, _at_ms(told) + AFTER_MS)
    meant = [normalised(told.reference), *meant_references(told.reference)][:REFERENCES_MAX]
    ids: dict[str, None] = {}
    for reference in filter(None, meant):
        for payment_id in (yield from call(Store.payments_by_reference, told.shortcode, reference, SHARING_MAX)):
            ids[payment_id] = None
    known = {one.id for one in window.records}
    further = tuple(payment_id for payment_id in ids if payment_id not in known)
    older = (yield from call(Store.read_payments, further)) if further else ()
    return _judged(told, (*window.records, *older), owner, keys)


def _window(owner: str, until_ms: int) -> Flow[_Window]:
    records = yield from call(Received.payments_before, owner, until_ms, WINDOW)
    full = len(records) >= WINDOW
    return _Window(until_ms, records[-1].asked.created_at_ms if full else 0, records)


def _judged(told: MoneyReceived, records: Iterable[PaymentRecord], owner: str, keys: Keys) -> tuple[Proposal, ...]:
    candidates = [(record, FlowSettings.state(record)) for record in records if record.asked.owner == owner]
    phones = {attempt.phone for _, state in candidates for attempt in state.attempts} if told.payer_key else set()
    payer_keys: Mapping[str, str] = {phone: security.payer_key(keys.phone, phone) for phone in phones}
    return proposals(told, candidates, payer_keys)


def _at_ms(told: MoneyReceived) -> int:
    return told.completed_at_ms or told.learned_at_ms
