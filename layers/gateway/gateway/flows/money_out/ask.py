"""Ask M-PESA what became of a send, by our own id of it: lease, circuit, question. The answer comes to `take.py`."""

from __future__ import annotations

from dataclasses import replace

from daraja.errors import DarajaError, TokenRejected
from gateway import security
from gateway.domain.money_out.due import ASKS_APART_MS, out_due_at_ms
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import Method, OutgoingRecord, Send
from gateway.domain.payment import Asks
from gateway.domain.policy import SECOND_MS
from gateway.domain.requests_sent import STATUS, RequestName
from gateway.flows.initiator import ASK_STATUS, InitiatorUnusable, may_call, refused
from gateway.flows.settings import FlowSettings
from gateway.flows.token import access_token, replace_rejected
from gateway.ports import Ambient, Flow, Secrets, call
from gateway.ports.initiator import InitiatorCredential
from gateway.ports.money_out import Outgoings
from gateway.ports.questions import Questions, StatusQuestion
from gateway.security import ResultUrls


def ask_about_send(record: OutgoingRecord, send: Send, settings: FlowSettings) -> Flow[bool]:
    """Ask once. False: somebody else has, or it may not be asked now; the schedule goes on.

    Raises StoreUnavailable, SecretsUnavailable.
    """
    now_ms = yield from call(Ambient.now_ms)
    if not (yield from _lease(record, send.number, now_ms, settings)):
        return False
    shortcode = record.asked.shortcode_for(send.method)
    try:
        credential = yield from may_call(shortcode, ASK_STATUS)
        keys = yield from call(Secrets.read_keys)
        name = RequestName(call=STATUS, subject_id=record.id, number=send.number, asked_at_s=now_ms // SECOND_MS)
        urls = security.result_urls(settings.callback_base_url, keys.tags[0], name)
        yield from _ask(credential, _question(record, send), urls)
    except InitiatorUnusable as why:
        yield from call(Ambient.report, "status_not_asked", {"out": record.id, "why": type(why).__name__})
        return False
    except DarajaError as error:
        yield from refused(shortcode, ASK_STATUS, error)
        yield from call(Ambient.report, "status_not_asked", {"out": record.id, "why": type(error).__name__})
        return False
    return True


def _question(record: OutgoingRecord, send: Send) -> StatusQuestion:
    """By our id of the transfer. A reversal carries none: by M-Pesa's own, once that is known, else by the receipt."""
    shortcode = record.asked.shortcode_for(send.method)
    if send.is_asked_about_by_receipt:
        return StatusQuestion(shortcode=shortcode, receipt=record.asked.original_receipt)
    named = send.gateway_conversation_id if send.method == Method.REVERSAL else send.originator_conversation_id
    return StatusQuestion(shortcode=shortcode, originator_conversation_id=named)


def _lease(record: OutgoingRecord, number: int, now_ms: int, settings: FlowSettings) -> Flow[bool]:
    """Count the question and move `due_at` past it, on condition that nobody else did."""
    before = record.asks.get(number, Asks(0, 0))
    leased = replace(record, asks={**record.asks, number: Asks(before.count + 1, now_ms)})
    due_ms = out_due_at_ms(leased, outgoing_state(leased), settings.out)
    if due_ms is None or due_ms <= now_ms:
        due_ms = now_ms + ASKS_APART_MS
    return (yield from call(Outgoings.lease_outgoing, record, due_ms, leased.asks))


def _ask(credential: InitiatorCredential, question: StatusQuestion, urls: ResultUrls) -> Flow[str]:
    """The question, once more with another token if the first is refused."""
    token = yield from access_token()
    try:
        return (yield from call(Questions.ask_status, token.value, credential, question, urls))
    except TokenRejected:
        token = yield from replace_rejected(token)
    return (yield from call(Questions.ask_status, token.value, credential, question, urls))
