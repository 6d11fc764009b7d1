"""Forms of a compared day: how a difference is explained, close the day, open it again. No money moves by them."""

from __future__ import annotations

from daraja.masking import mask_text
from gateway.domain.reconciliation.compare import LineKind
from gateway.domain.reconciliation.decisions import DecisionKind
from gateway.flows.reconciliation.decide import Decided, Refusal, Wish, close_day, decide
from gateway.flows.reconciliation.explain_many import ManyWish, explain_many
from gateway.flows.settings import FlowSettings
from gateway.ports import Flow
from gateway.web.console.days import PLACE, day_of_path, shortcode_of, shown_day
from gateway.web.console.guard import NotHere, Page, Shown, guarded
from gateway.web.console.layout import see_other
from gateway.web.console.settling import NOTE_MAX, Trouble
from gateway.web.console.visit import Visit
from gateway.web.http import Answer
from gateway.web.texts import WRITTEN, fits

WORDS = {
    Refusal.CLOSED: "refused_day_closed",
    Refusal.LINE_CHANGED: "refused_line_changed",
    Refusal.CHANGED: "refused_day_changed",
    Refusal.NOT_COMPARED: "tell_day_not_run",
    Refusal.NOT_OVER: "close_not_over",
    Refusal.NOT_COMPLETE: "close_incomplete",
    Refusal.TOO_BIG: "day_too_big",
}


def explain_line(visit: Visit) -> Flow[Answer]:
    """`POST /console/reconciliation/{day}/explain`: of the line that the form was made for."""
    day, shortcode = day_of_path(visit), shortcode_of(visit)
    line, typed = visit.posted.get("line", ""), _typed(visit, "note")
    if not fits(typed, WRITTEN, NOTE_MAX):
        return (yield from shown_day(visit, day, shortcode, Trouble(line, _bad_note(visit), typed)))
    wish = Wish(kind=DecisionKind.EXPLAINED, by=visit.visitor.person, note=mask_text(typed), line=line)
    done = yield from decide(visit.owner, shortcode, day, wish)
    if done.refused is not None:
        return (yield from shown_day(visit, day, shortcode, Trouble("lines", _words(visit, done), typed), status=409))
    return see_other(f"{PLACE}/{day}?shortcode={shortcode.number}&done=explained")


def explain_lines(visit: Visit) -> Flow[Answer]:
    """`POST /console/reconciliation/{day}/explain-all`: all open lines of a kind, as many as one request takes."""
    day, shortcode = day_of_path(visit), shortcode_of(visit)
    kind = next((one for one in LineKind if one == visit.posted.get("kind")), None)
    if kind is None:
        raise NotHere
    typed = _typed(visit, "note")
    if not fits(typed, WRITTEN, NOTE_MAX):
        return (yield from shown_day(visit, day, shortcode, Trouble(f"all-{kind}", _bad_note(visit), typed)))
    wish = ManyWish(by=visit.visitor.person, note=mask_text(typed), kind=kind)
    done = yield from explain_many(visit.owner, shortcode, day, wish)
    if done.refused is not None:
        words = _words(visit, Decided(done.book, done.refused))
        return (yield from shown_day(visit, day, shortcode, Trouble("lines", words, typed), status=409))
    told = "explained_some" if done.left else "explained"
    return see_other(f"{PLACE}/{day}?shortcode={shortcode.number}&done={told}")


def close_compared_day(visit: Visit) -> Flow[Answer]:
    """`POST /console/reconciliation/{day}/close`: as it was seen. A note is kept; a list with gaps takes one."""
    day, shortcode = day_of_path(visit), shortcode_of(visit)
    typed = _typed(visit, "note")
    if typed and not fits(typed, WRITTEN, NOTE_MAX):
        return (yield from shown_day(visit, day, shortcode, Trouble("close", _bad_note(visit), typed)))
    wish = Wish(
        kind=DecisionKind.CLOSED,
        by=visit.visitor.person,
        note=mask_text(typed),
        outcome=visit.posted.get("outcome", ""),
        accepts_incomplete=bool(typed),
    )
    done = yield from close_day(visit.owner, shortcode, day, wish, FlowSettings.of(visit.settings))
    if done.refused is not None:
        return (yield from shown_day(visit, day, shortcode, Trouble("close", _words(visit, done), typed), status=409))
    return see_other(f"{PLACE}/{day}?shortcode={shortcode.number}&done=closed")


def reopen_day(visit: Visit) -> Flow[Answer]:
    """`POST /console/reconciliation/{day}/reopen`: with a reason."""
    day, shortcode = day_of_path(visit), shortcode_of(visit)
    typed = _typed(visit, "reason")
    if not fits(typed, WRITTEN, NOTE_MAX):
        return (yield from shown_day(visit, day, shortcode, Trouble("reopen", _bad_note(visit), typed)))
    wish = Wish(kind=DecisionKind.REOPENED, by=visit.visitor.person, note=mask_text(typed))
    done = yield from decide(visit.owner, shortcode, day, wish)
    if done.refused is not None:
        return (yield from shown_day(visit, day, shortcode, Trouble("reopen", _words(visit, done), typed), status=409))
    return see_other(f"{PLACE}/{day}?shortcode={shortcode.number}&done=reopened")


def _typed(visit: Visit, name: str) -> str:
    return " ".join(visit.posted.get(name, "").split())


def _bad_note(visit: Visit) -> str:
    return visit.plain("refused_note", most=NOTE_MAX)


def _words(visit: Visit, done: Decided) -> str:
    """Why nothing was decided."""
    if done.refused is Refusal.OPEN_LINES and done.book is not None:
        return visit.plain("close_open_lines", count=done.book.record.open_count)
    return visit.plain(WORDS[done.refused or Refusal.CHANGED])


_PAGES: dict[str, Page] = {
    "POST /console/reconciliation/{day}/explain": explain_line,
    "POST /console/reconciliation/{day}/explain-all": explain_lines,
    "POST /console/reconciliation/{day}/close": close_compared_day,
    "POST /console/reconciliation/{day}/reopen": reopen_day,
}

CLOSING_PAGES: dict[str, Shown] = guarded(_PAGES, {})
