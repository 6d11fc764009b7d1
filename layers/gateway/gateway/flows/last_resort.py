"""The last two places for news that the table did not take: the retry queue, then one line in the log.

Safaricom repeats nothing, so the line carries what a person needs to find the money: ids, receipt and amount.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.ports import Ambient, Flow, Queues, QueueUnavailable, call


def queue_or_tell(message: str, about: Mapping[str, Any]) -> Flow[None]:
    """Queue a message. Raises QueueUnavailable, once what it is about stands in the log."""
    try:
        yield from call(Queues.send_retry, message)
    except QueueUnavailable:
        yield from call(Ambient.report, "delivery_lost", about)
        raise
