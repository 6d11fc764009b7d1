"""Send one prompt for an attempt that is already stored: guard, token, push, and the answer as a fact.

The push is repeated only where Daraja certainly did not take it, and never after `send_before`. Whatever else
happens ends as "may have been sent", which is asked about and not repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

from daraja.errors import DarajaError, MaybeSent, NotSent, RefusalCause, Refused, TokenRejected
from daraja.errors import NotSentReason as DarajaNotSentReason
from gateway import security
from gateway.domain.facts import (
    AttemptBegun,
    Fact,
    NotSentReason,
    PushAccepted,
    PushLost,
    PushRefused,
)
from gateway.domain.facts import (
    NotSent as NotSentFact,
)
from gateway.domain.guard import Refusal, Wanted
from gateway.domain.payment import PaymentRecord
from gateway.domain.shop import Shortcode
from gateway.flows.guards import take_guard
from gateway.flows.keep import Kept, keep, keep_in
from gateway.flows.messages import facts_message
from gateway.flows.settings import FlowSettings
from gateway.flows.token import access_token, replace_rejected
from gateway.ports import (
    Ambient,
    Credentials,
    Daraja,
    Flow,
    Keys,
    PortError,
    Prompt,
    Queues,
    QueueUnavailable,
    Secrets,
    StoredToken,
    StoreUnavailable,
    call,
)

BACKOFF_MS = 400
"""Full jitter below this, doubled with each refusal that was certainly not taken."""

TOKENS_MAX = 2
"""So many different tokens are tried for one prompt."""

CAUSES: dict[RefusalCause, str] = {
    RefusalCause.PHONE_NOT_ON_MPESA: "phone_not_on_mpesa",
    RefusalCause.PHONE_BUSY: "phone_busy",
}
"""Our failure codes for refusals that the payer can mend; all others are the shop's setup."""


@dataclass(frozen=True, slots=True)
class _Sending:
    """What one prompt needs."""

    record: PaymentRecord
    begun: AttemptBegun
    shortcode: Shortcode
    keys: Keys
    settings: FlowSettings


def send_prompt(record: PaymentRecord, begun: AttemptBegun, shortcode: Shortcode, settings: FlowSettings) -> Flow[Kept]:
    """Prompt the phone of an attempt of which this process wrote `begun`, and keep what came of it."""
    fact = yield from _try_to_send(record, begun, shortcode, settings)
    return (yield from _keep_answer(record, fact, settings))


def guard_wanted(record: PaymentRecord, begun: AttemptBegun, keys: Keys, settings: FlowSettings) -> Wanted:
    """The claim of this sender on the phone."""
    return Wanted(
        phone_key=security.phone_key(keys.phone, begun.phone),
        owner=record.asked.owner,
        payment_id=record.id,
        number=begun.number,
        sender=begun.sender,
        until_ms=begun.send_before_ms + settings.policy.guard_ms,
    )


def _try_to_send(
    record: PaymentRecord, begun: AttemptBegun, shortcode: Shortcode, settings: FlowSettings
) -> Flow[Fact]:
    try:
        keys = yield from call(Secrets.read_keys)
        refusal = yield from take_guard(guard_wanted(record, begun, keys, settings), settings)
    except PortError:
        return (yield from _not_sent(begun, NotSentReason.SENDER_STOPPED))
    if refusal is not None:
        return (yield from _refused_by_guard(begun, refusal))
    return (yield from _push(_Sending(record, begun, shortcode, keys, settings)))


def _push(sending: _Sending) -> Flow[Fact]:
    """Push, and what came of it as a fact."""
    try:
        return (yield from _push_until_taken(sending))
    except (NotSent, PortError):
        return (yield from _not_sent(sending.begun, NotSentReason.MPESA_UNAVAILABLE))


def _push_until_taken(sending: _Sending) -> Flow[Fact]:
    """Push again only where Daraja certainly did not take it. Raises NotSent or PortError: nothing was taken."""
    credentials = yield from call(Secrets.read_credentials)
    token = yield from access_token()
    tokens, tries = 1, 0
    while True:
        yield from _refuse_if_too_late(sending.begun)
        try:
            return (yield from _push_once(sending, token, credentials))
        except TokenRejected:
            if tokens >= TOKENS_MAX:
                raise
            token = yield from replace_rejected(token)
            tokens += 1
        except NotSent as refused:
            tries += 1
            if not refused.retryable or not (yield from _time_to_retry(sending.begun, tries)):
                raise


def _refuse_if_too_late(begun: AttemptBegun) -> Flow[None]:
    """Nobody sends after `send_before`, which this very process wrote: others count on it."""
    if (yield from call(Ambient.now_ms)) >= begun.send_before_ms:
        raise NotSent(DarajaNotSentReason.TOKEN_NOT_OBTAINED, retryable=False, text="too late to send")


def _push_once(sending: _Sending, token: StoredToken, credentials: Credentials) -> Flow[Fact]:
    """One push. Raises NotSent where nothing was taken; every other outcome is a fact."""
    begun, asked = sending.begun, sending.record.asked
    now_ms = yield from call(Ambient.now_ms)
    prompt = Prompt(
        shortcode=sending.shortcode,
        passkey=credentials.passkeys.get(sending.shortcode.business_number, ""),
        phone=begun.phone,
        amount_kes=begun.amount_kes,
        account_reference=asked.account_reference,
        description=asked.description,
        callback_url=security.stk_callback_url(
            sending.settings.callback_base_url, sending.keys.tags[0], asked.id, begun.number
        ),
        at_ms=now_ms,
        send_before_ms=begun.send_before_ms,
    )
    try:
        answer = yield from call(Daraja.push, token.value, prompt)
    except NotSent:
        raise
    except Refused as refusal:
        at_ms = yield from call(Ambient.now_ms)
        cause = CAUSES.get(refusal.cause, "shop_setup")
        return PushRefused(
            number=begun.number,
            code=refusal.code,
            cause=cause,
            text=refusal.text,
            said_at_ms=at_ms,
            learned_at_ms=at_ms,
        )
    except MaybeSent as lost:
        return (yield from _lost(begun, str(lost.reason)))
    except DarajaError as odd:
        return (yield from _lost(begun, type(odd).__name__))
    at_ms = yield from call(Ambient.now_ms)
    return PushAccepted(
        number=begun.number,
        checkout_request_id=answer.checkout_request_id,
        merchant_request_id=answer.merchant_request_id,
        said_at_ms=at_ms,
        learned_at_ms=at_ms,
    )


def _time_to_retry(begun: AttemptBegun, tries: int) -> Flow[bool]:
    """Wait a while that grows, if it ends before nobody may send any more."""
    drawn = yield from call(Ambient.draw, 1)
    wait_ms = (BACKOFF_MS << tries) * drawn[0] // 255
    now_ms = yield from call(Ambient.now_ms)
    if now_ms + wait_ms >= begun.send_before_ms:
        return False
    yield from call(Ambient.pause, wait_ms)
    return True


def _not_sent(begun: AttemptBegun, reason: NotSentReason, retry_at_ms: int = 0) -> Flow[Fact]:
    now_ms = yield from call(Ambient.now_ms)
    return NotSentFact(
        number=begun.number, reason=reason, retry_at_ms=retry_at_ms, said_at_ms=now_ms, learned_at_ms=now_ms
    )


def _refused_by_guard(begun: AttemptBegun, refusal: Refusal) -> Flow[Fact]:
    return (yield from _not_sent(begun, refusal.reason, refusal.retry_at_ms))


def _lost(begun: AttemptBegun, why: str) -> Flow[Fact]:
    now_ms = yield from call(Ambient.now_ms)
    return PushLost(number=begun.number, why=why, said_at_ms=now_ms, learned_at_ms=now_ms)


def _keep_answer(record: PaymentRecord, fact: Fact, settings: FlowSettings) -> Flow[Kept]:
    """The answer of the push is a fact like any other: table, else retry queue, else one line and the sweep."""
    try:
        kept = yield from keep_in(record, (fact,), settings)
        if kept is None:
            kept = yield from keep(record.id, lambda _: (fact,), settings)
        if kept is not None:
            return kept
    except StoreUnavailable:
        try:
            yield from call(Queues.send_retry, facts_message(record.id, (fact,)))
        except QueueUnavailable:
            yield from call(Ambient.report, "answer_not_kept", {"payment": record.id, "fact": fact.id})
    from_now = record.with_facts((fact,))
    return Kept(from_now, settings.state(from_now), changed=True)
