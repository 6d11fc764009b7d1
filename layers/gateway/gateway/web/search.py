"""`POST /v1/payments/search`: one box for whatever a cashier has in hand. In the body, since a phone stands in no URL.

What a text may be: `clues.py`. Each payment says what led to it.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from gateway.flows.find import Clues, Kind, find
from gateway.ports import Flow
from gateway.web.auth import authenticate_shop
from gateway.web.bodies import read_object
from gateway.web.clues import TEXT_MAX, clues_in, message_of, shown_clue
from gateway.web.errors import BadField, bad_fields
from gateway.web.http import Answer, json_answer
from gateway.web.idempotency import optional_key
from gateway.web.requests import NOT_GIVEN, Phone, RequestModel, fitting, read_model, refuse
from gateway.web.serving import Scene
from gateway.web.shops import viewing_of
from gateway.web.views import payment_view


def _text(value: Any) -> Any:
    if not isinstance(value, str) or not value.strip() or len(value) > TEXT_MAX:
        refuse("field_invalid", f"text must be a text of 1 to {TEXT_MAX} characters.")
    return value.strip()


class SearchRequest(RequestModel):
    """One of both. text: M-PESA code or message, order, reference, payment id, phone or its end, CheckoutRequestID."""

    model_config = fitting(
        oneOf=[
            {"required": ["text"], "properties": {"text": {"type": "string"}, "phone": NOT_GIVEN}},
            {"required": ["phone"], "properties": {"phone": {"type": "string"}, "text": NOT_GIVEN}},
        ]
    )

    text: (
        Annotated[
            str,
            BeforeValidator(_text),
            WithJsonSchema({"type": "string", "minLength": 1, "maxLength": TEXT_MAX, "pattern": r"\S"}),
        ]
        | None
    ) = None
    phone: Phone | None = Field(default=None, description="The whole number.")


def search(scene: Scene) -> Flow[Answer]:
    """200, also where nothing is found: `message` says so in words."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    optional_key(scene.request)
    wanted = read_model(SearchRequest, read_object(scene.request))
    if (wanted.text is None) == (wanted.phone is None):
        code = "field_missing" if wanted.text is None else "field_invalid"
        raise bad_fields([BadField("text", code, "Give text or phone, one of both.")])
    clues: Clues = {Kind.PHONE: wanted.phone} if wanted.phone else clues_in(wanted.text or "")
    found = yield from find(key.owner, clues)
    viewing = yield from viewing_of(scene)
    data = [
        {"why": [str(kind) for kind in match.why], "payment": payment_view(match.record, match.state, viewing)}
        for match in found.matches
    ]
    looked_for = [{"kind": str(kind), "value": shown_clue(kind, text)} for kind, text in clues.items()]
    value = {"object": "search", "looked_for": looked_for, "data": data, "message": message_of(found, clues)}
    return json_answer(200, value)
