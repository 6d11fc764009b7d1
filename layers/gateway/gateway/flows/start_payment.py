"""Start a payment, or another attempt of one.

Order of the first write: the payment with its attempt (that is the idempotency check), then the guard of the phone,
then the push, then its answer. Each is safe to lose: see the docstrings of `send_prompt.py` and `sweep.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.domain.attempts import Hindrance, Permission, permission
from gateway.domain.facts import AttemptBegun, Fact, NotCharged, NotSentReason
from gateway.domain.payment import Asked, Attempt, PaymentRecord, PaymentState
from gateway.domain.shop import Shortcode
from gateway.domain.statuses import AttemptStatus
from gateway.flows.guards import refusal_for
from gateway.flows.keep import ROUNDS_MAX, keep_in
from gateway.flows.limits import Limit, reached
from gateway.flows.send_prompt import guard_wanted, send_prompt
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, Secrets, Store, StoreUnavailable, call


@dataclass(frozen=True, slots=True)
class Started:
    """created False: this is what the Idempotency-Key named before. Compare the fingerprint."""

    record: PaymentRecord
    state: PaymentState
    created: bool


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """What became of the wish for attempt n.

    record None: no such payment. permission with a hindrance: nothing was stored. wrong_number: attempt n exists
    with another phone, or is not the next one. limited_until_ms: a limit was reached, nothing was stored.
    created False without these: attempt n existed, with this phone.
    """

    record: PaymentRecord | None
    state: PaymentState | None
    permission: Permission | None = None
    created: bool = False
    wrong_number: bool = False
    limited_until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class _Wish:
    """One attempt, as somebody wants it."""

    number: int
    phone: str
    actor: str
    not_charged: bool
    limits: Sequence[Limit]


def start_payment(
    asked: Asked, phone: str | None, shortcode: Shortcode, actor: str, settings: FlowSettings
) -> Flow[Started]:
    """Store the payment and, with a phone, prompt it. Raises StoreUnavailable: then nothing was sent."""
    now_ms = yield from call(Ambient.now_ms)
    begun = None
    if phone is not None:
        begun = yield from _begin(1, phone, asked.amount_kes, actor, now_ms, settings)
    record = PaymentRecord(asked, {begun.id: begun} if begun else {}, version=1, updated_at_ms=now_ms)
    state = settings.state(record)
    indexed = settings.indexed(record, state)
    record = replace(record, due_at_ms=indexed.due_at_ms)
    existing = yield from call(Store.create_payment, record, indexed)
    if existing is not None and not _is_mine(existing, begun):
        return Started(existing, settings.state(existing), created=False)
    if begun is None:
        return Started(record, state, created=True)
    kept = yield from send_prompt(record, begun, shortcode, settings)
    return Started(kept.record, kept.state, created=True)


def start_attempt(
    payment_id: str,
    number: int,
    phone: str,
    actor: str,
    settings: FlowSettings,
    *,
    not_charged: bool = False,
    limits: Sequence[Limit] = (),
) -> Flow[AttemptStarted]:
    """Begin attempt `number` and prompt the phone. `not_charged`: the payer says that unresolved ones took nothing.

    limits: counted for an attempt that may begin, so not for a repeat. A lost race may count twice, never too little.
    """
    wish = _Wish(number, phone, actor, not_charged, limits)
    mine: AttemptBegun | None = None
    for _ in range(ROUNDS_MAX):
        record = yield from call(Store.read_payment, payment_id)
        if record is None:
            return AttemptStarted(None, None)
        state = settings.state(record)
        standing = next((one for one in state.attempts if one.number == number), None)
        if standing is not None and (mine is None or standing.sender != mine.sender):
            same = standing.phone == phone
            return AttemptStarted(record, state, wrong_number=not same)
        if standing is None:
            began = yield from _try_to_begin(record, state, wish, settings)
            if isinstance(began, AttemptStarted):
                return began
            mine, saved = began
            if saved is None:
                continue
            record = saved
        if mine is not None:
            return (yield from _prompt(record, mine, settings))
    raise StoreUnavailable(f"{payment_id} changes faster than an attempt can be begun")


def _try_to_begin(
    record: PaymentRecord, state: PaymentState, wish: _Wish, settings: FlowSettings
) -> Flow[AttemptStarted | tuple[AttemptBegun, PaymentRecord | None]]:
    """Write the attempt if it may begin. The record is None when somebody else was faster."""
    now_ms = yield from call(Ambient.now_ms)
    said = _said_not_charged(state, wish.actor, now_ms) if wish.not_charged else []
    hearing = record.with_facts(said)
    allowed = permission(
        settings.state(hearing),
        record.asked.amount_kes,
        wish.phone,
        now_ms,
        settings.policy,
        closes_at_ms=record.asked.expires_at_ms,
    )
    if allowed.hindrance is not None:
        return AttemptStarted(record, state, allowed)
    if wish.number != allowed.number:
        return AttemptStarted(record, state, wrong_number=True)
    begun = yield from _begin(wish.number, wish.phone, allowed.amount_kes, wish.actor, now_ms, settings)
    refused = yield from _phone_refused(record, begun, allowed, settings)
    if refused is not None:
        return AttemptStarted(record, state, refused)
    limit = yield from reached(wish.limits)
    if limit is not None:
        return AttemptStarted(record, state, limited_until_ms=limit.ends_at_ms)
    kept = yield from keep_in(record, (*said, begun), settings)
    return begun, kept.record if kept else None


def _phone_refused(
    record: PaymentRecord, begun: AttemptBegun, allowed: Permission, settings: FlowSettings
) -> Flow[Permission | None]:
    """Look at the phone's guard first, so that a refusal stores nothing."""
    keys = yield from call(Secrets.read_keys)
    refusal = yield from refusal_for(guard_wanted(record, begun, keys, settings), settings)
    if refusal is None:
        return None
    busy = refusal.reason is NotSentReason.PHONE_BUSY
    hindrance = Hindrance.PROMPT_LIVE if busy else Hindrance.TOO_MANY_PROMPTS
    return replace(allowed, hindrance=hindrance, from_ms=refusal.retry_at_ms)


def _prompt(record: PaymentRecord, begun: AttemptBegun, settings: FlowSettings) -> Flow[AttemptStarted]:
    shop = yield from call(Store.read_settings, record.asked.owner)
    shortcode = shop.shortcode(record.asked.shortcode) if shop else None
    if shortcode is None:
        shortcode = Shortcode(
            number=record.asked.shortcode, kind=record.asked.shortcode_kind, name=record.asked.shop_name
        )
    kept = yield from send_prompt(record, begun, shortcode, settings)
    return AttemptStarted(kept.record, kept.state, created=True)


def _begin(
    number: int, phone: str, amount_kes: int, actor: str, now_ms: int, settings: FlowSettings
) -> Flow[AttemptBegun]:
    """The fact that this process begins an attempt, with a nonce that no other process draws."""
    sender = yield from call(Ambient.draw, 12)
    return AttemptBegun(
        number=number,
        phone=phone,
        amount_kes=amount_kes,
        sender=sender.hex(),
        send_before_ms=now_ms + settings.policy.send_window_ms,
        actor=actor,
        said_at_ms=now_ms,
        learned_at_ms=now_ms,
    )


def _is_mine(existing: PaymentRecord, begun: AttemptBegun | None) -> bool:
    """The item that stands there is the one this very process wrote: only the answer was lost."""
    return begun is not None and existing.version == 1 and existing.knows(begun)


def _said_not_charged(state: PaymentState, actor: str, now_ms: int) -> Sequence[Fact]:
    unresolved: list[Attempt] = [
        attempt for attempt in state.attempts if attempt.status is AttemptStatus.UNRESOLVED and not attempt.not_charged
    ]
    return [
        NotCharged(number=attempt.number, actor=actor, said_at_ms=now_ms, learned_at_ms=now_ms)
        for attempt in unresolved
    ]
