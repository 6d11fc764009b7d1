"""The component sends its form: one request on the payer's phone, and the screen that follows, as on the page."""

from __future__ import annotations

from dataclasses import replace

from daraja.phone import PhoneProblem, parse_phone
from gateway.domain.statuses import PaymentStatus
from gateway.flows.start_payment import AttemptStarted, start_attempt
from gateway.ports import Ambient, Flow, call
from gateway.web import browsers, lists
from gateway.web.auth import no_such_payment, number_in_path
from gateway.web.bodies import read_object
from gateway.web.browsers import for_payers, limit_of_payer
from gateway.web.checkout.prompt import ACTOR, problem_of_phone, refusal_at_the_field
from gateway.web.http import Answer
from gateway.web.payers import language_of_payer
from gateway.web.requests import PromptRequest, read_model
from gateway.web.sdk.screen import screen_answer
from gateway.web.serving import Endpoint, Scene


def _put_prompt(scene: Scene, payer: browsers.Visit) -> Flow[Answer]:
    """`PUT /v1/checkout/{payment}/prompts/{number}`. 201: sent now. 200: the screen as it stands, nothing was sent.

    422: nothing was sent, and the screen says at the field what is wrong with the number, or that too many were sent
    from this address (then with Retry-After). The number of the prompt makes a repeat harmless.
    """
    number = number_in_path(scene.request)
    lists.read_query(scene.request, scene.route.query)
    wanted = read_model(PromptRequest, read_object(scene.request))
    try:
        phone = _phone(payer, wanted)
    except PhoneProblem as wrong:
        problem = problem_of_phone(wrong, language_of_payer(scene, payer.record, payer.shop))
        return (yield from screen_answer(scene, payer, 422, problem=problem, typed=wanted.phone))
    settings = scene.flow_settings(calls_safaricom=True)
    limit = yield from limit_of_payer(scene, payer)
    started = yield from start_attempt(
        payer.record.id, number, phone, ACTOR, settings, not_charged=wanted.not_charged, limits=(limit,)
    )
    return (yield from _answer(scene, payer, wanted, started))


put_prompt: Endpoint = for_payers(_put_prompt)


def _answer(scene: Scene, payer: browsers.Visit, wanted: PromptRequest, started: AttemptStarted) -> Flow[Answer]:
    if started.record is None or started.state is None:
        raise no_such_payment()
    now_ms = yield from call(Ambient.now_ms)
    after = replace(payer, record=started.record, state=started.state, now_ms=now_ms)
    language = language_of_payer(scene, payer.record, payer.shop)
    refusal = refusal_at_the_field(started, payer.record.asked, now_ms, language)
    if refusal is not None:
        answer = yield from screen_answer(scene, after, 422, problem=refusal.words, typed=wanted.phone)
        return answer.with_headers({"Retry-After": str(refusal.wait_s)} if refusal.wait_s else {})
    refused = started.wrong_number or started.permission is not None
    twice = refused and started.state.status is PaymentStatus.PENDING
    return (yield from screen_answer(scene, after, 201 if started.created else 200, twice=twice))


def _phone(payer: browsers.Visit, wanted: PromptRequest) -> str:
    """The number to prompt: as typed, or the last attempt's. Raises PhoneProblem."""
    last = payer.state.last_attempt
    return last.phone if wanted.again and last is not None else parse_phone(wanted.phone)
