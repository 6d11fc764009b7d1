"""Pages on which an accountant sends the organisation's statement, and sees what was found in it.

They belong to the function that compares, whose rights they need.
"""

from __future__ import annotations

import re

from gateway.domain.reconciliation.statement_record import StatementRecord, StatementState
from gateway.flows.reconciliation.plan import plan_days
from gateway.flows.reconciliation.statement import NoFile, begin_statement, take_in
from gateway.flows.settings import FlowSettings
from gateway.ports import Flow, call
from gateway.ports.statements import StatementFiles, Statements
from gateway.web.checkout.markup import NOTHING, Html, html, joined
from gateway.web.console.answers import Plate
from gateway.web.console.guard import NotHere, Page, Shown, guarded
from gateway.web.console.layout import page, see_other
from gateway.web.console.parts import button, clock, field, form, plate, rows, summary, table
from gateway.web.console.uploads import BYTES_MAX, upload_of
from gateway.web.console.visit import Visit
from gateway.web.console.words import day_as_words
from gateway.web.http import Answer

DAYS = "/console/reconciliation"
PLACE = f"{DAYS}/statements"
_ID = re.compile(r"stm_[0-9a-f]{32}")


def statement_form(visit: Visit) -> Flow[Answer]:
    """`GET /console/reconciliation/statements`: choose the file and send it."""
    yield from ()
    return _form_page(visit)


def send_statement(visit: Visit) -> Flow[Answer]:
    """`POST /console/reconciliation/statements`: kept, then taken in as far as this invocation goes."""
    content = upload_of(visit.request).content
    if content is None:
        return _form_page(visit, problem="statement_no_file")
    if len(content) > BYTES_MAX:
        return _form_page(visit, problem="statement_too_big")
    record = yield from begin_statement(visit.owner, visit.visitor.person)
    yield from call(StatementFiles.put_file, visit.owner, record.id, content)
    yield from _take_in(record, visit)
    return see_other(f"{PLACE}/{record.id}")


def go_on(visit: Visit) -> Flow[Answer]:
    """`POST /console/reconciliation/statements/{statement}/read`: what one invocation could not do."""
    record = yield from _stored(visit)
    yield from _take_in(record, visit)
    return see_other(f"{PLACE}/{record.id}")


def statement_page(visit: Visit) -> Flow[Answer]:
    """`GET /console/reconciliation/statements/{statement}`."""
    record = yield from _stored(visit)
    return _result_page(visit, record)


def _take_in(record: StatementRecord, visit: Visit) -> Flow[None]:
    """As the API does it; at its end, its days are planned."""
    if record.state in (StatementState.READ, StatementState.REFUSED):
        return
    try:
        after = yield from take_in(record.owner, record.id, FlowSettings.of(visit.settings))
    except NoFile:
        return
    if after is not None and after.state is StatementState.READ:
        yield from plan_days(after)


def _stored(visit: Visit) -> Flow[StatementRecord]:
    """The one in the path. Raises NotHere."""
    named = visit.request.path_parameters.get("statement", "")
    record = (yield from call(Statements.read_statement, visit.owner, named)) if _ID.fullmatch(named) else None
    if record is None:
        raise NotHere
    return record


# --- the pages ----------------------------------------------------------------------------------------------------


def _form_page(visit: Visit, problem: str = "") -> Answer:
    told = visit.plain(problem) if problem else ""
    chosen = field(
        visit,
        "file",
        visit.say("statement_file"),
        'type="file" accept=".csv,.gz,text/csv,application/gzip" required',
        hint=visit.say("statement_file_hint"),
        problem=told,
    )
    content = html("{f}<p>{b}</p>", f=chosen, b=button(visit.say("statement_send")))
    main = html(
        '<p class="crumb"><a href="{days}">{back}</a></p>{problem}<h1>{title}</h1>'
        '<p>{how}</p><p class="muted below">{why}</p><div class="below">{form}</div>',
        days=DAYS,
        back=visit.say("nav_days"),
        problem=summary(visit, [("file", told)] if told else []),
        title=visit.say("statement_title"),
        how=visit.say("statement_how"),
        why=visit.say("statement_why"),
        form=form(visit, PLACE, content, name="statement", with_file=True),
    )
    return page(visit, visit.plain("statement_title"), main, place=DAYS, status=422 if told else 200)


def _result_page(visit: Visit, record: StatementRecord) -> Answer:
    number = record.shortcode
    title = visit.plain("statement_of", number=number) if number else visit.plain("statement_without_number")
    main = html(
        '<p class="crumb"><a href="{days}">{back}</a></p><h1>{title}</h1>{plate}{acts}{found}{refused}{its_days}',
        days=DAYS,
        back=visit.say("nav_days"),
        title=title,
        plate=plate(
            Plate.PERSON if record.state is StatementState.REFUSED else Plate.NONE,
            visit.say(f"statement_{record.state}"),
            facts=[visit.say("statement_sent_at", time=clock(visit, record.made_at_ms))],
            tell=_tell(visit, record),
            slim=True,
        ),
        acts=_acts(visit, record),
        found=html('<div class="below">{f}</div>', f=_found(visit, record)) if record.digest else NOTHING,
        refused=_refused_rows(visit, record) if record.refused_rows else NOTHING,
        its_days=_its_days(visit, record) if record.state is StatementState.READ and record.days else NOTHING,
    )
    return page(visit, title, main, place=DAYS)


def _tell(visit: Visit, record: StatementRecord) -> Html:
    """What the statement's state means; reasons are the API's own, in English."""
    if record.state is StatementState.REFUSED:
        return _with_reason(visit, "tell_statement_refused", record.problem)
    if record.state is not StatementState.READ:
        return visit.say(f"tell_statement_{record.state}", done=record.done, rows=record.rows)
    if not record.proves:
        return _with_reason(visit, "tell_statement_proves_not", record.why_not)
    times = (clock(visit, at_ms) for at_ms in (record.from_ms, record.until_ms))
    return visit.say("tell_statement_proves", **dict(zip(("since", "until"), times, strict=True)))


def _with_reason(visit: Visit, key: str, reason: str) -> Html:
    return html('{t} <span lang="en">{r}</span>', t=visit.say(key), r=reason)


def _acts(visit: Visit, record: StatementRecord) -> Html:
    another = html('<a class="button second" href="{p}">{t}</a>', p=PLACE, t=visit.say("statement_another"))
    further = form(visit, f"{PLACE}/{record.id}/read", button(visit.say("statement_go_on")), name="go-on")
    is_reading = record.state is StatementState.READING
    return html('<div class="actions">{f}{a}</div>', f=further if is_reading else NOTHING, a=another)


def _found(visit: Visit, record: StatementRecord) -> Html:
    return rows(
        [
            (visit.say("statement_account"), record.account or "–"),
            (visit.say("statement_rows"), f"{record.rows:,}"),
            (visit.say("statement_payments"), f"{record.payments:,}"),
            (visit.say("statement_not_completed"), f"{record.declined:,}"),
        ]
    )


def _refused_rows(visit: Visit, record: StatementRecord) -> Html:
    heads = [(visit.say("col_line"), False), (visit.say("col_why"), False)]
    lines = [(str(row.line), html('<span lang="en">{w}</span>', w=row.why)) for row in record.refused_rows]
    return html(
        "<h2>{h}</h2>{t}",
        h=visit.say("statement_refused_rows", count=record.refused_count),
        t=table(visit.say("statement_refused_table"), heads, lines, wide=(1,)),
    )


def _its_days(visit: Visit, record: StatementRecord) -> Html:
    shortcode = visit.shop.account(record.shortcode) if visit.shop else None
    number = shortcode.number if shortcode else record.shortcode
    links = joined(
        html(
            '<a class="button second" href="{p}/{d}?shortcode={s}">{t}</a>',
            p=DAYS, d=day, s=number, t=day_as_words(day, visit.language),
        )
        for day in reversed(record.days)
    )  # fmt: skip
    return html(
        '<h2>{h}</h2><p class="muted">{t}</p><p class="actions">{l}</p>',
        h=visit.say("statement_days"),
        t=visit.say("statement_days_tell"),
        l=links,
    )


_PAGES: dict[str, Page] = {
    "GET /console/reconciliation/statements": statement_form,
    "POST /console/reconciliation/statements": send_statement,
    "GET /console/reconciliation/statements/{statement}": statement_page,
    "POST /console/reconciliation/statements/{statement}/read": go_on,
}

STATEMENT_PAGES: dict[str, Shown] = guarded(_PAGES, {})
