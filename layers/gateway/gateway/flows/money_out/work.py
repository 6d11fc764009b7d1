"""The next step of one payout or refund: what the sweep does when it meets it, and whoever waits for it."""

from __future__ import annotations

from gateway.domain.money_out.due import CALLS_M_PESA, OutStep, OutStepKind, due_out_step, out_due_at_ms
from gateway.domain.money_out.facts import OutDeadline, OutTimerPassed
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OutgoingRecord, OutgoingState, OutgoingStatus
from gateway.domain.policy import MINUTE_MS
from gateway.flows.money_out.ask import ask_about_send
from gateway.flows.money_out.begin import look_soon
from gateway.flows.money_out.keep import is_of_a_newer_release, keep_in_outgoing
from gateway.flows.money_out.limits import close_limits, reopen_limits
from gateway.flows.money_out.send import send_next
from gateway.flows.money_out.tell_payment import tell_at_once, tell_payment
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, call
from gateway.ports.money_out import Outgoings

TAKEN_OVER_AFTER_MS = 2 * MINUTE_MS
"""So long after it was left to a run of its own, the sweep looks whether that died."""


def sweep_outgoing(out_id: str, settings: FlowSettings) -> Flow[None]:
    """What is due of it, as the sweep does it. Raises StoreUnavailable, SecretsUnavailable."""
    found = yield from _due_step(out_id, settings)
    if found is None:
        return
    record, state, step = found
    if step.kind not in CALLS_M_PESA:
        yield from _do(record, state, step, settings)
        return
    now_ms = yield from call(Ambient.now_ms)
    if (yield from call(Outgoings.lease_outgoing, record, now_ms + TAKEN_OVER_AFTER_MS, record.asks)):
        yield from look_soon(out_id)


def work_on_outgoing(out_id: str, settings: FlowSettings) -> Flow[None]:
    """What is due of it, whatever it is; and what that makes due at once. Raises as `sweep_outgoing`."""
    found = yield from _due_step(out_id, settings)
    if found is not None:
        yield from _do(*found, settings)


def _due_step(out_id: str, settings: FlowSettings) -> Flow[tuple[OutgoingRecord, OutgoingState, OutStep] | None]:
    """The step that is due now. An index that shows another time than the rules give is put right."""
    record = yield from call(Outgoings.read_outgoing, out_id)
    if record is None or is_of_a_newer_release(record):
        return None
    if record.unconcluded:
        yield from keep_in_outgoing(record, (), settings)
        return None
    state = outgoing_state(record)
    now_ms = yield from call(Ambient.now_ms)
    step = due_out_step(record, state, settings.out, now_ms)
    if step is not None:
        return record, state, step
    if record.due_at_ms is not None and record.due_at_ms <= now_ms:
        yield from call(Outgoings.lease_outgoing, record, out_due_at_ms(record, state, settings.out), record.asks)
    return None


def _do(record: OutgoingRecord, state: OutgoingState, step: OutStep, settings: FlowSettings) -> Flow[None]:
    match step.kind:
        case OutStepKind.SEND:
            yield from send_next(record.id, settings)
        case OutStepKind.ASK:
            send = next(one for one in state.attempts if one.number == step.number)
            yield from ask_about_send(record, send, settings)
        case OutStepKind.CLOSE_LIMITS:
            yield from _close_limits(record, settings, went=state.status is OutgoingStatus.SUCCEEDED)
        case OutStepKind.TELL_PAYMENT:
            yield from tell_payment(record, state, settings)
        case OutStepKind.LAPSE:
            yield from _pass(record, OutDeadline.LAPSE, -step.number, settings)
        case OutStepKind.JUDGE_SENDER:
            yield from _pass(record, OutDeadline.SEND_WINDOW, step.number, settings)
        case OutStepKind.MARK_UNRESOLVED:
            yield from _pass(record, OutDeadline.ANSWER, step.number, settings)


def _close_limits(record: OutgoingRecord, settings: FlowSettings, *, went: bool) -> Flow[None]:
    """What was closed without money, and went all the same, is opened first: as two steps, each may be done again."""
    if record.limits_closed:
        yield from reopen_limits(record)
        yield from keep_in_outgoing(record, (), settings, limits_closed=False)
        return
    yield from close_limits(record, went=went)
    yield from keep_in_outgoing(record, (), settings, limits_closed=True, limits_went=went)


def _pass(record: OutgoingRecord, deadline: OutDeadline, number: int, settings: FlowSettings) -> Flow[None]:
    now_ms = yield from call(Ambient.now_ms)
    fact = OutTimerPassed(deadline=deadline, number=number, said_at_ms=now_ms, learned_at_ms=now_ms)
    kept = yield from keep_in_outgoing(record, (fact,), settings)
    if kept is not None:
        yield from tell_at_once(kept.record, kept.state, settings)
