"""Money that goes out, and whatever a shop asks of M-PESA in its operator's name: balances, transactions."""

from __future__ import annotations

from typing import Any

from gateway.aws.world import world
from gateway.observability import observed
from gateway.web import balances, mpesa_qr, payout_files, payouts, refunds, transactions
from gateway.web.http import HttpAnswer
from gateway.web.serving import Endpoints, serve

ENDPOINTS: Endpoints = {
    "GET /v1/balance": balances.get_balance,
    "POST /v1/balance/refresh": balances.refresh,
    "POST /v1/transactions/{receipt}/check": transactions.check_transaction,
    "POST /v1/qr": mpesa_qr.make_qr,
    **payouts.ENDPOINTS,
    **payout_files.ENDPOINTS,
    **refunds.ENDPOINTS,
}


def handler(event: dict[str, Any], context: Any) -> HttpAnswer:
    """An HTTP API event (payload 2.0) → what is known, or that it was asked for."""
    with observed(context):
        return serve(ENDPOINTS, event, lambda: world().begin(context))
