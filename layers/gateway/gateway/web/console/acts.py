"""What somebody may do on a payment's page. Each act is a fact or a report with the person in it."""

from __future__ import annotations

from daraja.masking import mask_text
from gateway.domain.facts import Noted
from gateway.flows.annotate import Outcome, note
from gateway.flows.check import ask_soon
from gateway.flows.close import cancel
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, call
from gateway.web.console.guard import NotHere
from gateway.web.console.layout import see_other
from gateway.web.console.payments import NOTE_MAX, payment_of, shown_payment
from gateway.web.console.visit import Visit
from gateway.web.http import Answer

NOTE_KEY_BYTES = 16


def check(visit: Visit) -> Flow[Answer]:
    """`POST /console/payments/{payment}/check`: M-PESA is asked now, at most every ten seconds."""
    record, state = yield from payment_of(visit)
    asked = yield from ask_soon(record, state, FlowSettings.of(visit.settings), forced=True)
    return see_other(f"/console/payments/{record.id}?done={'asked' if asked else 'too_soon'}")


def add_note(visit: Visit) -> Flow[Answer]:
    """`POST /console/payments/{payment}/notes`. Numbers in it are masked before it is kept."""
    record, state = yield from payment_of(visit)
    typed = visit.posted.get("text", "").strip()
    if not typed or len(typed) > NOTE_MAX:
        problem = visit.plain("note_empty" if not typed else "note_long", most=NOTE_MAX)
        return (yield from shown_payment(visit, record, state, note=typed, problem=problem))
    fact = Noted(
        key=(yield from call(Ambient.draw, NOTE_KEY_BYTES)).hex(),
        actor=visit.visitor.person,
        remark=mask_text(typed),
        said_at_ms=visit.now_ms,
        learned_at_ms=visit.now_ms,
    )
    written = yield from note(record.id, visit.owner, fact, FlowSettings.of(visit.settings))
    if written is None:
        raise NotHere
    if written.outcome is not Outcome.WRITTEN:
        problem = visit.plain("note_full")
        return (yield from shown_payment(visit, written.record, written.state, note=typed, problem=problem))
    return see_other(f"/console/payments/{record.id}?done=noted")


def cancel_payment(visit: Visit) -> Flow[Answer]:
    """`POST /console/payments/{payment}/cancel`. Money that still comes makes it paid all the same."""
    record, _ = yield from payment_of(visit)
    closed = yield from cancel(record.id, visit.visitor.person, FlowSettings.of(visit.settings))
    if closed.record is None or closed.state is None:
        raise NotHere
    if closed.hindrance is not None:
        problem = visit.plain("cancel_refused")
        return (yield from shown_payment(visit, closed.record, closed.state, problem=problem))
    return see_other(f"/console/payments/{record.id}?done=cancelled")


def show_phone(visit: Visit) -> Flow[Answer]:
    """`POST /console/payments/{payment}/phone`: the whole number, this once, and reported with who saw it."""
    record, state = yield from payment_of(visit)
    last = state.last_attempt
    yield from call(Ambient.report, "phone_read", {"payment": record.id, "person": visit.visitor.person})
    return (yield from shown_payment(visit, record, state, phone=last.phone if last else ""))
