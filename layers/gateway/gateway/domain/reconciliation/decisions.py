"""What people say about a compared day: a difference is explained, the day is closed, or opened again. Pure.

Decisions stand in the order in which they were made and are never changed. An explanation names a line by all its
facts: it holds as long as a line with these very facts stands, whatever its number, and no longer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.reconciliation.compare import Line, LineKind

LINE_PREFIX = "line_"
LINE_HEX = 16
LINES_MAX = 500
"""So many lines at most are explained in one request; what is left is said."""


class DecisionKind(StrEnum):
    """What was decided. The values are part of the API."""

    EXPLAINED = "explained"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLine:
    """The line that an explanation is about, as it stood then. id: `line_id` of it."""

    id: str
    kind: LineKind
    receipt: str | None
    payment: str | None
    ours_kes: int | None
    mpesa_kes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision about a day. number: its place among the day's, from 1. by: id of a person or of a key.

    note: in the person's words, phone numbers masked. line: of an explanation.
    """

    number: int
    kind: DecisionKind
    by: str
    at_ms: int
    note: str
    line: NamedLine | None = None


def line_id(line: Line) -> str:
    """`line_` and 16 hex characters that follow from the line's facts: what differs, whose it is, both amounts.

    What is proposed is none of them. Money without a code is told apart by its time.
    """
    at_ms = line.at_ms if line.receipt is None else None
    facts = [str(line.kind), line.receipt, line.payment, line.ours_kes, line.mpesa_kes, line.certain, at_ms]
    return LINE_PREFIX + hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:LINE_HEX]


def named(line: Line) -> NamedLine:
    """A line as an explanation names it."""
    return NamedLine(
        id=line_id(line),
        kind=line.kind,
        receipt=line.receipt,
        payment=line.payment,
        ours_kes=line.ours_kes,
        mpesa_kes=line.mpesa_kes,
    )


def explanations(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """The latest explanation of each line that has one, by the line's id."""
    found = [one for one in decisions if one.kind is DecisionKind.EXPLAINED]
    return {one.line.id: one for one in sorted(found, key=lambda one: one.number) if one.line}


def open_lines(lines: Iterable[Line], explained: Mapping[str, Decision]) -> list[Line]:
    """Lines that somebody must look at still."""
    return [line for line in lines if not line.settled and line_id(line) not in explained]


def former_explanation(line: Line, lines: Iterable[Line], explained: Mapping[str, Decision]) -> Decision | None:
    """What was said of this money while its line read otherwise. None: nothing, or the line is explained as it is."""
    stands = {line_id(one) for one in lines}
    if line_id(line) in explained:
        return None
    before = [one for name, one in explained.items() if name not in stands and _is_about(one, line)]
    return max(before, key=lambda one: one.number, default=None)


def _is_about(decision: Decision, line: Line) -> bool:
    """Whether it is the same money: the same code, or where there is none, the same payment."""
    of = decision.line
    if of is None or of.receipt != line.receipt:
        return False
    return line.receipt is not None or (of.payment is not None and of.payment == line.payment)


def took_effect(decision: Decision, closings: Collection[int]) -> bool:
    """Whether the day follows it: a closing that was overtaken did not. closings: those that did, and reopenings."""
    return decision.kind is DecisionKind.EXPLAINED or decision.number in closings
