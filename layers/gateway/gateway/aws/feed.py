"""The feed in DynamoDB: one small item for each event that was told.

| item  | `pk`         | own attributes                                 | index                              | TTL     |
|-------|--------------|------------------------------------------------|------------------------------------|---------|
| event | EVT#evt_<id> | payment, version, [discriminator], [untold]    | by_day                             | 90 days |

In by_day: day_key EVT#<owner>#<month>, day_sort <ms>.<16 hex of the id>.<type>; month and time are those of emission.
payment holds the webhook endpoint's id where an event is about one.
By month, so that 90 days without an event are passed in five reads.
Owner, type and time stand there alone: each byte of each event is paid for. Example, as plain values:

  EVT#evt_1c4c…  {"payment": "pay_5f0c…", "version": 3, "day_key": "EVT#shop#2026-03",
                  "day_sort": "1772442904000.1c4c2e8f578b3522.payment.paid", "expires_at": 1780218904}
"""

from __future__ import annotations

from typing import Any

from gateway.aws import items
from gateway.aws.table import Expression, Table
from gateway.aws.values import Item
from gateway.domain.days import month_ends_ms, month_of
from gateway.domain.events import KEPT_DAYS, EmittedEvent
from gateway.domain.policy import DAY_MS
from gateway.ports.feed import FeedPage, FeedPlace

EVENT = "EVT#"
SORT_HEX = 16
ENTRIES_A_READ = 100
READS_MAX = 20
"""Reads of the index for one page: five pass all months, the rest goes on where `type` leaves much out."""
BEHIND = "/"
"""Sorts between the dot before an event's type and all digits: behind the event itself, before every other."""


class DynamoFeed:
    """The Feed port over the one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def emit(self, event: EmittedEvent, /) -> EmittedEvent | None:
        """Put if absent. None: it is new, also when only the answer of a first try was lost."""
        item = items.packed(_to_values(event))
        conflict = self._table.put_if_absent(item)
        if conflict is None or (conflict.retried and conflict.stored == item):
            return None
        return _from_item(conflict.stored or item)

    def mark_untold(self, event_id: str, untold: bool, /) -> None:  # noqa: FBT001  ports take no keywords
        """Set or remove the mark. An event whose record is gone needs none."""
        key = EVENT + event_id
        self._table.change(key, {("untold",): True if untold else None}, {"pk": key})

    def read_event(self, event_id: str, /) -> EmittedEvent | None:
        """One consistent read."""
        item = self._table.read(EVENT + event_id)
        return _from_item(item) if item else None

    def read_events(self, event_ids: tuple[str, ...], /) -> tuple[EmittedEvent, ...]:
        """Those of these that were told."""
        found = self._table.read_together([EVENT + event_id for event_id in dict.fromkeys(event_ids)])
        return tuple(_from_item(item) for item in found.values())

    def events_after(self, owner: str, after: FeedPlace, type_: str | None, limit: int, until_ms: int, /) -> FeedPage:
        """Month by month from the place on; an event's type is read from the index alone."""
        place, wanted = after, list[Item]()
        for _ in range(READS_MAX):
            entries = self._entries(owner, place, until_ms)
            for entry in entries:
                place = _place_of(entry)
                wanted += [entry] if type_ in (None, _type_of(entry)) else []
                if len(wanted) == limit:
                    return FeedPage(self._read(wanted), place)
            if len(entries) < ENTRIES_A_READ:
                next_month = FeedPlace(month_ends_ms(place.at_ms), "")
                if next_month.at_ms > until_ms:
                    return FeedPage(self._read(wanted), None)
                place = next_month
        return FeedPage(self._read(wanted), place)

    def _entries(self, owner: str, place: FeedPlace, until_ms: int) -> list[Item]:
        """What the index holds of the place's month behind it."""
        if place.at_ms >= until_ms:  # DynamoDB refuses a span that ends before it begins
            return []
        expression = Expression()
        behind, end = expression.value(_sort(place) + BEHIND), expression.value(f"{until_ms:013d}")
        clauses = [
            expression.equals("day_key", f"{EVENT}{owner}#{month_of(place.at_ms)}"),
            f"{expression.path(('day_sort',))} BETWEEN {behind} AND {end}",
        ]
        return self._table.query("by_day", clauses, expression, ENTRIES_A_READ, newest_first=False)

    def _read(self, entries: list[Item]) -> tuple[EmittedEvent, ...]:
        """The items behind entries of the index, in the same order; one that ran out meanwhile is left out."""
        found = self._table.read_together([entry["pk"]["S"] for entry in entries])
        return tuple(_from_item(found[entry["pk"]["S"]]) for entry in entries if entry["pk"]["S"] in found)


def _sort(place: FeedPlace) -> str:
    return f"{place.at_ms:013d}.{place.event_id.removeprefix('evt_')[:SORT_HEX]}"


def _to_values(event: EmittedEvent) -> dict[str, Any]:
    return {
        "pk": EVENT + event.id,
        "payment": event.payment_id,
        "version": event.version,
        "discriminator": event.discriminator or None,
        "untold": True if event.untold else None,
        "day_key": f"{EVENT}{event.owner}#{month_of(event.emitted_at_ms)}",
        "day_sort": f"{_sort(FeedPlace.of(event))}.{event.type}",
        "expires_at": (event.emitted_at_ms + KEPT_DAYS * DAY_MS) // 1000,
    }


def _from_item(item: Item) -> EmittedEvent:
    values = items.unpacked(item)
    at_ms, _, type_ = values["day_sort"].split(".", 2)
    return EmittedEvent(
        id=values["pk"].removeprefix(EVENT),
        type=type_,
        owner=values["day_key"].removeprefix(EVENT).rpartition("#")[0],
        payment_id=values["payment"],
        emitted_at_ms=int(at_ms),
        version=values["version"],
        discriminator=values.get("discriminator", ""),
        untold=values.get("untold", False),
    )


def _place_of(entry: Item) -> FeedPlace:
    return FeedPlace(int(entry["day_sort"]["S"].partition(".")[0]), entry["pk"]["S"].removeprefix(EVENT))


def _type_of(entry: Item) -> str:
    type_: str = entry["day_sort"]["S"].split(".", 2)[2]
    return type_
