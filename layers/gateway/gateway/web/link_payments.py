"""A payer begins a payment from a payment link: amount and reference are the shop's, the wish is the browser's.

The browser's nonce is its Idempotency-Key, in a namespace of the link's own: no browser can take a shop's order keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway import security, wording
from gateway.domain import references
from gateway.domain.identity import hex_of
from gateway.domain.links import HELD_PAYMENT_LIVES_MS, Link, Standing, allowed_amounts
from gateway.domain.payment import Asked, PaymentRecord, PaymentState
from gateway.domain.policy import DAY_MS
from gateway.domain.shop import ShopSettings
from gateway.flows.pay_link import LinkStarted, Wish, pay_link
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, Keys, Secrets, Store, call
from gateway.settings import Settings
from gateway.web import lists
from gateway.web.address_limits import limit_of_address, limit_of_link, wait_s
from gateway.web.auth import authenticate_publishable, client_token_of
from gateway.web.bodies import read_object
from gateway.web.browsers import cors_headers
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.http import Answer, json_answer
from gateway.web.idempotency import check_replay
from gateway.web.link_codes import link_named
from gateway.web.link_requests import LinkPaymentRequest
from gateway.web.payer_view import payer_view, view_of
from gateway.web.prompting import PAYER
from gateway.web.requests import DESCRIPTION_DEFAULT, DESCRIPTION_MAX, Limits, fingerprint, read_model
from gateway.web.serving import Scene
from gateway.wording import Language

_NOT_IN_DESCRIPTION = re.compile(r"[^A-Za-z0-9 .\-/]+")
_REFUSALS = {
    Standing.INACTIVE: ("link_closed", "The shop has closed this payment link."),
    Standing.EXPIRED: ("link_closed", "This payment link has ended."),
    Standing.USED_UP: ("link_used_up", "This payment link has been paid as often as it may be."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a payer asked for at a link, judged already."""

    link: Link
    shop: ShopSettings
    amount_kes: int
    phone: str | None
    nonce: str
    fingerprint: str
    language: Language | None
    address: str


def begin_payment(scene: Scene) -> Flow[Answer]:
    """`POST /v1/checkout/links/{code}/payments`. 201: begun now. 200: what this nonce began before, as it is now."""
    lists.read_query(scene.request, scene.route.query)
    owner = yield from _owner_of_credential(scene)
    link = yield from link_named(scene.request.path_parameters.get("code", ""))
    if link is None or owner not in (None, link.owner):
        raise no_such_link()
    shop = yield from call(Store.read_settings, link.owner)
    headers = cors_headers(scene, shop)
    try:
        answer = yield from _begin(scene, link, shop)
    except ApiError as error:
        error.headers.update(headers)
        raise
    return answer.with_headers(headers)


def no_such_link() -> ApiError:
    """The same answer whether the link does not exist or is another shop's than the key's."""
    return ApiError("not_found", "There is no payment link with this code at this shop.")


def _owner_of_credential(scene: Scene) -> Flow[str | None]:
    """Whose publishable key this is; None: the link's own form came, which may pay this link. Raises ApiError 401."""
    token = scene.request.header("x-form-token")
    if token is not None and scene.request.header("authorization") is None:
        keys = yield from call(Secrets.read_keys)
        if not security.link_form_token_fits(keys.client_token, scene.request.path_parameters.get("code", ""), token):
            raise ApiError("key_invalid", "The form token was not made for this payment link.")
        return None
    return (yield from authenticate_publishable(scene.request, livemode=scene.livemode)).owner


def _begin(scene: Scene, link: Link, shop: ShopSettings | None) -> Flow[Answer]:
    fields = read_object(scene.request)
    limits = Limits(shop, scene.livemode) if shop else None
    request = read_model(LinkPaymentRequest, fields, limits)
    if shop is None or not shop.shortcodes:
        raise ApiError("shortcode_unknown", "The shop of this link has no shortcode.")
    wanted = Wanted(
        link=link,
        shop=shop,
        amount_kes=checked_amount(link, shop, request.amount),
        phone=request.phone,
        nonce=request.nonce,
        fingerprint=fingerprint(request),
        language=None,
        address=scene.request.source_address,
    )
    started = yield from start(wanted, scene.settings)
    now_ms = yield from call(Ambient.now_ms)
    record, state, created = _checked(started, wanted.fingerprint, now_ms)
    keys = yield from call(Secrets.read_keys)
    value = _value(scene, record, state, shop, keys, now_ms)
    return json_answer(201, value) if created else json_answer(200, value, {"Idempotency-Replayed": "true"})


def checked_amount(link: Link, shop: ShopSettings, given: int | None) -> int:
    """What is to be paid. Raises ApiError when the payer may not choose this."""
    least, most = allowed_amounts(link)
    most = min(most, shop.amount_kes_max)
    if link.amount_kes is not None:
        if given not in (None, link.amount_kes):
            detail = f"The amount of this link is fixed: KES {link.amount_kes:,}."
            raise bad_fields([BadField("amount", "amount_invalid", detail)])
        return link.amount_kes
    if given is None:
        raise bad_fields([BadField("amount", "field_missing", f"Give an amount of KES {least:,} to {most:,}.")])
    if given < least:
        raise bad_fields([BadField("amount", "amount_too_small", f"amount is below KES {least:,}.")])
    if given > most:
        raise bad_fields([BadField("amount", "amount_too_large", f"amount is above KES {most:,}.")])
    return given


def start(wanted: Wanted, settings: Settings) -> Flow[LinkStarted]:
    """Begin the payment, or find what this nonce began."""
    keys = yield from call(Secrets.read_keys)
    now_ms = yield from call(Ambient.now_ms)
    shortcode = wanted.shop.shortcode(wanted.link.shortcode) or wanted.shop.shortcodes[0]
    wish = Wish(
        asked=_asked(wanted, keys, now_ms),
        phone=wanted.phone,
        shortcode=shortcode,
        actor=PAYER,
        limits=(
            limit_of_address(wanted.link.owner, wanted.address, keys, settings, now_ms),
            limit_of_link(wanted.link.hex, settings, now_ms),
        ),
    )
    return (yield from pay_link(wanted.link, wish, FlowSettings.of(settings, calls_safaricom=True)))


def refusal_of(started: LinkStarted, now_ms: int) -> ApiError:
    """Why nothing was begun."""
    if started.limited_until_ms is not None:
        detail = "Too many payments were begun from here in a short time. Nothing was sent."
        return ApiError("too_many_requests", detail, retry_after_s=wait_s(started.limited_until_ms, now_ms))
    code, detail = _REFUSALS[started.standing]
    return ApiError(code, detail)


def _checked(started: LinkStarted, asked_fingerprint: str, now_ms: int) -> tuple[PaymentRecord, PaymentState, bool]:
    """What was begun, and whether just now. Raises ApiError."""
    if started.started is None:
        raise refusal_of(started, now_ms)
    found = started.started
    if not found.created:
        check_replay(found.record, asked_fingerprint, now_ms)
    return found.record, found.state, found.created


def _asked(wanted: Wanted, keys: Keys, now_ms: int) -> Asked:
    """The request as it is stored. The reference follows from the payment's id, behind the link's prefix."""
    link, shop = wanted.link, wanted.shop
    shortcode = shop.shortcode(link.shortcode) or shop.shortcodes[0]
    payment_id = security.payment_id(keys.id, link.owner, f"link:{link.hex}", wanted.nonce)
    lives_ms = DAY_MS if link.max_payments is None else HELD_PAYMENT_LIVES_MS
    return Asked(
        id=payment_id,
        owner=link.owner,
        livemode=link.livemode,
        shortcode=shortcode.number,
        shortcode_kind=shortcode.kind,
        shop_name=shop.name,
        amount_kes=wanted.amount_kes,
        account_reference=link.reference_prefix + references.generated(bytes.fromhex(hex_of(payment_id))),
        description=_description(link.title),
        created_at_ms=now_ms,
        expires_at_ms=now_ms + lives_ms,
        fingerprint=wanted.fingerprint,
        created_by=link.id,
        language=wanted.language,
        store_number=shortcode.store_number,
        link=link.id,
    )


def _description(title: str) -> str:
    """What fits of the title into the M-PESA message."""
    plain = " ".join(_NOT_IN_DESCRIPTION.sub(" ", title).split())
    return plain[:DESCRIPTION_MAX].strip() or DESCRIPTION_DEFAULT


def _value(
    scene: Scene, record: PaymentRecord, state: PaymentState, shop: ShopSettings, keys: Keys, now_ms: int
) -> dict[str, object]:
    language = wording.chosen_language(
        wanted=scene.request.one("lang"),
        asked=record.asked.language,
        accepted=scene.request.header("accept-language") or "",
        default=shop.default_language,
    )
    return {
        "payment": record.id,
        "object": "link_payment",
        "client_token": client_token_of(keys, record.id, record.asked.expires_at_ms),
        "checkout_url": f"{scene.base_url}/pay/{security.page_code(keys.client_token, record.id)}",
        "view": payer_view(view_of(record, state, shop, now_ms, scene.settings.policy), language),
    }
