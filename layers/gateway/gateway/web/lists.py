"""Lists of payments: one primary filter that an index answers, others that are applied to what it finds.

A cursor is the store's own place in the list with our mark on it, bound to owner and primary filter, so that it can
be neither made up nor carried over to another list.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from gateway import security
from gateway.domain.days import day_of
from gateway.domain.events import KEPT_DAYS
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.policy import DAY_MS
from gateway.ports import Flow, PaymentQuery, Store, call
from gateway.web.bodies import shown
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.http import Request
from gateway.web.routes import PRIMARY_FILTERS, Parameter
from gateway.web.texts import is_line

LIMIT_DEFAULT = 25
READS_MAX = 8
"""Reads of the index for one page: filters that match little end the page early, with a cursor to go on."""

VALUE_MAX = 256
"""Characters of a parameter: as UTF-8 they still fit into a key of an index (2,048 bytes)."""

_WORDS = re.compile(r"[a-z0-9_.*]+(\|[a-z0-9_.*]+)*")
"""A pattern that is a choice of words."""

CLOCKS_BEGIN = date(1970, 1, 1)
"""No payment is older, and of the first days of the calendar Nairobi's time cannot be told."""


@dataclass(frozen=True, slots=True)
class Filters:
    """The secondary filters. None: any."""

    status: str | None = None
    flag: str | None = None
    amount_kes: int | None = None
    phone_last3: str | None = None

    def fit(self, record: PaymentRecord, state: PaymentState) -> bool:
        """Whether a payment is wanted."""
        return (
            self.status in (None, str(state.status))
            and (self.flag is None or self.flag in state.flags)
            and self.amount_kes in (None, record.asked.amount_kes)
            and (
                self.phone_last3 is None or any(attempt.phone.endswith(self.phone_last3) for attempt in state.attempts)
            )
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """A page. cursor None: the end."""

    found: tuple[tuple[PaymentRecord, PaymentState], ...]
    cursor: str | None


def read_query(request: Request, parameters: tuple[Parameter, ...]) -> dict[str, str]:
    """The query parameters, each known, given once and of its form. Raises ApiError 422 that names all others."""
    known = {parameter.name: parameter for parameter in parameters}
    bad: list[BadField] = []
    for name, values in request.query.items():
        if name not in known:
            bad.append(BadField(shown(name), "unknown_field", _unknown(name, known)))
        elif len(values) > 1:
            bad.append(BadField(name, "field_invalid", f"{name} is given more than once."))
        elif not _has_form(known[name], values[0]):
            bad.append(BadField(name, "field_invalid", f"{name} must be {_form(known[name], values[0])}."))
    if bad:
        raise bad_fields(bad)
    return {name: values[0] for name, values in request.query.items()}


def since_ms(text: str, now_ms: int) -> int:
    """The moment from which events are wanted. Raises ApiError: no time, in the future, or longer ago than is kept."""
    try:
        at_ms = int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        raise bad_fields([BadField("since", "field_invalid", "since is no time, like 2026-03-02T09:15:04Z.")]) from None
    if not now_ms - KEPT_DAYS * DAY_MS <= at_ms <= now_ms:
        detail = f"since must lie in the last {KEPT_DAYS} days; events are kept for so long."
        raise bad_fields([BadField("since", "field_invalid", detail)])
    return at_ms


def payment_query(given: Mapping[str, str], owner: str, now_ms: int) -> PaymentQuery:
    """The list that is asked for: exactly one primary filter, or today's. Raises ApiError."""
    primary = [name for name in PRIMARY_FILTERS if name in given]
    if len(primary) > 1:
        detail = f"Only one of {', '.join(PRIMARY_FILTERS)} can be given; here are {' and '.join(primary)}."
        raise bad_fields([BadField(primary[1], "field_invalid", detail)])
    name = primary[0] if primary else "day"
    value = given.get(name) or day_of(now_ms)
    if name == "day" and not is_day(value):
        raise bad_fields([BadField("day", "field_invalid", "day must be a day like 2026-03-02.")])
    if name == "receipt":
        value = value.upper()
    return PaymentQuery(owner=owner, **{name: value})


def filters_of(given: Mapping[str, str]) -> Filters:
    """The secondary filters."""
    amount = given.get("amount")
    return Filters(given.get("status"), given.get("flag"), int(amount) if amount else None, given.get("phone_last3"))


def list_payments(query: PaymentQuery, filters: Filters, limit: int, place: str | None) -> Flow[Listed]:
    """Up to `limit` payments that fit, from `place` on. The store is never asked for more than still fit in."""
    found: list[tuple[PaymentRecord, PaymentState]] = []
    for _ in range(READS_MAX):
        page = yield from call(Store.list_payments, query, limit - len(found), place)
        for record in page.records:
            state = state_of(record.asked, record.facts)
            if record.asked.owner == query.owner and filters.fit(record, state):
                found.append((record, state))
        place = page.cursor
        if place is None or len(found) >= limit:
            break
    return Listed(tuple(found), place)


def signed_cursor(key: bytes, query: PaymentQuery, place: str) -> str:
    """The cursor that we hand out for a place in this list."""
    return marked_place(key, _list_name(query), place)


def place_of_cursor(key: bytes, query: PaymentQuery, cursor: str | None) -> str | None:
    """The place that a cursor of ours names. Raises ApiError `cursor_invalid` for any other."""
    return checked_place(key, _list_name(query), cursor)


def marked_place(key: bytes, name: tuple[str, ...], place: str) -> str:
    """A place in the list of this name, with our mark on it."""
    text = base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")
    return f"{text}.{security.signature(key, 'cursor', *name, place)}"


def checked_place(key: bytes, name: tuple[str, ...], cursor: str | None) -> str | None:
    """The place that a cursor of ours names in the list of this name. Raises ApiError `cursor_invalid`."""
    if cursor is None:
        return None
    text, _, mark = cursor.partition(".")
    try:
        place = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        place = ""
    if not place or not mark.isascii() or not security.signature_fits(key, mark, "cursor", *name, place):
        raise ApiError("cursor_invalid", "cursor was not made here, or for another list than this.", param="cursor")
    return place


def _list_name(query: PaymentQuery) -> tuple[str, ...]:
    names = ((name, getattr(query, name)) for name in PRIMARY_FILTERS)
    return (query.owner, *(f"{name}={value}" for name, value in names if value is not None))


def _has_form(parameter: Parameter, value: str) -> bool:
    if not value or not is_line(value, most=VALUE_MAX):
        return False
    return not parameter.pattern or re.fullmatch(parameter.pattern, value) is not None


def _form(parameter: Parameter, value: str) -> str:
    """In words, what a value must be that is not this one."""
    if not is_line(value, most=VALUE_MAX):
        return f"a text of 1 to {VALUE_MAX} printable characters"
    if parameter.format == "date":
        return "a day like 2026-03-02"
    if _WORDS.fullmatch(parameter.pattern):
        *others, last = parameter.pattern.split("|")
        return f"{', '.join(others)} or {last}" if others else last
    return parameter.form or f"a text of 1 to {VALUE_MAX} printable characters"


def _unknown(name: str, known: Iterable[str]) -> str:
    takes = f", which takes {', '.join(known)}" if known else ", which takes none"
    return f"{shown(name) or 'A name that is empty'} is not a parameter of this route{takes}."


def is_day(text: str) -> bool:
    """Whether the calendar has it, written like 2026-03-02 and no other way that ISO 8601 knows."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return day >= CLOCKS_BEGIN and day.isoformat() == text
