"""News that has no payment to belong to, or that could not be read: kept apart, encrypted with the table, 30 days."""

from __future__ import annotations

import hashlib

from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.flows.messages import Delivery
from gateway.ports import Ambient, Flow, Orphan, Store, call

KEPT_MS = 30 * DAY_MS
LOOK_AGAIN_MS = (MINUTE_MS, 9 * MINUTE_MS, HOUR_MS, 5 * HOUR_MS, 18 * HOUR_MS)
"""Pauses between tries to bring news to its payment: a day in all. Then a person reads the list."""

BODY_BYTES_MAX = 64 * 1024
QUARANTINE_AN_HOUR_MAX = 1_000
"""A flood with wrong tags from a listed address costs no more than this many items an hour."""


def keep_news_apart(what: str, about: str, delivery: Delivery) -> Flow[None]:
    """Keep the raw bytes under what they are about. The same bytes twice are one item."""
    digest = hashlib.sha256(delivery.body).hexdigest()[:32]
    yield from _keep(f"{what}#{about}#{digest}", what, delivery)


def keep_message_apart(about: str, message: str) -> Flow[None]:
    """Keep facts whose payment is not in the table: brought again by the sweep (`rematch.py`), listed after a day."""
    body = message.encode()
    now_ms = yield from call(Ambient.now_ms)
    digest = hashlib.sha256(body).hexdigest()[:32]
    yield from _put(f"facts#{about}#{digest}", "facts", body, now_ms, due_at_ms=now_ms + LOOK_AGAIN_MS[0])


def quarantine(delivery: Delivery) -> Flow[None]:
    """Keep a delivery whose tag is wrong although Safaricom sent it."""
    digest = int(hashlib.sha256(delivery.body + delivery.tag.encode()).hexdigest()[:8], 16)
    place = digest % QUARANTINE_AN_HOUR_MAX
    yield from _keep(f"quarantine#{delivery.learned_at_ms // HOUR_MS}#{place}", "quarantine", delivery)


def _keep(key: str, what: str, delivery: Delivery) -> Flow[None]:
    yield from _put(key, what, delivery.body, delivery.learned_at_ms)


def _put(key: str, what: str, body: bytes, learned_at_ms: int, due_at_ms: int | None = None) -> Flow[None]:
    orphan = Orphan(
        key=key,
        what=what,
        body=body[:BODY_BYTES_MAX],
        learned_at_ms=learned_at_ms,
        expires_at_ms=learned_at_ms + KEPT_MS,
        due_at_ms=due_at_ms,
    )
    yield from call(Store.keep_orphan, orphan)
