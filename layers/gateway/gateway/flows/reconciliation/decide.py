"""What a person decides about a compared day: explain a difference, close the day, open it again.

A decision is first kept under the day's next number, where nothing is ever overwritten; then the day counts it, on
condition that nobody changed the day meanwhile. Whoever finds a decision that no day counts yet counts it first: an
explanation follows from what was said and from nothing else; a closing that was overtaken stays without effect, and
whoever asked for it looks at the day once more. No money moves here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.domain.days import day_of
from gateway.domain.reconciliation.book import DayBook
from gateway.domain.reconciliation.day import DayRecord, DayState, closed, judged, of_news, reopened
from gateway.domain.reconciliation.decisions import Decision, DecisionKind, explanations, named
from gateway.domain.shop import Shortcode
from gateway.flows.keep import PAUSE_MS_MAX, ROUNDS_MAX, pause_with_jitter
from gateway.flows.reconciliation.run import reconcile_now
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, StoreUnavailable, call
from gateway.ports.reconciliation import Reconciliations

TOGETHER = 25
"""So many explanations at most are kept before the day counts them."""

COUNTED_MAX = 3 * ROUNDS_MAX
"""So often at most a day is looked at for one decision: to count what others decided is no round lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to decide. by: id of the person or the key. line: id of the line that is explained.

    outcome: what the caller saw of the day, empty where it does not say. accepts_incomplete: close it although M-Pesa's
    list is not known for all of it.
    """

    kind: DecisionKind
    by: str
    note: str
    line: str = ""
    outcome: str = ""
    accepts_incomplete: bool = False


class Refusal(StrEnum):
    """Why nothing was decided."""

    NOT_COMPARED = "not_compared"
    NOT_OVER = "not_over"
    TOO_BIG = "too_big"
    CLOSED = "closed"
    LINE_CHANGED = "line_changed"
    CHANGED = "changed"
    OPEN_LINES = "open_lines"
    NOT_COMPLETE = "not_complete"


@dataclass(frozen=True, slots=True)
class Decided:
    """The day as it stands now. refused: why it stands as before."""

    book: DayBook | None
    refused: Refusal | None = None


def read_book(owner: str, number: str, day: str) -> Flow[DayBook | None]:
    """A day with all that belongs to it. None: never compared. number: as Daraja calls it. Raises StoreUnavailable."""
    record = yield from call(Reconciliations.read_day, owner, number, day)
    if record is None:
        return None
    lines = yield from call(Reconciliations.read_lines, record)
    news = (yield from call(Reconciliations.read_lines, of_news(record))) if record.news else ()
    decisions = (yield from call(Reconciliations.read_decisions, record)) if record.decisions else ()
    return DayBook(record, lines, news, decisions)


def close_day(owner: str, code: Shortcode, day: str, wish: Wish, settings: FlowSettings) -> Flow[Decided]:
    """Compare the day once more, so that all that is known is in it, and close it if nothing is left to look at.

    Raises PortError; may be repeated: a closed day is answered as it is.
    """
    book = yield from read_book(owner, code.business_number, day)
    now_ms = yield from call(Ambient.now_ms)
    if book is None:
        return Decided(None, Refusal.NOT_COMPARED)
    if book.record.is_closed:
        return Decided(book)
    if day >= day_of(now_ms):
        return Decided(book, Refusal.NOT_OVER)
    if (yield from reconcile_now(owner, code, day, settings)) is None:
        return Decided(book, Refusal.TOO_BIG)
    return (yield from decide(owner, code, day, wish))


def decide(owner: str, code: Shortcode, day: str, wish: Wish) -> Flow[Decided]:
    """Keep a decision and what follows from it for the day. Raises PortError; may be repeated."""
    now_ms = yield from call(Ambient.now_ms)
    lost = 0
    for _ in range(COUNTED_MAX):
        book = yield from read_book(owner, code.business_number, day)
        if book is None:
            return Decided(None, Refusal.NOT_COMPARED)
        refused = _objection(wish, book)
        if refused is not None or _is_done(wish, book, now_ms):
            return Decided(book, refused)
        decision = _decision(wish, book, now_ms)
        ours = yield from call(Reconciliations.keep_decision, book.record, decision)
        after = _acted(book, decision) if ours else (yield from counted(book))
        if (yield from call(Reconciliations.save_day, book.record, after)):
            if ours:
                yield from _report(after, decision)
                return Decided((yield from read_book(owner, code.business_number, day)))
            continue
        lost += 1
        if lost >= ROUNDS_MAX:
            break
        yield from pause_with_jitter(PAUSE_MS_MAX * lost)
    raise StoreUnavailable("a day changes faster than it can be decided about")


def _objection(wish: Wish, book: DayBook) -> Refusal | None:
    """Why this may not be decided as the day stands."""
    record = book.record
    if wish.kind is DecisionKind.EXPLAINED:
        if record.is_closed:
            return Refusal.CLOSED
        return None if book.line(wish.line) else Refusal.LINE_CHANGED
    if wish.kind is DecisionKind.REOPENED or record.is_closed:
        return None
    if wish.outcome not in ("", record.outcome):
        return Refusal.CHANGED
    judgement = judged(record, book.lines, book.decisions)
    if judgement.state is DayState.DIFFERENCES:
        return Refusal.OPEN_LINES
    return None if record.complete or wish.accepts_incomplete else Refusal.NOT_COMPLETE


def _is_done(wish: Wish, book: DayBook, now_ms: int) -> bool:
    """Whether it stands so already: then the wish came twice. now_ms: of this call: others may count its word."""
    if wish.kind is DecisionKind.EXPLAINED:
        said = explanations(book.decisions).get(wish.line)
        stands = said is not None and (said.by, said.note) == (wish.by, wish.note)
        mine = said_by(book, wish.by, wish.note, now_ms)
        return stands or any(one.line and one.line.id == wish.line for one in mine)
    return book.record.is_closed is (wish.kind is DecisionKind.CLOSED)


def said_by(book: DayBook, by: str, note: str, at_ms: int) -> list[Decision]:
    """What one call said, as far as the day counts it, whatever others have added meanwhile."""
    return [one for one in book.decisions if (one.by, one.note, one.at_ms) == (by, note, at_ms)]


def _decision(wish: Wish, book: DayBook, now_ms: int) -> Decision:
    line = book.line(wish.line)
    return Decision(
        number=book.record.decisions + 1,
        kind=wish.kind,
        by=wish.by,
        at_ms=now_ms,
        note=wish.note,
        line=named(line) if line else None,
    )


def _acted(book: DayBook, decision: Decision) -> DayRecord:
    """The day once the decision counts."""
    if decision.kind is DecisionKind.CLOSED:
        return closed(book.record, decision)
    decisions = (*book.decisions, decision)
    if decision.kind is DecisionKind.REOPENED:
        return reopened(book.record, book.lines, decisions)
    return replace(judged(book.record, book.lines, decisions), version=book.record.version + 1)


def counted(book: DayBook) -> Flow[DayRecord]:
    """The day once it counts what others decided and no day counted: what was explained is, nothing else happens.

    All of it at once: of somebody who is among a part, each that is counted by itself is a round that he loses.
    """
    further = yield from call(Reconciliations.read_uncounted, book.record, TOGETHER)
    decisions = (*book.decisions, *further)
    counting = replace(book.record, decisions=len(decisions), version=book.record.version + 1)
    return counting if counting.is_closed else judged(counting, book.lines, decisions)


def _report(record: DayRecord, decision: Decision) -> Flow[None]:
    """For who runs the stack: who decided, without the note."""
    told = {"day": record.day, "shortcode": record.shortcode, "owner": record.owner, "by": decision.by}
    yield from call(Ambient.report, REPORTED[decision.kind], told)


REPORTED = {
    DecisionKind.EXPLAINED: "difference_explained",
    DecisionKind.CLOSED: "day_closed",
    DecisionKind.REOPENED: "day_reopened",
}
