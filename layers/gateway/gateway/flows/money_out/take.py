"""What M-Pesa tells of a payout or refund: its result, the notice of a time-out, the answer to a question about it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from daraja.result_codes import RESULT, Meaning, find
from daraja.results import (
    Result,
    ReversalResult,
    TransactionState,
    Unreadable,
    parse_result,
    payout_of,
    reversal_of,
    status_of,
)
from gateway.domain.fact import Fact
from gateway.domain.money_out.evidence import is_listed
from gateway.domain.money_out.facts import (
    ResultReceived,
    ResultUnreadable,
    SendBegun,
    StatusAnswered,
    StatusFound,
    TimeoutReceived,
)
from gateway.domain.money_out.outgoing import Method, OutgoingRecord
from gateway.flows.initiator import ASK_STATUS, PAY_BUSINESS, PAY_OUT, REVERSE, SUCCESS, heard
from gateway.flows.messages import ResultDelivery
from gateway.flows.money_out.keep import keep_outgoing
from gateway.flows.money_out.tell_payment import tell_at_once
from gateway.flows.settings import FlowSettings
from gateway.flows.strangers import Taken
from gateway.ports import Flow

MORE_FOLLOW = "more_follow"
"""In place of a code that is not M-Pesa's last word: on no list, so nothing follows from it but a question."""

DOUBTS_MAX = 10
"""Unreadable answers, and such from addresses on no list, that one payout or refund keeps."""

COMMANDS = {Method.B2C: PAY_OUT, Method.POCHI: PAY_OUT, Method.B2B: PAY_BUSINESS, Method.REVERSAL: REVERSE}

FOUND = {
    TransactionState.COMPLETED: StatusFound.COMPLETED,
    TransactionState.CANCELLED: StatusFound.ENDED,
    TransactionState.DECLINED: StatusFound.ENDED,
    TransactionState.EXPIRED: StatusFound.ENDED,
    TransactionState.INITIATED: StatusFound.PENDING,
    TransactionState.AUTHORIZED: StatusFound.PENDING,
    TransactionState.PENDING_AUTHORIZED: StatusFound.PENDING,
}


def take_payout_result(delivery: ResultDelivery, settings: FlowSettings) -> Flow[Taken | None]:
    """Keep the result of a send, or the notice that it was not taken in time.

    None: there is no such payout or refund. Raises StoreUnavailable, and Unreadable once the item knows of that.
    """
    if delivery.timed_out:
        return (yield from _keep(delivery, lambda _: _timeout(delivery), settings))
    try:
        return (yield from _keep_result(delivery, parse_result(delivery.body), settings))
    except Unreadable as why:
        taken = yield from _keep_unreadable(delivery, why, settings)
        if taken is None:
            return None
        raise


def take_status_of_send(delivery: ResultDelivery, settings: FlowSettings) -> Flow[Taken | None]:
    """Keep the answer to a question about a send. A time-out is no answer. As `take_payout_result`."""
    if delivery.timed_out:
        return Taken.KNOWN
    result = parse_result(delivery.body)
    fact = _status(delivery, result)
    shortcodes: list[str] = []

    def facts_for(record: OutgoingRecord) -> Fact:
        shortcodes.append(record.asked.shortcode_for(_method(record, delivery.number)))
        return fact

    taken = yield from _keep(delivery, facts_for, settings)
    if taken is not None and delivery.listed and result.code != SUCCESS:
        yield from heard(shortcodes[0], ASK_STATUS, result.code, result.description, delivery.asked_at_ms)
    return taken


def _keep_result(delivery: ResultDelivery, result: Result, settings: FlowSettings) -> Flow[Taken | None]:
    """The item first, then what the code says of the operator; where that cannot be kept, all comes again."""
    records: list[OutgoingRecord] = []

    def facts_for(record: OutgoingRecord) -> Fact:
        records.append(record)
        return _result(delivery, result, _method(record, delivery.number))

    taken = yield from _keep(delivery, facts_for, settings)
    if taken is not None and delivery.listed and result.code != SUCCESS:
        method = _method(records[0], delivery.number)
        shortcode = records[0].asked.shortcode_for(method)
        yield from heard(shortcode, COMMANDS[method], result.code, result.description, delivery.asked_at_ms)
    return taken


def _keep_unreadable(delivery: ResultDelivery, why: Unreadable, settings: FlowSettings) -> Flow[Taken | None]:
    fact = ResultUnreadable(
        number=delivery.number,
        digest=hashlib.sha256(delivery.body).hexdigest()[:32],
        why=str(why.reason),
        said_at_ms=delivery.learned_at_ms,
        learned_at_ms=delivery.learned_at_ms,
    )
    return (yield from _keep(delivery, lambda _: fact, settings))


def _keep(
    delivery: ResultDelivery, fact_for: Callable[[OutgoingRecord], Fact], settings: FlowSettings
) -> Flow[Taken | None]:
    kept = yield from keep_outgoing(delivery.subject_id, lambda record: _room_for(record, fact_for(record)), settings)
    if kept is None:
        return None
    yield from tell_at_once(kept.record, kept.state, settings)
    return Taken.KEPT if kept.changed else Taken.KNOWN


def _room_for(record: OutgoingRecord, fact: Fact) -> tuple[Fact, ...]:
    """Nothing of a doubt where enough doubts are kept: who got hold of an address must not fill the item.

    Doubts prove nothing, and a few have M-Pesa asked as well as many; its own word always has room.
    """
    doubts = sum(_is_doubt(one) for one in record.facts.values())
    return () if _is_doubt(fact) and doubts >= DOUBTS_MAX else (fact,)


def _is_doubt(fact: Fact) -> bool:
    return isinstance(fact, ResultUnreadable) or not is_listed(fact)


def _method(record: OutgoingRecord, number: int) -> Method:
    """The method of a send; of one that is not known here, as asked."""
    sends = (fact for fact in record.facts.values() if isinstance(fact, SendBegun) and fact.number == number)
    return Method(next((send.method for send in sends), record.asked.method))


def _timeout(delivery: ResultDelivery) -> TimeoutReceived:
    return TimeoutReceived(
        number=delivery.number,
        from_safaricom=delivery.listed,
        said_at_ms=delivery.learned_at_ms,
        learned_at_ms=delivery.learned_at_ms,
    )


def _result(delivery: ResultDelivery, result: Result, method: Method) -> ResultReceived:
    told = reversal_of(result) if method is Method.REVERSAL else payout_of(result)
    party = told.credited if isinstance(told, ReversalResult) else told.recipient
    return ResultReceived(
        number=delivery.number,
        result_code=result.code if result.is_last else MORE_FOLLOW,
        receipt=told.receipt,
        amount_kes=told.amount_kes,
        completed_at_ms=told.completed_at_ms,
        conversation_id=result.conversation_id or "",
        originator_conversation_id=result.originator_conversation_id or "",
        from_safaricom=delivery.listed,
        recipient_name=party.name or "",
        text=result.description,
        said_at_ms=delivery.learned_at_ms,
        learned_at_ms=delivery.learned_at_ms,
    )


def _status(delivery: ResultDelivery, result: Result) -> StatusAnswered:
    told = status_of(result)
    return StatusAnswered(
        number=delivery.number,
        found=_found(result, told.state),
        from_safaricom=delivery.listed,
        receipt=told.receipt,
        amount_kes=told.amount_kes,
        completed_at_ms=told.completed_at_ms,
        conversation_id=told.conversation_id or "",
        originator_conversation_id=told.originator_conversation_id or "",
        code=result.code if result.code != SUCCESS else "",
        recipient_name=told.credited.name or "",
        text=told.reason or result.description,
        said_at_ms=delivery.asked_at_ms,
        learned_at_ms=delivery.learned_at_ms,
    )


def _found(result: Result, state: TransactionState | None) -> StatusFound:
    """Only M-Pesa's own word that there is no such transaction says so; whatever else is odd is unclear."""
    if result.is_success:
        return FOUND[state] if state is not None else StatusFound.UNCLEAR
    row = find(RESULT, result.code)
    unknown = row is not None and row.meaning is Meaning.ORIGINAL_UNKNOWN
    return StatusFound.NOT_FOUND if unknown else StatusFound.UNCLEAR
