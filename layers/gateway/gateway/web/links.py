"""Payment links for the shop's server: make, list, read, close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway import security
from gateway.domain.identity import LINK_PREFIX
from gateway.domain.links import Link, settled, standing_of
from gateway.domain.shop import ApiKey, ShopSettings
from gateway.flows.pay_link import ends_of_places
from gateway.ports import Ambient, Flow, Keys, Secrets, call
from gateway.ports.links import Links
from gateway.web import lists
from gateway.web.auth import authenticate_shop
from gateway.web.bodies import read_object
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.http import Answer, json_answer
from gateway.web.idempotency import optional_key
from gateway.web.link_codes import link_named
from gateway.web.link_requests import LinkChange, LinkRequest
from gateway.web.requests import Limits, fingerprint, read_model
from gateway.web.serving import Scene
from gateway.web.shops import shop_of
from gateway.web.views import CURRENCY, rfc3339

FIXED = frozenset(
    {
        "account_reference_prefix",
        "amount",
        "created_at",
        "currency",
        "expires_at",
        "id",
        "livemode",
        "max_amount",
        "max_payments",
        "min_amount",
        "object",
        "payments_held",
        "payments_paid",
        "qr_svg",
        "shortcode",
        "state",
        "url",
    }
)
"""Fields of a link that stay as they were made: somebody may have printed its code."""

DRAWN_BYTES = 16
LIST_NAME = "links"


def create_link(scene: Scene) -> Flow[Answer]:
    """`POST /v1/payment-links`. 201: made now. 200: what this Idempotency-Key named before, as it is now."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    given = optional_key(scene.request)
    fields = read_object(scene.request)
    shop = yield from shop_of(key.owner)
    wanted = read_model(LinkRequest, fields, Limits(shop, scene.livemode))
    link = yield from _made(scene, key, shop, wanted, given)
    existing = yield from call(Links.create_link, link)
    if existing is not None and existing.fingerprint != link.fingerprint:
        detail = f"This key names {existing.id}, which was asked for with other fields."
        raise ApiError("idempotency_key_reused", detail, param="Idempotency-Key")
    view = yield from _view(scene, existing or link, shop)
    if existing is None:
        return json_answer(201, view)
    return json_answer(200, view, {"Idempotency-Replayed": "true"})


def list_links(scene: Scene) -> Flow[Answer]:
    """`GET /v1/payment-links`. Without the drawings."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    given = lists.read_query(scene.request, scene.route.query)
    shop = yield from shop_of(key.owner)
    cursor_key = (yield from call(Secrets.read_keys)).cursor
    place = lists.checked_place(cursor_key, (LIST_NAME, key.owner), given.get("cursor"))
    page = yield from call(Links.list_links, key.owner, int(given.get("limit", lists.LIMIT_DEFAULT)), place)
    now_ms = yield from call(Ambient.now_ms)
    cursor = lists.marked_place(cursor_key, (LIST_NAME, key.owner), page.cursor) if page.cursor else None
    data = [link_view(link, shop, scene.base_url, now_ms) for link in page.links]
    return json_answer(200, {"object": "list", "data": data, "has_more": cursor is not None, "next_cursor": cursor})


def get_link(scene: Scene) -> Flow[Answer]:
    """`GET /v1/payment-links/{link}`."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    link = yield from _link_of(key.owner, scene.request.path_parameters.get("link", ""))
    shop = yield from shop_of(key.owner)
    return json_answer(200, (yield from _view(scene, link, shop)))


def change_link(scene: Scene) -> Flow[Answer]:
    """`PATCH /v1/payment-links/{link}`. Closing it stops new payments at once; those that run are not touched."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    optional_key(scene.request)
    wanted = _read_change(read_object(scene.request))
    link = yield from _link_of(key.owner, scene.request.path_parameters.get("link", ""))
    shop = yield from shop_of(key.owner)
    for _ in range(lists.READS_MAX):
        changes: dict[str, Any] = {name: value for name, value in wanted.model_dump().items() if value is not None}
        after = replace(link, **changes)
        if after == link or (yield from call(Links.save_link, link, after)):
            return json_answer(200, (yield from _view(scene, after, shop)))
        link = yield from _link_of(key.owner, link.id)
    raise ApiError("version_conflict", f"{link.id} changes faster than it can be written; nothing was changed.")


def link_view(link: Link, shop: ShopSettings, base_url: str, now_ms: int) -> dict[str, Any]:
    """The payment link of the API, without its drawing."""
    shortcode = shop.shortcode(link.shortcode) or shop.shortcodes[0]
    counts = link.max_payments is not None
    return {
        "id": link.id,
        "object": "payment_link",
        "livemode": link.livemode,
        "active": link.active,
        "state": str(standing_of(link, now_ms)),
        "title": link.title,
        "amount": link.amount_kes,
        "min_amount": link.min_kes,
        "max_amount": link.max_kes,
        "currency": CURRENCY,
        "account_reference_prefix": link.reference_prefix or None,
        "shortcode": {"number": shortcode.number, "kind": shortcode.kind, "name": shop.name},
        "max_payments": link.max_payments,
        "payments_paid": link.paid if counts else None,
        "payments_held": len(link.held) if counts else None,
        "expires_at": rfc3339(link.expires_at_ms) if link.expires_at_ms is not None else None,
        "created_at": rfc3339(link.created_at_ms),
        "url": url_of(base_url, link),
    }


def url_of(base_url: str, link: Link) -> str:
    """Where it is paid."""
    return f"{base_url}/l/{link.hex}"


def _made(
    scene: Scene, key: ApiKey, shop: ShopSettings, wanted: LinkRequest, idempotency_key: str | None
) -> Flow[Link]:
    keys: Keys = yield from call(Secrets.read_keys)
    now_ms = yield from call(Ambient.now_ms)
    _check(wanted, now_ms)
    name = idempotency_key or (yield from call(Ambient.draw, DRAWN_BYTES)).hex()
    kind = "asked" if idempotency_key else "drawn"
    chosen = wanted.amount is None
    return Link(
        id=security.link_id(keys.id, key.owner, f"{kind}:{name}"),
        owner=key.owner,
        livemode=scene.livemode,
        title=wanted.title,
        shortcode=(shop.shortcode(wanted.shortcode or "") or shop.shortcodes[0]).number,
        created_at_ms=now_ms,
        created_by=key.id,
        fingerprint=fingerprint(wanted),
        amount_kes=wanted.amount,
        min_kes=(wanted.min_amount or 1) if chosen else None,
        max_kes=(wanted.max_amount or shop.amount_kes_max) if chosen else None,
        reference_prefix=wanted.account_reference_prefix or "",
        max_payments=wanted.max_payments,
        expires_at_ms=wanted.expires_at,
    )


def _check(wanted: LinkRequest, now_ms: int) -> None:
    """What no field shows by itself. Raises ApiError."""
    bad = []
    if wanted.amount is not None and (wanted.min_amount or wanted.max_amount):
        bad.append(BadField("amount", "field_invalid", "Give amount, or min_amount and max_amount, not both."))
    if wanted.amount is None and wanted.min_amount is None and wanted.max_amount is None:
        detail = "Give amount, or min_amount or max_amount where the payer is to choose."
        bad.append(BadField("amount", "field_missing", detail))
    if wanted.min_amount and wanted.max_amount and wanted.min_amount > wanted.max_amount:
        bad.append(BadField("min_amount", "field_invalid", "min_amount is above max_amount."))
    if wanted.expires_at is not None and wanted.expires_at <= now_ms:
        bad.append(BadField("expires_at", "field_invalid", "expires_at has passed already."))
    if bad:
        raise bad_fields(bad)


def _read_change(fields: Mapping[str, Any]) -> LinkChange:
    fixed = [
        BadField(name, "field_read_only", f"{name} of a payment link stays as it was made; make another link.")
        for name in fields
        if name in FIXED
    ]
    try:
        wanted = read_model(LinkChange, {name: value for name, value in fields.items() if name not in FIXED})
    except ApiError as error:
        raise bad_fields([*fixed, *error.fields]) from None
    if fixed:
        raise bad_fields(fixed)
    return wanted


def _link_of(owner: str, link_id: str) -> Flow[Link]:
    """A link of this owner. Raises ApiError `not_found`, also for somebody else's."""
    prefix, code = link_id[: len(LINK_PREFIX)], link_id[len(LINK_PREFIX) :]
    link = yield from link_named(code if prefix == LINK_PREFIX else "")
    if link is None or link.owner != owner:
        raise ApiError("not_found", "There is no payment link with this id.")
    return link


def _view(scene: Scene, link: Link, shop: ShopSettings) -> Flow[dict[str, Any]]:
    """The whole object, its places as they are now. Nothing is written: the next payer's start does that."""
    from gateway.web.qr import qr_svg  # noqa: PLC0415 only who draws pays for the import

    now_ms = yield from call(Ambient.now_ms)
    if link.held:
        link = settled(link, (yield from ends_of_places(link, scene.flow_settings())))
    return {**link_view(link, shop, scene.base_url, now_ms), "qr_svg": qr_svg(url_of(scene.base_url, link))}
