"""A shop or a payer's browser reads, lists, cancels or asks to look again."""

from __future__ import annotations

from typing import Any

from gateway.aws.world import world
from gateway.observability import observed
from gateway.web import c2b, claiming, feed, links, notes, patching, reading, search, shop_settings, transactions
from gateway.web.checkout.claim import post_claim
from gateway.web.http import HttpAnswer
from gateway.web.sdk import claiming as screen_claiming
from gateway.web.serving import Endpoints, serve

ENDPOINTS: Endpoints = {
    "GET /v1/payments": reading.list_payments,
    "GET /v1/payments/{payment}": reading.get_payment,
    "POST /v1/payments/search": search.search,
    "PATCH /v1/payments/{payment}": patching.change_payment,
    "POST /v1/payments/{payment}/notes": notes.add_note,
    "POST /v1/payments/{payment}/cancel": reading.cancel_payment,
    "POST /v1/payments/{payment}/check": reading.check_payment,
    "POST /v1/payments/{payment}/claims": claiming.claim_by_shop,
    "POST /v1/payment-links": links.create_link,
    "GET /v1/payment-links": links.list_links,
    "GET /v1/payment-links/{link}": links.get_link,
    "PATCH /v1/payment-links/{link}": links.change_link,
    "GET /v1/transactions/{receipt}": transactions.get_transaction,
    "GET /v1/events": feed.list_events,
    "GET /v1/c2b": c2b.list_money,
    "GET /v1/c2b/waiting": c2b.count_waiting,
    "GET /v1/c2b/{receipt}": c2b.get_money,
    "POST /v1/c2b/{receipt}/assign": c2b.assign_money,
    "POST /v1/c2b/{receipt}/ignore": c2b.ignore_money,
    "POST /v1/c2b/{receipt}/unignore": c2b.unignore_money,
    "GET /v1/summary": feed.get_summary,
    "GET /v1/checkout/shop": shop_settings.get_shop,
    "GET /v1/checkout/{payment}": reading.view_for_payer,
    "POST /v1/checkout/{payment}/claims": claiming.claim_by_payer,
    "POST /v1/checkout/{payment}/screen/claim": screen_claiming.post_claim,
    "OPTIONS /v1/checkout/{proxy+}": reading.preflight,
}
PAGES = {"POST /pay/{code}/claim": post_claim}


def handler(event: dict[str, Any], context: Any) -> HttpAnswer:
    """An HTTP API event (payload 2.0) → payment, list, payer's view."""
    with observed(context):
        return serve(ENDPOINTS, event, lambda: world().begin(context), PAGES)
