"""The gateway as a shop's own backend sees it: a few calls over HTTP with the secret key.

Nothing here knows more than the public API says; a customer could copy this file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from local.addresses import Addresses

CALL_S_MAX = 32.0
"""Longer than the gateway's own limit for a call that sends a prompt (28 s)."""

NOT_THERE = "The gateway is not running or not ready. Nothing was sent."
UNKNOWN_END = "It is not known whether the request arrived. Trying again with the same order is safe."
NO_PAYMENT = f"The gateway answered something that is no payment. {UNKNOWN_END}"
NO_ANSWER = f"The gateway did not answer. {UNKNOWN_END}"


class GatewayError(Exception):
    """The gateway did not do it, or did not answer.

    `words` can be shown to a person; `code` is the API's stable code, empty if there was none;
    `param` names the field at fault; `certain` means that nothing was stored or sent.
    """

    def __init__(self, words: str, *, code: str = "", param: str = "", certain: bool = False) -> None:
        super().__init__(code or words)
        self.words = words
        self.code = code
        self.param = param
        self.certain = certain


@dataclass(frozen=True, slots=True)
class Payment:
    """What the shop reads from a payment object. Amounts in whole shillings, times as RFC 3339 text."""

    id: str
    status: str
    safe_to_fulfil: bool
    amount: int
    amount_received: int
    order: str
    phone: str
    receipt: str
    failure_code: str
    failure_words: str
    checkout_url: str
    created_at: str
    version: int

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Read an API object. Raises GatewayError if it is no payment as the API promises it."""
        try:
            return cls._read(told)
        except (KeyError, TypeError) as error:
            raise GatewayError(NO_PAYMENT) from error

    @classmethod
    def _read(cls, told: Mapping[str, Any]) -> Self:
        failure = told.get("failure") or {}
        attempts = told.get("attempts") or [{}]
        return cls(
            id=told["id"],
            status=told["status"],
            safe_to_fulfil=told["safe_to_fulfil"] is True,
            amount=told["amount"],
            amount_received=told["amount_received"],
            order=told.get("order") or told["account_reference"],
            phone=attempts[-1].get("phone") or "",
            receipt=told.get("receipt") or "",
            failure_code=failure.get("code") or "",
            failure_words=(failure.get("payer_message") or {}).get("en") or failure.get("message") or "",
            checkout_url=told["checkout_url"],
            created_at=told["created_at"],
            version=told.get("version") or 0,
        )


class Gateway:
    """Calls the public API with the shop's secret key. Every method may raise GatewayError."""

    def __init__(self, addresses: Addresses, session: aiohttp.ClientSession) -> None:
        self._base = addresses.gateway + "/v1"
        self._key = {"Authorization": f"Bearer {addresses.secret_key}"}
        self._session = session

    async def create_payment(self, idempotency_key: str, body: Mapping[str, object]) -> Payment:
        """Ask for a payment. The same key and body again give the same payment, never a second one."""
        headers = {**self._key, "Idempotency-Key": idempotency_key}
        return Payment.read(await self._call("POST", "/payments", headers, json=body))

    async def payment(self, payment_id: str) -> Payment:
        """The payment as it is now."""
        return Payment.read(await self._call("GET", f"/payments/{payment_id}", self._key))

    async def newest(self, limit: int) -> list[Payment]:
        """Today's newest payments, newest first."""
        told = await self._call("GET", "/payments", self._key, params={"limit": str(limit)})
        return [Payment.read(one) for one in told.get("data") or []]

    async def ask_for_payouts(self, idempotency_key: str, name: str, csv: str) -> str:
        """Ask for a file of payouts; its id. Nothing goes out before a person approves it."""
        headers = {**self._key, "Idempotency-Key": idempotency_key}
        told = await self._call("POST", "/payouts/files", headers, json={"name": name, "csv": csv})
        return str(told.get("id") or "")

    async def _call(self, method: str, path: str, headers: Mapping[str, str], **more: Any) -> dict[str, Any]:
        try:
            async with self._session.request(method, self._base + path, headers=headers, **more) as answer:
                return _value_or_error(answer.status, await answer.text())
        except aiohttp.ClientConnectorError as error:
            raise GatewayError(NOT_THERE, certain=True) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise GatewayError(NO_ANSWER) from error


def _value_or_error(status: int, text: str) -> dict[str, Any]:
    told = _object_in(text)
    if status < HTTPStatus.BAD_REQUEST and told:
        return told
    detail = told.get("detail") or told.get("title") or told.get("message") or f"It answered {status}."
    certain = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    words = str(detail) if certain else f"The gateway had a problem: {detail} {UNKNOWN_END}"
    raise GatewayError(words, code=told.get("code") or "", param=told.get("param") or "", certain=certain)


def _object_in(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


GATEWAY: web.AppKey[Gateway] = web.AppKey("gateway_of_the_shop", Gateway)
_WANTED: web.AppKey[bool] = web.AppKey("gateway_wanted", bool)


def use_gateway(app: web.Application, addresses: Addresses) -> None:
    """Give `app` one client for its lifetime, under the key GATEWAY. Calling twice is harmless."""
    if _WANTED in app:
        return
    app[_WANTED] = True

    async def open_while_running(app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_S_MAX)) as session:
            app[GATEWAY] = Gateway(addresses, session)
            yield

    app.cleanup_ctx.append(open_while_running)
