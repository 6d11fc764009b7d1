"""What came of a day after it was closed. Its sums stay; this stands beside them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import SECOND_MS
from gateway.domain.reconciliation.compare import (
    Action,
    Comparison,
    Line,
    LineKind,
    OurMoney,
    Proposal,
    our_money,
)
from gateway.domain.reconciliation.decisions import line_id

COMPARING_MS = 30 * SECOND_MS
"""What was learned while the day was compared may be in its sums or not: so long that may have taken."""


def news_lines(
    closed: Sequence[Line],
    compared_at_ms: int,
    found: Comparison,
    ours: Sequence[OurMoney],
    payments: Mapping[str, PaymentRecord],
) -> tuple[Line, ...]:
    """What a comparison finds that the closed day did not have: new lines, late money, lines that are gone.

    closed: the lines of the closed day, compared then. ours: our money that the day concerns, as it stands now, of
    these payments.
    """
    stood, stands = {line_id(line) for line in closed}, {line_id(line) for line in found.lines}
    news = [line for line in found.lines if line_id(line) not in stood]
    told = {line.receipt for line in news if line.receipt}
    since_ms = compared_at_ms - COMPARING_MS
    late = [
        _late(money)
        for money in ours
        if money.receipt not in told and _came_to_count(money, payments[money.payment], since_ms)
    ]
    told |= {line.receipt for line in late if line.receipt}
    by_receipt = {money.receipt: money for money in ours if money.receipt}
    gone = [
        _gone(line, by_receipt.get(line.receipt or ""))
        for line in closed
        if line_id(line) not in stands and line.receipt not in told
    ]
    return tuple(sorted((*news, *late, *gone), key=lambda line: (line.at_ms, line.receipt or "", str(line.kind))))


def _came_to_count(money: OurMoney, record: PaymentRecord, since_ms: int) -> bool:
    """Whether it is ours only since then: learned of later, or borne out by a later answer to a query."""
    if money.learned_at_ms > since_ms:
        return True
    known = {name: fact for name, fact in record.facts.items() if fact.learned_at_ms <= since_ms}
    if len(known) == len(record.facts):
        return False
    stood = our_money(record, state_of(record.asked, known))
    return money.receipt is not None and money.receipt not in {one.receipt for one in stood}


def _late(money: OurMoney) -> Line:
    why = "nobody told us of it before the day was closed"
    return Line(
        kind=LineKind.LATE,
        receipt=money.receipt,
        payment=money.payment,
        ours_kes=money.ours_kes,
        mpesa_kes=None if money.told_kes is not None else money.credited_kes,
        at_ms=money.at_ms,
        proposed=Proposal(Action.BOOK_ON_OPEN_DAY, (why,), money.payment),
    )


def _gone(line: Line, money: OurMoney | None) -> Line:
    """money: whose it turned out to be, if anybody's."""
    why = "the difference that the closed day had is settled now"
    payment = money.payment if money else line.payment
    return Line(
        kind=LineKind.LATE,
        receipt=line.receipt,
        payment=payment,
        ours_kes=money.ours_kes if money else line.ours_kes,
        mpesa_kes=line.mpesa_kes,
        at_ms=line.at_ms,
        proposed=Proposal(Action.LOOK, (why,), payment),
    )
