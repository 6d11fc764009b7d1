"""`/` of the outside world: the big button, the doors, a curl line, and the last payments."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from local.daraja_simulator.pages.site import Door, page, site_of, templates_in
from local.demo_shop.gateway import GATEWAY, GatewayError, Payment, use_gateway

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.addresses import Addresses

HERE = Path(__file__).parent
TEMPLATES = templates_in(HERE / "templates")
PAYMENTS_SHOWN = 10


@dataclass(slots=True)
class StartFacts:
    """What the foot of the page says. The starter may fill `ready_s` once it knows it."""

    version: str
    seed: int | None = None
    ready_s: float | None = None
    """Seconds from the command to ready."""


class DoorCard(NamedTuple):
    """A place to go, with what is found there."""

    address: str
    words: str
    what: str


class _Start(NamedTuple):
    addresses: Addresses
    facts: StartFacts
    doors: Sequence[DoorCard]


_START: web.AppKey[_Start] = web.AppKey("start_page", _Start)

DOORS = (
    DoorCard("/phones", "Phones", "answer a payment request, PIN 1234"),
    DoorCard("/control", "Control panel", "traffic, faults, clock, books"),
    DoorCard("/magic", "Magic numbers", "one phone number per outcome"),
)


def add_routes(
    app: web.Application, addresses: Addresses, facts: StartFacts, more_doors: Sequence[DoorCard] = ()
) -> None:
    """Add `/`. `more_doors` are cards for parts that this module need not know, e.g. the console."""
    site_of(app).doors.append(Door(10, "/", "Start"))
    api = DoorCard(addresses.gateway + "/docs", "API", "documentation and OpenAPI")
    app[_START] = _Start(addresses, facts, [*DOORS, api, *more_doors])
    use_gateway(app, addresses)
    app.router.add_static("/start/static", HERE / "static")
    app.router.add_get("/", show_start)
    app.router.add_get("/start/payments", show_payments)


async def show_start(request: web.Request) -> web.Response:
    """The whole page. The payments come in a second request, so a cold gateway does not hold it up."""
    start = request.app[_START]
    values = {"doors_here": start.doors, "facts": start.facts, "curl": curl_line(start.addresses)}
    return page(request, TEMPLATES.get_template("start.html"), values)


async def show_payments(request: web.Request) -> web.Response:
    """The table of the last payments; 502 with a sentence when the gateway does not answer."""
    template = TEMPLATES.get_template("payments.html")
    try:
        payments = await request.app[GATEWAY].newest(PAYMENTS_SHOWN)
    except GatewayError as error:
        values: dict[str, object] = {"rows": [], "problem": error.words}
        return page(request, template, values, status=HTTPStatus.BAD_GATEWAY)
    return page(request, template, {"rows": [(one, badge_of(one)) for one in payments], "problem": ""})


def curl_line(addresses: Addresses) -> str:
    """A first payment from a terminal, ready to paste. The key is a local test key."""
    return (
        f"curl -s {addresses.gateway}/v1/payments \\\n"
        f'  -H "Authorization: Bearer {addresses.secret_key}" \\\n'
        '  -H "Idempotency-Key: order-$(date +%s)" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        '  -d \'{"amount":100,"phone":"0700000000"}\''
    )


class Badge(NamedTuple):
    """Edge and fill (a word of the look) and the word inside."""

    look: str
    word: str


BADGES = {
    "open": Badge("", "open"),
    "pending": Badge("doubt", "waiting"),
    "unresolved": Badge("doubt", "not known"),
    "cancelled": Badge("", "cancelled"),
    "expired": Badge("", "expired"),
    "refunded": Badge("out", "given back"),
    "partially_refunded": Badge("outline", "part given back"),
}

SHORT_FAILURES = {
    "insufficient_funds": "not enough money",
    "same_payment_too_soon": "same again too soon",
    "mpesa_declined": "declined",
    "mpesa_unavailable": "M-PESA down",
    "phone_not_on_mpesa": "not on M-PESA",
}
"""Where the API's code is not already good words."""


def badge_of(payment: Payment) -> Badge:
    """The badge of a payment: filled green only if goods may go out."""
    if payment.status == "paid":
        return Badge("paid", "paid") if payment.safe_to_fulfil else Badge("person", "paid, ask first")
    if payment.status == "failed":
        plain = payment.failure_code.replace("_", " ") or "not paid"
        return Badge("no", SHORT_FAILURES.get(payment.failure_code, plain))
    return BADGES.get(payment.status, Badge("", payment.status))
