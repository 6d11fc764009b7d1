"""Routes of M-PESA's codes: what is known of one, and asking M-PESA itself."""

from __future__ import annotations

from gateway.web.route import Credential, Route

TRANSACTION_ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/v1/transactions/{receipt}",
        function="payments_api",
        credential=Credential.SECRET_KEY,
        scope="payments:read",
        answer="Transaction",
        errors=("shortcode_unknown",),
        tag="transactions",
        summary="All that is known of an M-PESA code; 404 with can_check where nothing is",
    ),
    Route(
        method="POST",
        path="/v1/transactions/{receipt}/check",
        function="money_out",
        credential=Credential.SECRET_KEY,
        scope="payments:write",
        body="NothingRequest",
        answer="Transaction",
        statuses=(202,),
        errors=(
            "shortcode_unknown",
            "initiator_missing",
            "initiator_stopped",
            "mpesa_refused",
            "mpesa_unavailable",
            "too_many_requests",
        ),
        tag="transactions",
        summary="Ask M-PESA what it knows of a code; the answer comes within seconds, in the GET",
    ),
)
