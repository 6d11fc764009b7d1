"""An `ApiError` as the answer that the caller gets (RFC 9457, application/problem+json)."""

from __future__ import annotations

import json
from typing import Any

from gateway.web.errors import ApiError
from gateway.web.http import PROBLEM, Answer

RETRY_AFTER_S = 5
"""What we ask for where the cause does not say how long it lasts."""

_UNAVAILABLE = 503


def problem_answer(error: ApiError, base_url: str, request_id: str) -> Answer:
    """The answer. base_url: where our documentation of the codes is served."""
    headers = {"Content-Type": PROBLEM, **error.headers}
    retry_after_s = error.retry_after_s
    if retry_after_s is None and error.kind.status == _UNAVAILABLE:
        retry_after_s = RETRY_AFTER_S
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    body = json.dumps(_body(error, base_url, request_id, retry_after_s), ensure_ascii=False, separators=(",", ":"))
    return Answer(status=error.kind.status, body=body, headers=headers)


def _body(error: ApiError, base_url: str, request_id: str, retry_after_s: int | None) -> dict[str, Any]:
    kind = error.kind
    body: dict[str, Any] = {
        "type": f"{base_url}/docs/errors#{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": error.detail,
        "code": kind.code,
        "request_id": request_id,
        "retryable": kind.retryable and not (kind.code == "too_many_prompts" and retry_after_s is None),
    }
    if error.param is not None:
        body["param"] = error.param
    if retry_after_s is not None:
        body["retry_after"] = retry_after_s
    body |= error.more
    if error.fields:
        body["errors"] = [{"param": field.param, "code": field.code, "detail": field.detail} for field in error.fields]
    return body
