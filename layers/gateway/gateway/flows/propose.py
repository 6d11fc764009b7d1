"""Which payments unmatched money may be meant for: looks up the few that can be, and judges them (`proposals.py`)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway import security
from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.facts import MoneyReceived
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.policy import DAY_MS
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


_Folded = tuple[PaymentRecord, PaymentState]


class MadeBefore:
    """All payments that an owner made on a day and the one before: whoever has them need not read them once more."""

    def __init__(self, day: str, folded: Iterable[_Folded]) -> None:
        self._day = day
        days = day, day_of(day_begins_ms(day) - 1)
        made = [one for one in folded if day_of(one[0].asked.created_at_ms) in days]
        self._folded = sorted(made, key=lambda one: (one[0].asked.created_at_ms, one[0].id))
        self._times = [record.asked.created_at_ms for record, _ in self._folded]

    def newest(self, until_ms: int) -> tuple[_Folded, ...] | None:
        """As `Received.payments_before` reads them. None: others may have been made by then."""
        if day_of(until_ms) != self._day:
            return None
        end = bisect_right(self._times, until_ms)
        return tuple(reversed(self._folded[max(0, end - WINDOW) : end]))


@dataclass(frozen=True, slots=True)
class _Window:
    """Payments made before a moment. since_ms: nothing that was made after it is missing."""

    until_ms: int
    since_ms: int
    folded: tuple[_Folded, ...]

    def covers(self, at_ms: int) -> bool:
        return self.until_ms >= at_ms + AFTER_MS and self.since_ms <= at_ms - SHORTLY_BEFORE_MS


def propose(
    records: Sequence[ReceiptRecord], owner: str, made: MadeBefore | None = None
) -> Flow[dict[str, tuple[Proposal, ...]]]:
    """Proposals for each of these receipts that has no payment: a few reads for each stretch of time.

    made: payments that are known already.
    """
    waiting = [(record, told) for record in records if record.standing is Standing.UNMATCHED and (told := record.money)]
    if not waiting:
        return {}
    keys = yield from call(Secrets.read_keys)
    window: _Window | None = None
    found = {}
    for record, told in sorted(waiting, key=lambda one: _at_ms(one[1]), reverse=True):
        if window is None or not window.covers(_at_ms(told)):
            window = yield from _window(owner, _at_ms(told) + AFTER_MS, made)
        found[record.receipt] = _judged(told, window.folded, owner, keys)
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
    known = {one.id for one, _ in window.folded}
    further = tuple(payment_id for payment_id in ids if payment_id not in known)
    older = (yield from call(Store.read_payments, further)) if further else ()
    return _judged(told, (*window.folded, *_folded(older)), owner, keys)


def _window(owner: str, until_ms: int, made: MadeBefore | None = None) -> Flow[_Window]:
    folded = made.newest(until_ms) if made else None
    if folded is None:
        folded = _folded((yield from call(Received.payments_before, owner, until_ms, WINDOW)))
    full = len(folded) >= WINDOW
    reaches_back_to_ms = day_begins_ms(day_of(until_ms)) - DAY_MS
    return _Window(until_ms, folded[-1][0].asked.created_at_ms if full else reaches_back_to_ms, folded)


def _folded(records: Iterable[PaymentRecord]) -> tuple[_Folded, ...]:
    return tuple((record, FlowSettings.state(record)) for record in records)


def _judged(told: MoneyReceived, folded: Iterable[_Folded], owner: str, keys: Keys) -> tuple[Proposal, ...]:
    candidates = [one for one in folded if one[0].asked.owner == owner]
    phones = {attempt.phone for _, state in candidates for attempt in state.attempts} if told.payer_key else set()
    payer_keys: Mapping[str, str] = {phone: security.payer_key(keys.phone, phone) for phone in phones}
    return proposals(told, candidates, payer_keys)


def _at_ms(told: MoneyReceived) -> int:
    return told.completed_at_ms or told.learned_at_ms
