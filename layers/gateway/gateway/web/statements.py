"""Endpoints of statements: where to put the file, take it in, see what was found in it."""

from __future__ import annotations

import re
from typing import Any

from gateway.domain.policy import SECOND_MS
from gateway.domain.reconciliation.statement_record import StatementRecord, StatementState
from gateway.flows.reconciliation.plan import plan_days
from gateway.flows.reconciliation.statement import UPLOAD_S, NoFile, begin_statement, take_in
from gateway.ports import Ambient, Flow, call
from gateway.ports.statements import StatementFiles, Statements
from gateway.web.auth import authenticate_shop
from gateway.web.bodies import read_nothing, read_object
from gateway.web.errors import ApiError
from gateway.web.http import Answer, Request, json_answer
from gateway.web.idempotency import optional_key
from gateway.web.serving import Endpoints, Scene
from gateway.web.views import rfc3339

_ID = re.compile(r"stm_[0-9a-f]{32}")


def send_statement(scene: Scene) -> Flow[Answer]:
    """`POST /v1/reconciliation/statements`: a place for a file of so many bytes, and the address to put it at."""
    from gateway.web.reconciliation_requests import StatementRequest  # noqa: PLC0415  pydantic for who sends a body
    from gateway.web.requests import read_model  # noqa: PLC0415  as above

    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    optional_key(scene.request)
    size = read_model(StatementRequest, read_object(scene.request)).bytes
    record = yield from begin_statement(key.owner, key.id)
    address = yield from call(StatementFiles.upload_address, key.owner, record.id, size, UPLOAD_S)
    now_ms = yield from call(Ambient.now_ms)
    upload = {"method": "PUT", "url": address, "expires_at": rfc3339(now_ms + UPLOAD_S * SECOND_MS)}
    return json_answer(201, {**statement_object(record), "upload": upload})


def take_in_statement(scene: Scene) -> Flow[Answer]:
    """`POST /v1/reconciliation/statements/{statement}/read`. 200: all of it; 202: a part of it, repeat."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    optional_key(scene.request)
    read_nothing(scene.request)
    record = yield from _stored(key.owner, scene.request)
    if record.state in (StatementState.WAITING, StatementState.READING):
        record = yield from _taken_in(record, scene)
    if record.state is StatementState.REFUSED:
        if record.too_large:
            raise ApiError("body_too_large", record.problem, param="file")
        raise ApiError("statement_unreadable", record.problem)
    if record.state is StatementState.READING:
        return json_answer(202, statement_object(record))
    yield from plan_days(record)
    return json_answer(200, statement_object(record))


def get_statement(scene: Scene) -> Flow[Answer]:
    """`GET /v1/reconciliation/statements/{statement}`."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    return json_answer(200, statement_object((yield from _stored(key.owner, scene.request))))


def _stored(owner: str, request: Request) -> Flow[StatementRecord]:
    """The one in the path. Raises ApiError 404."""
    named = request.path_parameters.get("statement", "")
    record = (yield from call(Statements.read_statement, owner, named)) if _ID.fullmatch(named) else None
    if record is None:
        raise ApiError("not_found", "There is no such statement.")
    return record


def _taken_in(record: StatementRecord, scene: Scene) -> Flow[StatementRecord]:
    """As far as this invocation goes. Raises ApiError 409 where no file was put."""
    try:
        after = yield from take_in(record.owner, record.id, scene.flow_settings())
    except NoFile:
        raise ApiError("statement_not_sent", "Nothing was put at upload.url yet, or its time was over.") from None
    return after or record


def statement_object(record: StatementRecord) -> dict[str, Any]:
    """A statement as the API shows it. Nothing of its payers."""
    return {
        "object": "statement",
        "id": record.id,
        "state": str(record.state),
        "shortcode": record.shortcode or None,
        "account": record.account or None,
        "since": rfc3339(record.from_ms) if record.from_ms else None,
        "until": rfc3339(record.until_ms) if record.until_ms else None,
        "days": list(record.days),
        "proves": record.proves,
        "why_not": record.why_not or None,
        "rows": record.rows,
        "payments": record.payments,
        "not_completed": record.declined,
        "refused": [{"line": row.line, "why": row.why} for row in record.refused_rows],
        "refused_count": record.refused_count,
        "done": record.done,
        "problem": record.problem or None,
        "sha256": record.digest or None,
        "created_at": rfc3339(record.made_at_ms),
        "read_at": rfc3339(record.read_at_ms) if record.read_at_ms else None,
        "upload": None,
    }


ENDPOINTS: Endpoints = {
    "POST /v1/reconciliation/statements": send_statement,
    "POST /v1/reconciliation/statements/{statement}/read": take_in_statement,
    "GET /v1/reconciliation/statements/{statement}": get_statement,
}
