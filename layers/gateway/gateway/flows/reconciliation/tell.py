"""Tell the world of compared days, as of payments (`emit.py`): first the record of emission, then who listens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.domain.events import EmittedEvent
from gateway.domain.reconciliation.compare import Side
from gateway.domain.reconciliation.day import DayNews, DayRecord, day_news, discriminator_of, event_id
from gateway.flows.emit import tell
from gateway.ports import Ambient, Flow, call
from gateway.ports.feed import Feed
from gateway.ports.reconciliation import Reconciliations


@dataclass(frozen=True, slots=True)
class DayChange:
    """Two images of a compared day; before None: it is new."""

    before: DayRecord | None
    after: DayRecord


def tell_of_day(change: DayChange) -> Flow[int]:
    """Tell an outcome that is new; how many events. Raises PortError: the record of the stream comes again."""
    after = change.after
    emitted: list[EmittedEvent] = []
    for type_ in day_news(change.before, after):
        now_ms = yield from call(Ambient.now_ms)
        event = EmittedEvent(
            id=event_id(after, type_),
            type=str(type_),
            owner=after.owner,
            payment_id=f"{after.shortcode}#{after.day}",
            emitted_at_ms=now_ms + len(emitted),
            version=after.version,
            discriminator=discriminator_of(after, type_),
        )
        emitted.append((yield from call(Feed.emit, event)) or event)
    yield from tell(emitted, day_shown(after))
    return len(emitted)


def read_told_day(owner: str, subject: str) -> Flow[Mapping[str, Any] | None]:
    """What such an event is about, as it stands now. None: it is not in the table. Raises StoreUnavailable."""
    shortcode, _, day = subject.partition("#")
    record = yield from call(Reconciliations.read_day, owner, shortcode, day)
    return day_shown(record) if record is not None else None


def day_shown(record: DayRecord) -> dict[str, Any]:
    """A compared day as the API shows it and events carry it: sums, never lines."""
    return {
        "object": "reconciliation_day",
        "day": record.day,
        "shortcode": record.shortcode,
        "state": str(record.state),
        "source": str(record.source),
        "complete": record.complete,
        "run_at": _moment(record.run_at_ms),
        "ours": side_shown(record.ours),
        "mpesa": side_shown(record.mpesa),
        "both": side_shown(record.both),
        "not_judged": side_shown(record.not_judged),
        "difference": record.difference_kes,
        "fees": record.fees_kes,
        "line_count": record.line_count,
        "open_count": record.open_count,
        "explained_count": record.explained_count,
        "outcome": record.outcome,
        "closed_by": record.closed_by or None,
        "closed_at": _moment(record.closed_at_ms) if record.is_closed else None,
        "news": _news_shown(record.news) if record.news else None,
    }


def _news_shown(news: DayNews) -> dict[str, Any]:
    """What came of a closed day since."""
    return {
        "found_at": _moment(news.found_at_ms),
        "ours": side_shown(news.ours),
        "mpesa": side_shown(news.mpesa),
        "line_count": news.line_count,
    }


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def side_shown(side: Side) -> dict[str, int]:
    """How many payments, and their sum."""
    return {"count": side.count, "sum": side.sum_kes}
