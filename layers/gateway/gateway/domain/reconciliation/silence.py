"""Whether a statement's silence about a prompt is proof that nobody paid it. Pure.

Only of an attempt that nobody answered for, only where a statement that adds up covers the time from a minute before
the prompt to a quarter of an hour after it, and only if no row of that time may be its payment: one of the same amount
that is neither proven to be another's nor, by all that tell of it, paid from another phone; or one that a callback of
this very prompt names. And only if it has every payment of its time that is known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.domain.claims import EARLIER_MS
from gateway.domain.facts import CallbackReceived, Fact, MoneyReceived, Source
from gateway.domain.payment import Attempt, PaymentRecord, PaymentState
from gateway.domain.policy import MINUTE_MS
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.reconciliation.compare import OurMoney
from gateway.domain.reconciliation.pairing import Candidate
from gateway.domain.reconciliation.proven import Proven
from gateway.domain.reconciliation.rows import MpesaRow, RowKind
from gateway.domain.references import same_reference
from gateway.domain.statuses import AttemptStatus

ANSWERED_WITHIN_MS = 15 * MINUTE_MS
"""So long after a prompt its payment may still be completed."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the money of the time. receipts, payments, states: by receipt and by payment."""

    rows: tuple[MpesaRow, ...]
    receipts: Mapping[str, ReceiptRecord]
    payments: Mapping[str, PaymentRecord]
    states: Mapping[str, PaymentState]


def time_of(attempt: Attempt) -> tuple[int, int]:
    """When its payment may have been completed, from and until."""
    return attempt.begun_at_ms - EARLIER_MS, attempt.begun_at_ms + ANSWERED_WITHIN_MS


def is_open(attempt: Attempt) -> bool:
    """Whether nobody said what became of it."""
    return attempt.status is AttemptStatus.UNRESOLVED and attempt.receipt is None


def was_not_paid(candidate: Candidate, attempt: Attempt, known: Known, proven: Proven) -> bool:
    """Whether the statements prove that nobody paid this attempt."""
    from_ms, until_ms = time_of(attempt)
    return (
        is_open(attempt)
        and proven.covers_all(from_ms, until_ms)
        and not any(
            _may_be_its_own(row, candidate, attempt, known)
            for row in known.rows
            if from_ms <= row.completed_at_ms <= until_ms
        )
    )


def lacks_known_money(ours: Iterable[OurMoney], rows: Iterable[MpesaRow], proven: Proven) -> bool:
    """Whether a payment that M-Pesa itself told us of is missing in the statement that covers its time.

    Then it is of another account than customers pay into, or not what the portal gave: its silence says nothing.
    """
    stated = {row.receipt for row in rows if row.told_by is Source.STATEMENT}
    return any(
        money.receipt not in stated and proven.covers_all(money.at_ms - EARLIER_MS, money.at_ms + EARLIER_MS)
        for money in ours
        if money.receipt is not None
    )


def _may_be_its_own(row: MpesaRow, candidate: Candidate, attempt: Attempt, known: Known) -> bool:
    """What no word explains may be a payment too; and what one of its callbacks names is, believed or not."""
    if row.kind not in (RowKind.PAYMENT, RowKind.OTHER) or row.amount_kes != attempt.amount_kes:
        return False
    record = known.receipts.get(row.receipt)
    if record is None or row.kind is RowKind.OTHER or row.receipt in _named_for(candidate, attempt):
        return True
    told = _told(row.receipt, record, known)
    its_own = [money for money in told if candidate.phone_allows(attempt, money)]
    if record.owner is not None and _is_of_a_prompt(row.receipt, record.owner, attempt, its_own, known):
        return False
    reference = candidate.record.asked.account_reference
    if record.owner not in (None, candidate.record.id) and any(_is_labelled_otherwise(one, reference) for one in told):
        return False
    return not told or bool(its_own)


def _named_for(candidate: Candidate, attempt: Attempt) -> set[str | None]:
    """Receipts that callbacks of this prompt name."""
    return {
        fact.receipt
        for fact in candidate.record.facts.values()
        if isinstance(fact, CallbackReceived) and fact.number == attempt.number
    }


def _is_of_a_prompt(
    receipt: str, payment: str, attempt: Attempt, its_own: Iterable[MoneyReceived], known: Known
) -> bool:
    """Whether the answer to a prompt named this receipt, so that it is nobody else's.

    its_own: what M-Pesa told of the money that fits the attempt's phone. Where that has not the label or the phone of
    the prompt which was answered, the answer may be wrong.
    """
    record, state = known.payments.get(payment), known.states.get(payment)
    if record is None or state is None:
        return False
    phones = {one.phone for one in state.attempts if one.receipt == receipt}
    return bool(phones) and not any(
        _is_labelled_otherwise(money, record.asked.account_reference) or _is_from_another(money, attempt, phones)
        for money in its_own
    )


def _is_from_another(money: MoneyReceived, attempt: Attempt, phones: Iterable[str]) -> bool:
    """Whether money that fits the attempt's phone fits none of these."""
    same = {attempt.phone} if money.payer_key else {one for one in phones if one.endswith(money.phone_ending)}
    return same.isdisjoint(phones)


def _told(receipt: str, record: ReceiptRecord, known: Known) -> list[MoneyReceived]:
    """Everything that M-Pesa told of this money, wherever it lies."""
    owner = known.payments.get(record.owner or "")
    facts: Iterable[Fact] = (*record.facts.values(), *(owner.facts.values() if owner else ()))
    return [fact for fact in facts if isinstance(fact, MoneyReceived) and fact.receipt == receipt]


def _is_labelled_otherwise(money: MoneyReceived, reference: str) -> bool:
    """Whether it carries a reference, and not this one. Money of nobody may have had its label spoilt."""
    typed = money.reference.strip()
    return bool(typed) and not same_reference(typed, reference)
