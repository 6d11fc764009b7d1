"""The fold: what follows from a set of facts. Pure, total, and blind to the order in which facts came.

Start here to know when a payment may change its status: `state_of`. What one attempt's facts prove is judged in
`evidence.py`, how receipts become credits in `credits.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gateway.domain import evidence
from gateway.domain.claims import matched_receipts, open_claims
from gateway.domain.credits import credits_of
from gateway.domain.decisions import MoneyGivenElsewhere, assigned_receipts, last_turns
from gateway.domain.evidence import AttemptFacts, Proof, facts_of_attempt
from gateway.domain.facts import (
    AttemptBegun,
    CallbackReceived,
    Cancelled,
    Corrected,
    Deadline,
    Fact,
    MoneyReceived,
    MoneyReturned,
    NotCharged,
    NotSentReason,
    PushAccepted,
    ReceiptContested,
    ReceiptTaken,
    ReviewAsked,
    TimerPassed,
)
from gateway.domain.payment import Asked, Attempt, Credit, Failure, PaymentState, Refund
from gateway.domain.reasons import failure_code
from gateway.domain.references import same_reference
from gateway.domain.refunds import given_back_too_much, refunds_of, returns_of
from gateway.domain.statuses import ATTEMPT, AttemptStatus, Flag, PaymentStatus


def state_of(asked: Asked, facts: Mapping[str, Fact]) -> PaymentState:
    """What follows from these facts, whatever order they came in. Any set has an answer."""
    view = _view(asked, tuple(facts.values()))
    late = {Flag.LATE_SUCCESS} if _came_late(view) else set()
    return _state(view, frozenset(_flags(view) | late))


def credited_receipts(asked: Asked, facts: Mapping[str, Fact]) -> frozenset[str]:
    """Receipts that these facts credit: `state_of(…).receipts`, for who needs no more."""
    if not any(getattr(fact, "receipt", None) for fact in facts.values()):
        return frozenset()
    return frozenset(credit.receipt for credit in _view(asked, tuple(facts.values())).credits if credit.receipt)


@dataclass(frozen=True, slots=True)
class _Judged:
    """An attempt with what its facts prove."""

    known: AttemptFacts
    success: Proof | None
    failure: Proof | None


@dataclass(frozen=True, slots=True)
class _View:
    """The steps of one fold."""

    asked: Asked
    facts: tuple[Fact, ...]
    judged: list[_Judged]
    attempts: tuple[Attempt, ...]
    credits: tuple[Credit, ...]
    returned: list[MoneyReturned]
    refunds: tuple[Refund, ...]
    status: PaymentStatus

    @property
    def returned_kes(self) -> int:
        """What went back."""
        return sum(fact.amount_kes for fact in self.returned)


def _view(asked: Asked, facts: tuple[Fact, ...]) -> _View:
    judged = _judge_attempts(facts)
    taken = _taken_receipts(facts)
    ids = _ids_to_ask([attempt.known for attempt in judged])
    attempts = tuple(_attempt(attempt, facts, taken, ids[attempt.known.begun.number]) for attempt in judged)
    successes = {j.known.begun.number: j.success for j in judged if j.success}
    given = assigned_receipts(facts)
    arrived = [fact for fact in _receipts_told(facts) if fact.receipt in given or _arrived_here(asked, fact)]
    credits = credits_of(attempts, successes, arrived)
    returned = returns_of(facts, credits)
    status = _status(asked, facts, attempts, credits, sum(fact.amount_kes for fact in returned))
    return _View(asked, facts, judged, attempts, credits, returned, refunds_of(facts), status)


def _state(view: _View, flags: frozenset[Flag]) -> PaymentState:
    return PaymentState(
        status=view.status,
        price_kes=view.asked.amount_kes,
        flags=flags,
        attempts=view.attempts,
        credits=view.credits,
        received_kes=_received(view.credits),
        returned_kes=view.returned_kes,
        paid_at_ms=_paid_at_ms(view.asked.amount_kes, view.credits),
        failure=view.attempts[-1].failure if view.status is PaymentStatus.FAILED else None,
        refunds=view.refunds,
    )


# --- attempts -------------------------------------------------------------------------------------------------


def _judge_attempts(facts: Collection[Fact]) -> list[_Judged]:
    begun: dict[int, AttemptBegun] = {}
    for fact in sorted((fact for fact in facts if isinstance(fact, AttemptBegun)), key=lambda f: (f.said_at_ms, f.id)):
        begun.setdefault(fact.number, fact)
    known = [facts_of_attempt(begun[number], facts) for number in sorted(begun)]
    return [_Judged(k, evidence.success_proof(k), evidence.failure_proof(k)) for k in known]


def _ids_to_ask(known: Sequence[AttemptFacts]) -> dict[int, tuple[str, ...]]:
    """By attempt: never an id that is another attempt's. One that only callbacks give to two is the earlier one's."""
    pushed = Counter(checkout_id for one in known for checkout_id in one.checkout_ids)
    named: set[str] = set()
    found = {}
    for one in known:
        ids = {told for told in one.candidate_ids if pushed[told] == (told in one.checkout_ids)} - named
        named |= ids
        found[one.begun.number] = tuple(sorted(ids))
    return found


def _attempt(
    judged: _Judged, facts: Collection[Fact], taken: Collection[ReceiptTaken], ids_to_ask: tuple[str, ...]
) -> Attempt:
    known, begun = judged.known, judged.known.begun
    passed = {fact.deadline for fact in facts if isinstance(fact, TimerPassed) and fact.number == begun.number}
    status = _attempt_status(judged, passed)
    accepted = known.accepted[0] if known.accepted else None
    proof = judged.success or judged.failure
    return Attempt(
        number=begun.number,
        status=status,
        phone=begun.phone,
        amount_kes=begun.amount_kes,
        sender=begun.sender,
        begun_at_ms=begun.said_at_ms,
        send_before_ms=begun.send_before_ms,
        checkout_request_id=accepted.checkout_request_id if accepted else next(iter(ids_to_ask), None),
        merchant_request_id=accepted.merchant_request_id if accepted else None,
        prompted_at_ms=accepted.said_at_ms if accepted else None,
        receipt=judged.success.receipt if judged.success else None,
        failure=_failure(judged, status),
        ended_at_ms=proof.at_ms if proof else _refused_at_ms(known, status),
        retry_at_ms=max((fact.retry_at_ms for fact in known.not_sent), default=0),
        unconfirmed=evidence.waits_for_a_query(known, judged.success, judged.failure),
        unconfirmed_since_ms=evidence.to_settle_since_ms(known, judged.success, judged.failure),
        not_charged=any(isinstance(fact, NotCharged) and fact.number == begun.number for fact in facts),
        receipt_taken=any(fact.number == begun.number for fact in taken),
        prompt_gone=status is AttemptStatus.REFUSED or evidence.prompt_is_gone(known, judged.success),
        ids_to_ask=ids_to_ask,
    )


def _attempt_status(judged: _Judged, passed: Collection[Deadline]) -> AttemptStatus:
    """The first line that holds."""
    known = judged.known
    heard_of = known.accepted or known.callbacks or known.queries
    if judged.success:
        return AttemptStatus.SUCCEEDED
    if judged.failure:
        return AttemptStatus.FAILED
    if (known.refused or known.not_sent) and not heard_of:
        return AttemptStatus.REFUSED
    if Deadline.ANSWER in passed:
        return AttemptStatus.UNRESOLVED
    if known.accepted:
        return AttemptStatus.PROMPTED
    if known.lost or known.callbacks or known.unreadable or Deadline.SEND_WINDOW in passed:
        return AttemptStatus.UNKNOWN
    return AttemptStatus.SENDING


def _failure(judged: _Judged, status: AttemptStatus) -> Failure | None:
    if status is AttemptStatus.FAILED and judged.failure:
        code = judged.failure.code
        if code == evidence.NOT_PAID:
            return Failure(code, None, judged.failure.at_ms)
        return Failure(failure_code(code), code, judged.failure.at_ms)
    if status is not AttemptStatus.REFUSED:
        return None
    if judged.known.refused:
        refusal = judged.known.refused[0]
        return Failure(refusal.cause, refusal.code or None, refusal.learned_at_ms)
    unsent = judged.known.not_sent[0]
    code = "mpesa_unavailable" if unsent.reason is NotSentReason.SENDER_STOPPED else str(unsent.reason)
    return Failure(code, None, unsent.learned_at_ms)


def _refused_at_ms(known: AttemptFacts, status: AttemptStatus) -> int | None:
    if status is not AttemptStatus.REFUSED:
        return None
    return min(fact.learned_at_ms for fact in (*known.refused, *known.not_sent))


def _taken_receipts(facts: Collection[Fact]) -> list[ReceiptTaken]:
    lifted = _lifted(facts)
    return [fact for fact in facts if isinstance(fact, ReceiptTaken) and fact.id not in lifted]


def _lifted(facts: Collection[Fact]) -> frozenset[str]:
    """Facts that a person looked at and let go."""
    return frozenset(fact_id for fact in facts if isinstance(fact, Corrected) for fact_id in fact.lifts)


# --- the payment ----------------------------------------------------------------------------------------------


def _status(
    asked: Asked,
    facts: Collection[Fact],
    attempts: tuple[Attempt, ...],
    credits: tuple[Credit, ...],
    returned_kes: int,
) -> PaymentStatus:
    """The first line that holds."""
    received_kes = _received(credits)
    if returned_kes and received_kes:
        whole = returned_kes >= received_kes
        return PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED
    if received_kes >= asked.amount_kes:
        return PaymentStatus.PAID
    if any(ATTEMPT[attempt.status].live for attempt in attempts):
        return PaymentStatus.PENDING
    if any(_is_open_question(attempt, credits) for attempt in attempts):
        return PaymentStatus.UNRESOLVED
    if received_kes:
        return PaymentStatus.OPEN
    if any(isinstance(fact, Cancelled) for fact in facts):
        return PaymentStatus.CANCELLED
    if any(isinstance(fact, TimerPassed) and fact.deadline is Deadline.EXPIRY for fact in facts):
        return PaymentStatus.EXPIRED
    return PaymentStatus.FAILED if attempts else PaymentStatus.OPEN


def _is_open_question(attempt: Attempt, credits: tuple[Credit, ...]) -> bool:
    """Nobody knows whether this attempt took money, or it did and its receipt is contested."""
    if attempt.status is AttemptStatus.SUCCEEDED:
        return not any(credit.attempt == attempt.number for credit in credits)
    return attempt.status is AttemptStatus.UNRESOLVED


def _flags(view: _View) -> set[Flag]:
    """Flags but `late_success`, each from the set alone. Facts that a person let go no longer count."""
    asked, facts, judged, attempts, credits = view.asked, view.facts, view.judged, view.attempts, view.credits
    lifted = _lifted(facts)
    doubts: dict[Flag, Sequence[Fact]] = {
        Flag.AMOUNT_MISMATCH: _other_amounts(facts, judged),
        Flag.CONTRADICTED: [
            *(fact for j in judged for fact in evidence.contradictions(j.known, j.success, j.failure)),
            *_of_shared_receipts(judged),
        ],
        Flag.NEEDS_REVIEW: [
            *_reasons_to_look(asked, facts, judged),
            *_decided_otherwise(facts, credits),
            *given_back_too_much(credits, view.returned, view.refunds),
        ],
        Flag.REVERSED_EXTERNALLY: [fact for fact in view.returned if fact.external],
    }
    flags = {flag for flag, found in doubts.items() if any(fact.id not in lifted for fact in found)}
    if any(attempt.receipt_taken for attempt in attempts):
        flags.add(Flag.RECEIPT_TAKEN)
    if any(credit.receipt is None for credit in credits):
        flags.add(Flag.RECEIPT_PENDING)
    credited = {credit.receipt for credit in credits if credit.receipt}
    if _received(credits) < asked.amount_kes and open_claims(facts, credited):
        flags.add(Flag.CLAIM_OPEN)
    return flags | _sum_flags(asked.amount_kes, credits)


def _sum_flags(amount_kes: int, credits: tuple[Credit, ...]) -> set[Flag]:
    received_kes = _received(credits)
    if 0 < received_kes < amount_kes:
        return {Flag.PARTIALLY_PAID}
    if len(credits) > 1 and any(credit.amount_kes >= amount_kes for credit in credits):
        return {Flag.DUPLICATE_PAYMENT}
    return {Flag.OVERPAID} if received_kes > amount_kes else set()


def _other_amounts(facts: Collection[Fact], judged: list[_Judged]) -> list[Fact]:
    """Facts that tell another amount than the one asked, or than another source of the same receipt."""
    found: list[Fact] = [
        callback
        for j in judged
        for callback in evidence.invalid_successes(j.known)
        if evidence.names_other_amount(callback, j.known)
    ]
    told: dict[str, int] = {
        j.success.receipt: j.known.begun.amount_kes for j in judged if j.success and j.success.receipt
    }
    tellings = sorted(_receipts_told(facts), key=lambda fact: fact.id)
    return found + [fact for fact in tellings if told.setdefault(fact.receipt, fact.amount_kes) != fact.amount_kes]


def _of_shared_receipts(judged: list[_Judged]) -> list[Fact]:
    """What attempts say that name one receipt: it cannot have paid for two of them."""
    successes = [j.success for j in judged if j.success and j.success.receipt]
    named = Counter(success.receipt for success in successes)
    return [fact for success in successes if named[success.receipt] > 1 for fact in success.facts]


def _reasons_to_look(asked: Asked, facts: Collection[Fact], judged: list[_Judged]) -> list[Fact]:
    begun = {j.known.begun.number for j in judged}
    found: list[Fact] = [fact for fact in facts if isinstance(fact, ReviewAsked | ReceiptContested)]
    found += [fact for fact in facts if isinstance(fact, CallbackReceived) and fact.number not in begun]
    for j in judged:
        found += evidence.invalid_successes(j.known)
        found += () if j.success or j.failure else j.known.unreadable
        found += j.known.accepted if evidence.push_names_other_ids(j.known) else ()
    vouched = {j.success.receipt for j in judged if j.success}
    vouched |= {fact.receipt for fact in _receipts_told(facts) if fact.from_safaricom}
    found += [fact for fact in _receipts_told(facts) if fact.receipt not in vouched]
    claimed = matched_receipts(facts) | assigned_receipts(facts)
    return found + [
        fact
        for fact in _receipts_told(facts)
        if not fact.assigned_by
        and fact.receipt not in claimed
        and not (_arrived_here(asked, fact) and _reference_fits(fact.reference, asked.account_reference))
    ]


def _decided_otherwise(facts: Collection[Fact], credits: tuple[Credit, ...]) -> list[Fact]:
    """What a person decided before more was known.

    Money set aside that is credited here; money without its code, which may be what a person gave to another payment.
    """
    credited = {credit.receipt for credit in credits}
    unnamed = {credit.amount_kes for credit in credits if credit.receipt is None}
    found: list[Fact] = [fact for fact in last_turns(facts) if fact.aside and fact.receipt in credited]
    return found + [fact for fact in facts if isinstance(fact, MoneyGivenElsewhere) and fact.amount_kes in unnamed]


def _arrived_here(asked: Asked, fact: MoneyReceived) -> bool:
    """The money came to the payment's own shortcode, or a person gave it to this payment."""
    return bool(fact.assigned_by) or fact.shortcode in (asked.shortcode, asked.store_number)


def _reference_fits(typed: str, account_reference: str) -> bool:
    """Money typed at a till carries no reference."""
    return not typed.strip() or same_reference(typed, account_reference)


def _receipts_told(facts: Collection[Fact]) -> list[MoneyReceived]:
    return [fact for fact in facts if isinstance(fact, MoneyReceived)]


def _received(credits: tuple[Credit, ...]) -> int:
    return sum(credit.amount_kes for credit in credits)


def _paid_at_ms(amount_kes: int, credits: tuple[Credit, ...]) -> int | None:
    """When the credits first covered the amount, by M-Pesa's times."""
    sum_kes = 0
    for credit in sorted(credits, key=lambda credit: credit.at_ms):
        sum_kes += credit.amount_kes
        if sum_kes >= amount_kes:
            return credit.at_ms
    return None


def _came_late(view: _View) -> bool:
    """Money that came after the payment stood failed, cancelled or expired."""
    by_id = {fact.id: fact for fact in view.facts}
    return any(
        _stood_ended(view, at_ms, credit)
        for credit in view.credits
        for at_ms in _moments(credit, [by_id[fact_id] for fact_id in credit.facts], view.attempts)
    )


def _moments(credit: Credit, facts: Collection[Fact], attempts: tuple[Attempt, ...]) -> set[int]:
    """When the first news of this money was learned, and when it was believed."""
    believed = [fact.learned_at_ms for fact in facts if isinstance(fact, MoneyReceived)]
    believed += [one.ended_at_ms for one in attempts if one.number == credit.attempt and one.ended_at_ms is not None]
    return {min(fact.learned_at_ms for fact in facts), min(believed)}


def _stood_ended(view: _View, before_ms: int, credit: Credit) -> bool:
    """Whether payment or attempt had ended by the facts learned before this moment."""
    earlier = tuple(fact for fact in view.facts if fact.learned_at_ms < before_ms)
    if len(earlier) == len(view.facts) or all(isinstance(fact, AttemptBegun | PushAccepted) for fact in earlier):
        return False
    then = _view(view.asked, earlier)
    attempt_failed = any(
        attempt.number == credit.attempt and attempt.status is AttemptStatus.FAILED for attempt in then.attempts
    )
    return attempt_failed or then.status in (
        PaymentStatus.FAILED,
        PaymentStatus.CANCELLED,
        PaymentStatus.EXPIRED,
    )
