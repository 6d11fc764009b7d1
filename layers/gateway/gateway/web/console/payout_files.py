"""A file of payouts: its lines, count and sum, and one decision about all of them by a person who is not its maker."""

from __future__ import annotations

from collections.abc import Sequence

from daraja.masking import mask_phone
from gateway import security
from gateway.domain.money_out.files import PayoutFile
from gateway.domain.money_out.outgoing import OutgoingRecord, OutgoingState
from gateway.domain.staff import Right
from gateway.flows.money_out.decide import Objection, approve, reject
from gateway.flows.money_out.decide_file import (
    Decide,
    FileDecided,
    FileNotDecided,
    decide_file,
    terms_of_file,
    waits_in_file,
)
from gateway.flows.money_out.file import payouts_of_file
from gateway.flows.outgoing_shown import PURPOSE_OF
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, call
from gateway.ports.money_out import Outgoings
from gateway.web.checkout.markup import NOTHING, Html, amount, html
from gateway.web.console.deciding import approver_of
from gateway.web.console.guard import NotHere, fresh_sign_in
from gateway.web.console.layout import page
from gateway.web.console.parts import button, clock, field, form, rows, summary, table
from gateway.web.console.payouts import NOTE_MAX, PLACE, out_badge
from gateway.web.console.people import Names, asker_in_words, names_of_staff
from gateway.web.console.visit import Visit
from gateway.web.http import Answer

Found = tuple[OutgoingRecord, OutgoingState]


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
    try:
        told = yield from decide_file(file, decide, approver_of(visit), terms, note, FlowSettings.of(visit.settings))
    except FileNotDecided as refused:
        yield from call(Ambient.report, "decision_refused", {"person": visit.visitor.person, "why": str(refused.why)})
        if refused.why is Objection.SIGN_IN_TOO_OLD:
            return fresh_sign_in(visit, _here(file))
        return (yield from _shown(visit, file, problem=visit.plain(f"refused_{refused.why}"), note=note))
    return (yield from _shown(visit, file, done=_told(visit, told, what)))


def _told(visit: Visit, told: FileDecided, what: str) -> Html:
    left_out = sum(told.left_out.values())
    return html(
        '<p class="done" role="status">{d}{l}{w}</p>',
        d=visit.say(f"file_{what}", count=told.decided),
        l=html(" {t}", t=visit.say("file_left_out", count=left_out)) if left_out else NOTHING,
        w=html(" {t}", t=visit.say("file_no_time", count=told.waiting)) if told.waiting else NOTHING,
    )


# --- the page -------------------------------------------------------------------------------------------------


def _shown(visit: Visit, file: PayoutFile, *, problem: str = "", note: str = "", done: Html = NOTHING) -> Flow[Answer]:
    """problem: why nothing was decided. done: what was."""
    found = yield from payouts_of_file(file)
    names = yield from names_of_staff(visit.owner)
    waiting = [record for record, state in found if waits_in_file(record, state)]
    sum_kes = sum(record.asked.amount_kes for record in waiting)
    heading = "file_send" if waiting and visit.may(Right.APPROVE) else "file_title"
    main = html(
        '<p class="crumb"><a href="/console/payouts">{back}</a></p>{problem}{done}<h1>{heading}</h1>{rows}{decide}'
        "<h2>{lines}</h2>{table}",
        back=visit.say("payouts_title"),
        problem=summary(visit, [("decide", problem)] if problem else []),
        done=done,
        heading=visit.say(
            heading,
            name=file.name,
            count=len(waiting) if heading == "file_send" else len(file.out_ids),
            amount=amount(sum_kes if heading == "file_send" else file.amount_kes),
        ),
        rows=_rows(visit, file, names, len(waiting), sum_kes),
        decide=_decision(visit, file, terms_of_file(file, found), sum_kes if waiting else None, note),
        lines=visit.say("file_lines"),
        table=_table(visit, file, found),
    )
    return page(visit, visit.plain("kind_file").capitalize(), main, place=PLACE, status=409 if problem else 200)


def _rows(visit: Visit, file: PayoutFile, names: Names, waiting: int, sum_kes: int) -> Html:
    lines: list[tuple[Html, object]] = [
        (visit.say("row_file"), file.name),
        (visit.say("row_file_whole"), visit.say("file_sum", count=len(file.out_ids), amount=amount(file.amount_kes))),
        (visit.say("row_file_waiting"), visit.say("file_sum", count=waiting, amount=amount(sum_kes))),
        (visit.say("row_pays"), html('<span class="code">{s}</span>', s=file.shortcode)),
        (visit.say("row_asked_by"), asker_in_words(visit, file.created_by, file.maker, names)),
        (visit.say("row_asked_at"), clock(visit, file.created_at_ms)),
    ]
    return rows(lines)


def _table(visit: Visit, file: PayoutFile, found: Sequence[Found]) -> Html:
    order = {out_id: place for place, out_id in enumerate(file.out_ids, start=1)}
    heads = [
        (visit.say("col_line"), True),
        *((visit.say(key), False) for key in ("col_to", "row_why", "row_purpose", "row_order", "col_status")),
        (visit.say("col_amount"), True),
    ]
    lines = [
        (
            html('<a href="/console/payouts/{id}">{n}</a>', id=record.id, n=order[record.id]),
            html('<span class="nb">{r}</span>', r=mask_phone(record.asked.phone or "")),
            record.asked.remarks,
            visit.say(f"purpose_{PURPOSE_OF.get(record.asked.command, 'business')}"),
            record.asked.order or "–",
            out_badge(visit, state),
            amount(record.asked.amount_kes),
        )
        for record, state in sorted(found, key=lambda one: order[one[0].id])
    ]
    return table(visit.say("payouts_table"), heads, lines)


def _decision(visit: Visit, file: PayoutFile, terms: str, sum_kes: int | None, note: str) -> Html:
    """What this person may say to what waits. sum_kes None: nothing does. terms empty: not all lines exist yet."""
    if sum_kes is None or not visit.may(Right.APPROVE):
        return NOTHING
    if not terms:
        return html('<p class="warn">{t}</p>', t=visit.say("file_not_complete"))
    own = bool(file.maker) and file.maker == visit.visitor.person
    no = html(
        '<button class="button danger last" type="submit" form="no">{w}</button>',
        w=visit.say("file_withdraw_all" if own else "file_reject_all"),
    )
    if own:
        words = html('<p class="warn">{t}</p><div class="actions">{n}</div>', t=visit.say("out_own"), n=no)
    elif visit.visitor.is_fresh:
        words = html(
            '<p class="warn">{t}</p>{y}', t=visit.say("out_no_return"), y=_yes(visit, file, terms, sum_kes, note, no)
        )
    else:
        link = html(
            '<a class="button" href="/console/sign-in?fresh=yes&amp;to={u}">{t}</a>',
            u=_here(file),
            t=visit.say("sign_in_anew"),
        )
        words = html(
            '<p class="warn">{t}</p><div class="actions">{l}{n}</div>', t=visit.say("out_fresh_first"), l=link, n=no
        )
    rejects = form(visit, f"{_here(file)}/reject", NOTHING, hidden={"terms": terms}, name="no")
    return html('<div id="decide">{w}{r}</div>', w=words, r=rejects)


def _yes(visit: Visit, file: PayoutFile, terms: str, sum_kes: int, note: str, no: Html) -> Html:
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
        b=button(visit.say("file_send_button", amount=amount(sum_kes))),
        l=later,
        n=no,
    )
    return form(visit, f"{_here(file)}/approve", content, hidden={"terms": terms})
