"""Safaricom's answer to a payout, a reversal, or a question: whether it is authentic, and who takes it.

It arrives at /in/result/{call}/{subject}/{number}/{asked}/{tag}, the notice that M-Pesa did not take a request from
its queue in time at /in/timeout/… with the same tail. What the parts say stands in `domain/requests_sent.py`; the tag
is an HMAC over them. Who takes what: `result_takers.py`. Safaricom does not repeat a result that we fail to take, so
the last resorts are those of a prompt's callback.
"""

from __future__ import annotations

from daraja.results import Unreadable
from gateway import security
from gateway.domain.policy import SECOND_MS
from gateway.domain.requests_sent import RequestName, request_name_of
from gateway.flows.last_resort import queue_or_tell
from gateway.flows.messages import Delivery, ResultDelivery, delivery_message, result_message
from gateway.flows.orphans import keep_message_apart, keep_news_apart
from gateway.flows.result_takers import RESULT_TAKERS
from gateway.flows.settings import FlowSettings
from gateway.flows.strangers import Taken, about, stranger, wrong_tag
from gateway.ports import Ambient, Flow, Secrets, SecretsUnavailable, StoreUnavailable, call
from gateway.settings import Settings

TIMEOUT = "timeout"


def take_result(delivery: Delivery, settings: Settings, flow: FlowSettings) -> Flow[Taken]:
    """Keep a result, or the notice of a time-out. Raises QueueUnavailable when neither table nor queue took it."""
    name = request_name_of(delivery.target)
    if name is None:
        return (yield from stranger(delivery))
    try:
        keys = yield from call(Secrets.read_keys)
    except SecretsUnavailable:
        yield from queue_or_tell(delivery_message(delivery), about(delivery))
        return Taken.QUEUED
    if not security.result_tag_fits(keys.tags, name, delivery.tag):
        return (yield from wrong_tag(delivery, settings))
    result = _authentic(name, delivery, listed=settings.is_safaricom(delivery.source_address))
    if not result.listed:
        yield from call(Ambient.report, "result_from_elsewhere", _about(result))
    try:
        return (yield from _keep(result, delivery, flow))
    except (StoreUnavailable, SecretsUnavailable):
        yield from call(Ambient.report, "result_queued", _about(result))
        yield from queue_or_tell(delivery_message(delivery), about(delivery))
        return Taken.QUEUED


def bring_result(result: ResultDelivery, flow: FlowSettings) -> Flow[bool]:
    """Bring an authentic result to its subject once more. False: that is still not there. Raises StoreUnavailable."""
    try:
        return (yield from RESULT_TAKERS[result.kind](result, flow)) is not None
    except Unreadable:
        return True


def _authentic(name: RequestName, delivery: Delivery, *, listed: bool) -> ResultDelivery:
    return ResultDelivery(
        kind=name.call,
        subject_id=name.subject_id,
        number=name.number,
        asked_at_ms=name.asked_at_s * SECOND_MS,
        timed_out=delivery.kind == TIMEOUT,
        listed=listed,
        body=delivery.body,
        learned_at_ms=delivery.learned_at_ms,
    )


def _keep(result: ResultDelivery, delivery: Delivery, flow: FlowSettings) -> Flow[Taken]:
    """Hand it to who takes it; what cannot be read or belongs to nothing is kept apart."""
    try:
        taken = yield from RESULT_TAKERS[result.kind](result, flow)
    except Unreadable:
        yield from keep_news_apart("unreadable", delivery.target, delivery)
        yield from call(Ambient.report, "result_unreadable", _about(result))
        return Taken.APART
    if taken is None:
        yield from keep_message_apart(result.subject_id, result_message(result))
        yield from call(Ambient.report, "result_without_subject", _about(result))
        return Taken.APART
    yield from call(Ambient.report, "result_repeated" if taken is Taken.KNOWN else "result_recorded", _about(result))
    return taken


def _about(result: ResultDelivery) -> dict[str, str | int | bool]:
    return {
        "kind": result.kind,
        "subject": result.subject_id,
        "number": result.number,
        "timed_out": result.timed_out,
    }
