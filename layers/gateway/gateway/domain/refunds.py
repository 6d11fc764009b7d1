"""Refunds inside a payment: what went back, what is held for going back, and what may still be refunded.

A refund takes its place in the payment before anything else happens, in the very version that was judged, so that all
refunds together never ask for more than was received. What a payment has no room for is told by `plan_refund`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.facts import Fact, MoneyReceived, MoneyReturned, RefundReleased, RefundReserved, Source
from gateway.domain.payment import Asks, Credit, PaymentRecord, PaymentState, Refund
from gateway.domain.policy import HOUR_MS, MINUTE_MS
from gateway.domain.statuses import Flag

REVERSAL, PAYOUT = "reversal", "b2c"
"""Of `money_out.outgoing.Method`: the payment is taken back whole, or so much is paid out to who paid."""

PAYOUT_KES_MIN = 10
"""M-Pesa's least for a payout to a customer."""

LOOKS = -1
"""Under this number a payment counts how often the sweep looked after its refunds (`PaymentRecord.asks`)."""

FIRST_LOOK_MS = 2 * MINUTE_MS
LOOKS_APART_MS = 6 * HOUR_MS

SURE = frozenset({Source.STATUS, Source.PULL})
"""M-Pesa's own books, as we asked for them: nobody sent us a message, or a file, that says so."""

NOT_SURE_WHOSE = frozenset({Flag.NEEDS_REVIEW, Flag.CONTRADICTED, Flag.AMOUNT_MISMATCH, Flag.RECEIPT_TAKEN})
"""Beside these flags nothing is paid out: it may not have been this number that paid."""


# --- what went back, and what is held ---------------------------------------------------------------------------


def returns_of(facts: Collection[Fact], credits: Collection[Credit]) -> list[MoneyReturned]:
    """Money that went back, of receipts that are credited here; told twice, it counts once, and ours is ours.

    That a receipt is reversed, told without the reversal's own receipt, is the reversal that another source names.
    """
    credited = {credit.receipt for credit in credits}
    told = [fact for fact in facts if isinstance(fact, MoneyReturned) and fact.receipt in credited]
    found = {(fact.receipt, fact.return_receipt): fact for fact in sorted(told, key=lambda f: (not f.external, f.id))}
    named = {fact.receipt for fact in found.values() if fact.return_receipt and not fact.paid_out}
    return [fact for fact in found.values() if fact.return_receipt or fact.receipt not in named]


def receipts_given_back(facts: Collection[Fact], credits: Collection[Credit]) -> frozenset[str]:
    """Receipts whose money went back whole, so that other money must pay."""
    back_kes = Counter[str]()
    for fact in returns_of(facts, credits):
        back_kes[fact.receipt] += fact.amount_kes
    return frozenset(one.receipt for one in credits if one.receipt and back_kes[one.receipt] >= one.amount_kes)


def refunds_of(facts: Collection[Fact]) -> tuple[Refund, ...]:
    """The places of refunds, in the order in which they were taken."""
    released = {fact.refund_id for fact in facts if isinstance(fact, RefundReleased)}
    done = {fact.refund_id for fact in facts if isinstance(fact, MoneyReturned) and fact.refund_id}
    taken = sorted(reservations(facts).values(), key=lambda fact: (fact.said_at_ms, fact.id))
    return tuple(
        Refund(
            id=fact.refund_id,
            amount_kes=fact.amount_kes,
            parts=fact.parts,
            method=fact.method,
            reserved_at_ms=fact.said_at_ms,
            is_live=fact.refund_id not in released | done,
            is_done=fact.refund_id in done,
        )
        for fact in taken
    )


def reservations(facts: Collection[Fact]) -> dict[str, RefundReserved]:
    """By the refund's id."""
    return {fact.refund_id: fact for fact in facts if isinstance(fact, RefundReserved)}


def given_back_too_much(
    credits: Collection[Credit], returned: Sequence[MoneyReturned], refunds: Collection[Refund]
) -> list[MoneyReturned]:
    """The returns, where with what is still held they come to more than was received: a person must look.

    A reversal that is on its way and one that M-Pesa tells of, of the same receipt, are one.
    """
    reversed_ = {fact.receipt for fact in returned if not fact.paid_out}
    held_kes = sum(one.amount_kes for one in refunds if one.is_live and not _is_told_of(one, reversed_))
    sum_kes = sum(fact.amount_kes for fact in returned) + held_kes
    return list(returned) if returned and sum_kes > sum(credit.amount_kes for credit in credits) else []


def _is_told_of(refund: Refund, reversed_: Collection[str]) -> bool:
    return refund.method == REVERSAL and all(receipt in reversed_ for receipt in refund.parts)


# --- what may be refunded ---------------------------------------------------------------------------------------


class RefundObjection(StrEnum):
    """Why no refund was begun. The values are error codes of the API."""

    TOO_LARGE = "refund_too_large"
    LIVE = "refund_live"
    NOT_POSSIBLE = "refund_not_possible"


class NoWay(StrEnum):
    """Why M-Pesa cannot carry this refund: for who must give the money back by hand."""

    NO_RECEIPT = "no_receipt"
    """The money is known to have come, its code is not."""
    UNKNOWN_RECEIPT = "unknown_receipt"
    PART_OF_A_REVERSAL = "part_of_a_reversal"
    MANY_RECEIPTS = "many_receipts"
    NUMBER_NOT_KNOWN = "number_not_known"
    """Only a mask or a hash of the payer's number is known."""
    TWO_NUMBERS = "two_numbers"
    BELOW_MINIMUM = "below_minimum"
    NO_PAYOUT_SHORTCODE = "no_payout_shortcode"
    NOT_SURE_WHOSE = "not_sure_whose"


class RefundRefused(Exception):
    """No refund was begun. left_kes: what may be refunded now; live: refunds that hold the rest.

    paid False: nothing has come yet that could go back.
    """

    def __init__(
        self,
        why: RefundObjection,
        way: NoWay | None = None,
        *,
        left_kes: int = 0,
        live: tuple[str, ...] = (),
        paid: bool = True,
    ) -> None:
        super().__init__(f"{why} {way or ''}")
        self.why = why
        self.way = way
        self.left_kes = left_kes
        self.live = live
        self.paid = paid


@dataclass(frozen=True, slots=True)
class RefundWanted:
    """What is to go back. amount_kes None: all that is left. receipt: of this money alone. method: auto too."""

    amount_kes: int | None
    method: str
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class RefundPlan:
    """How it goes back. parts: shillings by receipt. attempt: whose number gets a payout; 0: none does."""

    amount_kes: int
    parts: Mapping[str, int]
    method: str
    fallback: str
    attempt: int


def plan_refund(
    state: PaymentState, returned: Sequence[MoneyReturned], wanted: RefundWanted, pays_from: str
) -> RefundPlan:
    """Which money goes back, and how. pays_from: the shop's shortcode for payouts, or empty. Raises RefundRefused."""
    left = _left(state, returned)
    offered = {receipt: kes for receipt, kes in left.items() if wanted.receipt in (None, receipt)}
    if wanted.receipt is not None and not offered:
        raise RefundRefused(RefundObjection.NOT_POSSIBLE, NoWay.UNKNOWN_RECEIPT)
    amount_kes = wanted.amount_kes if wanted.amount_kes is not None else sum(offered.values())
    _refuse_too_much(state, wanted, amount_kes, sum(offered.values()))
    parts = _parts(state, offered, amount_kes)
    whole = _is_whole(state, returned, parts)
    no_payout = _against_a_payout(state, parts, amount_kes, pays_from)
    attempt = 0 if no_payout else _attempts_of(state, parts)[0]
    if wanted.method == "reversal" or (wanted.method == "auto" and whole):
        if not whole:
            way = NoWay.MANY_RECEIPTS if len(parts) > 1 else NoWay.PART_OF_A_REVERSAL
            raise RefundRefused(RefundObjection.NOT_POSSIBLE, way, left_kes=sum(left.values()))
        fallback = "" if no_payout or wanted.method == "reversal" else PAYOUT
        return RefundPlan(amount_kes, parts, REVERSAL, fallback, attempt)
    if no_payout:
        raise RefundRefused(RefundObjection.NOT_POSSIBLE, no_payout, left_kes=sum(left.values()))
    return RefundPlan(amount_kes, parts, PAYOUT, "", attempt)


def _left(state: PaymentState, returned: Sequence[MoneyReturned]) -> dict[str, int]:
    """Shillings of each receipt that neither went back nor are held, in the order in which the money came."""
    gone: Counter[str] = Counter()
    for fact in returned:
        gone[fact.receipt] += fact.amount_kes
    for refund in state.refunds:
        gone.update(refund.parts if refund.is_live else {})
    named = [credit for credit in state.credits if credit.receipt]
    return {credit.receipt or "": max(0, credit.amount_kes - gone[credit.receipt or ""]) for credit in named}


def _refuse_too_much(state: PaymentState, wanted: RefundWanted, amount_kes: int, left_kes: int) -> None:
    """More than is left: held by other refunds, known only without its code, or never received."""
    if 0 < amount_kes <= left_kes:
        return
    live = [one for one in state.refunds if one.is_live and wanted.receipt in (None, *one.parts)]
    held_kes = sum(one.amount_kes for one in live)
    if live and amount_kes <= left_kes + held_kes:
        raise RefundRefused(RefundObjection.LIVE, left_kes=left_kes, live=tuple(one.id for one in live))
    unnamed_kes = sum(credit.amount_kes for credit in state.credits if credit.receipt is None)
    if unnamed_kes and amount_kes <= left_kes + held_kes + unnamed_kes:
        raise RefundRefused(RefundObjection.NOT_POSSIBLE, NoWay.NO_RECEIPT, left_kes=left_kes)
    raise RefundRefused(RefundObjection.TOO_LARGE, left_kes=left_kes, paid=bool(state.received_kes))


def _parts(state: PaymentState, left: Mapping[str, int], amount_kes: int) -> dict[str, int]:
    """The last receipt over exactly this sum, if nothing of it is gone; else the newest money first."""
    whole = {credit.receipt: credit.amount_kes for credit in state.credits}
    newest_first = list(left)[::-1]
    for receipt in newest_first:
        if left[receipt] == amount_kes == whole[receipt]:
            return {receipt: amount_kes}
    parts: dict[str, int] = {}
    for receipt in newest_first:
        part_kes = min(left[receipt], amount_kes - sum(parts.values()))
        if part_kes:
            parts[receipt] = part_kes
    return parts


def _is_whole(state: PaymentState, returned: Sequence[MoneyReturned], parts: Mapping[str, int]) -> bool:
    """One receipt, all of it: what M-Pesa takes back."""
    if len(parts) != 1:
        return False
    ((receipt, part_kes),) = parts.items()
    touched = {fact.receipt for fact in returned}
    return receipt not in touched and any((one.receipt, one.amount_kes) == (receipt, part_kes) for one in state.credits)


def _against_a_payout(state: PaymentState, parts: Mapping[str, int], amount_kes: int, pays_from: str) -> NoWay | None:
    """The first thing that stands against paying it out to the number that paid."""
    numbers = _attempts_of(state, parts)
    phones = {attempt.phone for attempt in state.attempts if attempt.number in numbers}
    if 0 in numbers:
        return NoWay.NUMBER_NOT_KNOWN
    if len(phones) > 1:
        return NoWay.TWO_NUMBERS
    if state.flags & NOT_SURE_WHOSE:
        return NoWay.NOT_SURE_WHOSE
    if amount_kes < PAYOUT_KES_MIN:
        return NoWay.BELOW_MINIMUM
    return None if pays_from else NoWay.NO_PAYOUT_SHORTCODE


def _attempts_of(state: PaymentState, parts: Mapping[str, int]) -> list[int]:
    """The attempts that brought this money; 0 for money typed by hand, whose payer's number nobody tells us whole."""
    return [credit.attempt or 0 for credit in state.credits if credit.receipt in parts]


# --- before it goes ---------------------------------------------------------------------------------------------


def still_stands(state: PaymentState, returned: Sequence[MoneyReturned], refund_id: str) -> bool:
    """Whether this refund still holds its place, and its money is still here to be given back."""
    refund = next((one for one in state.refunds if one.id == refund_id), None)
    if refund is None or not refund.is_live:
        return False
    others = [one for one in state.refunds if one.id != refund_id and one.is_live]
    for receipt, part_kes in refund.parts.items():
        credit_kes = sum(credit.amount_kes for credit in state.credits if credit.receipt == receipt)
        gone_kes = sum(fact.amount_kes for fact in returned if fact.receipt == receipt)
        held_kes = sum(one.parts.get(receipt, 0) for one in others)
        if part_kes + gone_kes + held_kes > credit_kes:
            return False
    return True


def is_doubtful(state: PaymentState) -> bool:
    """Whether money that came twice may have come once: a person must look first."""
    return Flag.DUPLICATE_PAYMENT in state.flags and bool(state.flags & NOT_SURE_WHOSE)


def receipts_to_ask(state: PaymentState, facts: Collection[Fact], refund: Refund, method: str) -> tuple[str, ...]:
    """The receipts that M-Pesa must have spoken of before this goes.

    Of a payout its own, since the money may be back already. Of money that came twice all that M-Pesa's own books have
    not shown: a second receipt that nobody paid would give away the first one.
    """
    own = set(refund.parts) if method != REVERSAL else set()
    if Flag.DUPLICATE_PAYMENT in state.flags:
        sure = {fact.receipt for fact in facts if isinstance(fact, MoneyReceived) and fact.told_by in SURE}
        own |= {credit.receipt for credit in state.credits if credit.receipt and credit.receipt not in sure}
    return tuple(sorted(own))


# --- the sweep's look -------------------------------------------------------------------------------------------


def refund_look_ms(record: PaymentRecord, state: PaymentState) -> int | None:
    """When the sweep looks whether a refund's item is there and what became of it; None: no refund is live.

    Soon after the place was taken, since who took it may have died; at once when M-Pesa's list shows its reversal.
    """
    live = [one for one in state.refunds if one.is_live]
    if not live:
        return None
    last_ms = record.asks.get(LOOKS, Asks(0, 0)).last_at_ms
    news = [one.reserved_at_ms + FIRST_LOOK_MS for one in live]
    news += [fact.learned_at_ms for one in live for fact in shown_reversals(record.facts.values(), one)]
    fresh = [at_ms for at_ms in news if at_ms > last_ms]
    return min(fresh, default=last_ms + LOOKS_APART_MS)


def shown_reversals(facts: Collection[Fact], refund: Refund) -> list[MoneyReturned]:
    """The reversal of this refund's receipt, as M-Pesa's own list or statement shows it."""
    if refund.method != REVERSAL:
        return []
    told = (fact for fact in facts if isinstance(fact, MoneyReturned) and fact.external and fact.return_receipt)
    return [fact for fact in told if fact.receipt in refund.parts]
