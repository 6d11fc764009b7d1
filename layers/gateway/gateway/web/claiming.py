"""«I have paid»: claims of M-PESA codes, by the shop's server and by the payer's browser. Evidence decides."""

from __future__ import annotations

from typing import Any

from daraja.masking import mask_text
from gateway.domain.claims import ClaimState
from gateway.flows.claims import PAYER, ClaimRefused, ClaimTaken, claim
from gateway.ports import Ambient, Flow, Store, call
from gateway.web import lists
from gateway.web.auth import authenticate_shop, no_such_payment, payment_in_path
from gateway.web.bodies import read_object
from gateway.web.browsers import Visit, for_payers
from gateway.web.errors import ApiError
from gateway.web.http import Answer, json_answer
from gateway.web.idempotency import optional_key
from gateway.web.payer_view import payer_view, view_of
from gateway.web.payers import language_of_payer
from gateway.web.requests import ClaimRequest, read_model
from gateway.web.serving import Endpoint, Scene
from gateway.web.shops import payment_of, viewing_of
from gateway.web.views import payment_view, rfc3339

DETAILS: dict[ClaimRefused, str] = {
    ClaimRefused.ALREADY_PAID: "The payment is paid. The code was not kept.",
    ClaimRefused.ALREADY_FINAL: "The payment's money was given back. The code was not kept.",
    ClaimRefused.RECEIPT_TAKEN: "The money under this code is credited to another payment. The code was not kept.",
    ClaimRefused.TOO_MANY: "Five codes were claimed for this payment already. This one was not kept.",
}


def claim_by_shop(scene: Scene) -> Flow[Answer]:
    """`POST /v1/payments/{payment}/claims`. 202 with what it came to; the same code again is the same claim."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    payment_id = payment_in_path(scene.request)
    optional_key(scene.request)
    wanted = read_model(ClaimRequest, read_object(scene.request))
    yield from payment_of(key.owner, payment_id)
    taken = yield from claim(payment_id, wanted.receipt, key.id, scene.flow_settings())
    record, state, told = _checked(taken)
    viewing = yield from viewing_of(scene)
    money = None
    if told == ClaimState.TO_SHOP:
        money = yield from _money_left_to(key.owner, wanted.receipt)
    shown = {"money": money, "payment": payment_view(record, state, viewing)}
    return json_answer(202, {"object": "claim", "receipt": wanted.receipt, "state": told, **shown})


def _claim_by_payer(scene: Scene, visit: Visit) -> Flow[Answer]:
    """`POST /v1/checkout/{payment}/claims`. A code that is credited elsewhere reads like one that is not proven."""
    lists.read_query(scene.request, scene.route.query)
    wanted = read_model(ClaimRequest, read_object(scene.request))
    taken = yield from claim(visit.record.id, wanted.receipt, PAYER, scene.flow_settings())
    record, state, told = _checked(taken)
    now_ms = yield from call(Ambient.now_ms)
    language = language_of_payer(scene, record, visit.shop)
    shown = payer_view(view_of(record, state, visit.shop, now_ms, scene.settings.policy), language)
    return json_answer(202, {"object": "claim", "receipt": wanted.receipt, "state": told, "checkout": shown})


claim_by_payer: Endpoint = for_payers(_claim_by_payer)


def _money_left_to(owner: str, receipt: str) -> Flow[dict[str, Any] | None]:
    """The money that a person must look at, if it came to a shortcode of this shop and is nobody's."""
    known = yield from call(Store.read_receipt, receipt)
    shop = yield from call(Store.read_settings, owner)
    told = known.money if known is not None and known.owner is None else None
    if told is None or shop is None or shop.shortcode(told.shortcode) is None:
        return None
    return {
        "amount": told.amount_kes,
        "at": rfc3339(told.completed_at_ms or told.learned_at_ms),
        "shortcode": told.shortcode,
        "account_reference_typed": mask_text(told.reference) or None,
    }


def _checked(taken: ClaimTaken) -> tuple[Any, Any, str]:
    """Payment, state and answer of a claim that was kept. Raises ApiError."""
    if taken.refused is not None:
        raise ApiError(str(taken.refused), DETAILS[taken.refused])
    if taken.record is None or taken.state is None or taken.told is None:
        raise no_such_payment()
    return taken.record, taken.state, str(taken.told)
