"""The last net under a delivery: what breaks a rule of ours, or takes too long, is still somebody's money.

Safaricom says it once. So where taking a delivery ends in an error that nobody foresaw, the bytes as they came go to
the retry queue. There a mended release takes them, or they end in the dead letters, where a person finds them. And a
table that is slow, which is worse than one that is away, is not asked any more while there is still time to queue.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.flows.last_resort import queue_or_tell
from gateway.flows.messages import Delivery, delivery_message
from gateway.flows.strangers import Taken
from gateway.ports import Ambient, Flow, PortError, StoreUnavailable, call

TO_QUEUE_MS = 5_500
"""One call to the table at its slowest (`aws/clients.py`: two tries and a pause), and then the queue."""

TABLE_PORTS = frozenset({"Store", "Balances", "Initiator", "Outgoings", "Transactions"})
"""Behind each of them stands the one table. By name: who takes a prompt's callback need not load the others."""

SLOW_MS = 1_000
"""A call to the table that fails after more than this has hung, and the next one would hang as well."""


def take_or_queue(delivery: Delivery, take: Callable[[Delivery], Flow[Taken]]) -> Flow[Taken]:
    """Take the delivery, or queue it as it came. For its first arrival: from the queue, an error must stay one.

    Raises PortError when the ports themselves are away.
    """
    try:
        return (yield from _in_time(take(delivery)))
    except PortError:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, the delivery must not be lost for it
        yield from call(Ambient.report, "delivery_not_taken", {"kind": delivery.kind, "error": type(error).__name__})
    yield from queue_or_tell(delivery_message(delivery), {"kind": delivery.kind, "about": delivery.target})
    return Taken.QUEUED


def _in_time(flow: Flow[Taken]) -> Flow[Taken]:
    """The flow, to which the table is unavailable once it hung, or too little time is left to wait for it."""
    answer: Any = None
    error: Exception | None = None
    hangs = False
    while True:
        try:
            asked = flow.throw(error) if error is not None else flow.send(answer)
        except StopIteration as stop:
            taken: Taken = stop.value
            return taken
        answer, error = None, None
        of_table = asked.port in TABLE_PORTS
        left_ms = (yield from call(Ambient.time_left_ms)) if of_table else TO_QUEUE_MS
        if (hangs and of_table) or left_ms < TO_QUEUE_MS:
            error = StoreUnavailable("no time to wait for it")
            continue
        try:
            answer = yield asked
        except Exception as raised:  # noqa: BLE001  the flow decides what each error means
            error = raised
        if of_table and error is not None:
            hangs = left_ms - (yield from call(Ambient.time_left_ms)) > SLOW_MS
