"""API Gateway's HTTP APIs on loopback ports: request → event → function → answer."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Sequence

from aiohttp import web

from local.aws.functions import FunctionHost
from local.aws.http_event import Answer, MalformedAnswer, Received, answer_of, event_of, message
from local.aws.hung_up import no_error_when_hung_up
from local.aws.invocation import Outcome
from local.aws.routes import Route, choose
from local.clock import Clock

BODY_BYTES_MAX = 10 * 1024 * 1024
INTEGRATION_S_MAX = 30.0
LINE_BYTES_MAX = 16_380


class HttpApi:
    """One API: its routes, in front of the functions."""

    def __init__(self, api_id: str, routes: Sequence[Route], host: FunctionHost, clock: Clock) -> None:
        self.id = api_id
        self.routes = routes
        self._host = host
        self._clock = clock
        self._runner: web.AppRunner | None = None

    async def start(self, listening: socket.socket) -> None:
        """Serve on a socket that is bound already."""
        app = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=[no_error_when_hung_up])
        app.router.add_route("*", r"/{path:[\s\S]*}", self._handle)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            auto_decompress=False,
            max_line_size=LINE_BYTES_MAX,
            max_field_size=LINE_BYTES_MAX,
            shutdown_timeout=1.0,
        )
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()

    async def stop(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def answer(self, received: Received) -> Answer:
        """What the API answers to a request."""
        chosen = choose(self.routes, received.method, received.path)
        if chosen is None:
            return message(404, "Not Found")
        route, parameters = chosen
        event = event_of(received, route.key, parameters, self.id, self._clock.now())
        calling = asyncio.create_task(self._host.functions[route.function].invoke(json.dumps(event).encode()))
        try:
            async with asyncio.timeout(INTEGRATION_S_MAX):
                outcome = await asyncio.shield(calling)
        except TimeoutError:
            return message(503, "Service Unavailable")
        return _from_outcome(outcome)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _wire(message(413, "Request Entity Too Large"))
        with self._clock.busy():
            return _wire(await self.answer(_received(request, body)))


def _received(request: web.Request, body: bytes) -> Received:
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    own = request.transport.get_extra_info("sockname") if request.transport is not None else None
    path, _, query = request.raw_path.partition("?")
    return Received(
        method=request.method,
        path=path,
        query=query,
        headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers],
        body=body,
        source_ip=peer[0] if peer else "",
        port=own[1] if own else 0,
    )


def _from_outcome(outcome: Outcome) -> Answer:
    if outcome.failed:
        return message(500, "Internal Server Error")
    try:
        return answer_of(outcome.value())
    except (MalformedAnswer, json.JSONDecodeError):
        return message(500, "Internal Server Error")


def _wire(answer: Answer) -> web.Response:
    response = web.Response(status=answer.status, body=answer.body)
    response.headers.popall("Content-Type", None)
    for name, value in answer.headers:
        if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
            response.headers.add(name, value)
    return response
