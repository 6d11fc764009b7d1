"""News that had no payment when it came: brought again while it is due, and listed when nothing came of it in a day."""

from __future__ import annotations

from dataclasses import replace

from gateway.flows.keep import keep
from gateway.flows.messages import (
    FactsMessage,
    MessageUnreadable,
    MoneyMessage,
    OutgoingFactsMessage,
    ResultDelivery,
    read_message,
)
from gateway.flows.money_out.keep import keep_outgoing
from gateway.flows.orphans import LOOK_AGAIN_MS
from gateway.flows.settings import FlowSettings
from gateway.flows.take_money import receive_money
from gateway.flows.take_result import bring_result
from gateway.ports import Ambient, Flow, Orphan, call
from gateway.ports.orphans import Orphans


def match_orphan(key: str, settings: FlowSettings) -> Flow[None]:
    """Bring it to its payment once more, and set the next try. Raises StoreUnavailable."""
    orphan = yield from call(Orphans.read_orphan, key)
    if orphan is None or orphan.due_at_ms is None:
        return
    now_ms = yield from call(Ambient.now_ms)
    if (yield from _brought(orphan, settings)):
        yield from call(Ambient.report, "orphan_matched", {"orphan": orphan.key})
        after = replace(orphan, due_at_ms=None, matched_at_ms=now_ms)
    else:
        tries = orphan.tries + 1
        left = tries < len(LOOK_AGAIN_MS)
        after = replace(orphan, due_at_ms=now_ms + LOOK_AGAIN_MS[tries] if left else None, tries=tries)
        if not left:
            yield from call(Ambient.report, "orphan_left", {"orphan": orphan.key})
    yield from call(Orphans.save_orphan, orphan, after)


def _brought(orphan: Orphan, settings: FlowSettings) -> Flow[bool]:
    """Whether its payment is there now and has it."""
    try:
        message = read_message(orphan.body.decode("utf-8", "replace"))
    except MessageUnreadable:
        return False
    if isinstance(message, FactsMessage):
        kept = yield from keep(message.payment_id, lambda _: message.facts, settings)
        return kept is not None
    if isinstance(message, OutgoingFactsMessage):
        return (yield from keep_outgoing(message.out_id, lambda _: message.facts, settings)) is not None
    if isinstance(message, MoneyMessage):
        return (yield from receive_money(message.fact, settings)) is not None
    if isinstance(message, ResultDelivery):
        return (yield from bring_result(message, settings))
    return False
