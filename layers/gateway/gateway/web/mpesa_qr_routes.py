"""The route of pictures for M-PESA's app."""

from __future__ import annotations

from gateway.web.route import Credential, Route

QR_ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/v1/qr",
        function="money_out",
        credential=Credential.SECRET_KEY,
        scope="payments:write",
        body="QrRequest",
        answer="Qr",
        errors=(
            "amount_invalid",
            "amount_too_small",
            "amount_too_large",
            "reference_invalid",
            "shortcode_unknown",
            "mpesa_refused",
            "mpesa_unavailable",
        ),
        summary="A picture that M-PESA's app reads: pay this amount at Paybill or Till",
    ),
)
