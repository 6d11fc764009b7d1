"""One way in for every fact: read, fold, claim the receipts that this credits, fold again, write once.

The fact is in the table before anything follows from it. A crash between claim and write is repaired by the
stream (`publish.py`): the receipt's item keeps the facts that caused the claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from gateway.domain.days import day_of
from gateway.domain.decisions import is_set_aside
from gateway.domain.facts import Fact, MoneyReceived, ReceiptTaken, UnknownFact
from gateway.domain.fold import credited_receipts, state_of
from gateway.domain.payment import FOLD_VERSION, PaymentRecord, PaymentState
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.telling import LOOK_AFTER_MS
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, Indexed, Store, StoreUnavailable, call

ROUNDS_MAX = 8
"""Lost write races before we call the table unavailable."""

PAUSE_MS_MAX = 120

FactsFor = Callable[[PaymentRecord], Sequence[Fact]]
"""The facts to keep, given the payment as it stands."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The payment with the facts in it. changed False: they were known already."""

    record: PaymentRecord
    state: PaymentState
    changed: bool


def keep(payment_id: str, facts_for: FactsFor, settings: FlowSettings) -> Flow[Kept | None]:
    """Keep facts in a payment. None: there is no such payment. Raises StoreUnavailable."""
    for lost in range(ROUNDS_MAX):
        record = yield from call(Store.read_payment, payment_id)
        if record is None:
            return None
        kept = yield from keep_in(record, facts_for(record), settings)
        if kept is not None:
            return kept
        yield from pause_with_jitter(PAUSE_MS_MAX * (lost + 1))
    raise StoreUnavailable(f"{ROUNDS_MAX} writes of {payment_id} lost against others")


def keep_in(record: PaymentRecord, facts: Sequence[Fact], settings: FlowSettings) -> Flow[Kept | None]:
    """Keep facts in this very version of a payment. None: somebody else was faster, read again."""
    after = record.with_facts(facts)
    newer = is_of_a_newer_release(after)
    if after is record and (newer or not record.unconcluded):
        return Kept(record, state_of(record.asked, record.facts), changed=False)
    if newer:
        return (yield from _only_add(record, after))
    credited = frozenset() if record.unconcluded else credited_receipts(record.asked, record.facts)
    state = state_of(after.asked, after.facts)
    found = yield from _claim(after, state, credited)
    with_found = after.with_facts(found)
    if with_found is not after:
        after = with_found
        state = state_of(after.asked, after.facts)
    now_ms = yield from call(Ambient.now_ms)
    after = replace(
        after, version=record.version + 1, fold_version=FOLD_VERSION, updated_at_ms=now_ms, unconcluded=False
    )
    indexed = settings.indexed(after, state)
    after = replace(after, due_at_ms=indexed.due_at_ms)
    saved = yield from call(Store.save_payment, record, after, indexed)
    return Kept(after, state, changed=True) if saved else None


def claim_record(receipt: str, owner: str | None, shortcode: str, facts: Iterable[Fact]) -> ReceiptRecord:
    """The item that says whose a receipt is, with the facts that say so."""
    by_id = {fact.id: fact for fact in facts}
    times = [getattr(fact, "completed_at_ms", None) or fact.learned_at_ms for fact in by_id.values()]
    return ReceiptRecord(receipt=receipt, owner=owner, shortcode=shortcode, day=day_of(min(times)), facts=by_id)


def pause_with_jitter(milliseconds_max: int) -> Flow[None]:
    """Wait for a random part of this time, so that writers who collided do not collide again."""
    drawn = yield from call(Ambient.draw, 1)
    yield from call(Ambient.pause, milliseconds_max * drawn[0] // 255)


def is_of_a_newer_release(record: PaymentRecord) -> bool:
    """Whether this release may draw no conclusions from the item: rules or facts in it are unknown here."""
    return record.fold_version > FOLD_VERSION or any(isinstance(fact, UnknownFact) for fact in record.facts.values())


def _only_add(record: PaymentRecord, after: PaymentRecord) -> Flow[Kept | None]:
    """Keep the fact, leave every conclusion to the newer release, say so in the item, and make it look soon."""
    now_ms = yield from call(Ambient.now_ms)
    after = replace(after, version=record.version + 1, updated_at_ms=now_ms, due_at_ms=now_ms, unconcluded=True)
    saved = yield from call(Store.save_payment, record, after, Indexed(due_at_ms=now_ms))
    return Kept(after, state_of(after.asked, after.facts), changed=True) if saved else None


def _claim(record: PaymentRecord, state: PaymentState, credited: frozenset[str]) -> Flow[list[Fact]]:
    """Claim each receipt that is newly credited; the facts that this teaches us."""
    found: list[Fact] = []
    for credit in state.credits:
        if credit.receipt and credit.receipt not in credited:
            facts = [record.facts[fact_id] for fact_id in credit.facts]
            owner_record = yield from claim_receipt(
                claim_record(credit.receipt, record.id, record.asked.shortcode, facts)
            )
            if owner_record.owner == record.id:
                found += owner_record.facts.values()
            else:
                found += _taken(credit.receipt, facts)
    return found


def claim_receipt(claim: ReceiptRecord, *, heeds_people: bool = False) -> Flow[ReceiptRecord]:
    """Own this receipt unless it has an owner. The item as it stands then: see whose it is.

    heeds_people: what a person set aside is not owned either, for who has less than M-Pesa's own word on whose it is.
    What lay unmatched comes due soon after: the sweep sees that its owner has it, under whatever shortcode it came.
    """
    existing = yield from call(Store.create_receipt, claim)
    for _ in range(ROUNDS_MAX):
        if existing is None:
            return claim
        kept_from_it = heeds_people and is_set_aside(existing.facts.values())
        owner = existing.owner or (None if kept_from_it else claim.owner)
        merged = replace(
            existing,
            owner=owner,
            facts={**claim.facts, **existing.facts},
            version=existing.version + 1,
        )
        if existing.owner is not None or (owner is None and len(merged.facts) == len(existing.facts)):
            return existing
        if owner is not None:
            now_ms = yield from call(Ambient.now_ms)
            merged = replace(merged, due_at_ms=now_ms + LOOK_AFTER_MS)
        if (yield from call(Store.save_receipt, existing, merged)):
            return merged
        existing = yield from call(Store.read_receipt, claim.receipt)
    raise StoreUnavailable("a receipt's item changes faster than it can be claimed")


def _taken(receipt: str, facts: Iterable[Fact]) -> list[Fact]:
    """A callback's receipt that another payment owns. Money told otherwise was claimed before it came here."""
    told_by_callback = [fact for fact in facts if not isinstance(fact, MoneyReceived)]
    numbers = {number for fact in told_by_callback if (number := getattr(fact, "number", 0))}
    times = [fact.learned_at_ms for fact in told_by_callback]
    return [
        ReceiptTaken(number=number, receipt=receipt, said_at_ms=min(times), learned_at_ms=min(times))
        for number in sorted(numbers)
    ]
