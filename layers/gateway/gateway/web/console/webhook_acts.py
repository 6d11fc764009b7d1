"""What a person does about webhooks: have them sent again or tried out, switch an address on. The API's own flows."""

from __future__ import annotations

from datetime import datetime

from gateway.domain.days import EAT
from gateway.domain.events import KEPT_DAYS
from gateway.domain.policy import DAY_MS
from gateway.domain.webhooks import Endpoint, Endpoints
from gateway.flows.webhook_endpoints import switch_on, try_out
from gateway.flows.webhook_replay import deliver_again, replay_since
from gateway.ports import Ambient, Flow, call
from gateway.web.console.deliveries import delivery_of
from gateway.web.console.guard import NotHere
from gateway.web.console.layout import see_other
from gateway.web.console.visit import Visit
from gateway.web.console.webhooks import PLACE, Problem, endpoint_of, moment_typed, shown_endpoint
from gateway.web.http import Answer


def send_test(visit: Visit) -> Flow[Answer]:
    """`POST …/test`: an event of its own, to this address alone."""
    endpoint = yield from endpoint_of(visit)
    if endpoint.disabled is not None:
        return (yield from _is_off(visit, endpoint))
    delivery = yield from try_out(endpoint)
    yield from _report(visit, endpoint, "test")
    return see_other(f"{PLACE}/{endpoint.id}/deliveries/{delivery.id}?done=tested")


def enable(visit: Visit) -> Flow[Answer]:
    """`POST …/enable`. The page then offers to send what was missed since it was off."""
    before = yield from endpoint_of(visit)
    endpoint = yield from switch_on(visit.owner, before.id, visit.visitor.person)
    if endpoint is None:
        raise NotHere
    yield from _report(visit, endpoint, "enable")
    missed_ms = before.failing_since_ms or before.disabled_at_ms
    since = f"&since={moment_typed(missed_ms)}" if missed_ms else ""
    return see_other(f"{PLACE}/{endpoint.id}?done=switched_on{since}")


def redeliver(visit: Visit) -> Flow[Answer]:
    """`POST …/deliveries/{delivery}/redeliver`: this event, whatever became of it."""
    endpoint, delivery = yield from delivery_of(visit)
    if endpoint.disabled is not None:
        return (yield from _is_off(visit, endpoint))
    yield from deliver_again(delivery.id, Endpoints(visit.owner, (endpoint,)))
    yield from _report(visit, endpoint, "redeliver")
    return see_other(f"{PLACE}/{endpoint.id}/deliveries/{delivery.id}?done=sent_again")


def redeliver_missed(visit: Visit) -> Flow[Answer]:
    """`POST …/redeliver`: all since a moment that the server did not take."""
    endpoint = yield from endpoint_of(visit)
    if endpoint.disabled is not None:
        return (yield from _is_off(visit, endpoint))
    typed = visit.posted.get("since", "").strip()
    since_ms = _moment_ms(typed)
    if since_ms is None or not visit.now_ms - KEPT_DAYS * DAY_MS <= since_ms <= visit.now_ms:
        words = visit.plain("bad_since", days=KEPT_DAYS)
        return (yield from shown_endpoint(visit, endpoint, Problem(words, "since", typed)))
    yield from replay_since(endpoint, since_ms, visit.now_ms)
    yield from _report(visit, endpoint, "redeliver_missed")
    return see_other(f"{PLACE}/{endpoint.id}?done=sending_missed")


def _moment_ms(typed: str) -> int | None:
    """Nairobi's time as a browser's field has it, with or without seconds; None: it is no moment."""
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return None if at.tzinfo is not None else int(at.replace(tzinfo=EAT).timestamp() * 1000)


def _is_off(visit: Visit, endpoint: Endpoint) -> Flow[Answer]:
    return (yield from shown_endpoint(visit, endpoint, Problem(visit.plain("endpoint_is_off"))))


def _report(visit: Visit, endpoint: Endpoint, what: str) -> Flow[None]:
    fields = {"person": visit.visitor.person, "endpoint": endpoint.id, "what": what}
    yield from call(Ambient.report, "webhooks_acted", fields)
