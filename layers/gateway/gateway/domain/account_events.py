"""What shops are told of their M-PESA accounts: balances, codes that were asked about, an operator that is stopped.

An event's id follows from what it is about, its type and its discriminator, so that twice is once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from gateway.domain.balances import Balance
from gateway.domain.circuit import Circuit
from gateway.domain.event_types import AccountEvent
from gateway.domain.transactions import Transaction

AccountItem = Balance | Transaction | Circuit


@dataclass(frozen=True, slots=True)
class AccountNews:
    """One thing that happened. discriminator: when it was asked, or why calls stopped and when."""

    id: str
    type: AccountEvent
    discriminator: str


def subject_of(item: AccountItem) -> str:
    """What an event is about: the id of balance or code, or the shortcode whose operator is stopped."""
    return item.shortcode if isinstance(item, Circuit) else item.id


def owners_of(item: AccountItem) -> tuple[str, ...]:
    """The shops that are told. Several may share a shortcode, and so its operator."""
    return item.owners if isinstance(item, Circuit) else (item.owner,)


def account_news(before: AccountItem | None, after: AccountItem, owner: str) -> tuple[AccountNews, ...]:
    """What is new for this shop between two images of an item."""
    subject = f"{owner}|{subject_of(after)}" if isinstance(after, Circuit) else subject_of(after)
    known = _told(before) if before is not None else []
    new = [one for one in _told(after) if one not in known]
    if isinstance(after, Balance):
        new += _became_low(before if isinstance(before, Balance) else None, after)
    return tuple(AccountNews(_id(subject, type_, which), type_, which) for type_, which in new)


def _told(item: AccountItem) -> list[tuple[AccountEvent, str]]:
    """What the item as it stands gives reason to tell."""
    if isinstance(item, Circuit):
        return [(AccountEvent.ALERT, f"{place}.{one.since_ms}") for place, one in sorted(item.openings.items())]
    if isinstance(item, Transaction):
        ended = item.conclusion
        return [(AccountEvent.TRANSACTION_CHECKED, f"{item.last.asked_at_ms}.{ended}")] if ended else []
    return [(AccountEvent.BALANCE_UPDATED, str(item.answers_at_ms))] if item.answers_at_ms else []


def _became_low(before: Balance | None, after: Balance) -> list[tuple[AccountEvent, str]]:
    """Told when an account falls below its limit, and not again while it stays there."""
    was_low = {account.name for account in before.low} if before is not None else set()
    return [
        (AccountEvent.BALANCE_LOW, f"{account.name}.{after.answers_at_ms}")
        for account in after.low
        if account.name not in was_low
    ]


def _id(subject: str, type_: AccountEvent, discriminator: str) -> str:
    return "evt_" + hashlib.sha256(f"{subject}|{type_}|{discriminator}".encode()).hexdigest()[:32]
