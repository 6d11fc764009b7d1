"""`POST /v1/c2b/register`: tell Safaricom where to confirm money by hand, and what is known of each address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from daraja.masking import BULLET
from gateway.domain.registration import PORTAL_STEPS, Addresses, Registration, RegistrationState
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.flows.register_urls import Registered, Wanted, addresses_of, register_urls
from gateway.ports import Ambient, Flow, Secrets, call
from gateway.ports.registration import Registrations
from gateway.web.auth import authenticate_shop
from gateway.web.bodies import read_object
from gateway.web.errors import BadField, bad_fields
from gateway.web.http import Answer, json_answer
from gateway.web.idempotency import optional_key
from gateway.web.serving import Scene
from gateway.web.shops import shop_of
from gateway.web.views import rfc3339

TIME_FOR_ONE_MS = 12_000
"""No further shortcode is begun with less than this left; a repeat goes on."""

TAG_SHOWN = 4


def register(scene: Scene) -> Flow[Answer]:
    """Each shortcode of the shop, or the one that is named. May be repeated: what is done is done once."""
    from gateway.web.registration_requests import RegisterRequest  # noqa: PLC0415  loads pydantic
    from gateway.web.requests import read_model  # noqa: PLC0415  as above

    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    optional_key(scene.request)
    asked = read_model(RegisterRequest, read_object(scene.request) if scene.request.body.strip() else {})
    shop = yield from shop_of(key.owner)
    base_url = scene.settings.text("CALLBACK_BASE_URL").rstrip("/")
    wanted = Wanted(base_url, scene.livemode, key.id, asked.version, asked.dry_run)
    done: list[Registered] = []
    for code in _chosen(shop, asked.shortcode):
        time_left_ms = yield from call(Ambient.time_left_ms)
        if done and time_left_ms < TIME_FOR_ONE_MS:
            done.append((yield from _as_it_stands(code, wanted)))
        else:
            done.append((yield from register_urls(code, wanted)))
    shown = [registration_shown(one.addresses, one.registration) for one in done]
    return json_answer(200, {"object": "c2b_registration", "dry_run": asked.dry_run, "shortcodes": shown})


def registration_shown(addresses: Addresses, registration: Registration) -> dict[str, Any]:
    """What is known of a shortcode's addresses; without their tags, which only operators see."""
    told = registration.at_ms and registration.mark == addresses.mark
    is_there_already = registration.state is RegistrationState.ALREADY_REGISTERED
    return {
        "shortcode": addresses.shortcode,
        "state": str(registration.state),
        "version": addresses.version,
        "confirmation_url": _without_tag(addresses.confirmation),
        "validation_url": _without_tag(addresses.validation),
        "self_tested_at": rfc3339(registration.tested_ms) if registration.tested_ms else None,
        "asked_at": rfc3339(registration.at_ms) if registration.at_ms else None,
        "these_addresses": bool(told) and registration.state is RegistrationState.REGISTERED,
        "detail": registration.detail or None,
        "steps": list(PORTAL_STEPS) if is_there_already else [],
    }


def _without_tag(url: str) -> str:
    """…/in/c2b/174379/7f3a•••/confirmation."""
    start, tag, name = url.rsplit("/", 2)
    return f"{start}/{tag[:TAG_SHOWN]}{BULLET * 3}/{name}"


def _chosen(shop: ShopSettings, shortcode: str | None) -> Sequence[Shortcode]:
    """Each business number once. Raises ApiError."""
    code = shop.shortcode(shortcode) if shortcode is not None else None
    if shortcode is not None and code is None:
        known = ", ".join(one.number for one in shop.shortcodes)
        raise bad_fields(
            [BadField("shortcode", "shortcode_unknown", f"shortcode is not one of this shop's ({known}).")]
        )
    if code is not None:
        return (code,)
    return tuple({one.business_number: one for one in shop.shortcodes}.values())


def _as_it_stands(code: Shortcode, wanted: Wanted) -> Flow[Registered]:
    keys = yield from call(Secrets.read_keys)
    addresses = addresses_of(keys, wanted.callback_base_url, code, wanted.version)
    standing = yield from call(Registrations.read_registration, addresses.shortcode)
    return Registered(addresses, standing or Registration(shortcode=addresses.shortcode))
