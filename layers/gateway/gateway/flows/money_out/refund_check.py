"""Before a refund goes: whether its money is still here to be given back. M-Pesa's portal may have been faster.

The payment is read anew each time. Where that does not do (`receipts_to_ask`), M-Pesa is asked about the receipts
first, and what waits for the answer is held and looked at again.
"""

from __future__ import annotations

from collections.abc import Collection

from daraja.errors import DarajaError
from daraja.results import TransactionState
from gateway.domain.money_out.facts import Hold, Rejected
from gateway.domain.money_out.outgoing import OutgoingRecord, OutgoingState
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.policy import SECOND_MS
from gateway.domain.refunds import is_doubtful, receipts_to_ask, returns_of, still_stands
from gateway.domain.transactions import CheckState
from gateway.flows.initiator import InitiatorUnusable
from gateway.flows.keep import is_of_a_newer_release
from gateway.flows.money_out.keep import keep_in_outgoing
from gateway.flows.money_out.tell_payment import tell_at_once
from gateway.flows.settings import FlowSettings
from gateway.flows.transaction_status import ask_about_receipt, read_transaction
from gateway.ports import Ambient, Flow, Store, call

GATEWAY = "gateway"
"""Who withdraws a refund whose money is gone: no person."""

MONEY_IS_GONE = "Withdrawn: the payment does not hold this money any more. It went back otherwise."


def hindrance_of_refund(record: OutgoingRecord, state: OutgoingState, settings: FlowSettings) -> Flow[Hold | None]:
    """Why it may not go now; None: it may. One that may never go is withdrawn. Raises StoreUnavailable."""
    payment = yield from call(Store.read_payment, record.asked.payment or "")
    if payment is None or is_of_a_newer_release(payment):
        return Hold.CHECK
    of_payment = settings.state(payment)
    if not _stands(payment, of_payment, record.id):
        yield from withdraw(record, state, settings)
        return Hold.CHECK
    if is_doubtful(of_payment):
        return Hold.CHECK
    receipts = _receipts(payment, of_payment, record.id, state.method)
    since_ms = max([record.asked.created_at_ms, *(send.begun_at_ms for send in state.attempts)])
    return (yield from _asked_about(record.asked.owner, receipts, of_payment, since_ms, settings))


def withdraw(record: OutgoingRecord, state: OutgoingState, settings: FlowSettings) -> Flow[None]:
    """End it before anything is sent, as a person's no would. Nothing happens where nothing may be decided now."""
    terms = state.terms or state.approved_terms
    if not terms:
        return
    now_ms = yield from call(Ambient.now_ms)
    no = Rejected(
        subject=GATEWAY,
        terms=terms,
        shown_as=GATEWAY,
        note=MONEY_IS_GONE,
        said_at_ms=now_ms,
        learned_at_ms=now_ms,
    )
    kept = yield from keep_in_outgoing(record, (no,), settings)
    yield from call(Ambient.report, "refund_withdrawn", {"out": record.id})
    if kept is not None:
        yield from tell_at_once(kept.record, kept.state, settings)


def _stands(payment: PaymentRecord, state: PaymentState, refund_id: str) -> bool:
    return still_stands(state, returns_of(tuple(payment.facts.values()), state.credits), refund_id)


def _receipts(payment: PaymentRecord, state: PaymentState, refund_id: str, method: str) -> tuple[str, ...]:
    refund = next(one for one in state.refunds if one.id == refund_id)
    return receipts_to_ask(state, tuple(payment.facts.values()), refund, method)


def _asked_about(
    owner: str, receipts: Collection[str], state: PaymentState, since_ms: int, settings: FlowSettings
) -> Flow[Hold | None]:
    """Whether M-Pesa, asked since then, shows each of these as completed, over the sum that we credited."""
    credited = {credit.receipt: credit.amount_kes for credit in state.credits}
    hold: Hold | None = None
    for receipt in receipts:
        if not (yield from _is_shown(owner, receipt, credited.get(receipt), since_ms)):
            hold = (yield from _ask(owner, receipt, settings)) or hold or Hold.CHECK
    return hold


def _is_shown(owner: str, receipt: str, amount_kes: int | None, since_ms: int) -> Flow[bool]:
    asked = yield from read_transaction(owner, receipt)
    if asked is None or asked.last.asked_at_ms < since_ms // SECOND_MS * SECOND_MS:
        return False
    if asked.conclusion is not CheckState.FOUND or asked.found is None:
        return False
    return (asked.found.status, asked.found.amount_kes) == (TransactionState.COMPLETED, amount_kes)


def _ask(owner: str, receipt: str, settings: FlowSettings) -> Flow[Hold | None]:
    """Ask once more, unless that was done just now. What stands against asking."""
    shop = yield from call(Store.read_settings, owner)
    if shop is None:
        return Hold.CHECK
    try:
        yield from ask_about_receipt(shop, receipt, settings)
    except InitiatorUnusable:
        return Hold.CREDENTIAL
    except DarajaError as error:
        yield from call(Ambient.report, "refund_not_checked", {"receipt": receipt, "why": type(error).__name__})
        return Hold.MPESA
    return None
