"""Payments as a file for a spreadsheet: a day or a period, never cut short without saying so."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta

from daraja.masking import mask_phone
from gateway.domain.days import day_of, eat
from gateway.domain.payment import PaymentRecord
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, PaymentQuery, Store, call
from gateway.web.checkout.markup import html
from gateway.web.console import assets
from gateway.web.console.layout import page
from gateway.web.console.parts import button, field, summary
from gateway.web.console.visit import Visit
from gateway.web.http import Answer
from gateway.web.lists import is_day
from gateway.web.reconciliation_csv import MARK, harmless

PLACE = "/console/exports"
DAYS_MAX = 31
ROWS_MAX = 5_000
"""About a megabyte, and read within the function's time."""
READ_AT_ONCE = 100
COLUMNS = (
    "asked_at_nairobi", "paid_at_nairobi", "payment", "order", "reference", "status", "asked_kes", "received_kes",
    "given_back_kes", "mpesa_codes", "paid_to", "phone", "flags",
)  # fmt: skip

Period = tuple[str, str]
"""First and last day."""


def exports(visit: Visit) -> Flow[Answer]:
    """`GET /console/exports`."""
    yield from ()
    today = day_of(visit.now_ms)
    return _form_page(visit, (today, today), {})


def payments_file(visit: Visit) -> Flow[Answer]:
    """`GET /console/exports/payments.csv?from=&to=`. Who fetched it is reported."""
    period = (visit.request.one("from") or "", visit.request.one("to") or "")
    problems = _problems(visit, period)
    if problems:
        return _form_page(visit, period, problems)
    records: list[PaymentRecord] = []
    for day in _days_of(period):
        records += yield from _asked_for_on(visit.owner, day, ROWS_MAX + 1 - len(records))
        if len(records) > ROWS_MAX:
            return _form_page(visit, period, {"to": visit.plain("exports_too_many", most=f"{ROWS_MAX:,}")})
    fields = {"person": visit.visitor.person, "from": period[0], "to": period[1], "rows": len(records)}
    yield from call(Ambient.report, "payments_exported", fields)
    return _file(period, records)


def _problems(visit: Visit, period: Period) -> dict[str, str]:
    wrong = {
        name: visit.plain("exports_bad_day") for name, day in zip(("from", "to"), period, strict=True) if not _ok(day)
    }
    if wrong:
        return wrong
    first, last = map(date.fromisoformat, period)
    if not timedelta() <= last - first < timedelta(days=DAYS_MAX) or period[1] > day_of(visit.now_ms):
        return {"to": visit.plain("exports_bad_period", most=DAYS_MAX)}
    return {}


def _ok(day: str) -> bool:
    return len(day) == len("2026-03-01") and is_day(day)


def _days_of(period: Period) -> list[str]:
    first, last = map(date.fromisoformat, period)
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _asked_for_on(owner: str, day: str, most: int) -> Flow[list[PaymentRecord]]:
    """A day's payments, at most so many, the oldest first."""
    records: list[PaymentRecord] = []
    place: str | None = None
    while len(records) < most:
        limit = min(READ_AT_ONCE, most - len(records))
        found = yield from call(Store.list_payments, PaymentQuery(owner=owner, day=day), limit, place)
        records += found.records
        place = found.cursor
        if place is None:
            break
    return sorted(records, key=lambda record: (record.asked.created_at_ms, record.id))


def _file(period: Period, records: Sequence[PaymentRecord]) -> Answer:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for record in records:
        writer.writerow([harmless(cell) for cell in _row(record)])
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="payments-{period[0]}-{period[1]}.csv"',
        "Cache-Control": "no-store",
        **assets.headers(),
    }
    return Answer(status=200, body=MARK + text.getvalue(), headers=headers)


def _row(record: PaymentRecord) -> tuple[str | int | None, ...]:
    asked, state = record.asked, FlowSettings.state(record)
    last = state.last_attempt
    return (
        _moment(asked.created_at_ms),
        _moment(state.paid_at_ms) if state.paid_at_ms else None,
        record.id,
        asked.order,
        asked.account_reference,
        str(state.status),
        asked.amount_kes,
        state.received_kes,
        state.returned_kes,
        " ".join(credit.receipt for credit in state.credits if credit.receipt),
        asked.shortcode,
        mask_phone(last.phone) if last else None,
        " ".join(sorted(map(str, state.flags))),
    )


def _moment(at_ms: int) -> str:
    return f"{eat(at_ms):%Y-%m-%d %H:%M:%S}"


def _form_page(visit: Visit, period: Period, problems: dict[str, str]) -> Answer:
    most = day_of(visit.now_ms)
    first, last = (
        field(
            visit, name, visit.say(f"exports_{name}"), f'type="date" max="{most}"',
            problem=problems.get(name, ""), value=day,
        )
        for name, day in zip(("from", "to"), period, strict=True)
    )  # fmt: skip
    main = html(
        '{s}<h1>{t}</h1><div class="card"><form method="get" action="{p}/payments.csv" novalidate>{a}{b}{go}</form>'
        '<p class="muted below">{how}</p></div>',
        s=summary(visit, list(problems.items())),
        t=visit.say("exports_title"),
        how=visit.say("exports_how"),
        p=PLACE,
        a=first,
        b=last,
        go=button(visit.say("exports_button")),
    )
    return page(visit, visit.plain("exports_title"), main, place=PLACE, status=422 if problems else 200)
