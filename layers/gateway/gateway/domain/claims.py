"""«I have paid»: what a claim of an M-PESA code proves. Alone nothing, since a code can be read over a shoulder.

Money goes to the payment whose payer claims it only while it is nobody's, over exactly what is due, paid in the
payment's time, and tied to it: by a reference under which it fits no other payment, or by a number that was prompted
for this one. All else is for a person.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from gateway.domain.facts import ClaimAnswer, ClaimAnswered, Claimed, Corrected, Fact, MoneyReceived, Source
from gateway.domain.payment import Asked, Asks, Attempt, PaymentRecord, PaymentState
from gateway.domain.policy import DAY_MS, MINUTE_MS, SECOND_MS
from gateway.domain.references import same_reference
from gateway.domain.statuses import ATTEMPT, AttemptStatus

CLAIMS_MAX = 5
"""Codes that may be claimed for one payment."""

RECEIPT_LENGTH = 10
CLAIM_TEXT_MAX = 500
"""Characters: a whole M-PESA message, and more."""

EARLIER_MS = MINUTE_MS
"""Money of before the payment is not its own. M-Pesa's clock and ours may differ by this much."""

PROMPT_BEFORE_MS = 10 * MINUTE_MS
"""Money may be a prompt's, of whatever payment, that was sent so shortly before."""

KNOWN_FOR_MS = DAY_MS - PROMPT_BEFORE_MS
"""Money that came longer ago is given to a payment by a person only: a phone's prompts are remembered for a day."""

CHECKING_FOR_MS = MINUTE_MS
LOOK_AFTER_S = (5, 10, 20, 40, 60, 120, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800)
"""Seconds after a claim at which its code is looked for again; money's news may come late."""

CLAIMS = 0
"""The place of the looks in `PaymentRecord.asks`, where attempts begin with 1."""

MORE_FOLLOWS_MS = 75 * MINUTE_MS
"""Transaction Status tells of money without its reference. Confirmation and Pull name it, within the hour."""

PROOFS = frozenset({ClaimAnswer.PHONE, ClaimAnswer.REFERENCE})

_TOKEN = re.compile(r"[A-Z][A-Z0-9]{9}")
_CONFIRMED = ("CONFIRMED", "IMETHIBITISHWA")


class ClaimState(StrEnum):
    """What is told to who claims. The values are part of the API."""

    ATTACHED = "attached"
    CHECKING = "checking"
    TO_SHOP = "to_shop"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class Claim:
    """A code that was claimed. answer None: its money is not known."""

    receipt: str
    claimed_at_ms: int
    answer: ClaimAnswer | None


def receipt_in(text: str) -> str | None:
    """The M-PESA code in what somebody typed or pasted, a whole message perhaps; None: there is none."""
    words = re.sub(r"[^A-Z0-9]+", " ", text[:CLAIM_TEXT_MAX].upper()).split()
    codes = [word for word in words if _TOKEN.fullmatch(word)]
    confirmed = [one for one, behind in pairwise(words) if one in codes and behind in _CONFIRMED]
    with_digits = [code for code in codes if any(character.isdigit() for character in code)]
    joined = "".join(words)
    typed = [joined] if _TOKEN.fullmatch(joined) and (len(words) == 1 or any(map(str.isdigit, joined))) else []
    return next(iter((*typed, *confirmed, *with_digits)), None)


def claims_of(facts: Iterable[Fact]) -> tuple[Claim, ...]:
    """Every code that was claimed, each once, oldest first."""
    known = sorted(facts, key=lambda fact: (fact.learned_at_ms, fact.id))
    answers = {fact.receipt: fact.answer for fact in known if isinstance(fact, ClaimAnswered)}
    first = {fact.receipt: fact for fact in reversed(known) if isinstance(fact, Claimed)}
    told = sorted(first.values(), key=lambda fact: (fact.learned_at_ms, fact.id))
    return tuple(Claim(fact.receipt, fact.learned_at_ms, answers.get(fact.receipt)) for fact in told)


def open_claims(facts: Collection[Fact], credited: Collection[str]) -> tuple[Claim, ...]:
    """Those whose money is not credited here, and that no person has let go."""
    lifted = {fact_id for fact in facts if isinstance(fact, Corrected) for fact_id in fact.lifts}
    standing = [fact for fact in facts if fact.id not in lifted]
    return tuple(claim for claim in claims_of(standing) if claim.receipt not in credited)


def matched_receipts(facts: Iterable[Fact]) -> frozenset[str]:
    """Receipts that a claim has proven to be this payment's."""
    return frozenset(fact.receipt for fact in facts if isinstance(fact, ClaimAnswered) and fact.answer in PROOFS)


def waiting_claims(record: PaymentRecord, state: PaymentState) -> tuple[Claim, ...]:
    """Those to be looked for again; none once the payment is paid."""
    if state.received_kes >= record.asked.amount_kes:
        return ()
    waits = (None, ClaimAnswer.TO_SHOP_FOR_NOW)
    return tuple(claim for claim in open_claims(record.facts.values(), state.receipts) if claim.answer in waits)


def next_look_ms(record: PaymentRecord, state: PaymentState) -> int | None:
    """When claimed codes are looked for next; None: nobody waits for one."""
    looked_at_ms = record.asks.get(CLAIMS, Asks(0, 0)).last_at_ms
    times = (
        claim.claimed_at_ms + after_s * SECOND_MS for claim in waiting_claims(record, state) for after_s in LOOK_AFTER_S
    )
    return min((at_ms for at_ms in times if at_ms > looked_at_ms), default=None)


def claim_shown(record: PaymentRecord, state: PaymentState, now_ms: int) -> tuple[Claim, ClaimState] | None:
    """The newest claim that is open, and what to tell of it; None once the payment is paid."""
    standing = open_claims(record.facts.values(), state.receipts)
    if not standing or state.received_kes >= record.asked.amount_kes:
        return None
    return standing[-1], told_of(standing[-1].receipt, record, state, now_ms)


def told_of(receipt: str, record: PaymentRecord, state: PaymentState, now_ms: int) -> ClaimState:
    """What to tell who claimed this receipt. Checking: M-Pesa is being asked about an attempt that may settle it."""
    if receipt in state.receipts:
        return ClaimState.ATTACHED
    found = next((one for one in claims_of(record.facts.values()) if one.receipt == receipt), None)
    if found is not None and found.answer is not None:
        return ClaimState.TO_SHOP
    fresh = found is not None and now_ms < found.claimed_at_ms + CHECKING_FOR_MS
    return ClaimState.CHECKING if fresh and _is_being_asked(state) else ClaimState.NOT_FOUND


def may_be_the_payments(tellings: Collection[MoneyReceived], asked: Asked, state: PaymentState, now_ms: int) -> bool:
    """Whether this money could pay this payment: by place, sum and time. Says nothing of whose it is."""
    rest_kes = asked.amount_kes - state.received_kes
    places = {"", asked.shortcode, asked.store_number}
    return bool(tellings) and all(
        money.from_safaricom
        and money.shortcode
        and {money.shortcode, money.told_under} <= places
        and money.amount_kes == rest_kes
        and _in_time(money.completed_at_ms, asked, now_ms)
        for money in tellings
    )


def more_may_be_told(tellings: Collection[MoneyReceived], asked: Asked, now_ms: int) -> bool:
    """Whether the reference under which this money was paid is not known yet. At a till there is none."""
    return asked.shortcode_kind == "paybill" and all(
        money.told_by is Source.STATUS and now_ms < money.learned_at_ms + MORE_FOLLOWS_MS for money in tellings
    )


def reference_fits(tellings: Iterable[MoneyReceived], asked: Asked) -> bool:
    """The payer typed this payment's reference."""
    return any(
        money.reference.strip() and same_reference(money.reference, asked.account_reference) for money in tellings
    )


def paid_from(tellings: Iterable[MoneyReceived], payer_key: str) -> bool:
    """The money came from the number behind this key."""
    return bool(payer_key) and any(money.payer_key == payer_key for money in tellings)


def may_have_paid(attempt: Attempt, money: MoneyReceived) -> bool:
    """Whether this money may be that of a prompt, of whatever payment: sent shortly before, without its own receipt."""
    return (
        attempt.status is not AttemptStatus.REFUSED
        and attempt.receipt is None
        and attempt.amount_kes == money.amount_kes
        and is_shortly_before(attempt.begun_at_ms, money)
    )


def is_shortly_before(at_ms: int, money: MoneyReceived) -> bool:
    """Whether a prompt of this time may have been answered by this money."""
    completed_at_ms = money.completed_at_ms or money.learned_at_ms
    return completed_at_ms - PROMPT_BEFORE_MS <= at_ms <= completed_at_ms + EARLIER_MS


def _is_being_asked(state: PaymentState) -> bool:
    """Whether M-Pesa may still tell something of an attempt."""
    return any(
        attempt.ids_to_ask
        and (ATTEMPT[attempt.status].live or attempt.status is AttemptStatus.UNRESOLVED or attempt.unconfirmed)
        for attempt in state.attempts
    )


def _in_time(completed_at_ms: int | None, asked: Asked, now_ms: int) -> bool:
    if completed_at_ms is None:
        return False
    earliest_ms = max(asked.created_at_ms - EARLIER_MS, now_ms - KNOWN_FOR_MS)
    return earliest_ms <= completed_at_ms <= asked.expires_at_ms + DAY_MS
