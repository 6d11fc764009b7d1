"""Cancel a payment. A prompt cannot be called back, so a payment with a live one is not cancelled."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.attempts import Hindrance, guard_ends_at_ms
from gateway.domain.facts import Cancelled
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.statuses import ATTEMPT, PAYMENT, PaymentStatus
from gateway.flows.keep import ROUNDS_MAX, keep_in
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, Store, StoreUnavailable, call


@dataclass(frozen=True, slots=True)
class Closed:
    """record None: no such payment. hindrance: nothing was changed. Cancelling twice is no hindrance.

    from_ms: by then a live prompt is certainly over.
    """

    record: PaymentRecord | None
    state: PaymentState | None
    hindrance: Hindrance | None = None
    from_ms: int | None = None


def cancel(payment_id: str, actor: str, settings: FlowSettings) -> Flow[Closed]:
    """Cancel unless money came, may have come, or may still come. Raises StoreUnavailable."""
    for _ in range(ROUNDS_MAX):
        record = yield from call(Store.read_payment, payment_id)
        if record is None:
            return Closed(None, None)
        state = settings.state(record)
        if state.status is PaymentStatus.CANCELLED:
            return Closed(record, state)
        hindrance = _hindrance(state)
        if hindrance is not None:
            live = [attempt for attempt in state.attempts if ATTEMPT[attempt.status].live]
            from_ms = max((guard_ends_at_ms(attempt, settings.policy) for attempt in live), default=None)
            return Closed(record, state, hindrance, from_ms)
        now_ms = yield from call(Ambient.now_ms)
        fact = Cancelled(actor=actor, said_at_ms=now_ms, learned_at_ms=now_ms)
        kept = yield from keep_in(record, (fact,), settings)
        if kept is not None:
            return Closed(kept.record, kept.state)
    raise StoreUnavailable(f"{payment_id} changes faster than it can be cancelled")


def _hindrance(state: PaymentState) -> Hindrance | None:
    if state.status is PaymentStatus.PENDING:
        return Hindrance.PROMPT_LIVE
    if state.status is PaymentStatus.PAID:
        return Hindrance.ALREADY_PAID
    if state.status is PaymentStatus.UNRESOLVED:
        return Hindrance.NOT_KNOWN
    closable = PAYMENT[state.status].may_close and not state.received_kes
    return None if closable else Hindrance.ALREADY_FINAL
