"""What a person sees of the outside world, in a real browser: phones, control panel, start page, demo shop.

The simulator is the real one. The gateway's place is taken by a stand-in of a few lines, so that
these tests say only whether the pages are right; the whole chain is played elsewhere.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import re
import shutil
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from aiohttp import web
from playwright.sync_api import Browser, Page, expect, sync_playwright

from local import demo_shop, start_page
from local.addresses import Addresses
from local.clock import Clock
from local.daraja_simulator import pages
from local.daraja_simulator.app import create_app
from local.daraja_simulator.shortcodes import SANDBOX_PASSKEY

if TYPE_CHECKING:
    from collections.abc import Iterator

AMINA, BRIAN, CHEBET = "0712345678", "0722000111", "0110000222"
SECRET_KEY = "sk_test_local_of_these_tests"
ALL_PAGES = ("/", "/phones", "/phones/1", "/control", "/magic", "/shop")


@dataclass
class GatewayStandIn:
    """Payments as the API shows them; a test says how they go on."""

    address: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/payments", self.create)
        app.router.add_get("/v1/payments", self.newest)
        app.router.add_get("/v1/payments/{id}", self.show)
        app.router.add_get("/pay/{id}", self.payers_page)
        app.router.add_post("/callback", self.callback)

    async def create(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {SECRET_KEY}"
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers["Idempotency-Key"])
        if len(body.get("phone", AMINA)) != 10:
            problem = {"code": "phone_invalid", "param": "phone", "detail": "You entered 5 digits."}
            return web.json_response(problem, status=422)
        payment = self._payment(f"pay_{len(self.payments) + 1}", body)
        self.payments[payment["id"]] = payment
        return web.json_response(payment, status=201)

    def _payment(self, payment_id: str, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": payment_id,
            "status": "pending" if "phone" in body else "open",
            "safe_to_fulfil": False,
            "amount": body["amount"],
            "amount_received": 0,
            "order": body["order"],
            "account_reference": body["account_reference"],
            "attempts": [{"phone": "07•••••678"}] if "phone" in body else [],
            "receipt": None,
            "failure": None,
            "checkout_url": f"{self.address}/pay/{payment_id}",
            "created_at": "2026-03-02T09:15:04Z",
        }

    async def newest(self, _request: web.Request) -> web.Response:
        return web.json_response({"data": list(self.payments.values())[::-1]})

    async def show(self, request: web.Request) -> web.Response:
        return web.json_response(self.payments[request.match_info["id"]])

    async def payers_page(self, request: web.Request) -> web.Response:
        back = self.asked[-1]["return_url"]
        text = f'<h1>Payer’s page of {request.match_info["id"]}</h1><a href="{back}">Back</a>'
        return web.Response(text=text, content_type="text/html")

    async def callback(self, _request: web.Request) -> web.Response:
        return web.json_response({"ResultCode": 0, "ResultDesc": "Accepted"})


@dataclass
class Outside:
    """The running world: where it is, and what a test may do to it."""

    address: str
    gateway: GatewayStandIn

    def control(self, method: str, path: str, **body: object) -> Any:
        answer = httpx.request(method, f"{self.address}/control/api/{path}", json=body or None)
        answer.raise_for_status()
        return answer.json()

    def push(self, phone: str, amount: int) -> None:
        """An STK push as any shop's software would send it."""
        token = httpx.get(
            f"{self.address}/oauth/v1/generate?grant_type=client_credentials",
            auth=("local-key", "local-secret"),
        ).json()["access_token"]
        stamp = (datetime.now(UTC) + timedelta(hours=3)).strftime("%Y%m%d%H%M%S")
        body = {
            "BusinessShortCode": "174379",
            "Password": base64.b64encode(f"174379{SANDBOX_PASSKEY}{stamp}".encode()).decode(),
            "Timestamp": stamp,
            "TransactionType": "CustomerPayBillOnline",
            "Amount": amount,
            "PartyA": f"254{phone[1:]}",
            "PartyB": "174379",
            "PhoneNumber": f"254{phone[1:]}",
            "CallBackURL": f"{self.gateway.address}/callback",
            "AccountReference": "INV1042",
            "TransactionDesc": "Payment",
        }
        path = "/mpesa/stkpush/v1/processrequest"
        answer = httpx.post(self.address + path, json=body, headers={"Authorization": f"Bearer {token}"})
        assert answer.json()["ResponseCode"] == "0"


async def _serve(ready: Future[Outside], stopping: Future[asyncio.Event]) -> None:
    clock, stop = Clock(), asyncio.Event()
    stopping.set_result(stop)
    running = asyncio.create_task(clock.run())
    gateway = GatewayStandIn("")
    shop_side, outside_app = web.Application(), create_app(clock)
    gateway.add_routes(shop_side)
    shop_runner, gateway.address = await _listen(shop_side)
    outside = await _outside_of(outside_app, gateway)
    ready.set_result(outside[1])
    await stop.wait()
    running.cancel()
    await outside[0].cleanup()
    await shop_runner.cleanup()


async def _outside_of(app: web.Application, gateway: GatewayStandIn) -> tuple[web.AppRunner, Outside]:
    runner, site = _unbound(app)
    address = f"http://localhost:{site.getsockname()[1]}"
    addresses = Addresses(gateway.address, address, gateway.address, SECRET_KEY, "pk_test_local_x")
    pages.add_routes(app)
    start_page.add_routes(app, addresses, start_page.StartFacts(version="1.2.3", seed=7))
    demo_shop.add_routes(app, addresses)
    await runner.setup()
    await web.SockSite(runner, site).start()
    return runner, Outside(address, gateway)
