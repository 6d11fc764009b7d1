"""How the gateway is, from what can be read cheaply: two small items and one page of the due index for each shard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gateway.domain.policy import HOUR_MS, MINUTE_MS, SECOND_MS
from gateway.flows.ask import PACE
from gateway.ports import Ambient, Flow, PortError, Secrets, Store, call
from gateway.web.views import rfc3339
from gateway.web.wording_of_health import cause_in_words

TOKEN_LIVES_MS = HOUR_MS
DUE_LATE_MS = 3 * MINUTE_MS
DUE_STUCK_MS = 10 * MINUTE_MS


class State(StrEnum):
    """Of a part, the worst last."""

    OK = "ok"
    UNKNOWN = "unknown"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Part:
    """One part. cause: key of the sentence about it. runbook: the heading in the operator's document.

    values: what fills the places of the sentence; `cause_in_words` says how.
    """

    state: State
    since_ms: int | None
    cause: str
    runbook: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def detail(self) -> str:
        """The sentence, in English."""
        return cause_in_words(self.cause, self.values, 0, rfc3339)

    def as_plain(self, base_url: str) -> dict[str, Any]:
        """For the answer."""
        return {
            "state": str(self.state),
            "since": rfc3339(self.since_ms) if self.since_ms is not None else None,
            "detail": self.detail,
            "runbook": f"{base_url}/docs/health#{self.runbook}",
        }


def parts(due_shards: int) -> Flow[dict[str, Part]]:
    """Every part, each by itself: one that cannot be read does not hide the others."""
    now_ms = yield from call(Ambient.now_ms)
    return {
        "storage": (yield from storage()),
        "secrets": (yield from _secrets()),
        "access_token": (yield from _access_token(now_ms)),
        "due": (yield from _due(due_shards, now_ms)),
        "query_pace": (yield from _query_pace(now_ms)),
    }


def overall(found: dict[str, Part]) -> str:
    """One word for all: down when the table is, degraded when any part is not well."""
    if found["storage"].state is State.DOWN:
        return "down"
    bad = any(part.state in (State.DEGRADED, State.DOWN) for part in found.values())
    return "degraded" if bad else "ok"


def storage() -> Flow[Part]:
    """Whether the table answers a small read."""
    try:
        yield from call(Store.read_token_lease)
    except PortError as error:
        return Part(State.DOWN, None, "table_silent", "storage", {"error": type(error).__name__})
    return Part(State.OK, None, "table_answers", "storage")


def _secrets() -> Flow[Part]:
    try:
        yield from call(Secrets.read_keys)
    except PortError as error:
        return Part(State.DOWN, None, "keys_unread", "secrets", {"error": type(error).__name__})
    return Part(State.OK, None, "keys_read", "secrets")


def _access_token(now_ms: int) -> Flow[Part]:
    """From the lease of its refresher: the token itself is none of this function's business."""
    try:
        lease = yield from call(Store.read_token_lease)
    except PortError:
        return Part(State.UNKNOWN, None, "not_known", "access_token")
    if lease is None:
        return Part(State.UNKNOWN, None, "token_never", "access_token")
    age_min = max(0, now_ms - lease.until_ms) // MINUTE_MS
    values = {"generation": lease.generation, "minutes": age_min}
    late = now_ms - lease.until_ms > TOKEN_LIVES_MS
    return Part(State.DEGRADED if late else State.OK, lease.until_ms, "token_age", "access_token", values)


def _due(due_shards: int, now_ms: int) -> Flow[Part]:
    """How long the oldest due payment waits. The index may be a second late."""
    oldest_ms: int | None = None
    try:
        for shard in range(due_shards):
            items = yield from call(Store.due_items, shard, now_ms, 1, False)  # noqa: FBT003 oldest first
            oldest_ms = min([oldest_ms or now_ms, *(item.due_at_ms for item in items)]) if items else oldest_ms
    except PortError:
        return Part(State.UNKNOWN, None, "not_known", "due")
    if oldest_ms is None:
        return Part(State.OK, None, "nothing_due", "due")
    waits_ms = now_ms - oldest_ms
    state = State.DOWN if waits_ms > DUE_STUCK_MS else State.DEGRADED if waits_ms > DUE_LATE_MS else State.OK
    return Part(state, oldest_ms, "due_waits", "due", {"seconds": waits_ms // SECOND_MS})


def _query_pace(now_ms: int) -> Flow[Part]:
    """Whether Safaricom made us ask more slowly."""
    try:
        pace = yield from call(Store.read_pace, PACE)
    except PortError:
        return Part(State.UNKNOWN, None, "not_known", "query_pace")
    if pace is None:
        return Part(State.OK, None, "no_query", "query_pace")
    ahead_s = max(0, pace.next_at_ms - now_ms) // SECOND_MS
    values = {"apart": pace.apart_ms, "seconds": ahead_s}
    late = pace.next_at_ms - now_ms > MINUTE_MS
    return Part(State.DEGRADED if late else State.OK, None, "query_pace", "query_pace", values)
