"""Keep what waited in the retry queue. Whatever fails stays in the queue and comes again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.flows.keep import keep
from gateway.flows.messages import Delivery, FactsMessage, MoneyMessage, read_message
from gateway.flows.orphans import keep_message_apart
from gateway.flows.settings import FlowSettings
from gateway.flows.strangers import Taken
from gateway.flows.take_callback import take_stk_callback
from gateway.flows.take_money import receive_money, take_c2b_confirmation
from gateway.ports import Ambient, Flow, Queues, call
from gateway.settings import Settings

AGAIN_S = 30
"""What still cannot be kept comes again after this time."""

SEND_RETRY = f"{Queues.__name__}.{Queues.send_retry.__name__}"


def drain(text: str, settings: Settings, flow: FlowSettings) -> Flow[None]:
    """Keep one message. Raises MessageUnreadable, or what the table or SSM raises."""
    message = read_message(text)
    if isinstance(message, FactsMessage):
        kept = yield from keep(message.payment_id, lambda _: message.facts, flow)
        if kept is None:
            yield from keep_message_apart(message.payment_id, text)
            yield from call(Ambient.report, "facts_without_payment", {"payment": message.payment_id})
    elif isinstance(message, MoneyMessage):
        yield from receive_money(message.fact, flow)
    else:
        yield from _deliver(message, settings, flow)


def _deliver(delivery: Delivery, settings: Settings, flow: FlowSettings) -> Flow[None]:
    """A raw delivery goes through the same door as at first, with its first intake time.

    If table or keys are still away it is queued anew, for later; the copy that we hold is then done with.
    """
    if delivery.kind == "stk":
        yield from _queued_for_later(take_stk_callback(delivery, settings, flow))
    else:
        yield from _queued_for_later(take_c2b_confirmation(delivery, settings, flow))


def _queued_for_later(flow: Flow[Taken]) -> Flow[Taken]:
    """The flow; what it queues waits for a while, or a table that is away would be asked without a pause."""
    answer: Any = None
    error: Exception | None = None
    while True:
        try:
            asked = flow.throw(error) if error is not None else flow.send(answer)
        except StopIteration as stop:
            taken: Taken = stop.value
            return taken
        if asked.boundary == SEND_RETRY:
            asked = replace(asked, args=(*asked.args, AGAIN_S))
        answer, error = None, None
        try:
            answer = yield asked
        except Exception as raised:  # noqa: BLE001  the flow decides what each error means
            error = raised
