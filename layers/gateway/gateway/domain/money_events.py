"""What shops are told of money by hand: an event's id follows from receipt, shop, type and discriminator."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from gateway.domain.decisions import MoneyAssigned, last_turns
from gateway.domain.event_types import MoneyEvent
from gateway.domain.receipts import ReceiptRecord, Standing


@dataclass(frozen=True, slots=True)
class MoneyNews:
    """One thing that happened to money. discriminator: payment that got it, or how often it was set aside or back."""

    type: MoneyEvent
    receipt: str
    discriminator: str = ""

    def id_for(self, owner: str) -> str:
        """`evt_` and 32 hex characters, the same for ever for one shop: two of them may share a shortcode."""
        text = f"{self.receipt}|{owner}|{self.type}|{self.discriminator}"
        return "evt_" + hashlib.sha256(text.encode()).hexdigest()[:32]


def money_news(before: ReceiptRecord | None, after: ReceiptRecord) -> tuple[MoneyNews, ...]:
    """What is new between two images of a receipt's item; before None: all that there is to tell of it.

    Of a receipt that callbacks alone told of, nothing: its payment's events say it all.
    """
    known = _all(None, before) if before is not None else []
    return tuple(news for news in _all(before, after) if news not in known)


def _all(before: ReceiptRecord | None, record: ReceiptRecord) -> list[MoneyNews]:
    if record.money is None:
        return []
    told = [(MoneyEvent.RECEIVED, "")]
    if record.standing is Standing.UNMATCHED:
        turns = [fact.turn for fact in last_turns(record.facts.values())]
        told.append((MoneyEvent.UNMATCHED, str(max(turns, default=0))))
    waited = before is not None and before.owner is None
    if record.owner is not None and (waited or _is_given(record)):
        told.append((MoneyEvent.ASSIGNED, record.owner))
    return [MoneyNews(type_, record.receipt, which) for type_, which in told]


def _is_given(record: ReceiptRecord) -> bool:
    """A person gave it to its payment."""
    return any(isinstance(fact, MoneyAssigned) and fact.payment == record.owner for fact in record.facts.values())
