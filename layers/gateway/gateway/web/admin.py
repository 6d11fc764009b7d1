"""Endpoints beside the payments: health, the API's description, its pages, and what no route takes."""

from __future__ import annotations

from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, call
from gateway.settings import Settings
from gateway.web import documents, health
from gateway.web.audit_health import audit_log
from gateway.web.auth import authenticate_shop
from gateway.web.errors import ApiError
from gateway.web.http import Answer, html_answer, json_answer
from gateway.web.initiator_health import initiators
from gateway.web.registration_health import money_by_hand
from gateway.web.routes import allowed_methods
from gateway.web.serving import Scene
from gateway.web.views import rfc3339
from gateway.web.webhook_health import webhooks

FOR_FIVE_MINUTES = {"Cache-Control": "public, max-age=300"}
UNHEALTHY = 503


def public_health(scene: Scene) -> Flow[Answer]:
    """`GET /health`: one word, for load balancers and people. 503 when the table does not answer."""
    part = yield from health.storage()
    down = part.state is health.State.DOWN
    value = {"status": "down" if down else "ok", "version": _version(scene)}
    return json_answer(UNHEALTHY if down else 200, value)


def health_report(scene: Scene) -> Flow[Answer]:
    """`GET /v1/health`: each part."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    found = yield from health_of(key.owner, scene.settings)
    now_ms = yield from call(Ambient.now_ms)
    value = {
        "object": "health",
        "status": health.overall(found),
        "version": _version(scene),
        "at": rfc3339(now_ms),
        "parts": {name: part.as_plain(scene.base_url) for name, part in found.items()},
    }
    return json_answer(200, value)


def health_of(owner: str, settings: Settings) -> Flow[dict[str, health.Part]]:
    """Each part of the gateway, and of what is this shop's own."""
    found = yield from health.parts(FlowSettings.of(settings).due_shards)
    now_ms = yield from call(Ambient.now_ms)
    found["initiators"] = yield from initiators(owner, now_ms)
    found["money_by_hand"] = yield from money_by_hand(owner)
    found["webhooks"] = yield from webhooks(owner, now_ms)
    found["audit_log"] = yield from audit_log(now_ms)
    return found


def openapi(scene: Scene) -> Answer:
    """`GET /openapi.json`: made once per process."""
    from gateway.web.openapi import document  # noqa: PLC0415 loads pydantic, which nothing else here needs

    return json_answer(200, document(scene.base_url, _version(scene)), FOR_FIVE_MINUTES)


def docs(scene: Scene) -> Answer:
    """`GET /docs` and `GET /docs/{page}`."""
    page = documents.page(scene.request.path_parameters.get("page", ""))
    if page is None:
        raise ApiError("not_found", "There is no such page. The first one is /docs.")
    return html_answer(200, page, documents.HEADERS)


def everything_else(scene: Scene) -> Answer:
    """`$default`: 405 with Allow where the address takes other methods, else 404."""
    allow = ", ".join(allowed_methods(scene.request.path))
    if allow:
        raise ApiError("method_not_allowed", f"This address takes {allow}.", headers={"Allow": allow})
    raise ApiError("not_found", "There is nothing at this address. The routes are listed at /docs.")


def _version(scene: Scene) -> str:
    return scene.settings.text("GATEWAY_VERSION")
