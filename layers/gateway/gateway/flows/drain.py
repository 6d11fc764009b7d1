"""Keep what waited in the retry queue. Whatever fails stays in the queue and comes again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.flows.keep import keep
from gateway.flows.messages import (
    Delivery,
    FactsMessage,
    MessageUnreadable,
    MoneyMessage,
    OutgoingFactsMessage,
    ResultDelivery,
    read_message,
)
from gateway.flows.money_out.keep import keep_outgoing
from gateway.flows.money_out.tell_payment import tell_at_once
from gateway.flows.orphans import keep_message_apart
from gateway.flows.settings import FlowSettings
from gateway.flows.strangers import Taken
from gateway.flows.take_callback import take_stk_callback
from gateway.flows.take_money import receive_money, take_c2b_confirmation
from gateway.flows.take_result import bring_result, take_result
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
    elif isinstance(message, OutgoingFactsMessage):
        out = yield from keep_outgoing(message.out_id, lambda _: message.facts, flow)
        if out is None:
            yield from keep_message_apart(message.out_id, text)
            yield from call(Ambient.report, "facts_without_payment", {"out": message.out_id})
        else:
            yield from tell_at_once(out.record, out.state, flow)
    elif isinstance(message, MoneyMessage):
        yield from receive_money(message.fact, flow)
    elif isinstance(message, ResultDelivery):
        if not (yield from bring_result(message, flow)):
            yield from keep_message_apart(message.subject_id, text)
    else:
        yield from _deliver(message, settings, flow)


def _deliver(delivery: Delivery, settings: Settings, flow: FlowSettings) -> Flow[None]:
    """A raw delivery goes through the same door as at first, with its first intake time.

    If table or keys are still away it is queued anew, for later; the copy that we hold is then done with. One of a
    kind that only a newer release knows is not thrown away: MessageUnreadable.
    """
    take = DOORS.get(delivery.kind)
    if take is None:
        raise MessageUnreadable(delivery.kind)
    yield from _queued_for_later(take(delivery, settings, flow))


DOORS: Mapping[str, Callable[[Delivery, Settings, FlowSettings], Flow[Taken]]] = {
    "stk": take_stk_callback,
    "c2b_confirmation": take_c2b_confirmation,
    "result": take_result,
    "timeout": take_result,
}
"""By the kind of a delivery."""


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
            asked = asked._replace(args=(*asked.args, AGAIN_S))
        answer, error = None, None
        try:
            answer = yield asked
        except Exception as raised:  # noqa: BLE001  the flow decides what each error means
            error = raised
