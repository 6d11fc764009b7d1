"""Endpoints that send prompts: ask for a payment, begin another attempt (shop's server, payer's browser)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway import security
from gateway.domain import references
from gateway.domain.attempts import Hindrance
from gateway.domain.identity import hex_of
from gateway.domain.payment import Asked, PaymentRecord, PaymentState
from gateway.domain.shop import ApiKey, ShopSettings, Shortcode
from gateway.flows.key_uses import note_use
from gateway.flows.limits import Limit
from gateway.flows.start_payment import AttemptStarted, start_attempt, start_payment
from gateway.ports import Ambient, Flow, Secrets, call
from gateway.web.address_limits import wait_s
from gateway.web.auth import authenticate_shop, no_such_payment, number_in_path, payment_in_path
from gateway.web.bodies import read_object
from gateway.web.browsers import Visit, for_payers, limit_of_payer
from gateway.web.errors import ApiError
from gateway.web.hindrances import refusal
from gateway.web.http import Answer, json_answer
from gateway.web.idempotency import check_replay, required_key
from gateway.web.lists import read_query
from gateway.web.payers import payer_answer
from gateway.web.requests import AttemptRequest, Limits, PaymentRequest, fingerprint, read_model
from gateway.web.serving import Endpoint, Scene
from gateway.web.shops import payment_of, shop_of, viewing_of
from gateway.web.views import payment_view

PAYER = "payer"
"""Who acted, in the history of a payment."""

EXPIRES_IN_S = 86_400
"""Seconds until a payment expires when neither shop nor setting says otherwise."""

WITH_TOKEN = frozenset({"client_token"})


def create_payment(scene: Scene) -> Flow[Answer]:
    """`POST /v1/payments`. 201: stored now. 200: what this Idempotency-Key named before, as it is now."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    idempotency_key = required_key(scene.request)
    fields = read_object(scene.request)
    shop = yield from shop_of(key.owner)
    wanted = read_model(PaymentRequest, fields, Limits(shop, scene.livemode))
    asked, shortcode = yield from _asked(scene, key, shop, wanted, idempotency_key)
    settings = scene.flow_settings(calls_safaricom=True)
    started = yield from start_payment(asked, wanted.phone, shortcode, key.id, settings)
    if not started.created:
        check_replay(started.record, asked.fingerprint, asked.created_at_ms)
    yield from note_use(key.id)
    viewing = yield from viewing_of(scene, WITH_TOKEN)
    view = payment_view(started.record, started.state, viewing)
    if started.created:
        return json_answer(201, view)
    return json_answer(200, view, {"Idempotency-Replayed": "true"})


def _asked(
    scene: Scene, key: ApiKey, shop: ShopSettings, wanted: PaymentRequest, idempotency_key: str
) -> Flow[tuple[Asked, Shortcode]]:
    """The request as it is stored. Without a reference of the shop's, one follows from the payment's id."""
    keys = yield from call(Secrets.read_keys)
    now_ms = yield from call(Ambient.now_ms)
    shortcode = (shop.shortcode(wanted.shortcode) if wanted.shortcode else None) or shop.shortcodes[0]
    payment_id = security.payment_id(keys.id, key.owner, "api", idempotency_key)
    reference = wanted.account_reference or references.generated(bytes.fromhex(hex_of(payment_id)))
    expires_in_s = wanted.expires_in or EXPIRES_IN_S
    asked = Asked(
        id=payment_id,
        owner=key.owner,
        livemode=scene.livemode,
        shortcode=shortcode.number,
        shortcode_kind=shortcode.kind,
        shop_name=shop.name,
        amount_kes=wanted.amount,
        account_reference=reference,
        description=wanted.description,
        created_at_ms=now_ms,
        expires_at_ms=now_ms + expires_in_s * 1000,
        fingerprint=fingerprint(wanted),
        created_by=key.id,
        order=wanted.order,
        metadata=wanted.metadata,
        return_url=wanted.return_url,
        cancel_url=wanted.cancel_url,
        language=wanted.language,
        store_number=shortcode.store_number,
    )
    return asked, shortcode


def shop_attempt(scene: Scene) -> Flow[Answer]:
    """`PUT /v1/payments/{payment}/attempts/{number}`. 201: sent now. 200: it was begun before, with this phone."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    payment_id, number = payment_in_path(scene.request), number_in_path(scene.request)
    wanted = read_model(AttemptRequest, read_object(scene.request))
    yield from payment_of(key.owner, payment_id)
    begun = yield from _begin(scene, payment_id, number, wanted, key.id)
    yield from note_use(key.id)
    viewing = yield from viewing_of(scene)
    return json_answer(begun.http_status, payment_view(begun.record, begun.state, viewing))


def _payer_attempt(scene: Scene, visit: Visit) -> Flow[Answer]:
    """`PUT /v1/checkout/{payment}/attempts/{number}`. As the shop's, with the payer's view."""
    number = number_in_path(scene.request)
    read_query(scene.request, scene.route.query)
    wanted = read_model(AttemptRequest, read_object(scene.request))
    limit = yield from limit_of_payer(scene, visit)
    begun = yield from _begin(scene, visit.record.id, number, wanted, PAYER, (limit,))
    return (yield from payer_answer(scene, begun.record, begun.state, visit.shop, begun.http_status))


payer_attempt: Endpoint = for_payers(_payer_attempt)


@dataclass(frozen=True, slots=True)
class _Begun:
    record: PaymentRecord
    state: PaymentState
    http_status: int


def _begin(
    scene: Scene, payment_id: str, number: int, wanted: AttemptRequest, actor: str, limits: Sequence[Limit] = ()
) -> Flow[_Begun]:
    """Begin the attempt. Raises ApiError with nothing stored when it may not begin now."""
    settings = scene.flow_settings(calls_safaricom=True)
    outcome = yield from start_attempt(
        payment_id, number, wanted.phone, actor, settings, not_charged=wanted.not_charged, limits=limits
    )
    now_ms = yield from call(Ambient.now_ms)
    if outcome.record is None or outcome.state is None:
        raise no_such_payment()
    _check(outcome, number, now_ms)
    return _Begun(outcome.record, outcome.state, 201 if outcome.created else 200)


def _check(outcome: AttemptStarted, number: int, now_ms: int) -> None:
    allowed = outcome.permission
    if outcome.limited_until_ms is not None:
        detail = "Too many prompts were sent from this address in a short time. Nothing was sent."
        raise ApiError("too_many_requests", detail, retry_after_s=wait_s(outcome.limited_until_ms, now_ms))
    if outcome.wrong_number:
        attempts = outcome.state.attempts if outcome.state else ()
        raise ApiError("attempt_out_of_order", _why_out_of_order(number, len(attempts)), param="number")
    if allowed is not None and allowed.hindrance is not None:
        from_ms = None if allowed.hindrance is Hindrance.NOT_KNOWN else allowed.from_ms
        raise refusal(allowed.hindrance, from_ms, now_ms)


def _why_out_of_order(number: int, begun: int) -> str:
    if number <= begun:
        return f"Attempt {number} was begun with another phone. The next one is {begun + 1}."
    return f"Attempt {number} is not the next one; that is {begun + 1}."
