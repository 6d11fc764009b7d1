"""What notes and changes of a payment share: the key of a request, and the answer to what became of it."""

from __future__ import annotations

from gateway import security
from gateway.flows.annotate import Annotation, Outcome
from gateway.ports import Ambient, Flow, Secrets, call
from gateway.web.auth import no_such_payment
from gateway.web.errors import ApiError
from gateway.web.http import Request
from gateway.web.idempotency import optional_key

DRAWN_BYTES = 16


def request_key(request: Request, what: str) -> Flow[str]:
    """What makes a repeat of this request the same fact: its Idempotency-Key, else chance. Raises ApiError."""
    given = optional_key(request)
    if given is None:
        return (yield from call(Ambient.draw, DRAWN_BYTES)).hex()
    keys = yield from call(Secrets.read_keys)
    return security.signature(keys.id, what, given)


def checked(annotation: Annotation | None, payment_id: str) -> Annotation:
    """The annotation where nothing stood in its way. Raises ApiError."""
    if annotation is None:
        raise no_such_payment()
    if annotation.outcome is Outcome.FULL:
        raise ApiError("payment_full", "The payment has as many notes or changes as it keeps. Nothing was written.")
    if annotation.outcome is Outcome.CONFLICT:
        version = annotation.record.version
        raise ApiError("version_conflict", f"{payment_id} changed meanwhile; its version is {version} now.")
    return annotation


def key_reused(payment_id: str) -> ApiError:
    """The same Idempotency-Key came with another body."""
    detail = f"This key was used for {payment_id} with another body."
    return ApiError("idempotency_key_reused", detail, param="Idempotency-Key")
