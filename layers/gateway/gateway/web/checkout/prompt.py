"""The page's form: one request on the payer's phone, then back to the page, whose address tells nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from daraja.phone import PhoneProblem, PhoneProblemKind, parse_phone
from gateway import security
from gateway.domain.attempts import Hindrance
from gateway.domain.payment import Asked
from gateway.domain.statuses import PaymentStatus
from gateway.flows.settings import FlowSettings
from gateway.flows.start_payment import AttemptStarted, start_attempt
from gateway.ports import Flow, Performer, Secrets, call
from gateway.settings import Settings
from gateway.web.address_limits import limit_of_address, wait_s
from gateway.web.checkout.layout import notice, page
from gateway.web.checkout.opening import Opened, language_of, opened, payment_named, visit_of
from gateway.web.checkout.pages import answered
from gateway.web.checkout.posted import came_from_a_page, form_fields, our_hosts
from gateway.web.http import Answer, Request
from gateway.wording import WAYS, Language, moment, payer_message, sentence

TYPED_MAX = 30
ACTOR = "payer"

_CONCERNS_PHONE = frozenset({Hindrance.TOO_MANY_PROMPTS, Hindrance.TOO_SOON, Hindrance.PROMPT_LIVE})
_NUMBER = re.compile(r"[1-9][0-9]?")
_PROBLEMS = {
    PhoneProblemKind.EMPTY: "phone_empty",
    PhoneProblemKind.LETTERS: "phone_letters",
    PhoneProblemKind.TOO_SHORT: "phone_length",
    PhoneProblemKind.TOO_LONG: "phone_length",
    PhoneProblemKind.NOT_KENYAN_MOBILE: "phone_not_kenyan",
}


def post_prompt(request: Request, world: Performer) -> Answer:
    """POST /pay/{code}/prompt, for `serve`."""
    settings = Settings()
    return answered(request, world, prompted(request, settings, our_hosts(request, settings)))


def prompted(request: Request, settings: Settings, hosts: Collection[str | None]) -> Flow[Answer]:
    """POST /pay/{code}/prompt: 303 to the page; 422 or 429 with the form where nothing was sent.

    422: the number cannot be prompted. 429: too many were sent from this address.

    Fields: number (of the attempt), token, and phone, or again=yes for the last number; not_charged=yes where the
    payer says that a request without an answer took nothing. hosts: names under which browsers know our pages.
    """
    payment_id = yield from payment_named(request)
    if payment_id is None:
        return notice(request, 404, "not_found", language_of(request))
    keys = yield from call(Secrets.read_keys)
    fields = form_fields(request.body)
    number = _number(fields)
    token_fits = security.form_token_fits(keys.client_token, payment_id, number, fields.get("token", ""))
    if not (token_fits and came_from_a_page(request, hosts)):
        again = f"/pay/{request.path_parameters['code']}"
        return notice(request, 403, "form_refused", language_of(request), again=again)
    found = yield from opened(request)
    if found is None:
        return notice(request, 404, "not_found", language_of(request))
    return (yield from _prompt(request, found, fields, number, settings))


def _prompt(
    request: Request, found: Opened, fields: Mapping[str, str], number: int, settings: Settings
) -> Flow[Answer]:
    language = language_of(request, found)
    flow = FlowSettings.of(settings, calls_safaricom=True)
    asked, typed = found.record.asked, fields.get("phone", "")[:TYPED_MAX]
    try:
        phone = _phone(found, fields)
    except PhoneProblem as wrong:
        problem = problem_of_phone(wrong, language)
        return page(request, visit_of(request, found, flow.policy, problem=problem, typed=typed), 422)
    limit = limit_of_address(asked.owner, request.source_address, found.keys, settings, found.now_ms)
    started = yield from start_attempt(
        asked.id, number, phone, ACTOR, flow, not_charged=fields.get("not_charged") == "yes", limits=(limit,)
    )
    refusal = refusal_at_the_field(started, asked, found.now_ms, language)
    if refusal is None:
        return _back_to_page(request, found, started, flow)
    visit = visit_of(request, found, flow.policy, problem=refusal.words, typed=typed)
    if refusal.wait_s is None:
        return page(request, visit, 422)
    return page(request, visit, 429).with_headers({"Retry-After": str(refusal.wait_s)})


def _back_to_page(request: Request, found: Opened, started: AttemptStarted, settings: FlowSettings) -> Answer:
    visit = visit_of(request, found, settings.policy)
    status = started.state.status if started.state else None
    refused = started.wrong_number or started.permission is not None
    twice = "twice" if refused and status is PaymentStatus.PENDING else None
    return Answer(status=303, headers={"Location": visit.address(asked=twice)})


def problem_of_phone(wrong: PhoneProblem, language: Language) -> str:
    """What is wrong with a number that was typed."""
    return sentence(_PROBLEMS[wrong.kind], language, n=wrong.digits)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing was sent, to stand at the field of the number. wait_s: only where the payer's address is why."""

    words: str
    wait_s: int | None = None


def refusal_at_the_field(started: AttemptStarted, asked: Asked, now_ms: int, language: Language) -> Refusal | None:
    """A refusal that concerns the number or where it was typed; all others are what the page itself tells."""
    way = WAYS[asked.shortcode_kind]
    if started.limited_until_ms is not None:
        until = moment(started.limited_until_ms, now_ms, language)
        words = sentence("too_many_from_here", language, time=until, way=way)
        return Refusal(words, wait_s(started.limited_until_ms, now_ms))
    allowed = started.permission
    pending = started.state is not None and started.state.status is PaymentStatus.PENDING
    if allowed is None or pending or allowed.hindrance not in _CONCERNS_PHONE:
        return None
    time = moment(allowed.from_ms, now_ms, language) if allowed.from_ms else None
    code = "phone_busy" if allowed.hindrance is Hindrance.PROMPT_LIVE else "too_many_prompts"
    words = payer_message(code, language, shop=asked.shop_name, way=way, time=time, said_by_mpesa=False)
    return Refusal(words)


def _phone(found: Opened, fields: Mapping[str, str]) -> str:
    """The number to prompt: as typed, or the last attempt's. Raises PhoneProblem."""
    last = found.state.last_attempt
    if fields.get("again") == "yes" and last is not None:
        return last.phone
    return parse_phone(fields.get("phone", ""))


def _number(fields: Mapping[str, str]) -> int:
    """The attempt's number; 0 is none of ours."""
    text = fields.get("number", "")
    return int(text) if _NUMBER.fullmatch(text) else 0
