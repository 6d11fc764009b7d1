"""Refunds for the shop's server: ask for one, read, list. Only a person in the console decides about them."""

from __future__ import annotations

from gateway import security
from gateway.domain.days import day_of
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OutgoingKind, OutgoingRecord, is_outgoing_id
from gateway.domain.refunds import PAYOUT_KES_MIN, NoWay, RefundObjection, RefundRefused, RefundWanted
from gateway.domain.shop import ApiKey, ShopSettings
from gateway.flows.money_out.refund import RefundAsked, begin_refund
from gateway.flows.outgoing_shown import outgoing_shown
from gateway.ports import Ambient, Flow, Keys, Secrets, call
from gateway.ports.money_out import OutgoingQuery, Outgoings
from gateway.web import lists
from gateway.web.auth import authenticate_shop, no_such_payment, payment_in_path
from gateway.web.bodies import read_object
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.http import Answer, entity_answer, json_answer
from gateway.web.idempotency import REPLAYED_FOR_MS, required_key
from gateway.web.refund_requests import RefundRequest
from gateway.web.requests import Limits, fingerprint, read_model
from gateway.web.serving import Endpoints, Scene
from gateway.web.shops import shop_of

KIND = str(OutgoingKind.REFUND)

NOT_PAID = (
    "Nothing was received for this payment, so nothing can go back. Refund it once its status is paid; one that is not "
    "to be paid any more is cancelled: POST /v1/payments/{payment}/cancel."
)
ALL_GONE = "Nothing of this payment can be refunded: all that was received went back. Its refunds name where."

BY_HAND = "Reverse it in the M-PESA organisation portal, or give cash and note it on the payment."

NO_WAY: dict[NoWay, str] = {
    NoWay.NO_RECEIPT: "The money is known to have come, but M-PESA's code of it is not told yet, and a refund needs "
    "it. Ask again when receipt_pending is gone.",
    NoWay.UNKNOWN_RECEIPT: "This payment has no money under that receipt.",
    NoWay.PART_OF_A_REVERSAL: "M-PESA takes back whole receipts only, of which nothing has gone back. "
    "Leave method out, or send payout.",
    NoWay.MANY_RECEIPTS: "M-PESA takes back one receipt at a time. Send a refund for each, with receipt.",
    NoWay.NUMBER_NOT_KNOWN: "It was paid by hand, and M-PESA told no whole number to pay it back to. "
    "The whole of one receipt can be taken back; for a part: " + BY_HAND,
    NoWay.TWO_NUMBERS: "This money came from two numbers. Send a refund for each receipt, with receipt.",
    NoWay.BELOW_MINIMUM: f"M-PESA pays out {PAYOUT_KES_MIN} shillings and more. {BY_HAND}",
    NoWay.NO_PAYOUT_SHORTCODE: "It would have to be paid out, and the shop's settings name no payout_shortcode. "
    "The whole of one receipt can be taken back; else: " + BY_HAND,
    NoWay.NOT_SURE_WHOSE: "It is not certain that this number paid: look at the payment's flags first. "
    "The whole of one receipt can be taken back, since M-PESA itself knows who paid.",
}
"""What the shop does instead, in words for its cashier."""


def create_refund(scene: Scene) -> Flow[Answer]:
    """`POST /v1/payments/{payment}/refunds`. 201: stored now. 200: what this Idempotency-Key named before, as it is."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    idempotency_key = required_key(scene.request)
    payment_id = payment_in_path(scene.request)
    shop = yield from shop_of(key.owner)
    wanted = read_model(RefundRequest, read_object(scene.request), Limits(shop, scene.livemode))
    keys = yield from call(Secrets.read_keys)
    asked = _asked(keys, key, shop, payment_id, wanted, idempotency_key)
    try:
        begun = yield from begin_refund(asked, scene.flow_settings())
    except RefundRefused as refused:
        raise _refused(refused) from None
    if begun is None:
        raise no_such_payment()
    now_ms = yield from call(Ambient.now_ms)
    _check_replay(begun.record, asked.fingerprint, now_ms)
    view = outgoing_shown(begun.record, begun.state)
    return json_answer(201, view) if begun.created else json_answer(200, view, {"Idempotency-Replayed": "true"})


def get_refund(scene: Scene) -> Flow[Answer]:
    """`GET /v1/refunds/{refund}`."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    refund_id = scene.request.path_parameters.get("refund", "")
    record = (yield from call(Outgoings.read_outgoing, refund_id)) if is_outgoing_id(refund_id) else None
    if record is None or record.asked.owner != key.owner or record.asked.kind != KIND:
        raise ApiError("not_found", "There is no such refund.")
    return entity_answer(scene.request, 200, outgoing_shown(record, outgoing_state(record)), str(record.version))


def list_refunds(scene: Scene) -> Flow[Answer]:
    """`GET /v1/refunds`: of a day, or those that stand so, over all days."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    given = lists.read_query(scene.request, scene.route.query)
    now_ms = yield from call(Ambient.now_ms)
    query = _query(given, key.owner, now_ms)
    name = ("refunds", key.owner, query.day or "", query.status or "")
    cursor_key = (yield from call(Secrets.read_keys)).cursor
    place = lists.checked_place(cursor_key, name, given.get("cursor"))
    page = yield from call(Outgoings.list_outgoings, query, int(given.get("limit", lists.LIMIT_DEFAULT)), place)
    states = [(record, outgoing_state(record)) for record in page.records]
    shown = [outgoing_shown(*one) for one in states if given.get("status") in (None, str(one[1].status))]
    cursor = lists.marked_place(cursor_key, name, page.cursor) if page.cursor else None
    return json_answer(200, {"object": "list", "data": shown, "has_more": cursor is not None, "next_cursor": cursor})


def _asked(
    keys: Keys, key: ApiKey, shop: ShopSettings, payment_id: str, wanted: RefundRequest, idempotency_key: str
) -> RefundAsked:
    return RefundAsked(
        id=security.refund_id(keys.id, key.owner, "api", idempotency_key),
        payment_id=payment_id,
        owner=key.owner,
        wanted=RefundWanted(wanted.amount, wanted.method, wanted.receipt),
        pays_from=shop.payout_shortcode,
        reason=wanted.reason,
        created_by=key.id,
        fingerprint=f"{fingerprint(wanted)}:{payment_id}",
        maker=key.maker,
    )


def _refused(refused: RefundRefused) -> ApiError:
    """What is wrong with the wish, with what may be refunded."""
    left = f"{refused.left_kes} shillings can be refunded now."
    if refused.why is RefundObjection.LIVE:
        detail = f"Held by {', '.join(refused.live)}. {left}"
    elif refused.way is not None:
        detail = NO_WAY[refused.way]
    elif refused.paid:
        detail = left if refused.left_kes else ALL_GONE
    else:
        detail = NOT_PAID
    param = "receipt" if refused.way in (NoWay.UNKNOWN_RECEIPT, NoWay.TWO_NUMBERS, NoWay.MANY_RECEIPTS) else "amount"
    return ApiError(str(refused.why), detail, param=param)


def _check_replay(record: OutgoingRecord, wanted: str, now_ms: int) -> None:
    """Whether the refund that this key names may answer for this request. Raises ApiError 422."""
    if now_ms - record.asked.created_at_ms > REPLAYED_FOR_MS:
        detail = f"This key named {record.id} more than 30 days ago. Read that refund by its id, or send a new key."
        raise ApiError("idempotency_key_expired", detail, param="Idempotency-Key")
    if record.asked.fingerprint != wanted:
        detail = f"This key names {record.id}, which was asked for with other fields or of another payment."
        raise ApiError("idempotency_key_reused", detail, param="Idempotency-Key")


def _query(given: dict[str, str], owner: str, now_ms: int) -> OutgoingQuery:
    """By day, or else by status over all days; today where neither is given."""
    if "status" in given and "day" not in given:
        return OutgoingQuery(owner=owner, kind=KIND, status=given["status"])
    day = given.get("day") or day_of(now_ms)
    if not lists.is_day(day):
        raise bad_fields([BadField("day", "field_invalid", "day must be a day like 2026-03-02.")])
    return OutgoingQuery(owner=owner, kind=KIND, day=day)


ENDPOINTS: Endpoints = {
    "POST /v1/payments/{payment}/refunds": create_refund,
    "GET /v1/refunds": list_refunds,
    "GET /v1/refunds/{refund}": get_refund,
}
