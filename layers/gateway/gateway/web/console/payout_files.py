"""A file of payouts: its lines, count and sum, and one decision about all of them by a person who is not its maker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway import security
from gateway.domain.money_out.file_check import checked_lines
from gateway.domain.money_out.files import PayoutFile
from gateway.domain.money_out.outgoing import OutgoingRecord, OutgoingState
from gateway.domain.staff import Right
from gateway.flows.money_out.decide import Objection, approve, reject
from gateway.flows.money_out.decide_file import (
    Decide,
    FileDecided,
    FileNotDecided,
    decide_file,
    lines_that_wait,
    payouts_that_went,
    terms_of_file,
    waits_in_file,
)
from gateway.flows.money_out.file import payouts_of_file
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, call
from gateway.ports.money_out import Outgoings
from gateway.web.checkout.markup import NOTHING, Html, amount, html
from gateway.web.console.deciding import approver_of
from gateway.web.console.guard import NotHere, fresh_sign_in
from gateway.web.console.layout import page
from gateway.web.console.parts import button, clock, field, form, rows, summary
from gateway.web.console.payout_file_lines import in_order, left_out, lines_of_file, to_look_at
from gateway.web.console.payouts import NOTE_MAX, PLACE, recipient
from gateway.web.console.people import Names, asker_in_words, names_of_staff
from gateway.web.console.visit import Visit
from gateway.web.http import Answer

Found = tuple[OutgoingRecord, OutgoingState]

_RUN = re.compile(r"([1-9][0-9]{0,2})(?:-([1-9][0-9]{0,2}))?", re.ASCII)
"""A line of a file, or the first and last of several."""


def file_page(visit: Visit) -> Flow[Answer]:
    """`GET /console/payouts/files/{file}`."""
    file = yield from _file_of(visit)
    return (yield from _shown(visit, file))


def approve_file(visit: Visit) -> Flow[Answer]:
    """`POST /console/payouts/files/{file}/approve`: all lines as shown, by another, fresh from a sign-in."""
    file = yield from _file_of(visit)
    if not visit.visitor.is_fresh:
        return fresh_sign_in(visit, _here(file))
    return (yield from _decided(visit, file, approve, "approved"))


def reject_file(visit: Visit) -> Flow[Answer]:
    """`POST /console/payouts/files/{file}/reject`: also by who asked for it."""
    file = yield from _file_of(visit)
    return (yield from _decided(visit, file, reject, "rejected"))


def _file_of(visit: Visit) -> Flow[PayoutFile]:
    """The file in the path, if it is this shop's. Raises NotHere."""
    file_id = visit.request.path_parameters.get("file", "")
    file = (yield from call(Outgoings.read_file, file_id)) if security.is_payout_file_id(file_id) else None
    if file is None or file.owner != visit.owner:
        raise NotHere
    return file


def _here(file: PayoutFile) -> str:
    return f"/console/payouts/files/{file.id}"


def _decided(visit: Visit, file: PayoutFile, decide: Decide, what: str) -> Flow[Answer]:
    """Decide, then say of how many lines; what was left out and what still waits is told on the page."""
    terms, note = visit.posted.get("terms", ""), visit.posted.get("note", "").strip()[:NOTE_MAX]
    lines = _lines_from(visit.posted.get("lines", ""), len(file.out_ids))
    settings = FlowSettings.of(visit.settings)
    try:
        told = yield from decide_file(file, decide, approver_of(visit), terms, lines, note, settings)
    except FileNotDecided as refused:
        yield from call(Ambient.report, "decision_refused", {"person": visit.visitor.person, "why": str(refused.why)})
        if refused.why is Objection.SIGN_IN_TOO_OLD:
            return fresh_sign_in(visit, _here(file))
        return (yield from _shown(visit, file, problem=visit.plain(f"refused_{refused.why}"), note=note))
    return (yield from _shown(visit, file, told=told, what=what))


# --- the page -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The lines that wait: their places, the sum, and what a decision about exactly these must name."""

    lines: tuple[int, ...]
    sum_kes: int
    terms: str


def _shown(
    visit: Visit,
    file: PayoutFile,
    *,
    problem: str = "",
    note: str = "",
    told: FileDecided | None = None,
    what: str = "",
) -> Flow[Answer]:
    """problem: why nothing was decided. told, what: what was decided just now, and how."""
    found = yield from payouts_of_file(file)
    names = yield from names_of_staff(visit.owner)
    earlier = [record.asked for record in (yield from payouts_that_went(visit.owner)) if record.asked.file != file.id]
    waiting = _waiting(file, found)
    limits = FlowSettings.of(visit.settings).out
    lines = in_order(file, found)
    checks = checked_lines([line.record.asked for line in lines], earlier, limits.recipient_kes)
    look = len(to_look_at(lines, checks)) if waiting.lines else 0
    sends = bool(waiting.lines) and visit.may(Right.APPROVE)
    main = html(
        '<p class="crumb"><a href="/console/payouts">{back}</a></p>{problem}{done}<h1>{heading}</h1>{rows}'
        "{look}{decide}{lines}",
        back=visit.say("payouts_title"),
        problem=summary(visit, [("decide", problem)] if problem else []),
        done=_told(visit, file, found, told, what) if told else NOTHING,
        heading=visit.say(
            "file_send" if sends else "file_title",
            name=file.name,
            count=len(waiting.lines) if sends else len(file.out_ids),
            amount=amount(waiting.sum_kes if sends else file.amount_kes),
        ),
        rows=_rows(visit, file, found, names, waiting, limits.day_kes),
        look=html('<p class="warn"><a href="#look">{t}</a></p>', t=visit.say("file_differ", count=look))
        if look
        else NOTHING,
        decide=_decision(visit, file, waiting, note),
        lines=lines_of_file(visit, file, found, checks if waiting.lines else None, compared=bool(earlier)),
    )
    return page(visit, visit.plain("kind_file").capitalize(), main, place=PLACE, status=409 if problem else 200)


def _waiting(file: PayoutFile, found: Sequence[Found]) -> _Waiting:
    lines = lines_that_wait(file, found)
    sum_kes = sum(record.asked.amount_kes for record, state in found if waits_in_file(record, state))
    return _Waiting(lines, sum_kes, terms_of_file(file, found, lines))


def _told(visit: Visit, file: PayoutFile, found: Sequence[Found], told: FileDecided, what: str) -> Html:
    return html(
        '<p class="done" role="status">{d}{w}</p>{l}',
        d=visit.say(f"file_{what}", count=told.decided),
        w=html(" {t}", t=visit.say("file_no_time", count=told.waiting)) if told.waiting else NOTHING,
        l=left_out(visit, file, found, told.left_out),
    )


def _rows(
    visit: Visit, file: PayoutFile, found: Sequence[Found], names: Names, waiting: _Waiting, day_kes: int
) -> Html:
    count = len(waiting.lines)
    lines: list[tuple[Html, object]] = [
        (visit.say("row_file"), file.name),
        (visit.say("row_file_whole"), visit.say("file_sum", count=len(file.out_ids), amount=amount(file.amount_kes))),
        (visit.say("row_file_waiting"), visit.say("file_sum", count=count, amount=amount(waiting.sum_kes))),
        (visit.say("row_file_largest"), _largest(visit, file, found)),
        (visit.say("row_pays"), html('<span class="code">{s}</span>', s=file.shortcode)),
        (visit.say("row_asked_by"), asker_in_words(visit, file.created_by, file.maker, names)),
        (visit.say("row_asked_at"), clock(visit, file.created_at_ms)),
    ]
    if waiting.sum_kes > day_kes:
        lines.append((visit.say("row_file_limit"), visit.say("file_above_day", limit=amount(day_kes))))
    return rows(lines)


def _largest(visit: Visit, file: PayoutFile, found: Sequence[Found]) -> Html:
    """The first of the largest lines; a dash while none exists."""
    lines = in_order(file, found)
    if not lines:
        return html("–")
    largest = max(lines, key=lambda line: (line.record.asked.amount_kes, -line.place))
    return visit.say(
        "file_largest",
        amount=amount(largest.record.asked.amount_kes),
        to=recipient(visit, largest.record),
        line=largest.number,
    )


def _decision(visit: Visit, file: PayoutFile, waiting: _Waiting, note: str) -> Html:
    """What this person may say to what waits. Without terms not all lines exist yet."""
    if not waiting.lines or not visit.may(Right.APPROVE):
        return NOTHING
    if not waiting.terms:
        return html('<p class="warn">{t}</p>', t=visit.say("file_not_complete"))
    own = bool(file.maker) and file.maker == visit.visitor.person
    no = html(
        '<button class="button danger last" type="submit" form="no">{w}</button>',
        w=visit.say("file_withdraw_all" if own else "file_reject_all"),
    )
    if own:
        words = html('<p class="warn">{t}</p><div class="actions">{n}</div>', t=visit.say("out_own"), n=no)
    elif visit.visitor.is_fresh:
        words = html('<p class="warn">{t}</p>{y}', t=visit.say("out_no_return"), y=_yes(visit, file, waiting, note, no))
    else:
        link = html(
            '<a class="button" href="/console/sign-in?fresh=yes&amp;to={u}">{t}</a>',
            u=_here(file),
            t=visit.say("sign_in_anew"),
        )
        words = html(
            '<p class="warn">{t}</p><div class="actions">{l}{n}</div>', t=visit.say("out_fresh_first"), l=link, n=no
        )
    rejects = form(visit, f"{_here(file)}/reject", NOTHING, hidden=_what_is_decided(waiting), name="no")
    return html('<div id="decide">{w}{r}</div>', w=words, r=rejects)


def _yes(visit: Visit, file: PayoutFile, waiting: _Waiting, note: str, no: Html) -> Html:
    who = visit.say(
        "approves_you",
        name=visit.visitor.shown_as,
        time=clock(visit, visit.visitor.session.signed_in_at_ms),
    )
    text = field(visit, "note", visit.say("out_note"), f'type="text" maxlength="{NOTE_MAX}"', value=note)
    later = html('<a class="button plain" href="/console/payouts">{t}</a>', t=visit.say("out_not_now"))
    content = html(
        '{t}<p class="muted">{w}</p><div class="actions">{b}{l}{n}</div>',
        t=text,
        w=who,
        b=button(visit.say("file_send_button", amount=amount(waiting.sum_kes))),
        l=later,
        n=no,
    )
    return form(visit, f"{_here(file)}/approve", content, hidden=_what_is_decided(waiting))


# --- the lines of a decision, as the form carries them ----------------------------------------------------------


def _what_is_decided(waiting: _Waiting) -> dict[str, str]:
    return {"terms": waiting.terms, "lines": _lines_as_text(waiting.lines)}


def _lines_as_text(lines: Sequence[int]) -> str:
    """1,2,3,7 as `1-3,7`: a form has little room."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and runs[-1][1] == line - 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _lines_from(text: str, count: int) -> tuple[int, ...]:
    """The lines of such a text, rising; none where it is no such text, or names a line that the file has not."""
    lines: list[int] = []
    for run in text.split(","):
        matched = _RUN.fullmatch(run)
        if matched is None:
            return ()
        first, last = int(matched[1]), int(matched[2] or matched[1])
        if not (lines[-1] if lines else 0) < first <= last <= count:
            return ()
        lines += range(first, last + 1)
    return tuple(lines)
