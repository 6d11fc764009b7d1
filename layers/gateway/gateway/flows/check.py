"""Ask for a question to M-PESA soon: a waiting payer's poll, or a shop that wants to know now.

Only a note is put on the queue; the sweep function asks, so that the shared pace stays in one place.
"""

from __future__ import annotations

from gateway.domain.claims import next_look_ms
from gateway.domain.due import ASKS_APART_MS, next_check_at_ms, wants_asking
from gateway.domain.payment import Asks, Attempt, PaymentRecord, PaymentState
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, Queues, QueueUnavailable, call


def ask_soon(record: PaymentRecord, state: PaymentState, settings: FlowSettings, *, forced: bool = False) -> Flow[bool]:
    """Queue a check if one is due (forced: or allowed). False: nothing to ask, too soon, or no queue."""
    now_ms = yield from call(Ambient.now_ms)
    look_ms = next_look_ms(record, state)
    looks = look_ms is not None and look_ms <= now_ms
    if not looks and not any(_may_ask(attempt, record, settings, now_ms, forced=forced) for attempt in state.attempts):
        return False
    try:
        yield from call(Queues.send_check, record.id, now_ms // ASKS_APART_MS)
    except QueueUnavailable:
        return False
    return True


def _may_ask(
    attempt: Attempt,
    record: PaymentRecord,
    settings: FlowSettings,
    now_ms: int,
    *,
    forced: bool,
) -> bool:
    if not wants_asking(attempt):
        return False
    asks = record.asks.get(attempt.number, Asks(0, 0))
    if forced:
        started_ms = attempt.prompted_at_ms or attempt.begun_at_ms
        return now_ms >= max(asks.last_at_ms, started_ms) + ASKS_APART_MS
    due_ms = next_check_at_ms(record, attempt, settings.policy)
    return due_ms is not None and due_ms <= now_ms
