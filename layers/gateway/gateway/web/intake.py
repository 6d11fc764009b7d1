"""Events of the callback functions → what the flows take, and the few answers that Safaricom gets.

No judgement here, and nothing heavier than the standard library: these functions must be awake at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.domain.validation import ValidationPolicy
from gateway.flows.intake import take_or_queue
from gateway.flows.messages import Delivery
from gateway.flows.strangers import Taken
from gateway.flows.validate_money import Verdict, asks_somebody, validate_money
from gateway.ports import Ambient, Call, Flow, Performer, PortError, call, run
from gateway.web.http import Answer, Request, json_answer

ACCEPTED = {"ResultCode": 0, "ResultDesc": "Accepted"}
RESULT_ROUTE = "POST /in/result/{call}/{subject}/{number}/{asked}/{tag}"
TIMEOUT_ROUTE = "POST /in/timeout/{call}/{subject}/{number}/{asked}/{tag}"
RESULT_ROUTES = (RESULT_ROUTE, TIMEOUT_ROUTE)
C2B_ACCEPTED = {"ResultCode": "0", "ResultDesc": "Accepted"}
"""The validation answer: text, as Safaricom shows it."""


def verdict_answer(verdict: Verdict) -> Answer:
    """What M-PESA is told of money that somebody is typing."""
    if verdict.rejection is not None:
        return json_answer(200, {"ResultCode": str(verdict.rejection), "ResultDesc": "Rejected"})
    return json_answer(200, {**C2B_ACCEPTED, "ThirdPartyTransID": verdict.mark} if verdict.mark else C2B_ACCEPTED)


def answer_validation(request: Request, policy: ValidationPolicy, world: Callable[[], Performer]) -> Answer:
    """Accepted by the policy, or by what can be learned in time. world: made only where somebody is asked."""
    if not asks_somebody(policy, request.body):
        return json_answer(200, C2B_ACCEPTED)
    performer = world()
    now_ms = performer.perform(Call("Ambient", "now_ms", ()))
    return verdict_answer(run(validate_money(c2b_delivery(request, now_ms), policy), performer))


def taken_answer(taken: Taken) -> Answer:
    """200 for whatever was kept somewhere; strangers learn nothing."""
    if taken is Taken.STRANGER:
        return json_answer(404, {"message": "Not Found"})
    return json_answer(200, ACCEPTED)


def stk_delivery(request: Request, learned_at_ms: int) -> Delivery:
    """A callback at /in/stk/{payment}/{number}/{tag}."""
    number = request.path_parameters.get("number", "")
    return _delivery("stk", "payment", int(number) if _is_number(number) else 0, request, learned_at_ms)


def result_delivery(request: Request, learned_at_ms: int) -> Delivery:
    """A result at /in/result/{call}/{subject}/{number}/{asked}/{tag}, or a notice at /in/timeout/… ."""
    parts = [request.path_parameters.get(name, "") for name in ("call", "subject", "number", "asked")]
    kind = "timeout" if request.route_key == TIMEOUT_ROUTE else "result"
    return Delivery(
        kind=kind,
        target="/".join(parts),
        number=0,
        tag=request.path_parameters.get("tag", ""),
        source_address=request.source_address,
        body=request.body,
        learned_at_ms=learned_at_ms,
    )


def c2b_delivery(request: Request, learned_at_ms: int) -> Delivery:
    """A confirmation at /in/c2b/{shortcode}/{tag}/confirmation."""
    return _delivery("c2b_confirmation", "shortcode", 0, request, learned_at_ms)


def answer_delivery(
    arrived: Callable[[int], Delivery],
    take: Callable[[Delivery], Flow[Taken]],
    world: Performer,
) -> Answer:
    """Take a delivery that arrives now. Where neither table nor queue took it, 503: Safaricom may try again."""
    try:
        taken = run(_at_once(arrived, take), world)
    except PortError:
        return json_answer(503, {"message": "Service Unavailable"})
    return taken_answer(taken)


def drain_records(event: Mapping[str, Any], drain: Callable[[str], Flow[None]], world: Performer) -> dict[str, Any]:
    """Handle each message of an SQS batch by itself; those that failed come again."""
    failed = []
    for record in event["Records"]:
        try:
            run(drain(record["body"]), world)
        except Exception as error:  # noqa: BLE001  one message must not hold up the others
            world.perform(Call("Ambient", "report", ("message_failed", {"error": type(error).__name__})))
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _at_once(arrived: Callable[[int], Delivery], take: Callable[[Delivery], Flow[Taken]]) -> Flow[Taken]:
    now_ms = yield from call(Ambient.now_ms)
    return (yield from take_or_queue(arrived(now_ms), take))


def _delivery(kind: str, target: str, number: int, request: Request, learned_at_ms: int) -> Delivery:
    return Delivery(
        kind=kind,
        target=request.path_parameters.get(target, ""),
        number=number,
        tag=request.path_parameters.get("tag", ""),
        source_address=request.source_address,
        body=request.body,
        learned_at_ms=learned_at_ms,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 2  # noqa: PLR2004  attempts have two digits at most
