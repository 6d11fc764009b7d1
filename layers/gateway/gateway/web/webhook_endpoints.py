"""Endpoints for webhook endpoints: make, list, change, remove, rotate, try out, look at deliveries, send again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway import security
from gateway.domain import webhooks as rules
from gateway.domain.addresses import AddressRefused
from gateway.domain.shop import ApiKey
from gateway.domain.webhooks import Delivery, DeliveryState, Disabled, Endpoint, Endpoints
from gateway.flows.webhook_delivery import endpoint_shown
from gateway.flows.webhook_endpoints import change_endpoints, check_url, drawn_secret, try_out
from gateway.flows.webhook_replay import deliver_again, replay_since
from gateway.ports import Ambient, Flow, Secrets, call
from gateway.ports.webhooks import Webhooks
from gateway.web import lists
from gateway.web.auth import authenticate_shop
from gateway.web.bodies import read_nothing, read_object
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.http import Answer, json_answer
from gateway.web.idempotency import optional_key
from gateway.web.serving import Endpoints as EndpointsOfFunction
from gateway.web.serving import Scene
from gateway.web.views import rfc3339

READS_MAX = 8
"""Reads of the index for one page of deliveries in one state."""


def create_endpoint(scene: Scene) -> Flow[Answer]:
    """`POST /v1/webhook-endpoints`. A repetition with its Idempotency-Key makes no second one, and tells no secret."""
    from gateway.web.requests import read_model  # noqa: PLC0415  loads pydantic, which reading needs not
    from gateway.web.webhook_requests import WebhookEndpointRequest  # noqa: PLC0415  as above

    key = yield from _caller(scene)
    idempotency_key = optional_key(scene.request)
    asked = read_model(WebhookEndpointRequest, read_object(scene.request))
    yield from _check(asked.url, scene)
    made = Endpoint(
        id=(yield from _new_id(key.owner, idempotency_key)),
        owner=key.owner,
        url=asked.url,
        events=tuple(asked.events),
        description=asked.description,
        secret=(yield from drawn_secret()),
        created_at_ms=(yield from call(Ambient.now_ms)),
    )
    after = yield from change_endpoints(key.owner, lambda before: _with_new(before, made), key.id)
    standing = _found(after, made.id)
    if standing == made:
        return json_answer(201, endpoint_shown(made) | {"secret": made.secret})
    if (standing.url, standing.events, standing.description) != (made.url, made.events, made.description):
        detail = f"This key names {made.id}, which was asked for with other fields, or was changed since."
        raise ApiError("idempotency_key_reused", detail, param="Idempotency-Key")
    return json_answer(200, endpoint_shown(standing))


def list_endpoints(scene: Scene) -> Flow[Answer]:
    """`GET /v1/webhook-endpoints`."""
    key = yield from _caller(scene)
    found = yield from call(Webhooks.read_endpoints, key.owner)
    data = [endpoint_shown(one) for one in reversed(found.every)]
    return json_answer(200, {"object": "list", "data": data, "has_more": False, "next_cursor": None})


def get_endpoint(scene: Scene) -> Flow[Answer]:
    """`GET /v1/webhook-endpoints/{endpoint}`."""
    _, endpoint = yield from _addressed(scene)
    return json_answer(200, endpoint_shown(endpoint))


def change_endpoint(scene: Scene) -> Flow[Answer]:
    """`PATCH /v1/webhook-endpoints/{endpoint}`."""
    from gateway.web.requests import read_model  # noqa: PLC0415  as above
    from gateway.web.webhook_requests import WebhookEndpointChange  # noqa: PLC0415  as above

    key = yield from _caller(scene)
    optional_key(scene.request)
    asked = read_model(WebhookEndpointChange, read_object(scene.request))
    if asked.url is not None:
        yield from _check(asked.url, scene)
    now_ms = yield from call(Ambient.now_ms)
    wanted = asked.model_dump(exclude_none=True)
    endpoint_id = scene.request.path_parameters.get("endpoint", "")
    after = yield from change_endpoints(
        key.owner, lambda before: before.with_one(_as_wanted(_found(before, endpoint_id), wanted, now_ms)), key.id
    )
    return json_answer(200, endpoint_shown(_found(after, endpoint_id)))


def delete_endpoint(scene: Scene) -> Flow[Answer]:
    """`DELETE /v1/webhook-endpoints/{endpoint}`."""
    key, endpoint = yield from _addressed(scene)
    yield from change_endpoints(key.owner, lambda before: before.without(endpoint.id), key.id)
    return json_answer(200, {"id": endpoint.id, "object": "webhook_endpoint", "deleted": True})


def rotate_secret(scene: Scene) -> Flow[Answer]:
    """`POST …/rotate-secret`."""
    key, endpoint = yield from _asked_without_fields(scene)
    secret = yield from drawn_secret()
    now_ms = yield from call(Ambient.now_ms)
    after = yield from change_endpoints(
        key.owner, lambda before: before.with_one(rules.rotated(_found(before, endpoint.id), secret, now_ms)), key.id
    )
    return json_answer(200, endpoint_shown(_found(after, endpoint.id)) | {"secret": secret})


def send_test(scene: Scene) -> Flow[Answer]:
    """`POST …/test`. 202: it is on its way; the deliveries tell what came of it."""
    _, endpoint = yield from _asked_without_fields(scene)
    _check_enabled(endpoint)
    return json_answer(202, delivery_view((yield from try_out(endpoint))))


def list_deliveries(scene: Scene) -> Flow[Answer]:
    """`GET …/deliveries`."""
    key, endpoint = yield from _addressed(scene)
    given = lists.read_query(scene.request, scene.route.query)
    cursor_key = (yield from call(Secrets.read_keys)).cursor
    name = (key.owner, "deliveries", endpoint.id, given.get("state", ""))
    place = lists.checked_place(cursor_key, name, given.get("cursor"))
    limit = int(given.get("limit", lists.LIMIT_DEFAULT))
    found, place = yield from some_deliveries(endpoint.id, given.get("state"), limit, place)
    cursor = lists.marked_place(cursor_key, name, place) if place else None
    data = [delivery_view(one) for one in found]
    return json_answer(200, {"object": "list", "data": data, "has_more": cursor is not None, "next_cursor": cursor})


def redeliver_one(scene: Scene) -> Flow[Answer]:
    """`POST …/deliveries/{delivery}/redeliver`."""
    key, endpoint = yield from _asked_without_fields(scene)
    delivery = yield from call(Webhooks.read_delivery, scene.request.path_parameters.get("delivery", ""))
    if delivery is None or (delivery.owner, delivery.endpoint) != (key.owner, endpoint.id):
        raise ApiError("not_found", "There is no delivery with this id at this endpoint.")
    _check_enabled(endpoint)
    again = yield from deliver_again(delivery.id, Endpoints(key.owner, (endpoint,)))
    return json_answer(202, delivery_view(again))


def redeliver_since(scene: Scene) -> Flow[Answer]:
    """`POST …/redeliver?since=`. 202: the feed is gone through in the background."""
    _, endpoint = yield from _asked_without_fields(scene)
    given = lists.read_query(scene.request, scene.route.query)
    now_ms = yield from call(Ambient.now_ms)
    since_ms = _since_ms(given, now_ms)
    _check_enabled(endpoint)
    yield from replay_since(endpoint, since_ms, now_ms)
    value = {
        "object": "webhook_redelivery",
        "endpoint": endpoint.id,
        "since": rfc3339(since_ms),
        "until": rfc3339(now_ms),
    }
    return json_answer(202, value)


def some_deliveries(
    endpoint_id: str, state: str | None, limit: int, place: str | None
) -> Flow[tuple[list[Delivery], str | None]]:
    """Up to `limit` of an endpoint's in this state, newest first, and where to go on. Few that fit end a page early."""
    found: list[Delivery] = []
    for _ in range(READS_MAX):
        page = yield from call(Webhooks.list_deliveries, endpoint_id, limit - len(found), place)
        found += [one for one in page.deliveries if state is None or one.state is DeliveryState(state)]
        place = page.cursor
        if place is None or len(found) >= limit:
            break
    return found, place


def delivery_view(delivery: Delivery) -> dict[str, Any]:
    """A delivery as the API shows it."""
    return {
        "id": delivery.id,
        "object": "webhook_delivery",
        "endpoint": delivery.endpoint,
        "event": delivery.event_id,
        "event_type": delivery.event_type,
        "subject": delivery.subject,
        "state": str(delivery.state),
        "tries": [
            {
                "at": rfc3339(one.at_ms),
                "outcome": str(one.outcome),
                "status": one.status,
                "ms": one.ms,
                "answer": one.answer,
            }
            for one in delivery.tries
        ],
        "tries_made": delivery.tries_made,
        "next_try_at": rfc3339(delivery.due_at_ms) if delivery.due_at_ms is not None else None,
        "created_at": rfc3339(delivery.created_at_ms),
    }


# --- who asks for what ------------------------------------------------------------------------------------------------


def _caller(scene: Scene) -> Flow[ApiKey]:
    return (yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode))


def _addressed(scene: Scene) -> Flow[tuple[ApiKey, Endpoint]]:
    key = yield from _caller(scene)
    endpoints = yield from call(Webhooks.read_endpoints, key.owner)
    return key, _found(endpoints, scene.request.path_parameters.get("endpoint", ""))


def _asked_without_fields(scene: Scene) -> Flow[tuple[ApiKey, Endpoint]]:
    key, endpoint = yield from _addressed(scene)
    optional_key(scene.request)
    read_nothing(scene.request)
    return key, endpoint


def _found(endpoints: Endpoints, endpoint_id: str) -> Endpoint:
    """Raises ApiError `not_found`, the same whether it does not exist or is somebody else's."""
    found = endpoints.find(endpoint_id)
    if found is None:
        raise ApiError("not_found", "There is no webhook endpoint with this id.")
    return found


def _check_enabled(endpoint: Endpoint) -> None:
    if endpoint.disabled is not None:
        raise ApiError("endpoint_disabled", 'This endpoint is disabled. Enable it first: PATCH {"enabled": true}.')


def _check(url: str, scene: Scene) -> Flow[None]:
    """Raises ApiError where no webhook is sent to this address."""
    try:
        yield from check_url(url, loopback=scene.settings.webhooks_to_loopback)
    except AddressRefused as refused:
        raise bad_fields([BadField("url", "webhook_url_refused", f"url is refused: {refused}.")]) from None


def _new_id(owner: str, idempotency_key: str | None) -> Flow[str]:
    if idempotency_key is None:
        return "whe_" + (yield from call(Ambient.draw, 16)).hex()
    keys = yield from call(Secrets.read_keys)
    return "whe_" + security.signature(keys.id, "webhook_endpoint", owner, idempotency_key)


def _with_new(before: Endpoints, made: Endpoint) -> Endpoints:
    """With the new one, unless it is there. Raises ApiError when there are too many."""
    if before.find(made.id) is not None:
        return before
    if len(before.every) >= rules.ENDPOINTS_MAX:
        detail = f"A shop has {rules.ENDPOINTS_MAX} webhook endpoints at most. Delete one that is not needed."
        raise ApiError("too_many_endpoints", detail)
    return before.with_one(made)


def _as_wanted(endpoint: Endpoint, wanted: Mapping[str, Any], now_ms: int) -> Endpoint:
    """With the changes of a PATCH."""
    changes = {name: value for name, value in wanted.items() if name in ("url", "description")}
    if "events" in wanted:
        changes["events"] = tuple(wanted["events"])
    changed = replace(endpoint, **changes)
    if changed.url != endpoint.url:  # what another address did says nothing of this one
        changed = replace(changed, failing_since_ms=None, resting_until_ms=0, slow=False)
    enabled = wanted.get("enabled")
    if enabled is False and changed.disabled is None:
        return replace(changed, disabled=Disabled.BY_SHOP, disabled_at_ms=now_ms)
    return rules.enabled_again(changed) if enabled and changed.disabled is not None else changed


def _since_ms(given: Mapping[str, str], now_ms: int) -> int:
    """Raises ApiError where it is missing, no time, in the future, or longer ago than events are kept."""
    if "since" not in given:
        raise bad_fields([BadField("since", "field_missing", "since is missing: a time like 2026-03-02T09:15:04Z.")])
    return lists.since_ms(given["since"], now_ms)


ENDPOINTS: EndpointsOfFunction = {
    "POST /v1/webhook-endpoints": create_endpoint,
    "GET /v1/webhook-endpoints": list_endpoints,
    "GET /v1/webhook-endpoints/{endpoint}": get_endpoint,
    "PATCH /v1/webhook-endpoints/{endpoint}": change_endpoint,
    "DELETE /v1/webhook-endpoints/{endpoint}": delete_endpoint,
    "POST /v1/webhook-endpoints/{endpoint}/rotate-secret": rotate_secret,
    "POST /v1/webhook-endpoints/{endpoint}/test": send_test,
    "GET /v1/webhook-endpoints/{endpoint}/deliveries": list_deliveries,
    "POST /v1/webhook-endpoints/{endpoint}/deliveries/{delivery}/redeliver": redeliver_one,
    "POST /v1/webhook-endpoints/{endpoint}/redeliver": redeliver_since,
}
