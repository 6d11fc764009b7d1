"""Endpoints of reconciliation: have a day compared, read days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from gateway.domain.days import day_of, month_of
from gateway.domain.reconciliation.compare import Line, Side
from gateway.domain.reconciliation.day import DayRecord, DayState
from gateway.domain.shop import Shortcode
from gateway.flows.reconciliation.pull import catch_up
from gateway.flows.reconciliation.run import reconcile_now
from gateway.flows.reconciliation.tell import day_shown, side_shown
from gateway.ports import Ambient, Flow, call
from gateway.ports.reconciliation import Books, Reconciliations
from gateway.web import lists
from gateway.web.auth import authenticate_shop
from gateway.web.bodies import read_object
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.http import Answer, json_answer
from gateway.web.idempotency import optional_key
from gateway.web.reconciliation_csv import csv_answer
from gateway.web.serving import Endpoints, Scene
from gateway.web.shops import shop_of
from gateway.web.views import rfc3339

CSV = ".csv"


def run_day(scene: Scene) -> Flow[Answer]:
    """`POST /v1/reconciliation/runs`. First what M-PESA's list has since it was read last, then the comparison."""
    from gateway.web.reconciliation_requests import RunRequest  # noqa: PLC0415  pydantic for who sends a body
    from gateway.web.requests import read_model  # noqa: PLC0415  as above

    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    optional_key(scene.request)
    asked = read_model(RunRequest, read_object(scene.request))
    code = yield from _shortcode(key.owner, asked.shortcode)
    now_ms = yield from call(Ambient.now_ms)
    if asked.day > day_of(now_ms):
        raise bad_fields([BadField("day", "field_invalid", "day has not begun yet.")])
    if not code.pull and (yield from call(Books.read_pull_mark, code.business_number)) is None:
        raise ApiError(
            "pull_not_registered",
            f"There is no list of M-PESA's for {code.number}: register it with mpesa-gateway pull register.",
        )
    if code.pull:
        yield from catch_up(code, scene.flow_settings())
    compared = yield from reconcile_now(key.owner, code, asked.day, scene.flow_settings())
    if compared is None:
        raise ApiError("day_too_big", f"The comparison of {asked.day} is planned; it begins within 15 minutes.")
    return json_answer(202, day_object(*compared))


def list_days(scene: Scene) -> Flow[Answer]:
    """`GET /v1/reconciliation/days`."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    given = lists.read_query(scene.request, scene.route.query)
    now_ms = yield from call(Ambient.now_ms)
    month = given.get("month", month_of(now_ms))
    if not lists.is_day(f"{month}-01"):
        raise bad_fields([BadField("month", "field_invalid", "month must be a month like 2026-03.")])
    code = yield from _shortcode(key.owner, given.get("shortcode"))
    found = yield from call(Reconciliations.list_days, key.owner, code.business_number, month)
    known = {record.day: record for record in found}
    data = [_summary(known.get(day), code.business_number, day) for day in _days_of(month, day_of(now_ms))]
    return json_answer(200, {"object": "list", "data": data, "has_more": False, "next_cursor": None})


def get_day(scene: Scene) -> Flow[Answer]:
    """`GET /v1/reconciliation/days/{day}`, and the same with `.csv` behind it."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    given = lists.read_query(scene.request, scene.route.query)
    named = scene.request.path_parameters.get("day", "")
    day = named.removesuffix(CSV)
    if len(day) != len("2026-03-01") or not lists.is_day(day):
        raise ApiError("not_found", "There is no such day; a day is like 2026-03-01.")
    code = yield from _shortcode(key.owner, given.get("shortcode"))
    record = yield from call(Reconciliations.read_day, key.owner, code.business_number, day)
    lines = (yield from call(Reconciliations.read_lines, record)) if record else ()
    if named.endswith(CSV):
        return csv_answer(code.business_number, day, lines)
    if record is None:
        return json_answer(200, {**_summary(None, code.business_number, day), "lines": []})
    return json_answer(200, day_object(record, lines))


def _shortcode(owner: str, number: str | None) -> Flow[Shortcode]:
    """The one that is named, or the shop's first. Raises ApiError."""
    shop = yield from shop_of(owner)
    code = shop.shortcodes[0] if number is None else shop.shortcode(number)
    if code is None:
        raise ApiError("shortcode_unknown", "The settings name no such shortcode.", param="shortcode")
    return code


def _days_of(month: str, today: str) -> list[str]:
    """The days of a month that have begun, newest first."""
    first = date.fromisoformat(f"{month}-01")
    days = [(first + timedelta(days=n)).isoformat() for n in range(31)]
    return [day for day in reversed(days) if day.startswith(month) and day <= today]


def day_object(record: DayRecord, lines: tuple[Line, ...]) -> dict[str, Any]:
    """A compared day as the API shows it."""
    shown = [_line(number, line) for number, line in enumerate(lines, 1)]
    return {**_summary(record, record.shortcode, record.day), "lines": shown}


def _summary(record: DayRecord | None, shortcode: str, day: str) -> dict[str, Any]:
    """A day without its lines; record None: not compared yet."""
    if record is not None:
        return day_shown(record)
    nothing = side_shown(Side(0, 0))
    return {
        "object": "reconciliation_day",
        "day": day,
        "shortcode": shortcode,
        "state": str(DayState.NOT_RUN),
        "source": None,
        "complete": False,
        "run_at": None,
        "ours": nothing,
        "mpesa": nothing,
        "both": nothing,
        "not_judged": nothing,
        "difference": 0,
        "fees": 0,
        "line_count": 0,
        "closed_by": None,
    }


def _line(number: int, line: Line) -> dict[str, Any]:
    proposed = line.proposed
    return {
        "n": number,
        "kind": str(line.kind),
        "receipt": line.receipt,
        "payment": line.payment,
        "ours": line.ours_kes,
        "mpesa": line.mpesa_kes,
        "at": rfc3339(line.at_ms),
        "certain": line.certain,
        "proposed": {"action": str(proposed.action), "payment": proposed.payment, "why": list(proposed.why)},
        "resolution": line.settled or None,
    }


ENDPOINTS: Endpoints = {
    "POST /v1/reconciliation/runs": run_day,
    "GET /v1/reconciliation/days": list_days,
    "GET /v1/reconciliation/days/{day}": get_day,
}
