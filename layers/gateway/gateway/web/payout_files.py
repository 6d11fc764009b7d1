"""Payouts from a file: take one, all of it or nothing, and say how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway import security
from gateway.domain.money_out.files import TAKEN_UP_AFTER_MS, Part, PayoutFile, PayoutLine, numbers_to_keep, parts_of
from gateway.flows.money_out.file import begin_file, payouts_of_file
from gateway.flows.outgoing_shown import PURPOSES
from gateway.ports import Ambient, Flow, Keys, Secrets, call
from gateway.ports.money_out import Outgoings
from gateway.web.auth import authenticate_shop
from gateway.web.bodies import read_object
from gateway.web.errors import ApiError
from gateway.web.http import Answer, json_answer
from gateway.web.idempotency import REPLAYED_FOR_MS, required_key
from gateway.web.payout_lines import Line, lines_of
from gateway.web.payout_requests import PayoutFileRequest
from gateway.web.payouts import shop_that_pays_out
from gateway.web.requests import fingerprint, read_model
from gateway.web.serving import Endpoints, Scene
from gateway.web.views import CURRENCY, rfc3339


def create_file(scene: Scene) -> Flow[Answer]:
    """`POST /v1/payouts/files`. 201: stored now. 200: what this Idempotency-Key named before, as it is now."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    idempotency_key = required_key(scene.request)
    fields = read_object(scene.request)
    shop = yield from shop_that_pays_out(key.owner)
    wanted = read_model(PayoutFileRequest, fields)
    lines = lines_of(wanted.csv)
    keys = yield from call(Secrets.read_keys)
    file_id = security.payout_file_id(keys.id, key.owner, idempotency_key)
    now_ms = yield from call(Ambient.now_ms)
    file = PayoutFile(
        id=file_id,
        owner=key.owner,
        livemode=scene.livemode,
        name=wanted.name,
        shortcode=shop.payout_shortcode,
        fingerprint=fingerprint(wanted),
        created_by=key.id,
        maker=key.maker,
        created_at_ms=now_ms,
        amount_kes=sum(line.wanted.amount for line in lines),
        out_ids=tuple(_out_id(keys, key.owner, file_id, line) for line in lines),
        numbers=numbers_to_keep([line.number for line in lines]),
        lines=tuple(_line(keys, key.owner, file_id, line) for line in lines),
        due_at_ms=now_ms + TAKEN_UP_AFTER_MS,
    )
    begun = yield from begin_file(file, scene.flow_settings())
    _check_replay(begun.file, file.fingerprint, now_ms)
    view = yield from _view(begun.file)
    return json_answer(201, view) if begun.created else json_answer(200, view, {"Idempotency-Replayed": "true"})


def get_file(scene: Scene) -> Flow[Answer]:
    """`GET /v1/payouts/files/{file}`."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    file_id = scene.request.path_parameters.get("file", "")
    file = (yield from call(Outgoings.read_file, file_id)) if security.is_payout_file_id(file_id) else None
    if file is None or file.owner != key.owner:
        raise ApiError("not_found", "There is no such file of payouts.")
    return json_answer(200, (yield from _view(file)))


def _out_id(keys: Keys, owner: str, file_id: str, line: Line) -> str:
    return security.payout_id(keys.id, owner, f"file:{file_id}", str(line.number))


def _line(keys: Keys, owner: str, file_id: str, line: Line) -> PayoutLine:
    return PayoutLine(
        number=line.number,
        out_id=_out_id(keys, owner, file_id, line),
        phone=line.wanted.phone,
        amount_kes=line.wanted.amount,
        command=PURPOSES[line.wanted.purpose],
        remarks=line.wanted.remarks,
        order=line.wanted.order,
        fingerprint=fingerprint(line.wanted),
    )


def _check_replay(file: PayoutFile, wanted: str, now_ms: int) -> None:
    """Whether the file that this key names may answer for this request. Raises ApiError 422."""
    if now_ms - file.created_at_ms > REPLAYED_FOR_MS:
        detail = f"This key named {file.id} more than 30 days ago. Read that file by its id, or send a new key."
        raise ApiError("idempotency_key_expired", detail, param="Idempotency-Key")
    if file.fingerprint != wanted:
        detail = f"This key names {file.id}, which had another content."
        raise ApiError("idempotency_key_reused", detail, param="Idempotency-Key")


def _view(file: PayoutFile) -> Flow[dict[str, Any]]:
    """The file as the API shows it: what became of its lines."""
    found = yield from payouts_of_file(file)
    statuses, waits = parts_of(found)
    return {
        "id": file.id,
        "object": "payout_file",
        "livemode": file.livemode,
        "name": file.name,
        "count": len(file.out_ids),
        "amount": file.amount_kes,
        "currency": CURRENCY,
        "shortcode": file.shortcode,
        "complete": file.is_complete,
        "statuses": _parts(statuses, "status"),
        "waiting_for": _parts(waits, "what"),
        "payouts": list(file.out_ids),
        "created_by": file.created_by,
        "created_at": rfc3339(file.created_at_ms),
    }


def _parts(parts: Mapping[str, Part], name: str) -> list[dict[str, Any]]:
    return [{name: which, "count": part.count, "amount": part.amount_kes} for which, part in sorted(parts.items())]


ENDPOINTS: Endpoints = {
    "POST /v1/payouts/files": create_file,
    "GET /v1/payouts/files/{file}": get_file,
}
