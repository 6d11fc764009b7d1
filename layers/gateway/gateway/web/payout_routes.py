"""Routes of payouts. Decisions about them are made in the console alone."""

from __future__ import annotations

from gateway.web.route import DAY, LIMIT, Credential, Parameter, Route

OUT_STATUSES = "awaiting_approval|approved|sending|accepted|unknown|succeeded|failed|unresolved|rejected|lapsed"
PAYOUT_FILTERS = (
    Parameter("status", "Only payouts that stand so; without a day, of all days.", OUT_STATUSES),
    Parameter("day", "Day in Nairobi on which they were asked for; today.", DAY, format="date"),
    LIMIT,
    Parameter("cursor", "next_cursor of the page before."),
)

PAYOUT_ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/v1/payouts",
        function="money_out",
        credential=Credential.SECRET_KEY,
        scope="payouts:create",
        body="PayoutRequest",
        answer="Payout",
        statuses=(200, 201),
        errors=(
            "amount_invalid",
            "amount_too_small",
            "amount_too_large",
            "phone_invalid",
            "shortcode_unknown",
            "idempotency_key_reused",
            "idempotency_key_expired",
        ),
        needs_key=True,
        tag="payouts",
        summary="Pay money out to a phone, once a person has approved it",
    ),
    Route(
        method="GET",
        path="/v1/payouts",
        function="money_out",
        credential=Credential.SECRET_KEY,
        scope="payouts:read",
        answer="PayoutList",
        errors=("field_invalid", "unknown_field", "cursor_invalid"),
        query=PAYOUT_FILTERS,
        tag="payouts",
        summary="List payouts, newest first, of a day or by status",
    ),
    Route(
        method="GET",
        path="/v1/payouts/{payout}",
        function="money_out",
        credential=Credential.SECRET_KEY,
        scope="payouts:read",
        answer="Payout",
        errors=("field_invalid", "unknown_field"),
        query=(Parameter("include", "phone: the whole number; each such read is logged.", "phone"),),
        has_etag=True,
        tag="payouts",
        summary="Read a payout",
    ),
    Route(
        method="POST",
        path="/v1/payouts/files",
        function="money_out",
        credential=Credential.SECRET_KEY,
        scope="payouts:create",
        body="PayoutFileRequest",
        answer="PayoutFile",
        statuses=(200, 201),
        errors=(
            "amount_invalid",
            "amount_too_small",
            "amount_too_large",
            "phone_invalid",
            "shortcode_unknown",
            "idempotency_key_reused",
            "idempotency_key_expired",
        ),
        needs_key=True,
        tag="payouts",
        summary="Ask for many payouts at once, as CSV: all of them, or none",
    ),
    Route(
        method="GET",
        path="/v1/payouts/files/{file}",
        function="money_out",
        credential=Credential.SECRET_KEY,
        scope="payouts:read",
        answer="PayoutFile",
        tag="payouts",
        summary="What became of the payouts of a file, and what they wait for",
    ),
    *(
        Route(
            method="POST",
            path=f"/v1/payouts/{{payout}}/{decision}",
            function="money_out",
            credential=Credential.SECRET_KEY,
            scope="payouts:read",
            statuses=(),
            tag="payouts",
            summary=f"Answers 403 to every key: only a person in the console may {decision}",
        )
        for decision in ("approve", "reject")
    ),
)
