"""Balances, codes that were asked about, and operators that are stopped, as the API and events show them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from daraja.result_codes import RESULT, find
from gateway.domain.account_events import AccountItem
from gateway.domain.balances import Account, Balance
from gateway.domain.circuit import EVERY_COMMAND, Circuit
from gateway.domain.transactions import CheckState, Transaction


def account_shown(item: AccountItem, now_ms: int) -> dict[str, Any]:
    """As events carry it."""
    if isinstance(item, Circuit):
        return alert_shown(item)
    if isinstance(item, Transaction):
        return {"object": "transaction_check", "receipt": item.receipt, "check": check_shown(item, now_ms)}
    return balance_shown(item.shortcode, item, now_ms)


def balance_shown(shortcode: str, balance: Balance | None, now_ms: int) -> dict[str, Any]:
    """A shortcode's accounts. balance None: M-PESA was never asked."""
    as_of_ms = balance.as_of_ms if balance else None
    return {
        "object": "balance",
        "shortcode": shortcode,
        "as_of": _rfc3339(as_of_ms) if as_of_ms is not None else None,
        "age": max(0, now_ms - as_of_ms) // 1000 if as_of_ms is not None else None,
        "stale": balance is None or balance.is_stale(now_ms),
        "asked_at": _rfc3339(balance.asked_at_ms) if balance and balance.asked_at_ms else None,
        "failure": _failure(balance.failure) if balance and balance.failure else None,
        "accounts": [_account(one, balance) for one in balance.accounts] if balance else [],
    }


def check_shown(asked: Transaction, now_ms: int) -> dict[str, Any]:
    """What M-PESA itself says of a code."""
    state, found = asked.state(now_ms), asked.found
    answers = asked.last.answers.values()
    answered_at_ms = max((one.learned_at_ms for one in answers), default=None)
    refusals = sorted({one.code for one in answers if not (one.found or one.not_found or one.hidden)})
    return {
        "state": str(state),
        "asked_at": _rfc3339(asked.last.asked_at_ms),
        "answered_at": _rfc3339(answered_at_ms) if answered_at_ms is not None else None,
        "status": found.status if found else None,
        "direction": str(found.direction) if found and found.direction else None,
        "amount": found.amount_kes if found else None,
        "completed_at": _rfc3339(found.completed_at_ms) if found and found.completed_at_ms else None,
        "kind": found.kind or None if found else None,
        "shortcode": asked.found_at or None,
        "mpesa_code": refusals[0] if refusals and state is CheckState.REFUSED else None,
    }


def alert_shown(circuit: Circuit) -> dict[str, Any]:
    """Why calls in an operator's name are stopped; nothing in `stopped`: they go again."""
    return {
        "object": "alert",
        "what": "initiator_stopped",
        "shortcode": circuit.shortcode,
        "stopped": [
            {
                "command": None if place == EVERY_COMMAND else one.command,
                "mpesa_code": one.code,
                "since": _rfc3339(one.since_ms),
            }
            for place, one in sorted(circuit.openings.items())
        ],
    }


def exact(amount: Decimal | None) -> str | None:
    """Shillings with at least two decimals, and with all that were told."""
    if amount is None:
        return None
    whole, _, cents = f"{amount:f}".partition(".")
    return f"{whole}.{cents.ljust(2, '0')}"


def _account(account: Account, balance: Balance) -> dict[str, Any]:
    return {
        "name": account.name,
        "currency": account.currency,
        "available": exact(account.available),
        "current": exact(account.current),
        "reserved": exact(account.reserved),
        "uncleared": exact(account.uncleared),
        "low": account in balance.low,
    }


def _failure(code: str) -> dict[str, str]:
    row = find(RESULT, code)
    return {"mpesa_code": code, "message": row.text if row else "A code on no list of Safaricom's."}


def _rfc3339(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
