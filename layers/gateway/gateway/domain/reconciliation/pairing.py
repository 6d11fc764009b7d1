"""Money that came without its code beside money that came without its payment: whose it is, where only one can be.

A query says that a prompt was paid and names no code; M-Pesa's list shows a code and no order (a till). They are one
where exactly one of each fits, by amount, time and phone. And money without its code may be the very money that another
payment got by its label: then somebody must look before goods leave twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.claims import is_shortly_before, may_have_paid
from gateway.domain.facts import MoneyReceived
from gateway.domain.payment import Attempt, PaymentRecord, PaymentState
from gateway.domain.references import same_reference


@dataclass(frozen=True, slots=True)
class Pair:
    """A payment and the code of money that is, or may be, its own."""

    payment: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A payment that prompts were sent for. payer_keys: keyed hash of each phone, as M-Pesa's news has it."""

    record: PaymentRecord
    state: PaymentState
    payer_keys: Mapping[str, str]

    def nameless(self) -> list[Attempt]:
        """Attempts that were paid and whose code nobody told."""
        return nameless(self.state)

    def may_be_paid_by(self, money: MoneyReceived, attempts: Iterable[Attempt]) -> bool:
        """Whether this money may be that of one of these attempts, by shortcode, amount, time, label and phone."""
        asked = self.record.asked
        if money.shortcode not in (asked.shortcode, asked.store_number):
            return False
        if money.reference.strip() and not same_reference(money.reference, asked.account_reference):
            return False
        return any(may_have_paid(one, money) and self.phone_allows(one, money) for one in attempts)

    def phone_allows(self, attempt: Attempt, money: MoneyReceived) -> bool:
        """Whether the phone that paid may be the one that was prompted, as far as M-Pesa tells of it."""
        key = self.payer_keys.get(attempt.phone, "")
        if money.payer_key and key:
            return money.payer_key == key
        return attempt.phone.endswith(money.phone_ending)


def nameless(state: PaymentState) -> list[Attempt]:
    """Attempts that were paid and whose code nobody told."""
    numbers = {credit.attempt for credit in state.credits if credit.receipt is None}
    return [attempt for attempt in state.attempts if attempt.number in numbers]


def pairs(candidates: Sequence[Candidate], unmatched: Sequence[MoneyReceived]) -> list[Pair]:
    """Exactly one payment without its code for exactly one code without a payment, and nobody else for either."""
    found = []
    lacking = [one for one in candidates if one.nameless()]
    for money in unmatched:
        if not any(one.may_be_paid_by(money, one.nameless()) for one in lacking):
            continue  # of a big day most money is of nobody's prompt, and need not be held against every payment
        meant = [one for one in candidates if one.may_be_paid_by(money, one.state.attempts)]
        if len(meant) != 1 or not meant[0].may_be_paid_by(money, meant[0].nameless()):
            continue
        fitting = [other for other in unmatched if meant[0].may_be_paid_by(other, meant[0].nameless())]
        if [other.receipt for other in fitting] == [money.receipt]:
            found.append(Pair(meant[0].record.id, money.receipt))
    return found


def doubles(candidates: Sequence[Candidate], labelled: Iterable[tuple[str, MoneyReceived]]) -> list[Pair]:
    """Money without its code that may be what another payment got by its label. labelled: payment and what it got."""
    given = list(labelled)
    return [
        Pair(one.record.id, money.receipt)
        for one in candidates
        if one.nameless()
        for payment, money in given
        if payment != one.record.id and any(_may_be_the_same(one, attempt, money) for attempt in one.nameless())
    ]


def _may_be_the_same(candidate: Candidate, attempt: Attempt, money: MoneyReceived) -> bool:
    asked = candidate.record.asked
    return (
        money.shortcode in (asked.shortcode, asked.store_number)
        and money.amount_kes == attempt.amount_kes
        and is_shortly_before(attempt.begun_at_ms, money)
        and candidate.phone_allows(attempt, money)
    )
