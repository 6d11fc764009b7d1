"""From the code in an address to the payment behind it, and to how its payer wants to see it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway import security
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.policy import Policy
from gateway.domain.shop import ShopSettings
from gateway.flows.read import read_payment
from gateway.ports import Ambient, Flow, Keys, Secrets, Store, call
from gateway.web.auth import client_token_of
from gateway.web.checkout.visit import Visit
from gateway.web.http import Request
from gateway.web.payer_view import view_of
from gateway.wording import Language, chosen_language


@dataclass(frozen=True, slots=True)
class Opened:
    """A payment whose page was asked for with a code of ours."""

    code: str
    record: PaymentRecord
    state: PaymentState
    shop: ShopSettings | None
    keys: Keys
    now_ms: int


def payment_named(request: Request) -> Flow[str | None]:
    """The payment's id in the address. None: the code is not ours; nothing was read for it."""
    keys = yield from call(Secrets.read_keys)
    return security.payment_of_page_code(keys.client_token, request.path_parameters.get("code", ""))


def opened(request: Request) -> Flow[Opened | None]:
    """The payment behind the code. None: no such page. Raises StoreUnavailable, SecretsUnavailable."""
    payment_id = yield from payment_named(request)
    found = (yield from read_payment(payment_id)) if payment_id else None
    if found is None:
        return None
    record, state = found
    keys = yield from call(Secrets.read_keys)
    shop = yield from call(Store.read_settings, record.asked.owner)
    now_ms = yield from call(Ambient.now_ms)
    return Opened(request.path_parameters["code"], record, state, shop, keys, now_ms)


def visit_of(
    request: Request,
    found: Opened,
    policy: Policy,
    *,
    problem: str | None = None,
    typed: str = "",
    claim_problem: str | None = None,
) -> Visit:
    """The look that this request asks for."""
    view = view_of(found.record, found.state, found.shop, found.now_ms, policy)
    key, asked = found.keys.client_token, found.record.asked
    return Visit(
        view=view,
        language=language_of(request, found),
        code=found.code,
        colour=found.shop.colour if found.shop else "",
        form_token=security.form_token(key, asked.id, view.again.number),
        client_token=client_token_of(found.keys, asked.id, asked.expires_at_ms),
        wanted_language=request.one("lang"),
        way=request.one("way"),
        refresh=request.one("refresh") != "off",
        asked_twice=request.one("asked") == "twice",
        problem=problem,
        typed=typed,
        claim_token=security.claim_token(key, asked.id),
        claim_problem=claim_problem,
        logo=found.shop.logo if found.shop else "",
        auto_return_s=found.shop.auto_return_s if found.shop else 0,
    )


def language_of(request: Request, found: Opened | None = None) -> Language:
    """The page's language: `?lang=`, the payment's, the browser's, the shop's."""
    return chosen_language(
        wanted=request.one("lang"),
        asked=found.record.asked.language if found else None,
        accepted=request.header("accept-language") or "",
        default=found.shop.default_language if found and found.shop else "en",
    )
