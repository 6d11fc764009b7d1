"""Routes of refunds. Decisions about them are made in the console alone."""

from __future__ import annotations

from gateway.web.payout_routes import OUT_STATUSES
from gateway.web.route import DAY, LIMIT, Credential, Parameter, Route

REFUND_FILTERS = (
    Parameter("status", "Only refunds that stand so; without a day, of all days.", OUT_STATUSES),
    Parameter("day", "Day in Nairobi on which they were asked for; today.", DAY, format="date"),
    LIMIT,
    Parameter("cursor", "next_cursor of the page before."),
)

REFUND_ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/v1/payments/{payment}/refunds",
        function="money_out",
        credential=Credential.SECRET_KEY,
        scope="refunds:write",
        body="RefundRequest",
        answer="Refund",
        statuses=(200, 201),
        errors=(
            "amount_invalid",
            "amount_too_small",
            "refund_too_large",
            "refund_not_possible",
            "refund_live",
            "idempotency_key_reused",
            "idempotency_key_expired",
        ),
        needs_key=True,
        tag="refunds",
        summary="Give money of a payment back, once a person has approved it",
    ),
    Route(
        method="GET",
        path="/v1/refunds",
        function="money_out",
        credential=Credential.SECRET_KEY,
        scope="payments:read",
        answer="RefundList",
        errors=("field_invalid", "unknown_field", "cursor_invalid"),
        query=REFUND_FILTERS,
        tag="refunds",
        summary="List refunds, newest first, of a day or by status",
    ),
    Route(
        method="GET",
        path="/v1/refunds/{refund}",
        function="money_out",
        credential=Credential.SECRET_KEY,
        scope="payments:read",
        answer="Refund",
        has_etag=True,
        tag="refunds",
        summary="Read a refund",
    ),
)
