"""Daraja's front door: token, content type, JSON, faults, the log. Behind it stand the endpoints."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from aiohttp import web

from local.daraja_simulator import stk
from local.daraja_simulator.answers import CUT, Answer, Call, firewall, invalid, refusal, spike_arrest
from local.daraja_simulator.codes import UNLISTED_RESULT_CODE
from local.daraja_simulator.endpoints import ELSEWHERE, ENDPOINTS, Endpoint, Handle, token_refused
from local.daraja_simulator.phones import international
from local.daraja_simulator.times import iso
from local.daraja_simulator.traffic import decode
from local.daraja_simulator.world import World

if TYPE_CHECKING:
    from local.daraja_simulator.faults import Fault
    from local.daraja_simulator.traffic import Entry

WORLD: web.AppKey[World] = web.AppKey("world", World)
SERVER_FAULTS = {
    "b2c": ("500.002.1001", "System internal error."),
    "balance": ("500.002.1001", "System internal error."),
}
"""By call; of all others `500.001.1001` or `500.003.1001`."""

PHONE_FIELDS = ("PhoneNumber", "Msisdn", "customerNumber", "billedPhoneNumber", "PartyB", "PartyA")
"""Where the number of whom a call is about may stand; the first of them that is there."""
OAUTH_PATH = "/oauth/v1/generate"


def add_routes(app: web.Application) -> None:
    """Daraja's paths."""
    app.router.add_route("*", OAUTH_PATH, _serve_oauth)
    for endpoint in ENDPOINTS:
        app.router.add_route("*", endpoint.path, _server(endpoint))
    app.router.add_get("/certificate", _serve_certificate)
    for root in ELSEWHERE:
        app.router.add_route("*", root + "/{rest:.*}", _serve_unknown)


def _server(endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        return await _serve(request, endpoint.call, lambda world, call: _guarded(world, call, endpoint))

    return serve


async def _serve_oauth(request: web.Request) -> web.StreamResponse:
    return await _serve(request, "oauth", _generate)


async def _serve_unknown(request: web.Request) -> web.StreamResponse:
    return await _serve(request, "unknown", _not_found)


async def _serve_certificate(request: web.Request) -> web.Response:
    """Under its key an operator's password is encrypted. Safaricom gives its own on the portal."""
    pem = request.app[WORLD].initiators.certificate
    return web.Response(text=pem, content_type="application/x-pem-file")


async def _generate(world: World, call: Call) -> Answer:
    return world.tokens.generate(call)


async def _not_found(world: World, _call: Call) -> Answer:
    return refusal(world.ids.request_id(), "404.001.01", "Resource not found")


async def _guarded(world: World, call: Call, endpoint: Endpoint) -> Answer:
    """What Safaricom's gateway checks before M-Pesa sees the call."""
    request_id = world.ids.request_id()
    if call.method != "POST" or "Authorization" not in call.headers:
        return refusal(request_id, "404.001.04", "Invalid Authentication Header")
    if not world.tokens.is_good(call):
        return token_refused(world, endpoint.call, call)
    if not call.is_json:
        return invalid(request_id, endpoint.first_field)
    if not isinstance(call.value, list if endpoint.takes_list else dict):
        return refusal(request_id, "400.002.05", "Invalid Request Payload")
    return await endpoint.handle(world, call)


async def _serve(request: web.Request, name: str, handle: Handle) -> web.StreamResponse:
    world = request.app[WORLD]
    call = await _read(request)
    phone = _phone_of(world, call)
    entry = world.traffic.add(
        at=iso(world.clock.now()),
        direction="in",
        call=name,
        method=call.method,
        url=str(request.rel_url),
        phone=phone,
        request=call.text,
        app_key=call.app_key,
    )
    with world.clock.busy():
        given = await _answer(world, name, phone, call, handle, entry)
    if given.cut:
        return _cut(request, entry)
    entry.status, entry.answer = given.status, given.text
    return web.Response(status=given.status, text=given.text, content_type=given.content_type)


def _cut(request: web.Request, entry: Entry) -> web.Response:
    entry.note = f"{entry.note} connection cut".strip()
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _read(request: web.Request) -> Call:
    text = (await request.read()).decode("utf-8", "replace")
    return Call(request.method, request.path, request.query, request.headers, text, decode(text))


def _phone_of(world: World, call: Call) -> str | None:
    body = call.body or {}
    known = world.pushes.find(str(body.get("CheckoutRequestID")))
    if known is not None:
        return known.phone
    named = next((str(body[name]) for name in PHONE_FIELDS if name in body), "")
    return international(named)


async def _answer(world: World, name: str, phone: str | None, call: Call, handle: Handle, entry: Entry) -> Answer:
    if world.is_down:
        entry.note = "Daraja is down"
        return firewall(503)
    fault = world.faults.fire(name, phone)
    if fault is None:
        return await handle(world, call)
    entry.note = f"fault {fault.id} {fault.fault}"
    return _instead(world, fault, call) or await _after_acting(world, fault, call, handle)


def _instead(world: World, fault: Fault, call: Call) -> Answer | None:
    """The answer of faults that keep the call from being acted on."""
    match fault.fault:
        case "refuse_connection" | "connection_cut" | "connection_cut_before":
            return CUT
        case "http_500":
            return refusal(world.ids.request_id(), *SERVER_FAULTS.get(fault.call, ("500.001.1001", "System error")))
        case "http_503":
            return firewall(503)
        case "html_403":
            return firewall(403)
        case "spike_arrest":
            return spike_arrest()
        case "token_revoked":
            world.tokens.revoke(call)
            return token_refused(world, fault.call, call)
    return _instead_of_query(world, fault, call) if fault.call == "stk_query" else _odd_push(world, fault)


def _odd_push(world: World, fault: Fault) -> Answer | None:
    if fault.fault != "unknown_code":
        return None
    return refusal(world.ids.request_id(), "500.001.9999", "Unlisted error")


def _instead_of_query(world: World, fault: Fault, call: Call) -> Answer | None:
    match fault.fault:
        case "being_processed":
            return stk.being_processed(world)
        case "does_not_exist":
            return stk.does_not_exist(world)
    codes = {"still_processing": "4999", "unknown_code": UNLISTED_RESULT_CODE}
    known = world.pushes.find(str((call.body or {}).get("CheckoutRequestID")))
    if fault.fault not in codes or known is None:
        return None
    return stk.result(known, codes[fault.fault])


async def _after_acting(world: World, fault: Fault, call: Call, handle: Handle) -> Answer:
    """The answer of faults that spoil it after the call was acted on."""
    given = await handle(world, call)
    match fault.fault:
        case "answer_lost":
            return CUT
        case "slow":
            await world.clock.sleep(fault.delay_s)
        case "malformed":
            return replace(given, text="<html>" + given.text.replace('"', "'"))
        case "truncated":
            return replace(given, text=given.text[: len(given.text) // 2])
    return given
