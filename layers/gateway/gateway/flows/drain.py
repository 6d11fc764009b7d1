"""Keep what waited in the retry queue. Whatever fails stays in the queue and comes again."""

from __future__ import annotations

from gateway.flows.keep import keep
from gateway.flows.messages import Delivery, FactsMessage, MoneyMessage, read_message
from gateway.flows.orphans import keep_message_apart
from gateway.flows.settings import FlowSettings
from gateway.flows.take_callback import take_stk_callback
from gateway.flows.take_money import receive_money, take_c2b_confirmation
from gateway.ports import Ambient, Flow, call
from gateway.settings import Settings


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

    If table or keys are still away it is queued anew; the copy that we hold is then done with.
    """
    if delivery.kind == "stk":
        yield from take_stk_callback(delivery, settings, flow)
    else:
        yield from take_c2b_confirmation(delivery, settings, flow)
