"""Deliveries with a wrong tag: a stranger's cost nothing, one from Safaricom's own address is set apart."""

from __future__ import annotations

from enum import StrEnum

from gateway.flows.last_resort import queue_or_tell
from gateway.flows.messages import Delivery, delivery_message
from gateway.flows.orphans import quarantine
from gateway.ports import Ambient, Flow, StoreUnavailable, call
from gateway.settings import Settings


class Taken(StrEnum):
    """What became of a delivery."""

    KEPT = "kept"
    KNOWN = "known"
    QUEUED = "queued"
    APART = "apart"
    STRANGER = "stranger"


def wrong_tag(delivery: Delivery, settings: Settings) -> Flow[Taken]:
    """Refuse a stranger; from Safaricom's address our own keys may be wrong, so nothing is thrown away."""
    if not settings.is_safaricom(delivery.source_address):
        return (yield from stranger(delivery))
    yield from call(Ambient.report, "callback_quarantined", {"kind": delivery.kind})
    try:
        yield from quarantine(delivery)
    except StoreUnavailable:
        yield from queue_or_tell(delivery_message(delivery), about(delivery))
    return Taken.APART


def stranger(delivery: Delivery) -> Flow[Taken]:
    """Nothing is read or written for somebody who does not know the tag."""
    yield from call(Ambient.report, "callback_forged", {"kind": delivery.kind})
    return Taken.STRANGER


def about(delivery: Delivery) -> dict[str, str | int]:
    """What a log line may say of a delivery: never its tag, its body or where it came from."""
    return {"kind": delivery.kind, "target": delivery.target, "attempt": delivery.number}
