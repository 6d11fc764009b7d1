"""`POST /v1/payments/{payment}/notes`: a remark of the shop's staff, kept in the payment's history."""

from __future__ import annotations

from daraja.masking import mask_text
from gateway.domain.facts import Noted
from gateway.flows.annotate import Outcome, note
from gateway.ports import Ambient, Flow, call
from gateway.web.annotations import checked, key_reused, request_key
from gateway.web.auth import authenticate_shop, payment_in_path
from gateway.web.bodies import read_object
from gateway.web.http import Answer, json_answer
from gateway.web.requests import NoteRequest, read_model
from gateway.web.serving import Scene
from gateway.web.shops import viewing_of
from gateway.web.views import payment_view

WITH_HISTORY = frozenset({"history"})


def add_note(scene: Scene) -> Flow[Answer]:
    """201: written now. 200: this Idempotency-Key wrote it before. The answer shows the history."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    payment_id = payment_in_path(scene.request)
    wanted = read_model(NoteRequest, read_object(scene.request))
    now_ms = yield from call(Ambient.now_ms)
    fact = Noted(
        key=(yield from request_key(scene.request, "note")),
        actor=key.id,
        remark=mask_text(wanted.text),
        said_at_ms=now_ms,
        learned_at_ms=now_ms,
    )
    written = checked((yield from note(payment_id, key.owner, fact, scene.flow_settings())), payment_id)
    known = written.known
    if isinstance(known, Noted) and known.remark != fact.remark:
        raise key_reused(payment_id)
    viewing = yield from viewing_of(scene, WITH_HISTORY)
    view = payment_view(written.record, written.state, viewing)
    if written.outcome is Outcome.WRITTEN:
        return json_answer(201, view)
    return json_answer(200, view, {"Idempotency-Replayed": "true"})
