"""The endpoint that functions know as Amazon: names the caller, checks its policies, hands the call on."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable

from aiohttp import web

from local.aws.backing import SERVICES, Backing, Call, Reply
from local.aws.file_calls import FileCall, Signature, file_call, fits_its_signature, signature
from local.aws.function_spec import FunctionSpec
from local.aws.hung_up import no_error_when_hung_up
from local.aws.names import ACCOUNT
from local.aws.needs import Needs
from local.aws.permissions import Need, Permissions
from local.clock import Clock

HOST = "127.0.0.1"
NOT_PASSED_ON = {"host", "content-length", "connection", "transfer-encoding", "content-encoding", "expect"}
BODY_BYTES_MAX = 8 * 1024 * 1024

_log = logging.getLogger(__name__)


class Gatekeeper:
    """Serves on a free loopback port."""

    def __init__(self, specs: Iterable[FunctionSpec], backing: Backing, needs: Needs, clock: Clock) -> None:
        self._functions = {spec.access_key: spec for spec in specs}
        self._permissions = {key: Permissions(spec.policies, spec.logical_id) for key, spec in self._functions.items()}
        self._backing = backing
        self._needs = needs
        self._clock = clock
        self._runner: web.AppRunner | None = None
        self._file_listeners: list[Callable[[FileCall, bytes], None]] = []
        self.url = ""

    def on_file(self, listener: Callable[[FileCall, bytes], None]) -> None:
        """Call `listener` after each call of S3 that succeeded, with what was sent."""
        self._file_listeners.append(listener)

    async def start(self) -> None:
        """Open the port."""
        app = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=[no_error_when_hung_up])
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self.url = f"http://{HOST}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        signed = signature(request.headers.get("Authorization", ""), request.query)
        caller = self._functions.get(signed.access_key) if signed else None
        body = await request.read()
        call = _call(request.headers.get("X-Amz-Target", ""), body)
        if signed is None or signed.service == "s3":
            return await self._handle_file(request, signed, caller, body)
        if caller is not None:
            refused = self._refusal(caller, [Need("unknown:Action", "*")] if call is None else self._needs.of(call))
            if refused is not None:
                return _denied(refused)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in NOT_PASSED_ON}
        with self._clock.busy():
            if call is None:
                reply = await self._backing.send(request.method, request.raw_path.lstrip("/"), headers, body)
            else:
                reply = await self._backing.forward(call, headers, body)
        return _wire(reply)

    async def _handle_file(
        self, request: web.Request, signed: Signature | None, caller: FunctionSpec | None, body: bytes
    ) -> web.Response:
        """A file that is read or written: by who signed it, or who was given the address that somebody signed."""
        call = file_call(request.method, request.raw_path)
        if signed is None or call is None:
            return _file_denied("Access Denied")
        if signed.expires_at is not None and self._clock.now() > signed.expires_at:
            return _file_denied("Request has expired")
        if signed.expires_at is not None and not fits_its_signature(request.method, request.raw_path, request.headers):
            return _file_denied("The request does not match what was signed", "SignatureDoesNotMatch")
        refused = self._refusal(caller, self._needs.of_file(call)) if caller else None
        if refused is not None:
            return _file_denied(refused)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in NOT_PASSED_ON}
        with self._clock.busy():
            reply = await self._backing.send(request.method, request.raw_path.lstrip("/"), headers, body)
        for listener in self._file_listeners if reply.is_success else ():
            listener(call, body)
        return _wire(reply)

    def _refusal(self, caller: FunctionSpec, needs: Iterable[Need]) -> str | None:
        """What the caller is told if a permission is missing."""
        missing = self._permissions[caller.access_key].missing(needs)
        if missing is None:
            return None
        text = (
            f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{caller.name}/{caller.name} is not authorized to perform: "
            f"{missing.action} on resource: {missing.resource} because no identity-based policy allows the "
            f"{missing.action} action"
        )
        _log.warning("%s", text)
        return text


def _call(target: str, body: bytes) -> Call | None:
    prefix, _, operation = target.partition(".")
    service = SERVICES.get(prefix)
    return None if service is None else Call(service, operation, json.loads(body or b"{}"))


def _denied(text: str) -> web.Response:
    body = {"__type": "com.amazon.coral.service#AccessDeniedException", "Message": text, "message": text}
    headers = {"x-amzn-query-error": "AccessDeniedException;Sender"}
    return web.Response(
        status=400, body=json.dumps(body).encode(), content_type="application/x-amz-json-1.0", headers=headers
    )


def _file_denied(text: str, code: str = "AccessDenied") -> web.Response:
    """As S3 says it."""
    body = f"<Error><Code>{code}</Code><Message>{text}</Message></Error>"
    return web.Response(status=403, text=body, content_type="application/xml")


def _wire(reply: Reply) -> web.Response:
    response = web.Response(status=reply.status, body=reply.body)
    response.headers.popall("Content-Type", None)
    for name, value in reply.headers.items():
        if name.lower() not in NOT_PASSED_ON:
            response.headers.add(name, value)
    return response
