"""Ask M-PESA what became of a prompt: lease, pace, query, and the answer as a fact.

An answer "not finished" or "not known" is no fact: it is only counted, with the lease.
"""

from __future__ import annotations

from dataclasses import replace

from daraja.errors import DarajaError, NotSent, NotSentReason, TokenRejected
from gateway.domain.due import ASKS_APART_MS, due_at_ms, wants_asking
from gateway.domain.facts import QueryAnswered
from gateway.domain.payment import Asks, Attempt, PaymentRecord, PaymentState
from gateway.domain.policy import MINUTE_MS
from gateway.domain.shop import Shortcode
from gateway.flows.keep import keep
from gateway.flows.settings import FlowSettings
from gateway.flows.token import access_token, replace_rejected
from gateway.ports import Ambient, Daraja, Flow, Pace, QueryReply, Secrets, Store, call

PACE = "stk_query"
PACE_ROUNDS_MAX = 6
ASKS_FOR_LESS = frozenset({NotSentReason.RATE_LIMITED, NotSentReason.QUOTA_USED_UP, NotSentReason.BUSY})
APART_MS_MAX = MINUTE_MS
TURN_WAIT_MS_MAX = 3_000
"""A question for which somebody waits waits this long for its turn; else the item stays due. Nobody takes a turn that
lies further ahead: whoever has more time waits without one, so that somebody with a payer is not behind a sweep."""

TURN_AHEAD_MS_MAX = TURN_WAIT_MS_MAX + APART_MS_MAX + 10_000
"""No turn lies further ahead by any right clock; one that does was written by a clock that ran fast."""


def ask_about(
    record: PaymentRecord,
    state: PaymentState,
    settings: FlowSettings,
    *,
    number: int | None = None,
    early: bool = False,
    patience_ms: int = TURN_WAIT_MS_MAX,
) -> Flow[bool]:
    """Ask about one attempt (number), or about the first that wants it. early: as soon as the last question allows.

    False: no turn came within `patience_ms`, so the question is still to be asked.
    """
    now_ms = yield from call(Ambient.now_ms)
    attempt = _attempt(state, number)
    if attempt is None or (early and not _may_ask_early(record, attempt, now_ms)):
        return True
    if not (yield from _take_pace(settings, now_ms, patience_ms)):
        return False
    now_ms = yield from call(Ambient.now_ms)
    leased = yield from _lease(record, attempt, now_ms, settings)
    if leased is not None:
        yield from _ask(leased, attempt.number, _id_in_turn(record, attempt), now_ms, settings)
    return True


def _ask(record: PaymentRecord, number: int, asked_with: str, now_ms: int, settings: FlowSettings) -> Flow[None]:
    """The question, and what it teaches us."""
    reply = yield from _query(record, asked_with, settings)
    if reply is None or reply.code is None:
        return
    learned_at_ms = yield from call(Ambient.now_ms)
    fact = QueryAnswered(
        number=number,
        result_code=reply.code,
        checkout_request_id=asked_with,
        text=reply.text,
        said_at_ms=now_ms,
        learned_at_ms=learned_at_ms,
    )
    yield from keep(record.id, lambda _: (fact,), settings)


def _attempt(state: PaymentState, number: int | None) -> Attempt | None:
    """The attempt to ask about."""
    wanting = (one for one in state.attempts if wants_asking(one) and number in (None, one.number))
    return next(wanting, None)


def _id_in_turn(record: PaymentRecord, attempt: Attempt) -> str:
    """Of several ids that callbacks named, each is asked about in its turn."""
    count = record.asks.get(attempt.number, Asks(0, 0)).count
    return attempt.ids_to_ask[count % len(attempt.ids_to_ask)]


def _may_ask_early(record: PaymentRecord, attempt: Attempt, now_ms: int) -> bool:
    asks = record.asks.get(attempt.number, Asks(0, 0))
    return now_ms >= max(asks.last_at_ms, attempt.prompted_at_ms or attempt.begun_at_ms) + ASKS_APART_MS


def _lease(record: PaymentRecord, attempt: Attempt, now_ms: int, settings: FlowSettings) -> Flow[PaymentRecord | None]:
    """Count the question and move `due_at` past it, on condition that nobody else did."""
    before = record.asks.get(attempt.number, Asks(0, 0))
    leased = replace(record, asks={**record.asks, attempt.number: Asks(before.count + 1, now_ms)})
    due_ms = due_at_ms(leased, settings.state(leased), settings.policy)
    if due_ms is None or due_ms <= now_ms:
        due_ms = now_ms + ASKS_APART_MS
    won = yield from call(Store.lease_payment, record, due_ms, leased.asks)
    return replace(leased, due_at_ms=due_ms) if won else None


def _query(record: PaymentRecord, checkout_request_id: str, settings: FlowSettings) -> Flow[QueryReply | None]:
    """One question, with another token if the first is refused. None: no answer this time."""
    credentials = yield from call(Secrets.read_credentials)
    shop = yield from call(Store.read_settings, record.asked.owner)
    shortcode = shop.shortcode(record.asked.shortcode) if shop else None
    if shortcode is None:
        shortcode = Shortcode(number=record.asked.shortcode, kind=record.asked.shortcode_kind, name="")
    passkey = credentials.passkeys.get(shortcode.business_number, "")
    try:
        return (yield from _ask_with_token(shortcode, passkey, checkout_request_id))
    except NotSent as held_up:
        yield from call(Ambient.report, "query_held_up", {"reason": str(held_up.reason)})
        if held_up.reason in ASKS_FOR_LESS:
            yield from _slow_down(settings)
    except DarajaError as error:
        yield from call(Ambient.report, "query_failed", {"error": type(error).__name__})
    return None


def _ask_with_token(shortcode: Shortcode, passkey: str, checkout_request_id: str) -> Flow[QueryReply]:
    """One question; once more with another token if the first is refused."""
    token = yield from access_token()
    now_ms = yield from call(Ambient.now_ms)
    try:
        return (yield from call(Daraja.query, token.value, shortcode, passkey, checkout_request_id, now_ms))
    except TokenRejected:
        token = yield from replace_rejected(token)
    now_ms = yield from call(Ambient.now_ms)
    return (yield from call(Daraja.query, token.value, shortcode, passkey, checkout_request_id, now_ms))


def _take_pace(settings: FlowSettings, now_ms: int, patience_ms: int) -> Flow[bool]:
    """A place in the shared pace of all functions, waited for if it comes in time. False: not now."""
    until_ms = now_ms + patience_ms
    for _ in range(PACE_ROUNDS_MAX):
        pace = yield from call(Store.read_pace, PACE)
        next_ms = pace.next_at_ms if pace else 0
        turn_ms = next_ms if now_ms < next_ms <= now_ms + TURN_AHEAD_MS_MAX else now_ms
        if turn_ms > until_ms:
            return False
        if turn_ms - now_ms > TURN_WAIT_MS_MAX:
            yield from call(Ambient.pause, turn_ms - now_ms - TURN_WAIT_MS_MAX)
            now_ms = yield from call(Ambient.now_ms)
            continue
        apart_ms = max(settings.query_apart_ms, (pace.apart_ms * 9 // 10) if pace else 0)
        after = Pace(next_at_ms=turn_ms + apart_ms, apart_ms=apart_ms, version=(pace.version if pace else 0) + 1)
        if (yield from call(Store.save_pace, PACE, pace, after)):
            yield from call(Ambient.pause, turn_ms - now_ms)
            return True
    return False


def _slow_down(settings: FlowSettings) -> Flow[None]:
    """Safaricom asked for less: twice as far apart, until answers come again."""
    pace = yield from call(Store.read_pace, PACE)
    if pace is None:
        return
    apart_ms = min(APART_MS_MAX, max(settings.query_apart_ms, pace.apart_ms) * 2)
    now_ms = yield from call(Ambient.now_ms)
    after = Pace(next_at_ms=now_ms + apart_ms, apart_ms=apart_ms, version=pace.version + 1)
    yield from call(Store.save_pace, PACE, pace, after)
