"""Send what was approved: circuit, float, limits, turn; then the beginning as a fact; then once to M-Pesa.

Nothing goes out by a lease alone. Who sends has written `SendBegun` with a nonce of its own, on the version in which
the approval stands, so two senders cannot both begin. Whatever comes of the call is a fact; what may have left is asked
about and never repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

from daraja.errors import DarajaError, MaybeSent, NotSent, RefusalCause, Refused, TokenRejected
from daraja.errors import NotSentReason as DarajaNotSentReason
from gateway import security
from gateway.domain.days import day_of
from gateway.domain.fact import Fact
from gateway.domain.money_out.due import SENDS_MAX, held_until_ms, lapses_at_ms
from gateway.domain.money_out.facts import Hold, SendAccepted, SendBegun, SendLost, SendRefused, SendTaken
from gateway.domain.money_out.facts import NotSent as NotSentFact
from gateway.domain.money_out.fold import outgoing_state, transfer_of_round
from gateway.domain.money_out.limits import Place
from gateway.domain.money_out.outgoing import (
    OUTGOING,
    Method,
    OutgoingKind,
    OutgoingRecord,
    OutgoingState,
    originator_conversation_id,
)
from gateway.domain.money_out.reasons import DECLINED, NOT_PERMITTED
from gateway.domain.policy import MINUTE_MS, SECOND_MS
from gateway.domain.requests_sent import OUT, RequestName
from gateway.flows.initiator import PAY_BUSINESS, PAY_OUT, REVERSE, InitiatorUnusable, may_call, refused
from gateway.flows.messages import outgoing_facts_message
from gateway.flows.money_out.float_check import covers
from gateway.flows.money_out.keep import is_of_a_newer_release, keep_in_outgoing, keep_outgoing
from gateway.flows.money_out.limits import end_places, take_places
from gateway.flows.money_out.pace import take_turn
from gateway.flows.money_out.refund_check import hindrance_of_refund
from gateway.flows.money_out.tell_payment import tell_at_once
from gateway.flows.settings import FlowSettings
from gateway.flows.token import access_token, replace_rejected
from gateway.ports import (
    Ambient,
    Flow,
    PortError,
    Queues,
    QueueUnavailable,
    Secrets,
    StoredToken,
    StoreUnavailable,
    call,
)
from gateway.ports.initiator import InitiatorCredential
from gateway.ports.money_out import Outgoings, Transfer, Transfers

COMMANDS = {
    Method.B2C: PAY_OUT,
    Method.POCHI: PAY_OUT,
    Method.B2B: PAY_BUSINESS,
    Method.REVERSAL: REVERSE,
}
"""The initiator's role that each method needs."""

BACKOFF_MS = 400
"""Full jitter below this, doubled with each refusal that was certainly not taken."""

PACED = frozenset({DarajaNotSentReason.RATE_LIMITED, DarajaNotSentReason.QUOTA_USED_UP, DarajaNotSentReason.BUSY})
CREDENTIALS = frozenset({DarajaNotSentReason.CREDENTIALS_REJECTED, DarajaNotSentReason.TOKEN_REJECTED})

HOLDS: dict[Place, Hold | None] = {
    Place.TAKEN: None,
    Place.USED_UP: Hold.LIMIT,
    Place.CROWDED: Hold.PACE,
    Place.NOT_WANTED: Hold.PACE,
}
"""What it waits for, having no place. Where none is wanted the item has changed, so that this is never written."""

CAUSES: dict[RefusalCause, str] = {
    RefusalCause.PHONE_NOT_ON_MPESA: "recipient_not_on_mpesa",
    RefusalCause.RECIPIENT: "recipient_not_on_mpesa",
    RefusalCause.INITIATOR: "initiator_invalid",
    RefusalCause.SHOP_SETUP: NOT_PERMITTED,
}
"""Our failure codes for what Daraja refuses at once."""


@dataclass(frozen=True, slots=True)
class _Sending:
    """What one send needs."""

    record: OutgoingRecord
    begun: SendBegun
    credential: InitiatorCredential
    settings: FlowSettings


def send_next(out_id: str, settings: FlowSettings) -> Flow[None]:
    """Send it if it may be sent now; else note what it waits for. Raises StoreUnavailable: look again."""
    record = yield from call(Outgoings.read_outgoing, out_id)
    if record is None or is_of_a_newer_release(record):
        return
    state = outgoing_state(record)
    now_ms = yield from call(Ambient.now_ms)
    if not _may_begin(record, state, now_ms):
        return
    try:
        shortcode = record.asked.shortcode_for(state.method)
        credential = yield from may_call(shortcode, COMMANDS[Method(state.method)])
    except InitiatorUnusable:
        yield from _hold(record, Hold.CREDENTIAL, settings)
        return
    held, record = yield from _room(record, state, settings)
    if held is not None:
        yield from _hold(record, held, settings)
        return
    wait_ms = yield from take_turn(settings.out.per_minute)
    if wait_ms is not None:
        yield from keep_in_outgoing(record, (), settings, held=Hold.PACE, held_until_ms=wait_ms)
        return
    yield from _begin_and_send(record, state, credential, settings)


def _may_begin(record: OutgoingRecord, state: OutgoingState, now_ms: int) -> bool:
    """Whether an approval stands that nobody has used up, and its time is not over."""
    ends_ms = lapses_at_ms(record, state)
    return state.may_be_sent and len(state.attempts) < SENDS_MAX and ends_ms is not None and now_ms < ends_ms


def _room(
    record: OutgoingRecord, state: OutgoingState, settings: FlowSettings
) -> Flow[tuple[Hold | None, OutgoingRecord]]:
    """What it waits for, if float or limits leave no room; and the record with the day on which it counts.

    What may have gone keeps the place that it has; whether a refund's money is still here is asked each time.
    """
    if record.asked.kind == OutgoingKind.REFUND:
        held = yield from hindrance_of_refund(record, state, settings)
        if held is not None:
            return held, record
    if not OUTGOING[state.status].waits:
        return None, record
    if state.method != Method.REVERSAL and not (yield from covers(record.asked, state.method)):
        return Hold.FLOAT, record
    now_ms = yield from call(Ambient.now_ms)
    today = day_of(now_ms)
    if record.limit_day != today:
        record = yield from _moved_to(record, today, settings)
    place = yield from take_places(record.asked, today, settings)
    return HOLDS[place], record


def _moved_to(record: OutgoingRecord, today: str, settings: FlowSettings) -> Flow[OutgoingRecord]:
    """It counts today. Its places of another day are given back once this version says that nobody sends on them."""
    left = record.limit_day
    if record.limit_day_before:
        yield from end_places(record, record.limit_day_before, went=False)
    kept = yield from keep_in_outgoing(record, (), settings, limit_day=today, limit_day_before=left)
    if kept is None:
        raise StoreUnavailable("somebody else works on it")
    if left:
        yield from end_places(record, left, went=False)
    return kept.record


def _hold(record: OutgoingRecord, hold: Hold, settings: FlowSettings) -> Flow[None]:
    """Note what it waits for, and look again after a pause that grows. Losing this write is harmless: it stays due."""
    now_ms = yield from call(Ambient.now_ms)
    yield from keep_in_outgoing(record, (), settings, **_held(record, hold, now_ms))
    yield from call(Ambient.report, "money_out_waits", {"out": record.id, "for": str(hold)})


def _held(record: OutgoingRecord, hold: Hold, now_ms: int) -> dict[str, object]:
    times = record.held_times if record.held == hold else 0
    return {"held": hold, "held_times": times + 1, "held_until_ms": held_until_ms(times, now_ms)}


def _begin_and_send(
    record: OutgoingRecord, state: OutgoingState, credential: InitiatorCredential, settings: FlowSettings
) -> Flow[None]:
    begun = yield from _begun(record, state, settings)
    kept = yield from keep_in_outgoing(record, (begun,), settings, held=None, held_until_ms=0)
    if kept is None:
        return
    fact = yield from _send(_Sending(kept.record, begun, credential, settings))
    yield from _keep_answer(kept.record, fact, settings)


def _begun(record: OutgoingRecord, state: OutgoingState, settings: FlowSettings) -> Flow[SendBegun]:
    """The fact that this process sends, with a nonce that no other process draws."""
    sender = yield from call(Ambient.draw, 12)
    now_ms = yield from call(Ambient.now_ms)
    return SendBegun(
        number=max((send.number for send in state.attempts), default=0) + 1,
        method=state.method,
        terms=state.approved_terms,
        originator_conversation_id=originator_conversation_id(record.id, transfer_of_round(record, state.method)),
        sender=sender.hex(),
        asked_at_s=now_ms // SECOND_MS,
        send_before_ms=now_ms + settings.out.send_window_ms,
        said_at_ms=now_ms,
        learned_at_ms=now_ms,
    )


def _send(sending: _Sending) -> Flow[Fact]:
    """Hand it over, and what came of it as a fact."""
    try:
        return (yield from _send_until_taken(sending))
    except NotSent as why:
        return (yield from _not_sent(sending.begun, _hold_of(why.reason), str(why.reason)))
    except PortError as error:
        return (yield from _not_sent(sending.begun, Hold.MPESA, type(error).__name__))


def _send_until_taken(sending: _Sending) -> Flow[Fact]:
    """Again only where Daraja certainly did not take it. Raises NotSent or PortError: nothing was taken."""
    token = yield from access_token()
    replaced, tries = False, 0
    while True:
        yield from _refuse_if_too_late(sending.begun)
        try:
            return (yield from _hand_over(sending, token))
        except TokenRejected:
            if replaced:
                raise
            token = yield from replace_rejected(token)
            replaced = True
        except NotSent as why:
            tries += 1
            if not why.retryable or not (yield from _time_to_retry(sending.begun, tries)):
                raise


def _refuse_if_too_late(begun: SendBegun) -> Flow[None]:
    """Nobody sends after `send_before`, which this very process wrote: the sweep counts on it."""
    if (yield from call(Ambient.now_ms)) >= begun.send_before_ms:
        raise NotSent(DarajaNotSentReason.TOKEN_NOT_OBTAINED, retryable=False, text="too late to send")


def _hand_over(sending: _Sending, token: StoredToken) -> Flow[Fact]:
    """Once. Raises NotSent where nothing was taken; every other outcome is a fact."""
    begun, asked = sending.begun, sending.record.asked
    transfer = yield from _transfer(sending)
    try:
        answer = yield from call(Transfers.hand_over, token.value, transfer)
    except NotSent:
        raise
    except Refused as error:
        yield from _tell_circuit(sending, error)
        at_ms = yield from call(Ambient.now_ms)
        cause = CAUSES.get(error.cause, DECLINED)
        return SendRefused(
            number=begun.number,
            code=error.code,
            cause=cause,
            text=error.text,
            said_at_ms=at_ms,
            learned_at_ms=at_ms,
        )
    except MaybeSent as why:
        return (yield from _lost(begun, str(why.reason)))
    except DarajaError as odd:
        return (yield from _lost(begun, type(odd).__name__))
    at_ms = yield from call(Ambient.now_ms)
    if answer.seen_before:
        yield from call(Ambient.report, "money_out_seen_before", {"out": asked.id})
        return SendTaken(number=begun.number, said_at_ms=at_ms, learned_at_ms=at_ms)
    return SendAccepted(
        number=begun.number,
        conversation_id=answer.conversation_id,
        originator_conversation_id=answer.originator_conversation_id,
        said_at_ms=at_ms,
        learned_at_ms=at_ms,
    )


def _transfer(sending: _Sending) -> Flow[Transfer]:
    begun, asked = sending.begun, sending.record.asked
    keys = yield from call(Secrets.read_keys)
    name = RequestName(call=OUT, subject_id=asked.id, number=begun.number, asked_at_s=begun.asked_at_s)
    urls = security.result_urls(sending.settings.callback_base_url, keys.tags[0], name)
    return Transfer(
        method=begun.method,
        command=asked.command,
        shortcode=asked.shortcode_for(begun.method),
        recipient=asked.recipient_for(begun.method),
        amount_kes=asked.amount_kes,
        remarks=asked.remarks,
        occasion=asked.occasion,
        originator_conversation_id=begun.originator_conversation_id,
        initiator=sending.credential.name,
        security_credential=sending.credential.security_credential,
        result_url=urls.result,
        timeout_url=urls.timeout,
        send_before_ms=begun.send_before_ms,
    )


def _tell_circuit(sending: _Sending, error: Refused) -> Flow[None]:
    """One wrong answer stops every call in the operator's name. What is lost here the next answer tells again."""
    command = COMMANDS[Method(sending.begun.method)]
    try:
        yield from refused(sending.record.asked.shortcode_for(sending.begun.method), command, error)
    except PortError as gone:
        yield from call(Ambient.report, "initiator_not_stopped", {"error": type(gone).__name__})


def _time_to_retry(begun: SendBegun, tries: int) -> Flow[bool]:
    """Wait a while that grows, if it ends before nobody may send any more."""
    drawn = yield from call(Ambient.draw, 1)
    wait_ms = (BACKOFF_MS << tries) * drawn[0] // 255
    now_ms = yield from call(Ambient.now_ms)
    if now_ms + wait_ms >= begun.send_before_ms:
        return False
    yield from call(Ambient.pause, wait_ms)
    return True


def _hold_of(reason: DarajaNotSentReason) -> Hold:
    if reason in PACED:
        return Hold.PACE
    return Hold.CREDENTIAL if reason in CREDENTIALS else Hold.MPESA


def _not_sent(begun: SendBegun, hold: Hold, why: str) -> Flow[Fact]:
    now_ms = yield from call(Ambient.now_ms)
    return NotSentFact(number=begun.number, hold=hold, why=why, said_at_ms=now_ms, learned_at_ms=now_ms)


def _lost(begun: SendBegun, why: str) -> Flow[Fact]:
    now_ms = yield from call(Ambient.now_ms)
    return SendLost(number=begun.number, why=why, said_at_ms=now_ms, learned_at_ms=now_ms)


def _keep_answer(record: OutgoingRecord, fact: Fact, settings: FlowSettings) -> Flow[None]:
    """The answer is a fact like any other: table, else retry queue, else one line and the sweep."""
    now_ms = yield from call(Ambient.now_ms)
    changed = _held(record, fact.hold, now_ms + MINUTE_MS) if isinstance(fact, NotSentFact) else {}
    try:
        kept = yield from keep_in_outgoing(record, (fact,), settings, **changed)
        if kept is None:
            kept = yield from keep_outgoing(record.id, lambda _: (fact,), settings)
        if kept is not None:
            yield from tell_at_once(kept.record, kept.state, settings)
    except StoreUnavailable:
        try:
            yield from call(Queues.send_retry, outgoing_facts_message(record.id, (fact,)))
        except QueueUnavailable:
            yield from call(Ambient.report, "answer_not_kept", {"out": record.id, "fact": fact.id})
