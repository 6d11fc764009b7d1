"""Types of what shops are told beside payments. The values are part of the API.

Alone here: every function knows the routes, and with them the types of the feed, but not what they tell of. Those of
payments: `events.py`; of compared days: `reconciliation/events.py`.
"""

from __future__ import annotations

from enum import StrEnum


class MoneyEvent(StrEnum):
    """`c2b.` events."""

    RECEIVED = "c2b.received"
    UNMATCHED = "c2b.unmatched"
    ASSIGNED = "c2b.assigned"


class OutEvent(StrEnum):
    """`payout.` events."""

    AWAITING_APPROVAL = "payout.awaiting_approval"
    APPROVED = "payout.approved"
    REJECTED = "payout.rejected"
    LAPSED = "payout.lapsed"
    SUCCEEDED = "payout.succeeded"
    FAILED = "payout.failed"
    UNRESOLVED = "payout.unresolved"
    UPDATED = "payout.updated"


class RefundEvent(StrEnum):
    """`refund.` events: the same happenings, under the same names."""

    AWAITING_APPROVAL = "refund.awaiting_approval"
    APPROVED = "refund.approved"
    REJECTED = "refund.rejected"
    LAPSED = "refund.lapsed"
    SUCCEEDED = "refund.succeeded"
    FAILED = "refund.failed"
    UNRESOLVED = "refund.unresolved"
    UPDATED = "refund.updated"


class AccountEvent(StrEnum):
    """Of the shop's M-PESA accounts: balances, codes that were asked about, an operator that is stopped."""

    BALANCE_UPDATED = "balance.updated"
    BALANCE_LOW = "balance.low"
    TRANSACTION_CHECKED = "transaction.checked"
    ALERT = "gateway.alert"


class EndpointEvent(StrEnum):
    """About webhook endpoints themselves, and the one that tries an endpoint out."""

    FAILING = "webhook_endpoint.failing"
    DISABLED = "webhook_endpoint.disabled"
    TEST = "webhook_endpoint.test"


IN_THE_FEED = frozenset({EndpointEvent.FAILING, EndpointEvent.DISABLED})
"""Events about endpoints that the feed keeps. What tries an endpoint out is told to that endpoint alone."""
