"""The page of one payment: the answer first, then what may be done, then everything that is known."""

from __future__ import annotations

from dataclasses import dataclass

from daraja.masking import mask_phone
from gateway.domain.identity import is_payment_id
from gateway.domain.payment import Attempt, PaymentRecord, PaymentState
from gateway.domain.staff import Right
from gateway.domain.statuses import ATTEMPT, AttemptStatus, Flag, PaymentStatus
from gateway.flows.check import ask_soon
from gateway.flows.read import read_payment
from gateway.flows.settings import FlowSettings
from gateway.ports import Flow
from gateway.web.checkout.markup import NOTHING, Html, amount, code, html, joined, large_amount
from gateway.web.console.answers import Plate, Verdict, verdict
from gateway.web.console.evidence import evidence
from gateway.web.console.guard import NotHere
from gateway.web.console.layout import live, page
from gateway.web.console.parts import button, clock, done, field, flags, form, pairs, plate, summary, table, tag
from gateway.web.console.people import Names, names_of_staff
from gateway.web.console.promptable import prompt_again, prompt_other
from gateway.web.console.refundable import refund_act
from gateway.web.console.visit import Visit
from gateway.web.http import Answer
from gateway.web.payer_view import view_of

NOTE_MAX = 300
"""Characters of a note, as in the API."""

DONE = (
    *("asked", "too_soon", "noted", "cancelled", "assigned"),
    *("prompted", "prompt_live", "prompt_wait", "prompt_not_known", "prompt_closed", "prompt_order"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A payment on its page. phone: the whole number, where somebody who may asked to see it."""

    record: PaymentRecord
    state: PaymentState
    names: Names
    phone: str = ""
    note: str = ""
    problem: str = ""


def payment_page(visit: Visit) -> Flow[Answer]:
    """`GET /console/payments/{payment}`. While M-PESA owes an answer, looking also asks it."""
    record, state = yield from payment_of(visit)
    yield from ask_soon(record, state, FlowSettings.of(visit.settings))
    return (yield from shown_payment(visit, record, state))


def payment_of(visit: Visit) -> Flow[tuple[PaymentRecord, PaymentState]]:
    """The payment in the path, if it is this shop's. Raises NotHere."""
    payment_id = visit.request.path_parameters.get("payment", "")
    found = (yield from read_payment(payment_id)) if is_payment_id(payment_id) else None
    if found is None or found[0].asked.owner != visit.owner:
        raise NotHere
    return found


def shown_payment(
    visit: Visit,
    record: PaymentRecord,
    state: PaymentState,
    *,
    phone: str = "",
    note: str = "",
    problem: str = "",
) -> Flow[Answer]:
    """The page. note, problem: what was typed, and what is wrong with it."""
    names = yield from names_of_staff(visit.owner)
    shown = Shown(record, state, names, phone, note, problem)
    title = visit.plain("payment_title", what=record.asked.order or record.asked.account_reference)
    told = verdict(state)
    main = html(
        '<h1 class="vh">{title}</h1>{problems}{done}{live}{acts}',
        title=title,
        problems=summary(visit, [("text", problem)] if problem else []),
        done=done(visit, DONE),
        live=live(_known(visit, shown, told), ends=not told.moves),
        acts=_acts(visit, shown),
    )
    return page(visit, title, main, place="/console/payments", status=422 if problem else 200, refreshes=told.moves)


def _known(visit: Visit, shown: Shown, told: Verdict) -> Html:
    record, state = shown.record, shown.state
    return html(
        "{plate}{flags}{quick}{facts}<h2>{heading}</h2>{evidence}{attempts}",
        plate=answer_plate(visit, record, state, told),
        flags=html('<p class="actions">{f}</p>', f=flags(visit, state)) if state.flags else NOTHING,
        quick=_quick_acts(visit, shown),
        facts=_facts(visit, shown),
        heading=visit.say("evidence"),
        evidence=evidence(visit, record, state, shown.names),
        attempts=_attempts(visit, state),
    )


def answer_plate(visit: Visit, record: PaymentRecord, state: PaymentState, told: Verdict) -> Html:
    """PAID, NOT PAID, NOT KNOWN YET or PAID, ASK FIRST: the first thing that anybody reads."""
    view = view_of(record, state, visit.shop, visit.now_ms, visit.settings.policy)
    asked = record.asked
    receipts = [code(credit.receipt) for credit in state.credits if credit.receipt]
    facts = [clock(visit, state.paid_at_ms)] if state.paid_at_ms else []
    facts += receipts
    facts += (
        [visit.say("order_number", order=asked.order)]
        if asked.order
        else [visit.say("reference_is", reference=asked.account_reference)]
    )
    facts += [html("{p}", p=view.phone)] if view.phone else []
    tell = visit.say(told.tell, **_told(visit, state, record))
    if told.plate is Plate.NO and state.failure is not None:
        tell = html("<b>{cause}</b><br>{tell}", cause=_cause(visit, state.failure.code), tell=tell)
    if state.reserved_kes and told.plate is Plate.PAID:
        held = visit.say("refund_asked_of", amount=amount(state.reserved_kes))
        tell = html("{tell}<br><b>{held}</b>", tell=tell, held=held)
    if view.next_check_at_ms is not None:
        next_look = clock(visit, max(view.next_check_at_ms, visit.now_ms))
        tell = html("{tell}<br>{next}", tell=tell, next=visit.say("next_look", time=next_look))
    sum_kes = state.received_kes if told.plate in (Plate.PAID, Plate.PERSON) else asked.amount_kes
    return plate(told.plate, visit.say(told.word), amount=large_amount(sum_kes), facts=facts, tell=tell)


def _told(visit: Visit, state: PaymentState, record: PaymentRecord) -> dict[str, object]:
    return {
        "received": amount(state.received_kes),
        "amount": amount(record.asked.amount_kes),
        "returned": amount(state.returned_kes),
        "reserved": amount(state.reserved_kes),
        "shop": visit.shop.name if visit.shop else visit.owner,
    }


def _cause(visit: Visit, failure_code: str) -> Html:
    return visit.say(f"cause_{failure_code}")


def _facts(visit: Visit, shown: Shown) -> Html:
    record, state = shown.record, shown.state
    asked = record.asked
    last = state.last_attempt
    phone = shown.phone or (mask_phone(last.phone) if last else "")
    given = visit.say("sum_of", part=amount(state.received_kes), whole=amount(asked.amount_kes))
    reference = html('<span class="code">{r}</span>', r=asked.account_reference)
    lines: list[tuple[Html, object]] = [
        *([(visit.say("row_reference"), reference)] if asked.order else []),  # else the plate names it
        (visit.say("row_phone"), phone or "–"),
        (visit.say("row_received"), given),
        (visit.say("row_returned"), amount(state.returned_kes)),
        (visit.say(f"row_{asked.shortcode_kind}"), html('<span class="code">{n}</span>', n=asked.shortcode)),
    ]
    return pairs(lines)


_ATTEMPT_LOOKS = {
    AttemptStatus.SENDING: ("doubt", "attempt_sending"),
    AttemptStatus.PROMPTED: ("doubt", "attempt_prompted"),
    AttemptStatus.UNKNOWN: ("doubt", "badge_not_known"),
    AttemptStatus.UNRESOLVED: ("doubt", "badge_not_known"),
    AttemptStatus.SUCCEEDED: ("came", "attempt_succeeded"),
    AttemptStatus.REFUSED: ("no", "attempt_refused"),
}


def _attempts(visit: Visit, state: PaymentState) -> Html:
    if not state.attempts:
        return NOTHING
    heads = [
        (visit.say(key), number)
        for key, number in (
            ("col_number", False),
            ("row_phone", False),
            ("col_sent", False),
            ("col_ended", False),
            ("col_status", False),
            ("col_amount", True),
        )
    ]
    lines = [
        (
            str(attempt.number),
            mask_phone(attempt.phone),
            clock(visit, attempt.prompted_at_ms) if attempt.prompted_at_ms else "–",
            clock(visit, attempt.ended_at_ms) if attempt.ended_at_ms else "–",
            _attempt_badge(visit, attempt),
            amount(attempt.amount_kes),
        )
        for attempt in state.attempts
    ]
    return html("<h2>{h}</h2>{t}", h=visit.say("attempts"), t=table(visit.say("attempts_table"), heads, lines))


def _attempt_badge(visit: Visit, attempt: Attempt) -> Html:
    if attempt.status is AttemptStatus.FAILED and attempt.failure is not None:
        return tag("no", _cause(visit, attempt.failure.code))
    look, key = _ATTEMPT_LOOKS.get(attempt.status, ("no", "badge_not_paid"))
    return tag(look, visit.say(key))


# --- what may be done -----------------------------------------------------------------------------------------


def _acts(visit: Visit, shown: Shown) -> Html:
    if not visit.may(Right.WORK):
        return NOTHING
    record, state = shown.record, shown.state
    here = f"/console/payments/{record.id}"
    return html(
        "<h2>{h}</h2>{refund}{prompt}{note}{cancel}",
        h=visit.say("acts"),
        prompt=prompt_other(visit, record, state),
        refund=refund_act(visit, record, state),
        note=_note_form(visit, shown, here),
        cancel=_cancel_form(visit, record, state, here),
    )


def _quick_acts(visit: Visit, shown: Shown) -> Html:
    """What one does while the customer stands there: right below the answer."""
    state, here = shown.state, f"/console/payments/{shown.record.id}"
    parts = []
    asks = any(ATTEMPT[one.status].live or one.status is AttemptStatus.UNRESOLVED for one in state.attempts)
    if asks and visit.may(Right.WORK):
        parts.append(form(visit, f"{here}/check", button(visit.say("ask_again"), "second")))
    parts += prompt_again(visit, shown.record, state)
    if shown.phone == "" and state.attempts and visit.may(Right.SEE_PHONES):
        parts.append(form(visit, f"{here}/phone", button(visit.say("see_phone"), "second")))
    return html('<div class="actions">{p}</div>', p=joined(parts)) if parts else NOTHING


def _note_form(visit: Visit, shown: Shown, here: str) -> Html:
    text = field(
        visit,
        "text",
        visit.say("note_label"),
        f'textarea rows="2" maxlength="{NOTE_MAX}"',
        hint=visit.say("note_hint"),
        problem=shown.problem,
        value=shown.note,
    )
    content = html("{t}{b}", t=text, b=button(visit.say("note_button"), "second"))
    return html(
        "<details{open}><summary>{s}</summary>{f}</details>",
        open=Html(" open") if shown.problem else NOTHING,
        s=visit.say("note_add"),
        f=form(visit, f"{here}/notes", content),
    )


def _cancel_form(visit: Visit, record: PaymentRecord, state: PaymentState, here: str) -> Html:
    may = state.status in (PaymentStatus.OPEN, PaymentStatus.FAILED) and not state.received_kes
    if not may or Flag.CLAIM_OPEN in state.flags:
        return NOTHING
    words = visit.say("cancel_button", amount=amount(record.asked.amount_kes))
    content = html('<p class="warn">{w}</p>{b}', w=visit.say("cancel_tell"), b=button(words, "danger"))
    return html(
        "<details><summary>{s}</summary>{f}</details>",
        s=visit.say("cancel_open"),
        f=form(visit, f"{here}/cancel", content),
    )
