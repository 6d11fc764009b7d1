"""Refunds and payouts: what waits for approval, is on its way, was done; and one of them, with its decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daraja.masking import mask_phone
from gateway.domain.money_out.files import LINES_MAX, PayoutFile
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import (
    Decision,
    Method,
    OutgoingAsked,
    OutgoingKind,
    OutgoingRecord,
    OutgoingState,
    OutgoingStatus,
    is_outgoing_id,
)
from gateway.domain.staff import Right
from gateway.flows.outgoing_shown import MESSAGES, PURPOSE_OF
from gateway.ports import Ambient, Flow, call
from gateway.ports.money_out import OutgoingQuery, Outgoings
from gateway.web.checkout.markup import NOTHING, Html, amount, code, html, joined
from gateway.web.console.answers import Plate
from gateway.web.console.guard import NotHere
from gateway.web.console.layout import live, page
from gateway.web.console.parts import (
    bad_day,
    button,
    clock,
    day_form,
    day_wanted,
    done,
    empty,
    field,
    form,
    plate,
    rows,
    summary,
    table,
    tag,
)
from gateway.web.console.people import Names, asker_in_words, names_of_staff
from gateway.web.console.visit import Visit
from gateway.web.console.words import day_as_words
from gateway.web.http import Answer

PLACE = "/console/payouts"
COUNTED_MAX = 50
LISTED_MAX = LINES_MAX + 50
"""So many are looked through that one file cannot hide what else stands so, and its line counts all of it."""
NOTE_MAX = 200
DONE = {
    "asked_payout": OutgoingStatus.AWAITING_APPROVAL,
    "asked_refund": OutgoingStatus.AWAITING_APPROVAL,
    "approved": OutgoingStatus.APPROVED,
    "rejected": OutgoingStatus.REJECTED,
    "withdrawn": OutgoingStatus.REJECTED,
}
"""What the last act did, said as long as it stands so."""
WAITING = (OutgoingStatus.AWAITING_APPROVAL,)
RUNNING = (
    OutgoingStatus.APPROVED,
    OutgoingStatus.SENDING,
    OutgoingStatus.ACCEPTED,
    OutgoingStatus.UNKNOWN,
    OutgoingStatus.UNRESOLVED,
)
ENDED = frozenset({OutgoingStatus.SUCCEEDED, OutgoingStatus.FAILED, OutgoingStatus.REJECTED, OutgoingStatus.LAPSED})
LOOKS = {
    OutgoingStatus.AWAITING_APPROVAL: "person",
    OutgoingStatus.APPROVED: "outline",
    OutgoingStatus.SENDING: "outline",
    OutgoingStatus.ACCEPTED: "outline",
    OutgoingStatus.UNKNOWN: "doubt",
    OutgoingStatus.UNRESOLVED: "doubt",
    OutgoingStatus.SUCCEEDED: "out",
    OutgoingStatus.FAILED: "no",
    OutgoingStatus.REJECTED: "",
    OutgoingStatus.LAPSED: "",
}
Found = tuple[OutgoingRecord, OutgoingState]
Files = Mapping[str, PayoutFile]


def payouts(visit: Visit) -> Flow[Answer]:
    """`GET /console/payouts`."""
    names = yield from names_of_staff(visit.owner)
    waiting = yield from _standing(visit.owner, WAITING)
    running = yield from _standing(visit.owner, RUNNING)
    day = day_wanted(visit)
    asked = yield from _of_day(visit.owner, day)
    ended = [(record, state) for record, state in asked if state.status in ENDED]
    files = yield from _files_of([*waiting, *running, *ended])
    ask = (
        html(
            '<p class="actions"><a class="button second" href="/console/payouts/new">{t}</a></p>',
            t=visit.say("payouts_new"),
        )
        if visit.may(Right.ASK_PAYOUT)
        else NOTHING
    )
    nothing = empty(visit.say("payouts_none_wait"), visit.say("payouts_none_wait_how"))
    main = html(
        "{bad}<h1>{title}</h1>{ask}<h2>{h1}</h2>{t1}<h2>{h2}</h2>{t2}<h2>{h3}</h2>{pick}{t3}",
        bad=bad_day(visit),
        title=visit.say("payouts_title"),
        ask=ask,
        h1=visit.say("payouts_to_approve"),
        t1=_table(visit, waiting, names, files) if waiting else nothing,
        h2=visit.say("payouts_running"),
        t2=_table(visit, running, names, files) if running else _none(visit, "payouts_none_run"),
        h3=visit.say("payouts_done", date=day_as_words(day, visit.language)),
        pick=day_form(visit, PLACE, day),
        t3=_table(visit, ended, names, files) if ended else _none(visit, "payouts_none_done"),
    )
    return page(visit, visit.plain("payouts_title"), main, place=PLACE, status=422 if bad_day(visit) else 200)


def count_to_approve(owner: str) -> Flow[int]:
    """How many wait for a second person, up to a page of each kind."""
    return len((yield from _standing(owner, WAITING, COUNTED_MAX)))


def _standing(owner: str, statuses: Sequence[OutgoingStatus], limit: int = LISTED_MAX) -> Flow[list[Found]]:
    """Payouts and refunds that stand so, newest first. The list may be a moment behind, so each is judged anew."""
    found: list[Found] = []
    for kind in OutgoingKind:
        for status in statuses:
            query = OutgoingQuery(owner=owner, kind=str(kind), status=str(status))
            listed = yield from call(Outgoings.list_outgoings, query, limit, None)
            found += [(record, outgoing_state(record)) for record in listed.records]
    kept = [one for one in found if one[1].status in statuses]
    return sorted(kept, key=lambda one: one[0].asked.created_at_ms, reverse=True)


def _of_day(owner: str, day: str) -> Flow[list[Found]]:
    found: list[Found] = []
    for kind in OutgoingKind:
        query = OutgoingQuery(owner=owner, kind=str(kind), day=day)
        listed = yield from call(Outgoings.list_outgoings, query, LISTED_MAX, None)
        found += [(record, outgoing_state(record)) for record in listed.records]
    return sorted(found, key=lambda one: one[0].asked.created_at_ms, reverse=True)


def _none(visit: Visit, key: str) -> Html:
    return html('<p class="muted">{t}</p>', t=visit.say(key))


def _files_of(found: Sequence[Found]) -> Flow[Files]:
    """The files that these came with."""
    files: dict[str, PayoutFile] = {}
    for file_id in dict.fromkeys(record.asked.file for record, _ in found if record.asked.file):
        file = yield from call(Outgoings.read_file, file_id)
        if file is not None:
            files[file.id] = file
    return files


def _table(visit: Visit, found: Sequence[Found], names: Names, files: Files) -> Html:
    """A line for each, and one for all of a file that stand in this table."""
    keys = ("col_asked", "col_for", "col_to", "col_by", "col_approved_by", "col_status")
    heads = [*((visit.say(key), False) for key in keys), (visit.say("col_amount"), True)]
    whole: dict[str, list[Found]] = {}
    for record, state in found:
        file = files.get(record.asked.file or "")
        whole.setdefault(file.id if file else record.id, []).append((record, state))
    lines = [
        _line_of_file(visit, files[name], names, of_it) if name in files else _line(visit, *of_it[0], names)
        for name, of_it in whole.items()
    ]
    return table(visit.say("payouts_table"), heads, lines)


def _line(visit: Visit, record: OutgoingRecord, state: OutgoingState, names: Names) -> tuple[object, ...]:
    return (
        clock(visit, record.asked.created_at_ms),
        html(
            '<a href="/console/payouts/{id}">{kind}</a><br>{why}',
            id=record.id,
            kind=visit.say(f"kind_{record.asked.kind}"),
            why=record.asked.remarks,
        ),
        recipient(visit, record),
        asker_in_words(visit, record.asked.created_by, record.asked.maker, names),
        ", ".join(one.shown_as for one in state.approvals if one.valid and one.what == "approved") or "–",
        out_badge(visit, state),
        amount(record.asked.amount_kes),
    )


def _line_of_file(visit: Visit, file: PayoutFile, names: Names, found: Sequence[Found]) -> tuple[object, ...]:
    """found: its payouts of this table."""
    link = html(
        '<a href="/console/payouts/files/{id}">{kind}</a><br>{name}',
        id=file.id,
        kind=visit.say("kind_file"),
        name=file.name,
    )
    approvers = {one.shown_as for _, state in found for one in state.approvals if one.valid and one.what == "approved"}
    statuses = dict.fromkeys(state.status for _, state in found)
    return (
        clock(visit, file.created_at_ms),
        link,
        visit.say("file_recipients", count=len(found)),
        asker_in_words(visit, file.created_by, file.maker, names),
        ", ".join(sorted(approvers)) or "–",
        joined(html("{b} ", b=tag(LOOKS[status], visit.say(f"out_{status}"))) for status in statuses),
        amount(sum(record.asked.amount_kes for record, _ in found)),
    )


def out_badge(visit: Visit, state: OutgoingState) -> Html:
    """How it stands, with what asks for a person beside it."""
    flags = joined(
        html(' <span class="flag">{f}</span>', f=visit.say(f"outflag_{flag}")) for flag in sorted(state.flags)
    )
    return html("{b}{f}", b=tag(LOOKS[state.status], visit.say(f"out_{state.status}")), f=flags)


def recipient(visit: Visit, record: OutgoingRecord) -> Html:
    """Who gets it: a number is masked, a shortcode is not. Of money paid by hand only M-PESA knows who paid."""
    phone, party = record.asked.phone, record.asked.party
    if not phone and not party:
        return visit.say("who_paid")
    return html('<span class="nb">{r}</span>', r=mask_phone(phone) if phone else party)


# --- one of them ----------------------------------------------------------------------------------------------


def payout_page(visit: Visit) -> Flow[Answer]:
    """`GET /console/payouts/{payout}`."""
    record = yield from payout_of(visit)
    return (yield from shown_payout(visit, record))


def show_recipient(visit: Visit) -> Flow[Answer]:
    """`POST /console/payouts/{payout}/phone`: the whole number, this once, and reported with who saw it."""
    record = yield from payout_of(visit)
    yield from call(Ambient.report, "phone_read", {"out": record.id, "person": visit.visitor.person})
    return (yield from shown_payout(visit, record, with_phone=True))


def payout_of(visit: Visit) -> Flow[OutgoingRecord]:
    """The payout or refund in the path, if it is this shop's. Raises NotHere."""
    out_id = visit.request.path_parameters.get("payout", "")
    record = (yield from call(Outgoings.read_outgoing, out_id)) if is_outgoing_id(out_id) else None
    if record is None or record.asked.owner != visit.owner:
        raise NotHere
    return record


def shown_payout(
    visit: Visit, record: OutgoingRecord, *, with_phone: bool = False, problem: str = "", note: str = ""
) -> Flow[Answer]:
    """The page. problem: why a decision was not taken, in plain words."""
    state = outgoing_state(record)
    names = yield from names_of_staff(visit.owner)
    to = record.asked.phone if with_phone and record.asked.phone else recipient(visit, record)
    asks = state.takes_approval and visit.may(Right.APPROVE)
    heading = _heading(visit, record, state, to, asks=asks)
    moves = state.status in RUNNING
    main = html(
        '<p class="crumb"><a href="/console/payouts">{back}</a></p>{problem}<h1>{heading}</h1>{live}{decide}{phone}',
        back=visit.say("payouts_title"),
        problem=summary(visit, [("decide", problem)] if problem else []),
        heading=heading,
        live=live(
            html(
                "{d}{p}{r}",
                d=done(visit, [key for key, status in DONE.items() if status is state.status]),
                p=_plate(visit, state),
                r=_rows(visit, record, state, names, to),
            ),
            ends=not moves,
        ),
        decide=_decision(visit, record, state, note),
        phone=_phone_form(visit, record, with_phone=with_phone),
    )
    title = visit.plain(f"kind_{record.asked.kind}").capitalize()
    return page(visit, title, main, place=PLACE, status=409 if problem else 200, refreshes=moves)


def _why_not(visit: Visit, code: str) -> Html:
    """What M-PESA's no means; of a code that only a newer release knows nothing is said."""
    return visit.say(f"out_failure_{code}") if code in MESSAGES else NOTHING


def _plate(visit: Visit, state: OutgoingState) -> Html:
    word = visit.say(f"out_{state.status}")
    if state.status in (OutgoingStatus.UNKNOWN, OutgoingStatus.UNRESOLVED):
        return plate(Plate.DOUBT, word, tell=visit.say("tell_out_doubt"), slim=True)
    if state.status is OutgoingStatus.FAILED:
        told = _why_not(visit, state.failure.code) if state.failure else NOTHING
        return plate(Plate.NO, word, tell=told, slim=True)
    if state.status is OutgoingStatus.AWAITING_APPROVAL:
        key = "tell_out_other_way" if state.refusal else "tell_out_awaiting"
        why = _why_not(visit, state.refusal.code) if state.refusal else NOTHING
        return plate(Plate.PERSON, word, tell=visit.say(key, why=why), slim=True)
    waits = visit.say(f"hold_{state.waiting_for}") if state.waiting_for else NOTHING
    return plate(Plate.NONE, word, tell=waits, slim=True)


def _rows(visit: Visit, record: OutgoingRecord, state: OutgoingState, names: Names, to: object) -> Html:
    asked = record.asked
    way = state.method or asked.method
    lines: list[tuple[Html, object]] = [
        (visit.say("row_to"), to),
        (visit.say("row_why"), asked.remarks),
        *([] if asked.kind == OutgoingKind.REFUND else [_purpose(visit, asked.command)]),
        (visit.say("row_order"), asked.order or "–"),
        (visit.say("row_way"), visit.say(f"way_{way}")),
        (visit.say("row_pays"), html('<span class="code">{s}</span>', s=asked.shortcode_for(way))),
        (visit.say("row_asked_by"), asker_in_words(visit, asked.created_by, asked.maker, names)),
        (visit.say("row_asked_at"), clock(visit, asked.created_at_ms)),
    ]
    if asked.payment:
        link = html('<a href="/console/payments/{p}">{t}</a>', p=asked.payment, t=visit.say("matched_look"))
        lines.append((visit.say("row_payment"), link))
    lines += [(visit.say("row_decided"), _decided(visit, asked, one)) for one in state.approvals if one.valid]
    if state.status is OutgoingStatus.AWAITING_APPROVAL:
        lines.append((visit.say("row_lapses"), clock(visit, asked.lapses_at_ms)))
    if state.recipient_name:
        lines.append((visit.say("row_name"), state.recipient_name))
    if state.receipt:
        lines.append((visit.say("row_receipt"), code(state.receipt)))
    return rows(lines)


def _heading(visit: Visit, record: OutgoingRecord, state: OutgoingState, to: object, *, asks: bool) -> Html:
    """The whole act. A reversal goes to whoever paid, so it is named by the payment that it takes back."""
    asked = record.asked
    key = "out_send" if asks else "out_title"
    if (state.method or asked.method) != Method.REVERSAL:
        return visit.say(key, amount=amount(asked.amount_kes), to=to)
    receipt = code(asked.original_receipt or "–")
    return visit.say(f"{key}_back", amount=amount(asked.amount_kes), receipt=receipt)


def _purpose(visit: Visit, command: str) -> tuple[Html, Html]:
    return visit.say("row_purpose"), visit.say(f"purpose_{PURPOSE_OF.get(command, 'business')}")


def may_say_no(visit: Visit, record: OutgoingRecord) -> bool:
    """Who may approve may say no; whoever asked for it may take that back, with no right but the one to ask."""
    return visit.may(Right.APPROVE) or record.asked.maker == visit.visitor.person


def _decided(visit: Visit, asked: OutgoingAsked, one: Decision) -> Html:
    if not one.subject:
        return visit.say("decided_policy", time=clock(visit, one.at_ms))
    withdrawn = one.what == "rejected" and one.subject == asked.maker
    words = visit.say(
        "decided_withdrawn" if withdrawn else f"decided_{one.what}", who=one.shown_as, time=clock(visit, one.at_ms)
    )
    return html("{w}{n}", w=words, n=html("<br>{n}", n=one.note) if one.note else NOTHING)


def _decision(visit: Visit, record: OutgoingRecord, state: OutgoingState, note: str) -> Html:
    """What this person may say to it: send, not now, reject; or why not."""
    terms = state.terms or (state.approved_terms if state.status is OutgoingStatus.APPROVED else "")
    if not terms or not may_say_no(visit, record):
        return NOTHING
    here = f"/console/payouts/{record.id}"
    own = record.asked.maker == visit.visitor.person
    if own or not state.terms:
        tell = html('<p class="warn">{t}</p>', t=visit.say("out_own")) if own and state.terms else NOTHING
        words = html("{t}{n}", t=tell, n=html('<div class="actions">{n}</div>', n=_no(visit, own=own)))
    elif visit.visitor.is_fresh:
        words = html('<p class="warn">{t}</p>{y}', t=visit.say("out_no_return"), y=_yes(visit, record, terms, note))
    else:
        to = f"/console/sign-in?fresh=yes&to={here}"
        link = html('<a class="button" href="{u}">{t}</a>', u=to, t=visit.say("sign_in_anew"))
        words = html('<p class="warn">{t}</p>{c}', t=visit.say("out_fresh_first"), c=_choices(visit, link))
    rejects = form(visit, f"{here}/reject", NOTHING, hidden={"terms": terms}, name="no")
    return html('<div id="decide">{w}{r}</div>', w=words, r=rejects)


def _choices(visit: Visit, first: Html) -> Html:
    """The way on, not now beside it, and the no far to the right."""
    later = html('<a class="button plain" href="/console/payouts">{t}</a>', t=visit.say("out_not_now"))
    return html('<div class="actions">{f}{l}{n}</div>', f=first, l=later, n=_no(visit, own=False))


def _no(visit: Visit, *, own: bool) -> Html:
    """Sends the form of the no, wherever it stands."""
    words = visit.say("out_withdraw" if own else "out_reject")
    return html('<button class="button danger last" type="submit" form="no">{w}</button>', w=words)


def _yes(visit: Visit, record: OutgoingRecord, terms: str, note: str) -> Html:
    who = visit.say(
        "approves_you",
        name=visit.visitor.shown_as,
        time=clock(visit, visit.visitor.session.signed_in_at_ms),
    )
    text = field(visit, "note", visit.say("out_note"), f'type="text" maxlength="{NOTE_MAX}"', value=note)
    send = button(visit.say("out_send_button", amount=amount(record.asked.amount_kes)))
    content = html('{t}<p class="muted">{w}</p>{c}', t=text, w=who, c=_choices(visit, send))
    return form(visit, f"/console/payouts/{record.id}/approve", content, hidden={"terms": terms})


def _phone_form(visit: Visit, record: OutgoingRecord, *, with_phone: bool) -> Html:
    if with_phone or not record.asked.phone or not visit.may(Right.SEE_PHONES):
        return NOTHING
    shown = form(visit, f"/console/payouts/{record.id}/phone", button(visit.say("see_phone"), "plain"))
    return html('<div class="actions">{f}</div>', f=shown)
