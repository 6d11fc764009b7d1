"""Endpoints over what was told and counted: the feed of events, the sums of a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.domain.day_sums import AMOUNT, COUNT, FAILURE, HOUR, PAID, RECEIVED, RETURNED, STATUS, DaySums, Sums
from gateway.domain.days import day_of
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import Policy
from gateway.domain.statuses import PaymentStatus
from gateway.flows.feed import Told, place_of_event, read_feed
from gateway.flows.webhook_delivery import endpoint_shown
from gateway.ports import Ambient, Flow, Secrets, call
from gateway.ports.days import Days
from gateway.ports.feed import FeedPlace
from gateway.web import lists
from gateway.web.auth import authenticate_shop
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.http import Answer, json_answer
from gateway.web.serving import Scene
from gateway.web.views import CURRENCY, event_view, rfc3339

LIST_NAME = "events"
NOW = "now"
"""`since=now`: begin behind all that was told; next_cursor leads on."""


def list_events(scene: Scene) -> Flow[Answer]:
    """`GET /v1/events`."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    given = lists.read_query(scene.request, scene.route.query)
    cursor_key = (yield from call(Secrets.read_keys)).cursor
    place = yield from _place(given, cursor_key, key.owner)
    limit = int(given.get("limit", lists.LIMIT_DEFAULT))
    read = yield from read_feed(key.owner, place, given.get("type"), limit)
    onward = read.place or (place if "since" in given and not read.told else None)
    cursor = None
    if onward is not None:
        cursor = lists.marked_place(cursor_key, (key.owner, LIST_NAME), f"{onward.at_ms}.{onward.event_id}")
    data = [event_object(told, scene.settings.policy) for told in read.told]
    return json_answer(200, {"object": "list", "data": data, "has_more": read.place is not None, "next_cursor": cursor})


def event_object(told: Told, policy: Policy) -> dict[str, Any]:
    """An event as the API shows it, with its payment, webhook endpoint or money as it stands."""
    event = told.event
    data: Mapping[str, Any] | None = told.money or _payment(told.record, policy)
    if told.endpoint is not None:
        data = endpoint_shown(told.endpoint)
    return {
        "id": event.id,
        "object": "event",
        "type": event.type,
        "discriminator": event.discriminator,
        "timestamp": rfc3339(event.emitted_at_ms),
        "data": data,
    }


def _payment(record: PaymentRecord | None, policy: Policy) -> dict[str, Any] | None:
    return None if record is None else event_view(record, state_of(record.asked, record.facts), policy)


def get_summary(scene: Scene) -> Flow[Answer]:
    """`GET /v1/summary`."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    given = lists.read_query(scene.request, scene.route.query)
    now_ms = yield from call(Ambient.now_ms)
    day = given.get("day", day_of(now_ms))
    if not lists.is_day(day):
        raise bad_fields([BadField("day", "field_invalid", "day must be a day like 2026-03-02.")])
    counted = yield from call(Days.read_day, key.owner, day)
    return json_answer(200, summary_object(counted or DaySums(key.owner, day)))


def summary_object(day: DaySums) -> dict[str, Any]:
    """A day's sums as the API shows them."""
    sums = day.sums
    statuses = [{"status": str(status), **_four(sums, f"{STATUS}.{status}")} for status in PaymentStatus]
    hours = [f"{hour:02d}" for hour in range(24)]
    codes = sorted({name.split(".")[1] for name, value in sums.items() if name.startswith(f"{FAILURE}.") and value})
    return {
        "object": "summary",
        "day": day.day,
        "currency": CURRENCY,
        "total": {part: sum(one[part] for one in statuses) for part in _PARTS},
        "statuses": statuses,
        "failures": [{"code": code, **_parts(sums, f"{FAILURE}.{code}", (COUNT, AMOUNT))} for code in codes],
        "hours": [
            {"hour": int(hour), **_four(sums, f"{HOUR}.{hour}"), PAID: sums.get(f"{HOUR}.{hour}.{PAID}", 0)}
            for hour in hours
        ],
        "as_of": rfc3339(day.as_of_ms) if day.version else None,
    }


_PARTS = (COUNT, AMOUNT, RECEIVED, RETURNED)


def _four(sums: Sums, name: str) -> dict[str, int]:
    return _parts(sums, name, _PARTS)


def _parts(sums: Sums, name: str, parts: tuple[str, ...]) -> dict[str, int]:
    return {part: sums.get(f"{name}.{part}", 0) for part in parts}


def _place(given: dict[str, str], cursor_key: bytes, owner: str) -> Flow[FeedPlace | None]:
    """Where the page begins. Raises ApiError."""
    ways = [name for name in ("after", "since", "cursor") if name in given]
    if len(ways) > 1:
        raise bad_fields([BadField(ways[1], "field_invalid", f"Only one of {' and '.join(ways)} can be given.")])
    if "since" in given:
        now_ms = yield from call(Ambient.now_ms)
        return FeedPlace(now_ms if given["since"] == NOW else lists.since_ms(given["since"], now_ms), "")
    if "cursor" in given:
        checked = lists.checked_place(cursor_key, (owner, LIST_NAME), given["cursor"]) or ""
        at_ms, _, event_id = checked.partition(".")
        return FeedPlace(int(at_ms), event_id)
    if "after" not in given:
        return None
    place = yield from place_of_event(owner, given["after"])
    if place is None:
        raise ApiError("cursor_invalid", "after names no event of the feed: unknown, or too old.", param="after")
    return place
