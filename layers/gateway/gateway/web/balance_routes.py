"""Routes of what an organisation has in its M-PESA accounts."""

from __future__ import annotations

from gateway.web.route import Credential, Route

BALANCE_ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/v1/balance",
        function="money_out",
        credential=Credential.SECRET_KEY,
        scope="balance:read",
        answer="BalanceList",
        errors=("shortcode_unknown",),
        tag="balance",
        summary="What M-PESA said last of each shortcode's accounts, to the cent",
    ),
    Route(
        method="POST",
        path="/v1/balance/refresh",
        function="money_out",
        credential=Credential.SECRET_KEY,
        scope="balance:read",
        body="BalanceRefreshRequest",
        answer="BalanceList",
        statuses=(202,),
        errors=("shortcode_unknown", "initiator_missing", "initiator_stopped", "mpesa_refused", "mpesa_unavailable"),
        tag="balance",
        summary="Ask M-PESA now; the answer comes within seconds, as balance.updated and in the GET",
    ),
)
