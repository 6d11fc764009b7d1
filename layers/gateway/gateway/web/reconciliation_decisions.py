"""Endpoints by which people settle a compared day: explain a difference, close the day, open it again."""

from __future__ import annotations

import re

from daraja.masking import mask_text
from gateway.domain.reconciliation.book import DayBook
from gateway.domain.reconciliation.compare import LineKind
from gateway.domain.reconciliation.day import DayRecord
from gateway.domain.reconciliation.decisions import DecisionKind, line_id
from gateway.domain.shop import ApiKey, Shortcode
from gateway.flows.reconciliation.decide import Decided, Refusal, Wish, close_day, decide, read_book
from gateway.flows.reconciliation.explain_many import ManyWish, explain_many
from gateway.flows.reconciliation.tell import day_shown
from gateway.ports import Flow
from gateway.web import lists
from gateway.web.auth import authenticate_shop
from gateway.web.bodies import read_object
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.http import Answer, json_answer
from gateway.web.idempotency import optional_key
from gateway.web.reconciliation_views import day_object
from gateway.web.serving import Endpoints, Scene
from gateway.web.shops import shop_of

_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


def resolve_line(scene: Scene) -> Flow[Answer]:
    """`POST /v1/reconciliation/days/{day}/lines/{n}/resolve`: the line that the body names, wherever it is."""
    from gateway.web.reconciliation_requests import ResolveRequest  # noqa: PLC0415  pydantic for who sends a body
    from gateway.web.requests import read_model  # noqa: PLC0415  as above

    key, code, day = yield from _asked(scene)
    place = scene.request.path_parameters.get("n", "")
    if not _NUMBER.fullmatch(place):
        raise ApiError("not_found", "A line's number is 1, 2, 3 and so on.")
    wanted = read_model(ResolveRequest, read_object(scene.request))
    wish = Wish(kind=DecisionKind.EXPLAINED, by=key.id, note=mask_text(wanted.note), line=wanted.line)
    done = yield from decide(key.owner, code, day, wish)
    if done.refused is Refusal.LINE_CHANGED and done.book is not None:
        raise _line_changed(done.book, int(place))
    return json_answer(200, day_object(_settled(done, day)))


def resolve_many(scene: Scene) -> Flow[Answer]:
    """`POST /v1/reconciliation/days/{day}/resolve`: as many lines as one request takes; it says how many are left."""
    from gateway.web.reconciliation_requests import ResolveManyRequest  # noqa: PLC0415  as above
    from gateway.web.requests import read_model  # noqa: PLC0415  as above

    key, code, day = yield from _asked(scene)
    wanted = read_model(ResolveManyRequest, read_object(scene.request))
    if (wanted.kind is None) is (wanted.lines is None):
        raise bad_fields(
            [BadField("kind", "field_invalid", "kind or lines must say which lines are meant; one of them.")]
        )
    kind = None if wanted.kind is None else LineKind(wanted.kind)
    wish = ManyWish(by=key.id, note=mask_text(wanted.note), kind=kind, lines=tuple(wanted.lines or ()))
    done = yield from explain_many(key.owner, code, day, wish)
    if done.refused is Refusal.LINE_CHANGED:
        raise ApiError(
            "line_changed", f"Some of the lines named do not stand on {day} any more; {done.explained} were explained."
        )
    book = _settled(Decided(done.book, done.refused), day)
    told = {"object": "lines_explained", "explained": done.explained, "left": done.left, "day": day_shown(book.record)}
    return json_answer(200, told)


def close(scene: Scene) -> Flow[Answer]:
    """`POST /v1/reconciliation/days/{day}/close`. A closed day is answered as it is."""
    from gateway.web.reconciliation_requests import CloseRequest  # noqa: PLC0415  as above
    from gateway.web.requests import read_model  # noqa: PLC0415  as above

    key, code, day = yield from _asked(scene)
    wanted = read_model(CloseRequest, read_object(scene.request))
    if wanted.accept_incomplete and wanted.note is None:
        detail = "note must say why the day is closed without the whole list."
        raise bad_fields([BadField("note", "field_missing", detail)])
    wish = Wish(
        kind=DecisionKind.CLOSED,
        by=key.id,
        note=mask_text(wanted.note or ""),
        outcome=wanted.outcome or "",
        accepts_incomplete=wanted.accept_incomplete,
    )
    done = yield from close_day(key.owner, code, day, wish, scene.flow_settings())
    return json_answer(200, day_object(_settled(done, day)))


def reopen(scene: Scene) -> Flow[Answer]:
    """`POST /v1/reconciliation/days/{day}/reopen`. A day that is open is answered as it is."""
    from gateway.web.reconciliation_requests import ReopenRequest  # noqa: PLC0415  as above
    from gateway.web.requests import read_model  # noqa: PLC0415  as above

    key, code, day = yield from _asked(scene)
    wanted = read_model(ReopenRequest, read_object(scene.request))
    wish = Wish(kind=DecisionKind.REOPENED, by=key.id, note=mask_text(wanted.reason))
    return json_answer(200, day_object(_settled((yield from decide(key.owner, code, day, wish)), day)))


def day_named(text: str) -> str:
    """A day like 2026-03-01. Raises ApiError."""
    if len(text) != len("2026-03-01") or not lists.is_day(text):
        raise ApiError("not_found", "There is no such day; a day is like 2026-03-01.")
    return text


def shortcode_named(owner: str, number: str | None) -> Flow[Shortcode]:
    """The one that is named, or the shop's first. Raises ApiError."""
    shop = yield from shop_of(owner)
    code = shop.shortcodes[0] if number is None else shop.account(number)
    if code is None:
        raise ApiError("shortcode_unknown", "The settings name no such shortcode.", param="shortcode")
    return code


def book_of(owner: str, code: Shortcode, day: str) -> Flow[DayBook]:
    """A day that was compared. Raises ApiError."""
    book = yield from read_book(owner, code.business_number, day)
    if book is None:
        raise _not_compared(day)
    return book


def day_closed(record: DayRecord) -> ApiError:
    """Nothing of a closed day is changed."""
    return ApiError(
        "day_closed",
        f"{record.day} was closed by {record.closed_by}; its sums and notes stay as they are. Open it again first.",
    )


def too_big(day: str) -> ApiError:
    """It is compared later."""
    return ApiError("day_too_big", f"The comparison of {day} is planned; it begins within 15 minutes.")


def missing(refused: Refusal, book: DayBook) -> str:
    """What is missing before the day can be closed."""
    record = book.record
    if refused is Refusal.OPEN_LINES:
        return f"{record.open_count} of its {record.line_count} lines must be explained or settled first."
    if refused is Refusal.NOT_OVER:
        return f"{record.day} is not over in Nairobi."
    return (
        f"M-PESA's list is not known for all of {record.day}. Compare it once the list is read, or accept "
        "that it is incomplete (API: accept_incomplete, command: --accept-incomplete) with a note that says why."
    )


def _asked(scene: Scene) -> Flow[tuple[ApiKey, Shortcode, str]]:
    """Who asks, and about which day of which shortcode. Raises ApiError."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    optional_key(scene.request)
    given = lists.read_query(scene.request, scene.route.query)
    day = day_named(scene.request.path_parameters.get("day", ""))
    return key, (yield from shortcode_named(key.owner, given.get("shortcode"))), day


def _settled(done: Decided, day: str) -> DayBook:
    """The day where nothing stood in the way. Raises ApiError."""
    if done.book is None:
        raise _not_compared(day)
    if done.refused is Refusal.CLOSED:
        raise day_closed(done.book.record)
    if done.refused is Refusal.TOO_BIG:
        raise too_big(day)
    if done.refused is Refusal.CHANGED:
        raise ApiError(
            "version_conflict", f"{day} was compared anew and came out otherwise. Read it again, then close."
        )
    if done.refused is not None:
        raise ApiError("day_not_ready", missing(done.refused, done.book))
    return done.book


def _not_compared(day: str) -> ApiError:
    return ApiError("day_not_ready", f"{day} was not compared yet. POST /v1/reconciliation/runs compares it.")


def _line_changed(book: DayBook, place: int) -> ApiError:
    if place > len(book.lines):
        return ApiError("line_changed", f"The day has {len(book.lines)} lines now, and none of them is the one named.")
    line = book.lines[place - 1]
    ours, mpesa = ("none" if kes is None else kes for kes in (line.ours_kes, line.mpesa_kes))
    what = f"{line.kind} {line.receipt or line.payment}, ours {ours}, M-PESA's {mpesa}"
    return ApiError("line_changed", f"No line is the one named; line {place} is {line_id(line)} now: {what}.")


DECISION_ENDPOINTS: Endpoints = {
    "POST /v1/reconciliation/days/{day}/lines/{n}/resolve": resolve_line,
    "POST /v1/reconciliation/days/{day}/resolve": resolve_many,
    "POST /v1/reconciliation/days/{day}/close": close,
    "POST /v1/reconciliation/days/{day}/reopen": reopen,
}
