"""The last net under a delivery: what breaks a rule of ours is still somebody's money.

Safaricom says it once. So where taking a delivery ends in an error that nobody foresaw, the bytes as they came go to
the retry queue. There a mended release takes them, or they end in the dead letters, where a person finds them.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.flows.last_resort import queue_or_tell
from gateway.flows.messages import Delivery, delivery_message
from gateway.flows.take_callback import Taken
from gateway.ports import Ambient, Flow, PortError, call


def take_or_queue(delivery: Delivery, take: Callable[[Delivery], Flow[Taken]]) -> Flow[Taken]:
    """Take the delivery, or queue it as it came. For its first arrival: from the queue, an error must stay one.

    Raises PortError when the ports themselves are away.
    """
    try:
        return (yield from take(delivery))
    except PortError:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, the delivery must not be lost for it
        yield from call(Ambient.report, "delivery_not_taken", {"kind": delivery.kind, "error": type(error).__name__})
    yield from queue_or_tell(delivery_message(delivery), {"kind": delivery.kind, "about": delivery.target})
    return Taken.QUEUED
