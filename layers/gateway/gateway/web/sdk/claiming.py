"""The component sends an M-PESA code that the payer typed: the claim is taken, and the next screen comes back."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.claims import receipt_in
from gateway.flows.claims import PAYER, ClaimRefused, claim
from gateway.ports import Flow
from gateway.web import browsers, lists
from gateway.web.auth import no_such_payment
from gateway.web.bodies import read_object
from gateway.web.browsers import for_payers
from gateway.web.checkout.claim import TYPED_MAX
from gateway.web.http import Answer
from gateway.web.idempotency import optional_key
from gateway.web.requests import TypedClaimRequest, read_model
from gateway.web.sdk.screen import screen_answer
from gateway.web.serving import Endpoint, Scene


def _post_claim(scene: Scene, payer: browsers.Visit) -> Flow[Answer]:
    """`POST /v1/checkout/{payment}/screen/claim`. 422: nothing was kept, and the screen says why at the field."""
    optional_key(scene.request)
    lists.read_query(scene.request, scene.route.query)
    typed = read_model(TypedClaimRequest, read_object(scene.request)).receipt
    receipt = receipt_in(typed)
    if receipt is None:
        return (yield from screen_answer(scene, payer, 422, claim_problem="claim_invalid", typed=typed[:TYPED_MAX]))
    taken = yield from claim(payer.record.id, receipt, PAYER, scene.flow_settings())
    if taken.record is None or taken.state is None:
        raise no_such_payment()
    after = replace(payer, record=taken.record, state=taken.state)
    if taken.refused is ClaimRefused.TOO_MANY:
        return (yield from screen_answer(scene, after, 422, claim_problem="claim_too_many", typed=typed[:TYPED_MAX]))
    return (yield from screen_answer(scene, after, 200))


post_claim: Endpoint = for_payers(_post_claim)
