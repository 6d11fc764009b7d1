"""Endpoints that send nothing: read, list, cancel and check payments; the payer's view; CORS preflight."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.domain.identity import is_payment_id
from gateway.domain.shop import ApiKey
from gateway.flows.check import ask_soon
from gateway.flows.close import cancel
from gateway.flows.read import read_payment
from gateway.ports import Ambient, Flow, Secrets, Store, call
from gateway.web import lists
from gateway.web.auth import authenticate_shop, no_such_payment, payment_in_path
from gateway.web.bodies import read_nothing
from gateway.web.browsers import PREFLIGHT_HEADERS, Visit, for_payers, may_call
from gateway.web.hindrances import cannot_cancel
from gateway.web.http import Answer, entity_answer, json_answer
from gateway.web.idempotency import optional_key
from gateway.web.link_codes import link_named
from gateway.web.payers import payer_answer
from gateway.web.serving import Endpoint, Scene
from gateway.web.shops import payment_of, viewing_of
from gateway.web.views import payment_view

PUBLIC = ["shop"]
"""Below /v1/checkout/: whose it is only the key says, and a preflight has none. The answer looks at the origin."""


def get_payment(scene: Scene) -> Flow[Answer]:
    """`GET /v1/payments/{payment}`. Each read that shows phone numbers is reported, with the key that did it."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    payment_id = payment_in_path(scene.request)
    include = _include(lists.read_query(scene.request, scene.route.query))
    record, state = yield from payment_of(key.owner, payment_id)
    if "phone" in include:
        yield from call(Ambient.report, "phone_read", {"payment": record.id, "key": key.id})
    viewing = yield from viewing_of(scene, include)
    return entity_answer(scene.request, 200, payment_view(record, state, viewing), str(record.version))


def list_payments(scene: Scene) -> Flow[Answer]:
    """`GET /v1/payments`."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    given = lists.read_query(scene.request, scene.route.query)
    viewing = yield from viewing_of(scene, _include(given))
    cursor_key = (yield from call(Secrets.read_keys)).cursor
    now_ms = yield from call(Ambient.now_ms)
    query = lists.payment_query(given, key.owner, now_ms)
    place = lists.place_of_cursor(cursor_key, query, given.get("cursor"))
    limit = int(given.get("limit", lists.LIMIT_DEFAULT))
    listed = yield from lists.list_payments(query, lists.filters_of(given), limit, place)
    cursor = lists.signed_cursor(cursor_key, query, listed.cursor) if listed.cursor else None
    viewing = yield from viewing_of(scene, _include(given))
    data = [payment_view(record, state, viewing) for record, state in listed.found]
    return json_answer(200, {"object": "list", "data": data, "has_more": cursor is not None, "next_cursor": cursor})


def cancel_payment(scene: Scene) -> Flow[Answer]:
    """`POST /v1/payments/{payment}/cancel`. Twice is as good as once."""
    key, payment_id = yield from _addressed(scene)
    yield from payment_of(key.owner, payment_id)
    closed = yield from cancel(payment_id, key.id, scene.flow_settings())
    if closed.record is None or closed.state is None:
        raise no_such_payment()
    if closed.hindrance is not None:
        now_ms = yield from call(Ambient.now_ms)
        raise cannot_cancel(closed.hindrance, closed.from_ms, now_ms)
    viewing = yield from viewing_of(scene)
    return json_answer(200, payment_view(closed.record, closed.state, viewing))


def check_payment(scene: Scene) -> Flow[Answer]:
    """`POST /v1/payments/{payment}/check`. 202: M-PESA will be asked, unless that was less than ten seconds ago."""
    key, payment_id = yield from _addressed(scene)
    record, state = yield from payment_of(key.owner, payment_id)
    yield from ask_soon(record, state, scene.flow_settings(), forced=True)
    viewing = yield from viewing_of(scene)
    return json_answer(202, payment_view(record, state, viewing))


def _view_for_payer(scene: Scene, visit: Visit) -> Flow[Answer]:
    """`GET /v1/checkout/{payment}`. A waiting payer's poll also makes a due check happen."""
    lists.read_query(scene.request, scene.route.query)
    yield from ask_soon(visit.record, visit.state, scene.flow_settings())
    return (yield from payer_answer(scene, visit.record, visit.state, visit.shop))


view_for_payer: Endpoint = for_payers(_view_for_payer)


def preflight(scene: Scene) -> Flow[Answer]:
    """`OPTIONS /v1/checkout/{proxy+}`. A page of an origin that is not the shop's gets no permission, and no error."""
    path = scene.request.path_parameters.get("proxy", "").split("/")
    owner = yield from _owner_of(path)
    shop = (yield from call(Store.read_settings, owner)) if owner else None
    headers = {"Vary": "Origin"}
    origin = scene.request.header("origin")
    if origin and (path == PUBLIC or (owner and may_call(scene.request, scene.base_url, shop))):
        headers |= {"Access-Control-Allow-Origin": origin, **PREFLIGHT_HEADERS}
    return Answer(status=204, headers=headers)


def _owner_of(path: Sequence[str]) -> Flow[str | None]:
    """Whose payment or payment link a path below /v1/checkout/ is about."""
    if path[0] == "links":
        link = yield from link_named(path[1] if len(path) > 1 else "")
        return link.owner if link else None
    found = (yield from read_payment(path[0])) if is_payment_id(path[0]) else None
    return found[0].asked.owner if found else None


def _addressed(scene: Scene) -> Flow[tuple[ApiKey, str]]:
    """For POSTs without fields: who calls, and which payment is meant."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    payment_id = payment_in_path(scene.request)
    optional_key(scene.request)
    read_nothing(scene.request)
    return key, payment_id


def _include(given: dict[str, str]) -> frozenset[str]:
    return frozenset(given["include"].split(",")) if "include" in given else frozenset()
