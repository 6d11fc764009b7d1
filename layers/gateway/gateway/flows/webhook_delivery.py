"""One try of one event at one endpoint: read, send, mark. A crash between the two sends the same message id again.

Nothing here blocks another endpoint: an endpoint has few lanes, one where it fails or is slow, and rests while it only
fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from daraja.masking import mask_text
from gateway.domain import webhooks as rules
from gateway.domain.addresses import AddressRefused, check_address, target_of
from gateway.domain.event_types import AccountEvent, EndpointEvent, MoneyEvent
from gateway.domain.events import EmittedEvent
from gateway.domain.fold import state_of
from gateway.domain.money_out.events import OUT_EVENTS
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.policy import MINUTE_MS
from gateway.domain.reconciliation.events import DayEvent
from gateway.domain.webhooks import Delivery, DeliveryState, Endpoint, Outcome, Try
from gateway.flows.emit_account import read_account
from gateway.flows.money_shown import money_told
from gateway.flows.outgoing_shown import outgoing_shown
from gateway.flows.reconciliation.tell import read_told_day
from gateway.flows.webhook_replay import replay_some
from gateway.flows.webhooks import Waited, errand_for, errands_of, read_text
from gateway.ports import Ambient, Bus, Flow, Store, StoreUnavailable, call
from gateway.ports.feed import Feed
from gateway.ports.money_out import Outgoings
from gateway.ports.webhooks import Errand, Names, NameUnknown, Post, Replay, Sender, Webhooks

DELAY_S_MAX = 900
"""SQS waits no longer. Later tries wait in the table."""

OVERDUE_MS = 2 * MINUTE_MS
"""So long after a short wait the sweep looks whether its message got lost."""

ROUNDS_MAX = 5
OURSELVES = "gateway"
"""Who switched an endpoint off that takes nothing."""
PARKED_APART_MS = MINUTE_MS
"""What waits for an endpoint's rest to end comes back within so long after it."""

USER_AGENT = "mpesa-gateway"

Describe = Callable[[PaymentRecord, PaymentState], Mapping[str, Any]]
"""A payment as events carry it."""


def handle_message(text: str, describe: Describe, *, loopback: bool) -> Flow[None]:
    """Whatever a message of the two queues asks for. Raises MessageUnreadable and the errors of ports."""
    asked = read_text(text)
    if isinstance(asked, Waited):
        yield from call(Webhooks.send_errands, (asked.errand,))
    elif isinstance(asked, Replay):
        yield from replay_some(asked)
    else:
        yield from deliver(asked, describe, loopback=loopback)


def deliver(errand: Errand, describe: Describe, *, loopback: bool) -> Flow[None]:
    """Make the try, unless it was made, is no longer wanted, or the endpoint rests."""
    stored = yield from call(Webhooks.read_delivery, errand.delivery)
    if _is_over(errand, stored):
        return
    now_ms = yield from call(Ambient.now_ms)
    delivery = stored or _first(errand, now_ms)
    endpoint = (yield from call(Webhooks.read_endpoints, errand.owner)).find(errand.endpoint)
    if endpoint is None or endpoint.disabled is not None:
        yield from call(Webhooks.save_delivery, stored, _stopped(delivery))
    elif rules.rests(endpoint, now_ms) and not errand.forced:
        yield from call(Webhooks.save_delivery, stored, (yield from _parked(delivery, endpoint)))
    else:
        tried = yield from _try(endpoint, delivery, describe, loopback=loopback)
        yield from _conclude(endpoint, stored, delivery, tried)


def _is_over(errand: Errand, stored: Delivery | None) -> bool:
    """Another message has made this try, or nobody wants it any more."""
    if stored is None:
        return errand.number != 1
    return stored.state is not DeliveryState.WAITING or stored.tries_made + 1 != errand.number


def _first(errand: Errand, now_ms: int) -> Delivery:
    return Delivery(
        id=errand.delivery,
        owner=errand.owner,
        endpoint=errand.endpoint,
        event_id=errand.event_id,
        event_type=errand.event_type,
        subject=errand.subject,
        emitted_at_ms=errand.emitted_at_ms,
        created_at_ms=now_ms,
    )


def _stopped(delivery: Delivery) -> Delivery:
    return replace(delivery, state=DeliveryState.STOPPED, due_at_ms=None)


def _parked(delivery: Delivery, endpoint: Endpoint) -> Flow[Delivery]:
    """The delivery, due again when the rest is over; no try is used up."""
    chance = yield from _chance()
    return replace(delivery, due_at_ms=endpoint.resting_until_ms + round(chance * PARKED_APART_MS))


# --- the try ----------------------------------------------------------------------------------------------------------


def _try(endpoint: Endpoint, delivery: Delivery, describe: Describe, *, loopback: bool) -> Flow[Try]:
    began_ms = yield from call(Ambient.now_ms)
    body = yield from body_of(delivery, endpoint, describe)
    if body is None:
        return Try(began_ms, Outcome.NOTHING_TO_TELL, None, 0)
    try:
        post = yield from _addressed(endpoint, delivery, body, began_ms, loopback=loopback)
    except AddressRefused as refused:
        return Try(began_ms, Outcome.ADDRESS_REFUSED, None, 0, f"The address is refused: {refused}.")
    except NameUnknown:
        return Try(began_ms, Outcome.NAME_UNKNOWN, None, 0)
    posted = yield from call(Sender.post, post)
    outcome = posted.outcome or rules.outcome_of(posted.status or 0)
    answer = mask_text(posted.answer[: rules.ANSWER_KEPT].decode("utf-8", "replace"))
    sent = "" if outcome is Outcome.NOT_CONNECTED else rules.body_digest(body)
    return Try(began_ms, outcome, posted.status, posted.ms, answer, sent)


def body_of(delivery: Delivery, endpoint: Endpoint, describe: Describe) -> Flow[bytes | None]:
    """What a try posts at this moment. None: what it is about is not in the table. Raises StoreUnavailable."""
    data = yield from _data_of(delivery, endpoint, describe)
    if data is None:
        return None
    return rules.message_body(delivery.event_id, delivery.event_type, _rfc3339(delivery.emitted_at_ms), data)


def _addressed(endpoint: Endpoint, delivery: Delivery, body: bytes, now_ms: int, *, loopback: bool) -> Flow[Post]:
    """The signed message, and the one address to which it goes. Raises AddressRefused, NameUnknown.

    The name is resolved once, each of its addresses is checked, and the connection goes to one of those: a name that
    points elsewhere a moment later changes nothing. It is dated by the receiver's clock, which refuses old messages.
    """
    target = target_of(endpoint.url, loopback=loopback)
    addresses = yield from call(Names.addresses, target.host, target.port)
    for address in addresses:
        check_address(address, loopback=loopback)
    at_s = (yield from call(Ambient.outside_ms)) // 1000
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": rules.signature_header(endpoint.secrets_at(now_ms), delivery.event_id, at_s, body),
    }
    return Post(target=target, address=addresses[0], headers=headers, body=body)


def _data_of(delivery: Delivery, endpoint: Endpoint, describe: Describe) -> Flow[Mapping[str, Any] | None]:
    """What the event is about, as it stands now. None: it is not in the table."""
    if delivery.event_type == EndpointEvent.TEST:
        return endpoint_shown(endpoint)
    if delivery.event_type in set(EndpointEvent):
        told = (yield from call(Webhooks.read_endpoints, delivery.owner)).find(delivery.subject)
        return None if told is None else endpoint_shown(told)
    if delivery.event_type in set(MoneyEvent):
        return (yield from _money(delivery))
    if delivery.event_type in set(AccountEvent):
        return (yield from read_account(delivery.event_type, delivery.subject))
    if delivery.event_type in set(DayEvent):
        return (yield from read_told_day(delivery.owner, delivery.subject))
    if delivery.event_type in OUT_EVENTS:
        out = yield from call(Outgoings.read_outgoing, delivery.subject)
        return outgoing_shown(out, outgoing_state(out)) if out is not None else None
    record = yield from call(Store.read_payment, delivery.subject)
    return None if record is None else describe(record, state_of(record.asked, record.facts))


def _money(delivery: Delivery) -> Flow[Mapping[str, Any] | None]:
    money = yield from call(Store.read_receipt, delivery.subject)
    shop = yield from call(Store.read_settings, delivery.owner)
    return money_told(money, shop) if money is not None and shop is not None else None


def endpoint_shown(endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint as events carry it and the API shows it, without its secret."""
    return {
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "url": endpoint.url,
        "events": list(endpoint.events),
        "description": endpoint.description,
        "status": "enabled" if endpoint.disabled is None else "disabled",
        "disabled_reason": None if endpoint.disabled is None else str(endpoint.disabled),
        "failing_since": _time(endpoint.failing_since_ms),
        "old_secret_until": _time(endpoint.old_secret_until_ms if endpoint.old_secret else None),
        "created_at": _rfc3339(endpoint.created_at_ms),
    }


# --- what follows -----------------------------------------------------------------------------------------------------


def _conclude(endpoint: Endpoint, stored: Delivery | None, delivery: Delivery, tried: Try) -> Flow[None]:
    """Tell of what ended, mark the endpoint's health and the delivery, and have the next try made."""
    chance = yield from _chance()
    after = rules.after_try(delivery, tried, chance)
    health = yield from _mark_health(endpoint, tried)
    if after.state is DeliveryState.FAILED:
        yield from _announce(EndpointEvent.FAILING, health, str(health.failing_since_ms))
    if health.disabled is not None and after.state is DeliveryState.WAITING:
        after = _stopped(after)
    yield from _report(after, tried)
    marked = yield from _mark(stored, after, tried, chance)
    if marked is not None:
        yield from _wait_in_queue(marked)


def _mark(stored: Delivery | None, after: Delivery, tried: Try, chance: float) -> Flow[Delivery | None]:
    """Write the delivery. Where somebody else wrote meanwhile, this try is added to theirs. None: theirs stands."""
    for _ in range(ROUNDS_MAX):
        if (yield from call(Webhooks.save_delivery, stored, _with_slack(after))):
            return after
        stored = yield from call(Webhooks.read_delivery, after.id)
        if stored is None or stored.state is DeliveryState.DELIVERED or tried in stored.tries:
            return None
        after = rules.after_try(stored, tried, chance)
    raise StoreUnavailable(f"{ROUNDS_MAX} writes of {after.id} lost against others")


def _with_slack(delivery: Delivery) -> Delivery:
    """A short wait passes in the queue; the table's own due time is for the case that its message gets lost."""
    if _short_wait_ms(delivery) is None:
        return delivery
    return replace(delivery, due_at_ms=(delivery.due_at_ms or 0) + OVERDUE_MS)


def _short_wait_ms(delivery: Delivery) -> int | None:
    """The wait for the next try, where a queue can wait so long; long ones pass in the table, where the sweep looks."""
    if delivery.due_at_ms is None:
        return None
    last = delivery.tries[-1]
    wait_ms = delivery.due_at_ms - last.at_ms - last.ms
    return wait_ms if wait_ms <= DELAY_S_MAX * 1000 else None


def _wait_in_queue(delivery: Delivery) -> Flow[None]:
    wait_ms = _short_wait_ms(delivery)
    if wait_ms is not None:
        endpoints = yield from call(Webhooks.read_endpoints, delivery.owner)
        yield from call(Webhooks.send_later, errand_for(delivery, endpoints), max(1, round(wait_ms / 1000)))


def _mark_health(endpoint: Endpoint, tried: Try) -> Flow[Endpoint]:
    """The endpoint as this try shows it; written where that is news. A change by somebody else meanwhile stands.

    Since when it fails is written before it is told that it is off: the event's id follows from that moment, so who
    repeats this after a crash tells the same event, and finishes what was begun.
    """
    for _ in range(ROUNDS_MAX):
        after = rules.health_after(endpoint, tried)
        if after == endpoint:
            return after
        before = yield from call(Webhooks.read_endpoints, endpoint.owner)
        now = before.find(endpoint.id)
        if now is None or now.disabled is not None:
            return after
        after = rules.health_after(now, tried)
        if after == now:
            return after
        step = rules.first_step(now, after)
        if step.disabled is not None:
            yield from _announce(EndpointEvent.DISABLED, step, str(step.failing_since_ms))
        is_written = yield from call(
            Webhooks.save_endpoints, before, replace(before.with_one(step), changed_by=OURSELVES)
        )
        if is_written and step == after:
            return after
        endpoint = step if is_written else now
    return endpoint


def _announce(type_: EndpointEvent, endpoint: Endpoint, discriminator: str) -> Flow[None]:
    """Tell the operator, the feed, the bus, and the owner's other endpoints. The id is derived, so twice is once."""
    name = "webhook_endpoint_disabled" if type_ is EndpointEvent.DISABLED else "webhook_endpoint_failing"
    why = str(endpoint.disabled or "")
    yield from call(Ambient.report, name, {"endpoint": endpoint.id, "owner": endpoint.owner, "why": why})
    event_id = rules.endpoint_event_id(endpoint.id, type_, discriminator)
    now_ms = yield from call(Ambient.now_ms)
    new = EmittedEvent(event_id, str(type_), endpoint.owner, endpoint.id, now_ms, 0, discriminator)
    event = (yield from call(Feed.emit, new)) or new
    data, at_ms = endpoint_shown(endpoint), event.emitted_at_ms
    entry = {"id": event_id, "type": str(type_), "at_ms": at_ms, "discriminator": discriminator, "data": data}
    yield from call(Bus.publish, (entry,))
    endpoints = yield from call(Webhooks.read_endpoints, endpoint.owner)
    errands = errands_of((one for one in endpoints.every if one.id != endpoint.id), (event,))
    if errands:
        yield from call(Webhooks.send_errands, errands)


def _report(delivery: Delivery, tried: Try) -> Flow[None]:
    """A line with ids and outcome: never the address, which may carry a secret in its path."""
    names = {DeliveryState.DELIVERED: "webhook_delivered", DeliveryState.FAILED: "webhook_given_up"}
    fields = {
        "delivery": delivery.id,
        "endpoint": delivery.endpoint,
        "event": delivery.event_id,
        "try_number": delivery.tries_made,
        "outcome": str(tried.outcome),
        "status": tried.status,
        "took_ms": tried.ms,
    }
    yield from call(Ambient.report, names.get(delivery.state, "webhook_failed"), fields)


def _chance() -> Flow[float]:
    drawn = yield from call(Ambient.draw, 4)
    return int.from_bytes(drawn, "big") / 2**32


def _time(at_ms: int | None) -> str | None:
    return None if at_ms is None else _rfc3339(at_ms)


def _rfc3339(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
