"""Payouts and refunds of ours beside a statement of the account that pays out. Pure.

M-Pesa may say that one succeeded, and the statement may lack it. Of which account a file is, is told by its name only;
so it judges only what goes the way of others that it shows: it has a row of another payout of ours of that day, under
M-Pesa's code, that went by the same method. Nothing follows for the payout itself: a person looks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from gateway.domain.money_out.evidence import is_listed, says_success
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import Method, OutgoingRecord, OutgoingStatus
from gateway.domain.policy import MINUTE_MS
from gateway.domain.reconciliation.proven import Proven
from gateway.domain.reconciliation.rows import MpesaRow

AROUND_MS = 5 * MINUTE_MS
"""A statement must tell everything of so long before and after the time of which M-Pesa spoke."""

TO_PHONES = frozenset({Method.B2C, Method.POCHI})
"""What goes to a phone leaves the account of such statements. What goes to a business leaves another one, and a
reversal stands where the payment arrived."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A payout or refund of ours. payment: of a refund.

    The rest of one that succeeded. receipt: M-Pesa's code. method: the way it went, empty where that is in doubt;
    account: the shortcode that paid. codes: all that M-Pesa told for it. from_ms, until_ms: the first and the last time
    at which M-Pesa says that it was completed; 0: it said none.
    """

    id: str
    amount_kes: int
    payment: str | None = None
    receipt: str | None = None
    method: str = ""
    account: str = ""
    codes: frozenset[str] = frozenset()
    from_ms: int = 0
    until_ms: int = 0


def outgoing_of(record: OutgoingRecord) -> Outgoing:
    """What a comparison looks at."""
    asked, state = record.asked, outgoing_state(record)
    if state.status is not OutgoingStatus.SUCCEEDED:
        return Outgoing(record.id, asked.amount_kes, asked.payment)
    told = [fact for fact in record.facts.values() if says_success(fact) and is_listed(fact)]
    codes = {getattr(fact, "receipt", None) for fact in told} - {None, asked.original_receipt}
    times = [at for fact in told if (at := getattr(fact, "completed_at_ms", None)) is not None]
    ways = {send.method for send in state.attempts if send.status is OutgoingStatus.SUCCEEDED}
    method = ways.pop() if len(ways) == 1 else ""
    return Outgoing(
        record.id,
        asked.amount_kes,
        asked.payment,
        receipt=state.receipt,
        method=method,
        account=asked.shortcode_for(method),
        codes=frozenset(code for code in codes if code),
        from_ms=min(times, default=0),
        until_ms=max(times, default=0),
    )


def shown_ways(rows: Iterable[MpesaRow], sent: Mapping[str, Outgoing]) -> frozenset[tuple[str, str]]:
    """Statements with the methods of payouts of ours that they show. sent: ours, by M-Pesa's code."""
    return frozenset(
        (row.told_in, sent[row.receipt].method)
        for row in rows
        if row.told_in and row.is_to_a_person
        if row.receipt in sent and sent[row.receipt].amount_kes == row.amount_kes
    )


def is_not_shown(
    one: Outgoing,
    numbers: Collection[str],
    rows: Iterable[MpesaRow],
    proven: Proven,
    ways: Collection[tuple[str, str]],
) -> bool:
    """Whether a statement that shows others of its way tells everything of its time, and no row has a code of it.

    numbers: of the account. ways: `shown_ways`.
    """
    if one.method not in TO_PHONES or one.account not in numbers or not one.from_ms:
        return False
    from_ms, until_ms = one.from_ms - AROUND_MS, one.until_ms + AROUND_MS
    judged = any(
        (stretch.statement, one.method) in ways and stretch.from_ms <= from_ms and until_ms <= stretch.until_ms
        for stretch in proven.stretches
    )
    return judged and not any(row.receipt in one.codes for row in rows)
