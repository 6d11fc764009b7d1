"""Endpoints of reconciliation: have a day compared, read days."""

from __future__ import annotations

from datetime import date, timedelta

from gateway.domain.days import day_of, month_of
from gateway.domain.shop import Shortcode
from gateway.flows.reconciliation.decide import read_book
from gateway.flows.reconciliation.pull import catch_up
from gateway.flows.reconciliation.run import reconcile_now
from gateway.flows.reconciliation.tell import day_shown
from gateway.ports import Ambient, Flow, call
from gateway.ports.reconciliation import Books, Reconciliations
from gateway.ports.statements import Statements
from gateway.web import lists
from gateway.web.auth import authenticate_shop
from gateway.web.bodies import read_object
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.http import Answer, json_answer
from gateway.web.idempotency import optional_key
from gateway.web.reconciliation_csv import csv_answer
from gateway.web.reconciliation_decisions import (
    DECISION_ENDPOINTS,
    book_of,
    day_closed,
    day_named,
    shortcode_named,
    too_big,
)
from gateway.web.reconciliation_views import day_object, not_compared
from gateway.web.serving import Endpoints, Scene

CSV = ".csv"


def run_day(scene: Scene) -> Flow[Answer]:
    """`POST /v1/reconciliation/runs`. First what M-PESA's list has since it was read last, then the comparison."""
    from gateway.web.reconciliation_requests import RunRequest  # noqa: PLC0415  pydantic for who sends a body
    from gateway.web.requests import read_model  # noqa: PLC0415  as above

    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    optional_key(scene.request)
    asked = read_model(RunRequest, read_object(scene.request))
    code = yield from shortcode_named(key.owner, asked.shortcode)
    now_ms = yield from call(Ambient.now_ms)
    if asked.day > day_of(now_ms):
        raise bad_fields([BadField("day", "field_invalid", "day has not begun yet.")])
    if not code.pull and not (yield from has_a_list(key.owner, code)):
        raise ApiError(
            "pull_not_registered",
            f"There is no list of M-PESA's for {code.number}: register it with mpesa-gateway pull register, or send a "
            "statement.",
        )
    standing = yield from call(Reconciliations.read_day, key.owner, code.business_number, asked.day)
    if standing is not None and standing.is_closed:
        raise day_closed(standing)
    if code.pull and asked.source == "pull":
        yield from catch_up(code, scene.flow_settings())
    compared = yield from reconcile_now(key.owner, code, asked.day, scene.flow_settings())
    if compared is None:
        raise too_big(asked.day)
    if compared[0].is_closed:
        raise day_closed(compared[0])
    return json_answer(202, day_object((yield from book_of(key.owner, code, asked.day))))


def has_a_list(owner: str, code: Shortcode) -> Flow[bool]:
    """Whether a list of M-PESA's was ever read for this shortcode: Pull's, or a statement that proves something."""
    if (yield from call(Books.read_pull_mark, code.business_number)) is not None:
        return True
    return bool((yield from call(Statements.read_proven, owner, code.business_number)).stretches)


def list_days(scene: Scene) -> Flow[Answer]:
    """`GET /v1/reconciliation/days`."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    given = lists.read_query(scene.request, scene.route.query)
    now_ms = yield from call(Ambient.now_ms)
    month = given.get("month", month_of(now_ms))
    if not lists.is_day(f"{month}-01"):
        raise bad_fields([BadField("month", "field_invalid", "month must be a month like 2026-03.")])
    code = yield from shortcode_named(key.owner, given.get("shortcode"))
    found = yield from call(Reconciliations.list_days, key.owner, code.business_number, month)
    known = {record.day: record for record in found}
    number = code.business_number
    days = _days_of(month, day_of(now_ms))
    data = [day_shown(known[day]) if day in known else not_compared(number, day) for day in days]
    return json_answer(200, {"object": "list", "data": data, "has_more": False, "next_cursor": None})


def get_day(scene: Scene) -> Flow[Answer]:
    """`GET /v1/reconciliation/days/{day}`, and the same with `.csv` behind it."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    given = lists.read_query(scene.request, scene.route.query)
    named = scene.request.path_parameters.get("day", "")
    day = day_named(named.removesuffix(CSV))
    code = yield from shortcode_named(key.owner, given.get("shortcode"))
    book = yield from read_book(key.owner, code.business_number, day)
    if named.endswith(CSV):
        return csv_answer(code.business_number, day, book)
    if book is None:
        return json_answer(200, {**not_compared(code.business_number, day), "lines": [], "history": []})
    return json_answer(200, day_object(book))


def _days_of(month: str, today: str) -> list[str]:
    """The days of a month that have begun, newest first."""
    first = date.fromisoformat(f"{month}-01")
    days = [(first + timedelta(days=n)).isoformat() for n in range(31)]
    return [day for day in reversed(days) if day.startswith(month) and day <= today]


ENDPOINTS: Endpoints = {
    "POST /v1/reconciliation/runs": run_day,
    "GET /v1/reconciliation/days": list_days,
    "GET /v1/reconciliation/days/{day}": get_day,
    **DECISION_ENDPOINTS,
}
