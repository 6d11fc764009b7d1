"""One reason for many differences of a day: all of a kind that are open, or those that are named.

Each line gets a decision of its own, as by `decide`: kept under the day's next number, then counted. Some are kept
before the day counts them; whoever finds them uncounted counts them. So it may end anywhere and be asked for again:
what is explained so already is left as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.domain.reconciliation.book import DayBook
from gateway.domain.reconciliation.compare import Line, LineKind
from gateway.domain.reconciliation.day import judged
from gateway.domain.reconciliation.decisions import (
    LINES_MAX,
    Decision,
    DecisionKind,
    explanations,
    line_id,
    named,
    open_lines,
)
from gateway.domain.shop import Shortcode
from gateway.flows.keep import PAUSE_MS_MAX, ROUNDS_MAX, pause_with_jitter
from gateway.flows.reconciliation.decide import COUNTED_MAX, REPORTED, TOGETHER, Refusal, counted, read_book, said_by
from gateway.flows.reconciliation.time_left import TIME_AFTER_MS
from gateway.ports import Ambient, Flow, StoreUnavailable, call
from gateway.ports.reconciliation import Reconciliations


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyWish:
    """by: id of the person or the key. kind: all open lines of it; None: the lines with these ids."""

    by: str
    note: str
    kind: LineKind | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """explained: lines by this call. left: those that are meant and still to be explained. refused: why it ended."""

    book: DayBook | None
    explained: int
    left: int
    refused: Refusal | None = None


def explain_many(owner: str, code: Shortcode, day: str, wish: ManyWish) -> Flow[Explained]:
    """As many as one call takes. Raises PortError; may be repeated."""
    now_ms = yield from call(Ambient.now_ms)
    done: set[str] = set()
    lost = 0
    book = yield from read_book(owner, code.business_number, day)
    for _ in range(COUNTED_MAX + LINES_MAX):
        if book is None:
            return Explained(None, len(done), 0, Refusal.NOT_COMPARED)
        left = _left(wish, book, now_ms)
        if book.record.is_closed or left is None:
            return Explained(book, len(done), 0, Refusal.CLOSED if book.record.is_closed else Refusal.LINE_CHANGED)
        part = left[: min(TOGETHER, LINES_MAX - len(done))]
        if not part or (yield from call(Ambient.time_left_ms)) < TIME_AFTER_MS:
            return Explained(book, len(done), len(left))
        kept, after = yield from _said(book, part, wish, now_ms)
        done |= kept
        lost = 0 if after is not None else lost + 1
        if after is None:
            if lost >= ROUNDS_MAX:
                break
            yield from pause_with_jitter(PAUSE_MS_MAX * lost)
        book = after or (yield from read_book(owner, code.business_number, day))
    raise StoreUnavailable("a day changes faster than its lines can be explained")


def _left(wish: ManyWish, book: DayBook, now_ms: int) -> list[Line] | None:
    """The lines that are meant and not explained so yet, in their order. None: one that is named does not stand.

    now_ms: of this call: what it said stands, whatever others have added meanwhile.
    """
    explained = explanations(book.decisions)
    if wish.kind is not None:
        return [line for line in open_lines(book.lines, explained) if line.kind is wish.kind]
    by_id = {line_id(line): line for line in book.lines}
    if not set(wish.lines) <= set(by_id):
        return None
    said = {name for name, one in explained.items() if (one.by, one.note) == (wish.by, wish.note)}
    said |= {one.line.id for one in said_by(book, wish.by, wish.note, now_ms) if one.line}
    return [by_id[name] for name in dict.fromkeys(wish.lines) if name not in said]


def _said(book: DayBook, part: Sequence[Line], wish: ManyWish, now_ms: int) -> Flow[tuple[set[str], DayBook | None]]:
    """The lines of a part whose explanation is kept, and the day that counts it. None: somebody was faster.

    Where somebody's decision stands that the day does not count yet, that one is counted first.
    """
    kept: list[Decision] = []
    for number, line in enumerate(part, book.record.decisions + 1):
        decision = Decision(
            number=number, kind=DecisionKind.EXPLAINED, by=wish.by, at_ms=now_ms, note=wish.note, line=named(line)
        )
        if not (yield from call(Reconciliations.keep_decision, book.record, decision)):
            break
        kept.append(decision)
    if not kept:
        return set(), (yield from _with_anothers(book))
    names = {one.line.id for one in kept if one.line}
    decisions = (*book.decisions, *kept)
    record = replace(judged(book.record, book.lines, decisions), version=book.record.version + 1)
    if not (yield from call(Reconciliations.save_day, book.record, record)):
        return names, None
    told = {"day": record.day, "shortcode": record.shortcode, "owner": record.owner, "by": wish.by, "lines": len(kept)}
    yield from call(Ambient.report, REPORTED[DecisionKind.EXPLAINED], told)
    return names, replace(book, record=record, decisions=decisions)


def _with_anothers(book: DayBook) -> Flow[DayBook | None]:
    """The day once it counts what somebody decided and no day counted. None: somebody was faster."""
    record = yield from counted(book)
    saved = yield from call(Reconciliations.save_day, book.record, record)
    return (yield from read_book(record.owner, record.shortcode, record.day)) if saved else None
