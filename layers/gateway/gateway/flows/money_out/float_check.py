"""Whether the account that pays holds enough, as far as is known: M-Pesa itself has the last word."""

from __future__ import annotations

from gateway import security
from gateway.domain.balances import PAYING
from gateway.domain.money_out.outgoing import OutgoingAsked
from gateway.domain.policy import HOUR_MS
from gateway.ports import Ambient, Flow, Secrets, call
from gateway.ports.balances import Balances

FRESH_FOR_MS = 2 * HOUR_MS
"""An older answer says nothing: then M-Pesa's refusal does."""


def covers(asked: OutgoingAsked, method: str) -> Flow[bool]:
    """False only where a fresh answer shows less than the amount. Raises StoreUnavailable, SecretsUnavailable."""
    keys = yield from call(Secrets.read_keys)
    shortcode = asked.shortcode_for(method)
    balance = yield from call(Balances.read_balance, security.balance_id(keys.id, asked.owner, shortcode))
    now_ms = yield from call(Ambient.now_ms)
    if balance is None or balance.as_of_ms is None or now_ms - balance.as_of_ms > FRESH_FOR_MS:
        return True
    paying = [account for account in balance.accounts if account.name in PAYING]
    return not paying or max(account.usable for account in paying) >= asked.amount_kes
