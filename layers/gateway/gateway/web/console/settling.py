"""Pieces of a compared day's page by which people settle it: explanations, closing, what came since, who decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from gateway.domain.days import day_of
from gateway.domain.reconciliation.book import DayBook
from gateway.domain.reconciliation.compare import Line, LineKind
from gateway.domain.reconciliation.day import DayRecord, DayState
from gateway.domain.reconciliation.decisions import (
    LINES_MAX,
    Decision,
    DecisionKind,
    explanations,
    former_explanation,
    line_id,
    open_lines,
    took_effect,
)
from gateway.web.checkout.markup import NOTHING, Html, amount, code, html, joined, prose
from gateway.web.console.parts import button, clock, form, table
from gateway.web.console.people import Names, actor_in_words
from gateway.web.console.visit import Visit

NOTE_MAX = 300
WIDE = (3,)
"""What to do about a line has a line of its own on a phone."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong with a form of the page. field: the id of what it is about. typed: what stood in it."""

    field: str = ""
    words: str = ""
    typed: str = ""


NO_TROUBLE = Trouble()


@dataclass(frozen=True, slots=True)
class DayPage:
    """A day's page while it is made. here: its address. query: what names the number."""

    visit: Visit
    book: DayBook
    here: str
    query: str
    names: Names
    trouble: Trouble = NO_TROUBLE

    def who(self, decision: Decision) -> Html:
        """Who said it, and when."""
        who = actor_in_words(self.visit, decision.by, self.names)
        return self.visit.say("said_by", who=who, time=clock(self.visit, decision.at_ms))

    def form(self, act: str, content: Html, hidden: dict[str, str] | None = None) -> Html:
        """A form of this page."""
        return form(self.visit, f"{self.here}/{act}{self.query}", content, hidden=hidden)


# --- a line ---------------------------------------------------------------------------------------------------


def explanation(day: DayPage, line: Line) -> Html:
    """How a line is explained, and the way to explain it while the day is open."""
    explained = explanations(day.book.decisions)
    said, before = explained.get(line_id(line)), former_explanation(line, day.book.lines, explained)
    if said is not None:
        how = day.visit.say("line_explained", note=said.note)
        return html(
            '<br><b class="wrap">{how}</b><br><span class="muted">{who}</span>{f}',
            how=how,
            who=day.who(said),
            f=_form(day, line, said=True),
        )
    return html("{before}{f}", before=_before(day, before) if before else NOTHING, f=_form(day, line))


def _before(day: DayPage, said: Decision) -> Html:
    words = day.visit.say(
        "line_explained_before",
        note=said.note,
        who=actor_in_words(day.visit, said.by, day.names),
        time=clock(day.visit, said.at_ms),
    )
    return html('<br><span class="muted wrap">{w}</span>', w=words)


def _form(day: DayPage, line: Line, *, said: bool = False) -> Html:
    """Closed up, but where what was typed was no good. said: the line is explained already."""
    if day.book.record.is_closed or line.settled:
        return NOTHING
    name = line_id(line)
    field = _field(day, name, "note", day.visit.say("line_explain_note"))
    return html(
        "<details{open}><summary>{s}</summary>{f}</details>",
        open=Html(" open") if day.trouble.field == name else NOTHING,
        s=day.visit.say("line_explain_more" if said else "line_explain"),
        f=day.form(
            "explain", html("{i}{b}", i=field, b=button(day.visit.say("line_explain_button"), "second")), {"line": name}
        ),
    )


def _field(day: DayPage, ident: str, name: str, label: Html, given: str = "") -> Html:
    """A line of text. Several forms of the page have one, so that each has an id of its own."""
    trouble = day.trouble if day.trouble.field == ident else NO_TROUBLE
    error = html('<p class="error" id="{i}-error">{w}</p>', i=ident, w=prose(trouble.words))
    return html(
        '<div class="field{bad}"><label for="{i}">{l}</label>{e}'
        '<input id="{i}" name="{n}" type="text" maxlength="{most}"{wrong} value="{v}"></div>',
        bad=" bad" if trouble.words else "",
        i=ident,
        l=label,
        e=error if trouble.words else NOTHING,
        n=name,
        most=NOTE_MAX,
        wrong=html(' aria-invalid="true" aria-describedby="{i}-error"', i=ident) if trouble.words else NOTHING,
        v=trouble.typed or given,
    )


def many(day: DayPage) -> Html:
    """Of each kind of which several lines are open, a way to explain all of them by one reason."""
    if day.book.record.is_closed:
        return NOTHING
    left = sorted(open_lines(day.book.lines, explanations(day.book.decisions)), key=lambda line: line.kind)
    kinds = [(kind, list(lines)) for kind, lines in groupby(left, key=lambda line: line.kind)]
    return joined(_many_of(day, kind, lines) for kind, lines in kinds if len(lines) > 1)


def _many_of(day: DayPage, kind: LineKind, lines: Sequence[Line]) -> Html:
    """The reason that was given last stands there, where more lines are left of it than one request takes."""
    visit, name, count = day.visit, f"all-{kind}", len(lines)
    last = day.book.decisions[-1] if day.book.decisions else None
    goes_on = last is not None and last.line is not None and (last.by, last.line.kind) == (visit.visitor.person, kind)
    field = _field(day, name, "note", visit.say("line_explain_note"), last.note if last and goes_on else "")
    button_words = visit.say("lines_explain_button", count=min(count, LINES_MAX))
    return html(
        "<details{open}><summary>{s}</summary>{f}</details>",
        open=Html(" open") if goes_on or day.trouble.field == name else NOTHING,
        s=visit.say("lines_explain", count=count, kind=_with_sum(visit, kind, lines)),
        f=day.form("explain-all", html("{i}{b}", i=field, b=button(button_words, "second")), {"kind": str(kind)}),
    )


def _with_sum(visit: Visit, kind: LineKind, lines: Sequence[Line]) -> Html:
    """What the lines say, and what they come to, as on a list of wages: where each has one amount."""
    sides = [[kes for kes in (line.ours_kes, line.mpesa_kes) if kes is not None] for line in lines]
    words = visit.say(f"line_{kind}")
    if any(len(side) != 1 for side in sides):
        return words
    return html("{w}, {a}", w=words, a=amount(sum(side[0] for side in sides)))


# --- the day --------------------------------------------------------------------------------------------------


def tell_key(record: DayRecord | None) -> str:
    """Which sentence says how the day stands."""
    if record is None:
        return f"tell_day_{DayState.NOT_RUN}"
    return (
        "tell_day_explained"
        if record.state is DayState.BALANCED and record.explained_count
        else f"tell_day_{record.state}"
    )


def closed_fact(day: DayPage) -> list[Html]:
    """When it was closed, and by whom."""
    record = day.book.record
    if not record.is_closed:
        return []
    who = actor_in_words(day.visit, record.closed_by, day.names)
    return [day.visit.say("closed_fact", time=clock(day.visit, record.closed_at_ms), who=who)]


def closing(day: DayPage) -> Html:
    """The way to close the day, or what is missing; of a closed day the way to open it again."""
    return _reopening(day) if day.book.record.is_closed else _closing(day)


def _closing(day: DayPage) -> Html:
    visit, record = day.visit, day.book.record
    if record.day >= day_of(visit.now_ms):
        inside = html('<p class="muted">{t}</p>', t=visit.say("close_not_over"))
    elif record.open_count:
        inside = html('<p class="muted">{t}</p>', t=visit.say("close_open_lines", count=record.open_count))
    else:
        inside = _close_form(day)
    return html('<h2>{h}</h2><div class="card">{i}</div>', h=visit.say("close_title"), i=inside)


def _close_form(day: DayPage) -> Html:
    """Of a day whose list has gaps it takes a reason."""
    visit, record = day.visit, day.book.record
    label = visit.say("close_note" if record.complete else "close_note_needed")
    words = visit.say("close_button" if record.complete else "close_button_incomplete")
    content = html(
        '<p>{tell}</p>{gap}<div class="below">{f}</div>{b}',
        tell=visit.say("close_tell"),
        gap=NOTHING if record.complete else html('<p class="warn">{t}</p>', t=visit.say("close_incomplete")),
        f=_field(day, "close", "note", label),
        b=button(words),
    )
    return day.form("close", content, {"outcome": record.outcome})


def _reopening(day: DayPage) -> Html:
    visit = day.visit
    content = html(
        '<p>{t}</p><div class="below">{f}</div>{b}',
        t=visit.say("reopen_tell"),
        f=_field(day, "reopen", "reason", visit.say("reopen_reason")),
        b=button(visit.say("reopen_button"), "danger"),
    )
    return html(
        "<details{open}><summary>{s}</summary>{f}</details>",
        open=Html(" open") if day.trouble.field == "reopen" else NOTHING,
        s=visit.say("reopen_open"),
        f=day.form("reopen", content),
    )


def news(day: DayPage, heads: Sequence[tuple[Html, bool]], lines: Sequence[Sequence[object]]) -> Html:
    """What came of a closed day since. lines: as the differences show them."""
    visit, found = day.visit, day.book.record.news
    if found is None:
        return NOTHING
    now = visit.say("news_now", ours=amount(found.ours.sum_kes), mpesa=amount(found.mpesa.sum_kes))
    return html(
        '<h2>{h}</h2><p class="warn">{t}</p><p>{now}</p>{lines}',
        h=visit.say("news_title"),
        t=visit.say("news_tell"),
        now=now,
        lines=html('<div class="below lines">{t}</div>', t=table(visit.say("news_table"), heads, lines, wide=WIDE))
        if lines
        else NOTHING,
    )


def history(day: DayPage) -> Html:
    """Everything that people decided about the day, the latest first."""
    visit, book = day.visit, day.book
    if not book.decisions:
        return NOTHING
    heads = [(visit.say(key), False) for key in ("col_when", "col_who", "col_what", "col_note")]
    lines = [
        (
            clock(visit, together[-1].at_ms),
            actor_in_words(visit, together[-1].by, day.names),
            _decided(visit, together, held=took_effect(together[-1], book.record.closings)),
            html('<span class="wrap">{n}</span>', n=together[-1].note or "–"),
        )
        for together in reversed([list(found) for _, found in groupby(book.decisions, key=_together)])
    ]
    return html("<h2>{h}</h2>{t}", h=visit.say("history_title"), t=table(visit.say("history_table"), heads, lines))


def _together(decision: Decision) -> tuple[object, ...]:
    """What is shown as one: the same reason of the same person for lines of one kind, one after the other."""
    if decision.line is None:
        return (decision.number,)
    return decision.by, decision.note, decision.line.kind


def _decided(visit: Visit, together: Sequence[Decision], *, held: bool) -> Html:
    decision = together[0]
    line = decision.line
    if len(together) > 1 and line is not None:
        return visit.say("decided_explained_many", count=len(together), kind=visit.say(f"line_{line.kind}"))
    if decision.kind is DecisionKind.EXPLAINED and line is not None:
        which = [visit.say(f"line_{line.kind}"), code(line.receipt) if line.receipt else NOTHING]
        sums = [amount(kes) for kes in (line.ours_kes, line.mpesa_kes) if kes is not None]
        return visit.say("decided_explained", line=joined(html(" {w}", w=one) for one in (*which, *sums[:1]) if one))
    words = visit.say(f"decided_{decision.kind}")
    in_vain = html('<br><span class="muted">{t}</span>', t=visit.say("decided_in_vain"))
    return html("{w}{v}", w=words, v=NOTHING if held else in_vain)
