"""A person says whose money is that M-PESA told of without a payment that could be named; or that it is nobody's here.

The decision is a fact in the receipt's own item, written on condition that nobody was faster: who loses writes nothing.
Then the payment gets all that the item holds. The stream mends a crash between the two (`publish.py`), and the sweep
looks whether it did (`mend_claim.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.domain.claims import EARLIER_MS, PROMPT_BEFORE_MS, may_have_paid
from gateway.domain.decisions import MoneyAssigned, MoneySetAside, last_turns
from gateway.domain.facts import Fact, MoneyReceived
from gateway.domain.payment import Asked, PaymentRecord
from gateway.domain.policy import DAY_MS
from gateway.domain.receipts import ReceiptRecord, Standing
from gateway.domain.references import normalised
from gateway.domain.statuses import PaymentStatus
from gateway.domain.telling import LOOK_AFTER_MS
from gateway.flows.close import cancel
from gateway.flows.keep import PAUSE_MS_MAX, ROUNDS_MAX, Kept, keep, pause_with_jitter
from gateway.flows.settings import FlowSettings
from gateway.flows.take_money import MATCH_AGAIN_MS
from gateway.ports import Ambient, Flow, Store, StoreUnavailable, call
from gateway.ports.received import Received

PAGE = 100
PAGES_MAX = 3
"""So many payments from before the money are looked through, and those of the ten minutes before it in any case."""

SHARING_MAX = 10
RETURNED = frozenset({PaymentStatus.REFUNDED, PaymentStatus.PARTIALLY_REFUNDED})


class AssignRefused(StrEnum):
    """Why money was not given, or not set aside; nothing was written. The values are error codes of the API."""

    UNKNOWN = "not_found"
    TAKEN = "receipt_taken"
    IGNORED = "receipt_ignored"
    MAY_BE_ANOTHERS = "receipt_may_be_anothers"
    ALREADY_FINAL = "already_final"
    KEY_REUSED = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class Person:
    """Who decides, as the history names them; key: of the request, so that a repeat is known as one."""

    actor: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Assigned:
    """refused None: the money is the payment's. others: payments whose it may be, besides those that were named."""

    receipt: ReceiptRecord | None
    kept: Kept | None = None
    refused: AssignRefused | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetAside:
    """refused None: done, or it stood so before."""

    receipt: ReceiptRecord | None
    refused: AssignRefused | None = None


def assign(
    receipt: str, payment_id: str, person: Person, settings: FlowSettings, *, not_of: tuple[str, ...] = ()
) -> Flow[Assigned]:
    """Give the money to this payment. not_of: payments of which the person says that the money is not theirs.

    The caller has seen that receipt and payment are of one shop. Raises StoreUnavailable: repeat it.
    """
    for lost in range(ROUNDS_MAX):
        money = yield from call(Store.read_receipt, receipt)
        refused = assign_refusal(money, payment_id, person)
        if money is None or refused is not None:
            return Assigned(money, refused=refused)
        if money.owner is None:
            passed_over = yield from _passed_over(money, payment_id, not_of, settings)
            if isinstance(passed_over, Assigned):
                return passed_over
            decided = yield from _own(money, payment_id, person, passed_over)
            if decided is None:
                yield from pause_with_jitter(PAUSE_MS_MAX * (lost + 1))
                continue
            money = decided
        told = tuple(money.facts.values())
        kept = yield from keep(payment_id, lambda _: told, settings)  # noqa: B023  used before the next round
        yield from call(Ambient.report, "money_assigned", {"payment": payment_id, "receipt": receipt})
        return Assigned(money, kept)
    raise StoreUnavailable(f"{receipt} changes faster than it can be given")


def assign_refusal(money: ReceiptRecord | None, payment_id: str, person: Person) -> AssignRefused | None:
    """Why this money cannot be given to this payment, whatever the payment. Being its already is no hindrance."""
    if money is None:
        return AssignRefused.UNKNOWN
    before = [fact for fact in money.facts.values() if isinstance(fact, MoneyAssigned)]
    if person.key and any(fact.key == person.key and fact.payment != payment_id for fact in before):
        return AssignRefused.KEY_REUSED
    if money.owner not in (None, payment_id):
        return AssignRefused.TAKEN
    return AssignRefused.IGNORED if money.standing is Standing.IGNORED else None


def set_aside(receipt: str, reason: str, person: Person, *, aside: bool) -> Flow[SetAside]:
    """Say that this money is for no payment here, or take that back: it is matched again. Raises StoreUnavailable."""
    for lost in range(ROUNDS_MAX):
        money = yield from call(Store.read_receipt, receipt)
        if money is None or money.owner is not None:
            return SetAside(money, AssignRefused.UNKNOWN if money is None else AssignRefused.TAKEN)
        if (money.standing is Standing.IGNORED) is aside:
            return SetAside(money)
        after = yield from _turned(money, reason, person, aside=aside)
        if (yield from call(Store.save_receipt, money, after)):
            name = "money_set_aside" if aside else "money_taken_back"
            yield from call(Ambient.report, name, {"receipt": receipt, "shortcode": money.shortcode})
            return SetAside(after)
        yield from pause_with_jitter(PAUSE_MS_MAX * (lost + 1))
    raise StoreUnavailable(f"{receipt} changes faster than it can be set aside")


def _turned(money: ReceiptRecord, reason: str, person: Person, *, aside: bool) -> Flow[ReceiptRecord]:
    now_ms = yield from call(Ambient.now_ms)
    turn = 1 + max((fact.turn for fact in last_turns(money.facts.values())), default=0)
    said = MoneySetAside(
        receipt=money.receipt, turn=turn, aside=aside, actor=person.actor, reason=reason, said_at_ms=now_ms,
        learned_at_ms=now_ms,
    )  # fmt: skip
    due_at_ms = None if aside else now_ms + MATCH_AGAIN_MS[0]
    return replace(_with(money, (said,)), due_at_ms=due_at_ms, matched_tries=0)


def _own(
    money: ReceiptRecord, payment_id: str, person: Person, passed_over: tuple[str, ...]
) -> Flow[ReceiptRecord | None]:
    """The item with its new owner and the decision; None: somebody wrote meanwhile, judge again."""
    now_ms = yield from call(Ambient.now_ms)
    decision = MoneyAssigned(
        receipt=money.receipt, payment=payment_id, actor=person.actor, not_of=passed_over, key=person.key,
        said_at_ms=now_ms, learned_at_ms=now_ms,
    )  # fmt: skip
    after = replace(_with(money, (decision,)), owner=payment_id, due_at_ms=now_ms + LOOK_AFTER_MS)
    saved = yield from call(Store.save_receipt, money, after)
    return after if saved else None


def _with(money: ReceiptRecord, facts: Iterable[Fact]) -> ReceiptRecord:
    added = {fact.id: fact for fact in facts}
    return replace(money, facts={**money.facts, **added}, version=money.version + 1)


# --- whose it may be -------------------------------------------------------------------------------------------


def _passed_over(
    money: ReceiptRecord, payment_id: str, not_of: tuple[str, ...], settings: FlowSettings
) -> Flow[Assigned | tuple[str, ...]]:
    """The refusal that follows from this payment and others; else whose it might be and, as the person says, is not.

    Those learn of it. Whatever else the person names is nobody's business, least of all another shop's payments.
    """
    record = yield from call(Store.read_payment, payment_id)
    if record is None:
        return Assigned(money, refused=AssignRefused.UNKNOWN)
    if settings.state(record).status in RETURNED:
        return Assigned(money, refused=AssignRefused.ALREADY_FINAL)
    others = yield from whose_it_may_be(money, record)
    left = tuple(other for other in others if other not in not_of)
    return Assigned(money, refused=AssignRefused.MAY_BE_ANOTHERS, others=left) if left else others


def whose_it_may_be(money: ReceiptRecord, record: PaymentRecord) -> Flow[tuple[str, ...]]:
    """Other payments of the shop with a prompt of this sum shortly before this money, and without its receipt.

    Looked through: payments of the day before the money, the newest first, and those of the typed reference.
    """
    told = money.money
    if told is None:
        return ()
    near = yield from _payments_near(told, record.asked.owner)
    ids = yield from call(Store.payments_by_reference, told.shortcode, normalised(told.reference), SHARING_MAX)
    known = {one.id for one in near}
    further = tuple(other for other in ids if other not in known)
    alike = (yield from call(Store.read_payments, further)) if further else ()
    found = [
        other.id
        for other in (*near, *alike)
        if other.id != record.id
        and other.asked.owner == record.asked.owner
        and any(may_have_paid(attempt, told) for attempt in FlowSettings.state(other).attempts)
    ]
    return tuple(sorted(found))


def _payments_near(told: MoneyReceived, owner: str) -> Flow[list[PaymentRecord]]:
    at_ms = told.completed_at_ms or told.learned_at_ms
    place_ms, found = at_ms + EARLIER_MS, list[PaymentRecord]()
    pages = 0
    while True:
        page = yield from call(Received.payments_before, owner, place_ms, PAGE)
        known = {record.id for record in found}
        found += [record for record in page if record.id not in known]
        pages += 1
        oldest_ms = page[-1].asked.created_at_ms if page else 0
        enough = pages >= PAGES_MAX and oldest_ms < at_ms - PROMPT_BEFORE_MS
        if len(page) < PAGE or enough or oldest_ms < at_ms - DAY_MS:
            return found
        place_ms = oldest_ms if oldest_ms < place_ms else place_ms - 1


# --- a payment made for the money ------------------------------------------------------------------------------


def assign_to_new(
    receipt: str, asked: Asked, person: Person, settings: FlowSettings, *, not_of: tuple[str, ...] = ()
) -> Flow[Assigned]:
    """Make this payment for the money, and give it. Its id follows from the receipt, so a repeat makes no second one.

    Who is overtaken between the two leaves a cancelled payment behind. Raises StoreUnavailable: repeat it.
    """
    money = yield from call(Store.read_receipt, receipt)
    refused = assign_refusal(money, asked.id, person)
    if money is None or refused is not None:
        return Assigned(money, refused=refused)
    made = yield from _made(asked, settings)
    if money.owner is None:
        others = yield from whose_it_may_be(money, made)
        left = tuple(other for other in others if other not in not_of)
        if left:
            return Assigned(money, refused=AssignRefused.MAY_BE_ANOTHERS, others=left)
    existing = yield from call(Store.create_payment, made, settings.indexed(made, settings.state(made)))
    if existing is not None and existing.asked.fingerprint != asked.fingerprint:
        return Assigned(money, refused=AssignRefused.KEY_REUSED)
    assigned = yield from assign(receipt, asked.id, person, settings, not_of=not_of)
    if assigned.refused is not None and existing is None:
        yield from cancel(asked.id, person.actor, settings)
    return assigned


def _made(asked: Asked, settings: FlowSettings) -> Flow[PaymentRecord]:
    now_ms = yield from call(Ambient.now_ms)
    record = PaymentRecord(asked, {}, version=1, updated_at_ms=now_ms)
    return replace(record, due_at_ms=settings.indexed(record, settings.state(record)).due_at_ms)
