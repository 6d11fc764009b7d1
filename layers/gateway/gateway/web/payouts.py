"""Payouts for the shop's server: ask for one, read, list. Only a person in the console decides about them."""

from __future__ import annotations

from gateway import security
from gateway.domain.days import day_of
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import Method, OutgoingAsked, OutgoingKind, OutgoingRecord, is_outgoing_id
from gateway.domain.money_out.policy import LAPSES_AFTER_MS
from gateway.domain.shop import ApiKey, ShopSettings
from gateway.flows.money_out.begin import begin_payout
from gateway.flows.outgoing_shown import PURPOSES, outgoing_shown
from gateway.ports import Ambient, Flow, Secrets, call
from gateway.ports.money_out import OutgoingQuery, Outgoings
from gateway.web import lists
from gateway.web.auth import authenticate_shop
from gateway.web.bodies import read_object
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.http import Answer, entity_answer, json_answer
from gateway.web.idempotency import REPLAYED_FOR_MS, required_key
from gateway.web.payout_requests import PayoutRequest
from gateway.web.requests import Limits, fingerprint, read_model
from gateway.web.serving import Endpoints, Scene
from gateway.web.shops import shop_of

KIND = str(OutgoingKind.PAYOUT)


def create_payout(scene: Scene) -> Flow[Answer]:
    """`POST /v1/payouts`. 201: stored now. 200: what this Idempotency-Key named before, as it is now."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    idempotency_key = required_key(scene.request)
    fields = read_object(scene.request)
    shop = yield from shop_that_pays_out(key.owner)
    wanted = read_model(PayoutRequest, fields, Limits(shop, scene.livemode))
    keys = yield from call(Secrets.read_keys)
    out_id = security.payout_id(keys.id, key.owner, "api", idempotency_key)
    now_ms = yield from call(Ambient.now_ms)
    asked = asked_of(scene, key, shop, wanted, out_id, now_ms)
    begun = yield from begin_payout(asked, scene.flow_settings())
    if not begun.created:
        check_replay(begun.record, asked.fingerprint, now_ms)
    view = outgoing_shown(begun.record, begun.state)
    return json_answer(201, view) if begun.created else json_answer(200, view, {"Idempotency-Replayed": "true"})


def get_payout(scene: Scene) -> Flow[Answer]:
    """`GET /v1/payouts/{payout}`. A read that shows the phone number is reported, with the key that did it."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    record = yield from _payout_of(key.owner, scene.request.path_parameters.get("payout", ""))
    with_phone = "include" in lists.read_query(scene.request, scene.route.query)
    if with_phone:
        yield from call(Ambient.report, "phone_read", {"out": record.id, "key": key.id})
    view = outgoing_shown(record, outgoing_state(record), with_phone=with_phone)
    return entity_answer(scene.request, 200, view, str(record.version))


def list_payouts(scene: Scene) -> Flow[Answer]:
    """`GET /v1/payouts`: of a day, or those that stand so, over all days."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    given = lists.read_query(scene.request, scene.route.query)
    now_ms = yield from call(Ambient.now_ms)
    query = _query(given, key.owner, now_ms)
    name = ("payouts", key.owner, query.day or "", query.status or "")
    cursor_key = (yield from call(Secrets.read_keys)).cursor
    place = lists.checked_place(cursor_key, name, given.get("cursor"))
    page = yield from call(Outgoings.list_outgoings, query, int(given.get("limit", lists.LIMIT_DEFAULT)), place)
    states = [(record, outgoing_state(record)) for record in page.records]
    shown = [
        outgoing_shown(record, state) for record, state in states if given.get("status") in (None, str(state.status))
    ]
    cursor = lists.marked_place(cursor_key, name, page.cursor) if page.cursor else None
    return json_answer(200, {"object": "list", "data": shown, "has_more": cursor is not None, "next_cursor": cursor})


def refuse_decision(scene: Scene) -> Flow[Answer]:
    """`POST /v1/payouts/{payout}/approve` and `…/reject`: no key can, whatever its scopes are."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    record = yield from _payout_of(key.owner, scene.request.path_parameters.get("payout", ""))
    raise ApiError(
        "scope_missing",
        "No API key can decide about a payout, whatever its scopes: a person other than the one who asked for it does, "
        f"signed in to the console, at /console/payouts/{record.id}.",
    )


def shop_that_pays_out(owner: str) -> Flow[ShopSettings]:
    """The owner's settings. Raises ApiError where they name no shortcode that pays out."""
    shop = yield from shop_of(owner)
    if not shop.payout_shortcode:
        detail = "This shop pays nothing out: its settings name no payout_shortcode."
        raise ApiError("shortcode_unknown", detail, param="shortcode")
    return shop


def asked_of(
    scene: Scene,
    key: ApiKey,
    shop: ShopSettings,
    wanted: PayoutRequest,
    out_id: str,
    now_ms: int,
    file: str | None = None,
) -> OutgoingAsked:
    """The request as it is stored."""
    return OutgoingAsked(
        id=out_id,
        kind=KIND,
        owner=key.owner,
        livemode=scene.livemode,
        shortcode=shop.payout_shortcode,
        method=str(Method.B2C),
        command=PURPOSES[wanted.purpose],
        amount_kes=wanted.amount,
        remarks=wanted.remarks,
        created_by=key.id,
        created_at_ms=now_ms,
        lapses_at_ms=now_ms + LAPSES_AFTER_MS,
        fingerprint=fingerprint(wanted),
        phone=wanted.phone,
        order=wanted.order,
        metadata=wanted.metadata,
        maker=key.maker,
        file=file,
    )


def check_replay(record: OutgoingRecord, wanted: str, now_ms: int) -> None:
    """Whether the payout that this key names may answer for this request. Raises ApiError 422."""
    if now_ms - record.asked.created_at_ms > REPLAYED_FOR_MS:
        detail = f"This key named {record.id} more than 30 days ago. Read that payout by its id, or send a new key."
        raise ApiError("idempotency_key_expired", detail, param="Idempotency-Key")
    if record.asked.fingerprint != wanted:
        detail = f"This key names {record.id}, which was asked for with other fields."
        raise ApiError("idempotency_key_reused", detail, param="Idempotency-Key")


def _payout_of(owner: str, out_id: str) -> Flow[OutgoingRecord]:
    """A payout of this owner. Raises ApiError `not_found`, also for somebody else's."""
    record = (yield from call(Outgoings.read_outgoing, out_id)) if is_outgoing_id(out_id) else None
    if record is None or record.asked.owner != owner or record.asked.kind != KIND:
        raise ApiError("not_found", "There is no such payout.")
    return record


def _query(given: dict[str, str], owner: str, now_ms: int) -> OutgoingQuery:
    """By day, or else by status over all days; today where neither is given."""
    if "status" in given and "day" not in given:
        return OutgoingQuery(owner=owner, kind=KIND, status=given["status"])
    day = given.get("day") or day_of(now_ms)
    if not lists.is_day(day):
        raise bad_fields([BadField("day", "field_invalid", "day must be a day like 2026-03-02.")])
    return OutgoingQuery(owner=owner, kind=KIND, day=day)


ENDPOINTS: Endpoints = {
    "POST /v1/payouts": create_payout,
    "GET /v1/payouts": list_payouts,
    "GET /v1/payouts/{payout}": get_payout,
    "POST /v1/payouts/{payout}/approve": refuse_decision,
    "POST /v1/payouts/{payout}/reject": refuse_decision,
}
