"""Tell the world of balances, asked codes and stopped operators, as of payments (`emit.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain.account_events import AccountItem, account_news, owners_of, subject_of
from gateway.domain.event_types import AccountEvent
from gateway.domain.events import EmittedEvent
from gateway.flows.accounts_shown import account_shown
from gateway.flows.emit import tell
from gateway.ports import Ambient, Flow, call
from gateway.ports.balances import Balances
from gateway.ports.feed import Feed
from gateway.ports.initiator import Initiator
from gateway.ports.transactions import Transactions


@dataclass(frozen=True, slots=True)
class AccountChange:
    """Two images of an item; before None: it is new."""

    before: AccountItem | None
    after: AccountItem


def tell_of_account(change: AccountChange) -> Flow[int]:
    """Tell what is new to each shop that it is about; how many events.

    Raises PortError: the record of the stream comes again.
    """
    told = 0
    for owner in owners_of(change.after):
        told += yield from _tell(change, owner)
    return told


def _tell(change: AccountChange, owner: str) -> Flow[int]:
    after = change.after
    emitted: list[EmittedEvent] = []
    for news in account_news(change.before, after, owner):
        now_ms = yield from call(Ambient.now_ms)
        event = EmittedEvent(
            id=news.id,
            type=str(news.type),
            owner=owner,
            payment_id=subject_of(after),
            emitted_at_ms=now_ms + len(emitted),
            version=after.version,
            discriminator=news.discriminator,
        )
        emitted.append((yield from call(Feed.emit, event)) or event)
    now_ms = yield from call(Ambient.now_ms)
    yield from tell(emitted, account_shown(after, now_ms))
    return len(emitted)


def read_account(event_type: str, subject: str) -> Flow[Mapping[str, Any] | None]:
    """What such an event is about, as it stands now. None: it is not in the table. Raises StoreUnavailable."""
    item: AccountItem | None
    if event_type == AccountEvent.ALERT:
        item = yield from call(Initiator.read_circuit, subject)
    elif event_type == AccountEvent.TRANSACTION_CHECKED:
        item = yield from call(Transactions.read_transaction, subject)
    else:
        item = yield from call(Balances.read_balance, subject)
    now_ms = yield from call(Ambient.now_ms)
    return account_shown(item, now_ms) if item is not None else None
