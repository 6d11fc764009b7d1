"""«I have paid, but the page does not know»: a claim is kept, then looked at; evidence decides, or a person.

Order: the claim is written as a fact, M-Pesa is asked about what may be open, and only then is the money looked at.
Money that is proven to be this payment's gets its owner in the receipt's own item first, like any other money
(`keep.py`), with the proof beside it, so that the stream mends a crash between the two writes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway import security
from gateway.domain import claims
from gateway.domain.claims import CLAIMS, CLAIMS_MAX, ClaimState
from gateway.domain.due import ASKS_APART_MS, due_at_ms
from gateway.domain.facts import ClaimAnswer, ClaimAnswered, Claimed, MoneyReceived, NotSent, NotSentReason
from gateway.domain.payment import Asks, Attempt, PaymentRecord, PaymentState
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.references import normalised
from gateway.domain.statuses import AttemptStatus, PaymentStatus
from gateway.flows.check import ask_soon
from gateway.flows.keep import ROUNDS_MAX, Kept, claim_receipt, claim_record, keep, keep_in
from gateway.flows.settings import FlowSettings
from gateway.flows.transaction_status import ask_for_claim
from gateway.ports import Ambient, Flow, Secrets, Store, StoreUnavailable, call
from gateway.security import phone_key

PAYER = "payer"
SHARING_MAX = 10
"""Payments with one reference that are looked through; with more of them a person decides."""

WITHOUT_THE_PHONE = frozenset({NotSentReason.PHONE_BUSY, NotSentReason.TOO_MANY_PROMPTS, NotSentReason.SENDER_STOPPED})
"""Why an attempt was not sent that never had the guard of its phone."""

RETURNED = frozenset({PaymentStatus.REFUNDED, PaymentStatus.PARTIALLY_REFUNDED})


class ClaimRefused(StrEnum):
    """Why a claim was not taken; nothing was stored. The values are error codes of the API."""

    ALREADY_PAID = "already_paid"
    ALREADY_FINAL = "already_final"
    RECEIPT_TAKEN = "receipt_taken"
    TOO_MANY = "too_many_claims"


@dataclass(frozen=True, slots=True)
class ClaimTaken:
    """record None: no such payment. refused None: the claim is kept, and `told` is what it came to."""

    record: PaymentRecord | None
    state: PaymentState | None
    refused: ClaimRefused | None = None
    told: ClaimState | None = None


def claim(payment_id: str, receipt: str, by: str, settings: FlowSettings) -> Flow[ClaimTaken]:
    """Take a claim that the money under this receipt is the payment's. Raises StoreUnavailable.

    by: PAYER, who is not told where else a receipt belongs, or a key of the shop, which is.
    """
    for _ in range(ROUNDS_MAX):
        record = yield from call(Store.read_payment, payment_id)
        if record is None:
            return ClaimTaken(None, None)
        state = settings.state(record)
        if receipt in state.receipts:
            return ClaimTaken(record, state, told=ClaimState.ATTACHED)
        refused = yield from _refusal(record, state, receipt, by)
        if refused is not None:
            return ClaimTaken(record, state, refused)
        now_ms = yield from call(Ambient.now_ms)
        said = Claimed(receipt=receipt, actor=by, said_at_ms=now_ms, learned_at_ms=now_ms)
        kept = yield from keep_in(record, (said,), settings)
        if kept is not None:
            return (yield from _settle(kept, receipt, settings))
    raise StoreUnavailable(f"{payment_id} changes faster than a claim can be kept")


def look_for_claims(record: PaymentRecord, state: PaymentState, settings: FlowSettings) -> Flow[None]:
    """Look again for the money of claims that wait, and set the next look. M-PESA is asked about unknown codes."""
    now_ms = yield from call(Ambient.now_ms)
    looks = record.asks.get(CLAIMS, Asks(0, 0))
    leased = replace(record, asks={**record.asks, CLAIMS: Asks(looks.count + 1, now_ms)})
    due_ms = due_at_ms(leased, state, settings.policy)
    if due_ms is None or due_ms <= now_ms:
        due_ms = now_ms + ASKS_APART_MS
    if not (yield from call(Store.lease_payment, record, due_ms, leased.asks)):
        return
    for waiting in claims.waiting_claims(record, state):
        found = yield from _look(record, state, waiting.receipt, settings)
        if found is None:
            yield from ask_for_claim(record.asked.owner, waiting.receipt, settings)


def _refusal(record: PaymentRecord, state: PaymentState, receipt: str, by: str) -> Flow[ClaimRefused | None]:
    if state.status is PaymentStatus.PAID:
        return ClaimRefused.ALREADY_PAID
    if state.status in RETURNED:
        return ClaimRefused.ALREADY_FINAL
    claimed = {one.receipt for one in claims.claims_of(record.facts.values())}
    if receipt not in claimed and len(claimed) >= CLAIMS_MAX:
        return ClaimRefused.TOO_MANY
    if by == PAYER:
        return None
    money = yield from _known_here(record, receipt)
    taken = money is not None and money.owner not in (None, record.id)
    return ClaimRefused.RECEIPT_TAKEN if taken else None


def _settle(kept: Kept, receipt: str, settings: FlowSettings) -> Flow[ClaimTaken]:
    """The claim is kept: ask M-Pesa (early for a new claim only), look at the money, and say what it came to."""
    yield from ask_soon(kept.record, kept.state, settings, forced=kept.changed)
    found = yield from _look(kept.record, kept.state, receipt, settings)
    after = found or kept
    if receipt in after.state.receipts:
        return ClaimTaken(after.record, after.state, told=ClaimState.ATTACHED)
    now_ms = yield from call(Ambient.now_ms)
    return ClaimTaken(after.record, after.state, told=claims.told_of(receipt, after.record, after.state, now_ms))


def _look(record: PaymentRecord, state: PaymentState, receipt: str, settings: FlowSettings) -> Flow[Kept | None]:
    """The payment with what the money shows; None while nobody of this shop knows the money."""
    money = yield from _known_here(record, receipt)
    if money is None:
        return None
    if money.owner == record.id:
        return (yield from keep(record.id, lambda _: tuple(money.facts.values()), settings))
    answer = ClaimAnswer.TO_SHOP
    if money.owner is None:
        answer = yield from _evidence(record, state, money)
    if answer in claims.PROOFS:
        attached = yield from _attach(record, money, answer, settings)
        if attached is not None:
            return attached
        answer = ClaimAnswer.TO_SHOP
    return (yield from _leave_to_the_shop(record, receipt, answer, settings))


def _known_here(record: PaymentRecord, receipt: str) -> Flow[ReceiptRecord | None]:
    """What lies under a receipt. None also for another shop's money: nobody learns here what others were paid."""
    money = yield from call(Store.read_receipt, receipt)
    if money is None or money.owner == record.id:
        return money
    if money.owner is not None:
        owner = yield from call(Store.read_payment, money.owner)
        return money if owner is not None and owner.asked.owner == record.asked.owner else None
    if money.shortcode in (record.asked.shortcode, record.asked.store_number):
        return money
    shop = yield from call(Store.read_settings, record.asked.owner)
    return money if shop is None or shop.shortcode(money.shortcode) is not None else None


def _attach(
    record: PaymentRecord, money: ReceiptRecord, answer: ClaimAnswer, settings: FlowSettings
) -> Flow[Kept | None]:
    """Own the receipt, with the proof beside it, then credit it. None: somebody else was faster."""
    proof = yield from _answered(money.receipt, answer)
    wanted = claim_record(money.receipt, record.id, money.shortcode, (*money.facts.values(), proof))
    standing = yield from claim_receipt(wanted, heeds_people=True)
    if standing.owner != record.id:
        return None
    yield from call(Ambient.report, "claim_attached", {"payment": record.id, "receipt": money.receipt})
    return (yield from keep(record.id, lambda _: tuple(standing.facts.values()), settings))


def _leave_to_the_shop(
    record: PaymentRecord, receipt: str, answer: ClaimAnswer, settings: FlowSettings
) -> Flow[Kept | None]:
    """The code is known, and nothing shows that its money is this payment's. What stands already is not said again."""
    said = {one.receipt: one.answer for one in claims.claims_of(record.facts.values())}
    if said.get(receipt) is answer:
        return (yield from keep(record.id, lambda _: (), settings))
    answered = yield from _answered(receipt, answer)
    yield from call(Ambient.report, "claim_to_shop", {"payment": record.id})
    return (yield from keep(record.id, lambda _: (answered,), settings))


def _answered(receipt: str, answer: ClaimAnswer) -> Flow[ClaimAnswered]:
    now_ms = yield from call(Ambient.now_ms)
    return ClaimAnswered(receipt=receipt, answer=answer, said_at_ms=now_ms, learned_at_ms=now_ms)


# --- whose money it is ----------------------------------------------------------------------------------------


def _evidence(record: PaymentRecord, state: PaymentState, money: ReceiptRecord) -> Flow[ClaimAnswer]:
    """What ties this unmatched money to the payment: its reference, a number that the payer entered, or nothing."""
    tellings = [fact for fact in money.facts.values() if isinstance(fact, MoneyReceived)]
    now_ms = yield from call(Ambient.now_ms)
    if not claims.may_be_the_payments(tellings, record.asked, state, now_ms):
        return ClaimAnswer.TO_SHOP
    phone = yield from _phone_that_paid(record, state, tellings)
    if phone is not None and not (yield from _prompted_for_another(phone, record, state, tellings[0])):
        return ClaimAnswer.PHONE
    if claims.reference_fits(tellings, record.asked) and not (yield from _fits_another(record, tellings, now_ms)):
        return ClaimAnswer.REFERENCE
    if claims.more_may_be_told(tellings, record.asked, now_ms):
        return ClaimAnswer.TO_SHOP_FOR_NOW
    return ClaimAnswer.TO_SHOP


def _phone_that_paid(
    record: PaymentRecord, state: PaymentState, tellings: Collection[MoneyReceived]
) -> Flow[str | None]:
    """The number of an attempt, where M-Pesa names it as the payer's.

    Not of an attempt that was kept from the phone: anybody may enter a number, and its owner never saw this payment.
    """
    keys = yield from call(Secrets.read_keys)
    entered = {attempt.phone for attempt in state.attempts if not _was_kept_from_the_phone(record, attempt)}
    return next(
        (phone for phone in sorted(entered) if claims.paid_from(tellings, security.payer_key(keys.phone, phone))), None
    )


def _prompted_for_another(phone: str, record: PaymentRecord, state: PaymentState, money: MoneyReceived) -> Flow[bool]:
    """Whether this phone was prompted for another payment shortly before: the money may be that prompt's."""
    keys = yield from call(Secrets.read_keys)
    guard = yield from call(Store.read_guard, phone_key(keys.phone, phone))
    if guard is None:
        return False
    prompts = [at for times in guard.prompted_ms.values() for at in times if claims.is_shortly_before(at, money)]
    others = [at for at in prompts if not _prompted_then(record, state, phone, at)]
    if len(others) != 1 or guard.payment_id == record.id:
        return bool(others)
    other = yield from call(Store.read_payment, guard.payment_id)
    if other is None or not _prompted_then(other, FlowSettings.state(other), phone, others[0]):
        return True
    return _has_an_open_prompt(other, money)


def _prompted_then(record: PaymentRecord, state: PaymentState, phone: str, at_ms: int) -> bool:
    """Whether the prompt that this phone got then was this payment's."""
    return any(
        one.phone == phone
        and one.begun_at_ms <= at_ms <= one.send_before_ms
        and not _was_kept_from_the_phone(record, one)
        for one in state.attempts
    )


def _was_kept_from_the_phone(record: PaymentRecord, attempt: Attempt) -> bool:
    """Whether an attempt never had its phone, so that it can have sent nothing there."""
    return attempt.status is AttemptStatus.REFUSED and any(
        isinstance(fact, NotSent) and fact.number == attempt.number and fact.reason in WITHOUT_THE_PHONE
        for fact in record.facts.values()
    )


def _fits_another(record: PaymentRecord, tellings: Collection[MoneyReceived], now_ms: int) -> Flow[bool]:
    """Whether another payment of this reference could be paid by this money, or its prompt may have taken it.

    Whatever the other one's status: money that comes after its end pays it too.
    """
    money = next(iter(tellings))
    reference = normalised(record.asked.account_reference)
    ids = yield from call(Store.payments_by_reference, record.asked.shortcode, reference, SHARING_MAX)
    if len(ids) == SHARING_MAX:
        return True
    for payment_id in ids:
        other = (yield from call(Store.read_payment, payment_id)) if payment_id != record.id else None
        if other is None:
            continue
        state = FlowSettings.state(other)
        if claims.may_be_the_payments(tellings, other.asked, state, now_ms) or _has_an_open_prompt(other, money):
            return True
    return False


def _has_an_open_prompt(record: PaymentRecord, money: MoneyReceived) -> bool:
    return any(claims.may_have_paid(attempt, money) for attempt in FlowSettings.state(record).attempts)
