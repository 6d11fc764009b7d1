"""What came of a day after it was closed. Its sums stay; this stands beside them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.domain.policy import SECOND_MS
from gateway.domain.reconciliation.compare import Action, Comparison, Line, LineKind, OurMoney, Proposal
from gateway.domain.reconciliation.decisions import line_id

COMPARING_MS = 30 * SECOND_MS
"""What was learned while the day was compared may be in its sums or not: so long that may have taken."""


def news_lines(
    closed: Sequence[Line], compared_at_ms: int, found: Comparison, ours: Sequence[OurMoney]
) -> tuple[Line, ...]:
    """What a comparison finds that the closed day did not have: new lines, late money, lines that are gone.

    closed: the lines of the closed day, compared then. ours: our money that the day concerns, as it stands now.
    """
    stood, stands = {line_id(line) for line in closed}, {line_id(line) for line in found.lines}
    news = [line for line in found.lines if line_id(line) not in stood]
    told = {line.receipt for line in news if line.receipt}
    since_ms = compared_at_ms - COMPARING_MS
    late = [_late(money) for money in ours if money.learned_at_ms > since_ms and money.receipt not in told]
    told |= {line.receipt for line in late if line.receipt}
    by_receipt = {money.receipt: money for money in ours if money.receipt}
    gone = [
        _gone(line, by_receipt.get(line.receipt or ""))
        for line in closed
        if line_id(line) not in stands and line.receipt not in told
    ]
    return tuple(sorted((*news, *late, *gone), key=lambda line: (line.at_ms, line.receipt or "", str(line.kind))))


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
