"""`PATCH /v1/payments/{payment}`: what a shop may change of a payment, which is what no money follows from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gateway.domain.facts import Edited
from gateway.domain.payment import Asked
from gateway.flows.annotate import Outcome, edit
from gateway.ports import Ambient, Flow, call
from gateway.web.annotations import checked, key_reused, request_key
from gateway.web.auth import authenticate_shop, payment_in_path
from gateway.web.bodies import read_object
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.http import Answer, Request, json_answer
from gateway.web.requests import Limits, PaymentChange, fingerprint, read_model
from gateway.web.serving import Scene
from gateway.web.shops import shop_of, viewing_of
from gateway.web.views import payment_view

READ_ONLY = frozenset(
    {
        "account_reference",
        "amount",
        "amount_received",
        "amount_refunded",
        "refunds",
        "attempts",
        "checkout_url",
        "client_token",
        "created_at",
        "credits",
        "currency",
        "description",
        "expires_at",
        "expires_in",
        "failure",
        "flags",
        "history",
        "id",
        "language",
        "livemode",
        "next_attempt_at",
        "not_safe_because",
        "object",
        "paid_at",
        "payment_link",
        "phone",
        "receipt",
        "safe_to_fulfil",
        "shortcode",
        "status",
        "updated_at",
        "version",
    }
)
"""Fields that a payment has, or that it is asked for with, and that stay as they are."""

_ETAG = re.compile(r'(?:W/)?"([1-9][0-9]{0,9})"')


def change_payment(scene: Scene) -> Flow[Answer]:
    """200 with the payment as it is then. Only the fields that are sent change; null empties one.

    `If-Match` with the ETag of a read: only while nobody changed the payment since.
    """
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    payment_id = payment_in_path(scene.request)
    fields = read_object(scene.request)
    shop = yield from shop_of(key.owner)
    wanted = _read_change(fields, Limits(shop, scene.livemode))
    now_ms = yield from call(Ambient.now_ms)
    fact = Edited(
        key=(yield from request_key(scene.request, "edit")),
        actor=key.id,
        changed=tuple(sorted(wanted.model_fields_set)),
        fingerprint=f"{fingerprint(wanted)}:{','.join(sorted(wanted.model_fields_set))}",
        said_at_ms=now_ms,
        learned_at_ms=now_ms,
    )
    seen = _version_seen(scene.request)
    changed = yield from edit(payment_id, key.owner, fact, _editor(wanted), seen, scene.flow_settings())
    written = checked(changed, payment_id)
    known = written.known
    if isinstance(known, Edited) and known.fingerprint != fact.fingerprint:
        raise key_reused(payment_id)
    viewing = yield from viewing_of(scene)
    replayed = {"Idempotency-Replayed": "true"} if written.outcome is Outcome.KNOWN else {}
    return json_answer(200, payment_view(written.record, written.state, viewing), replayed)


def _read_change(fields: Mapping[str, Any], limits: Limits) -> PaymentChange:
    """The change that is asked for. Raises ApiError that names every field that stays, and every bad one."""
    fixed = [
        BadField(name, "field_read_only", f"{name} of a payment stays as it was asked for.")
        for name in fields
        if name in READ_ONLY
    ]
    rest = {name: value for name, value in fields.items() if name not in READ_ONLY}
    try:
        wanted = read_model(PaymentChange, rest, limits)
    except ApiError as error:
        raise bad_fields([*fixed, *error.fields]) from None
    if fixed:
        raise bad_fields(fixed)
    return wanted


def _editor(wanted: PaymentChange) -> Callable[[Asked], Asked]:
    changes: dict[str, Any] = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    if "metadata" in changes:
        changes["metadata"] = changes["metadata"] or {}
    return lambda asked: replace(asked, **changes)


def _version_seen(request: Request) -> int | None:
    """The version in `If-Match`. Raises ApiError where it is none of ours."""
    given = request.header("if-match")
    if given is None or given.strip() == "*":
        return None
    found = _ETAG.fullmatch(given.strip())
    if found is None:
        detail = 'If-Match takes the ETag of a read, like "3".'
        raise bad_fields([BadField("If-Match", "field_invalid", detail)])
    return int(found[1])
