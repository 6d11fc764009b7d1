"""What endpoints for payers' browsers share: the token, the payment, and which origins may call (CORS).

The function answers CORS itself: an HTTP API could do it for all routes only, and a secret key in a browser must fail
at once. The token is checked by its MAC before anything is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.shop import ShopSettings
from gateway.flows.limits import Limit
from gateway.flows.read import read_payment
from gateway.ports import Ambient, Flow, Keys, Secrets, Store, call
from gateway.web.address_limits import limit_of_address
from gateway.web.auth import Payer, authenticate_payer, check_payer, no_such_payment
from gateway.web.errors import ApiError
from gateway.web.http import Answer, Request
from gateway.web.origins import origin_of
from gateway.web.serving import Endpoint, Scene

PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "GET, PUT, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match, X-Form-Token",
    "Access-Control-Max-Age": "7200",
}
ORIGIN_SHOWN_MAX = 100
EXPOSED = "ETag, Next-Poll-Ms, Retry-After, Request-Id, Gateway-Version"


@dataclass(frozen=True, slots=True)
class Visit:
    """A payer at a payment. shop None: its settings are gone."""

    record: PaymentRecord
    state: PaymentState
    shop: ShopSettings | None
    now_ms: int


def for_payers(endpoint: Callable[[Scene, Visit], Flow[Answer]]) -> Endpoint:
    """An endpoint behind the payer's credential, with the CORS headers on whatever it answers."""

    def guarded(scene: Scene) -> Flow[Answer]:
        keys = yield from call(Secrets.read_keys)
        payer = _authenticated(scene, keys)
        found = yield from read_payment(payer.payment_id)
        if found is None:
            raise no_such_payment()
        shop = yield from call(Store.read_settings, found[0].asked.owner)
        headers = cors_headers(scene, shop)
        now_ms = yield from call(Ambient.now_ms)
        try:
            check_payer(scene.request, payer, now_ms)
            answer = yield from endpoint(scene, Visit(*found, shop, now_ms))
        except ApiError as error:
            error.headers.update(headers)
            raise
        return answer.with_headers(headers)

    return guarded


def limit_of_payer(scene: Scene, visit: Visit) -> Flow[Limit]:
    """What the payer's address may have sent at this shop."""
    keys = yield from call(Secrets.read_keys)
    owner, address = visit.record.asked.owner, scene.request.source_address
    return limit_of_address(owner, address, keys, scene.settings, visit.now_ms)


def _authenticated(scene: Scene, keys: Keys) -> Payer:
    """The payer. A page with a credential that is no good may read why, from wherever it is: it says nothing else."""
    try:
        return authenticate_payer(scene.request, keys)
    except ApiError as error:
        error.headers.update({"Access-Control-Allow-Origin": "*"})
        raise


def cors_headers(scene: Scene, shop: ShopSettings | None) -> dict[str, str]:
    """The headers that let the calling origin read the answer. Raises ApiError for an origin that is not the shop's."""
    origin = scene.request.header("origin")
    if origin is None:
        return {}
    if not may_call(scene.request, scene.base_url, shop):
        named = origin_of(origin) or "The page's origin"
        raise ApiError(
            "origin_not_allowed",
            f"{named[:ORIGIN_SHOWN_MAX]} is not one of the shop's `origins`; add it with `mpesa-gateway settings put`.",
        )
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED, "Vary": "Origin"}


def may_call(request: Request, base_url: str, shop: ShopSettings | None) -> bool:
    """Whether the origin in the request is ours or one of the shop's."""
    origin = origin_of(request.header("origin") or "")
    ours = {origin_of(base_url), origin_of(request.origin_of_host)}
    shops = {origin_of(known) for known in (shop.origins if shop else ())}
    return origin is not None and origin in ours | shops
