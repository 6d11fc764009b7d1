"""Routes of payment links: the shop's, the payer's browser's, the page's."""

from __future__ import annotations

from gateway.web.route import Credential, Media, Parameter, Route

LINK_PARAMETERS = (
    Parameter("limit", "How many at most, 1 to 100; 25 when absent.", "[1-9][0-9]?|100"),
    Parameter("cursor", "next_cursor of the page before."),
)

_CLAIM_ERRORS = ("field_invalid", "already_paid", "already_final", "too_many_claims")
LINK_ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/v1/payment-links",
        function="payments_api",
        credential=Credential.SECRET_KEY,
        scope="payments:write",
        body="LinkRequest",
        answer="PaymentLink",
        statuses=(200, 201),
        errors=(
            "amount_invalid",
            "amount_too_small",
            "amount_too_large",
            "reference_invalid",
            "shortcode_unknown",
            "idempotency_key_reused",
        ),
        tag="links",
        summary="Make a link that anybody can pay, with its QR code",
    ),
    Route(
        method="GET",
        path="/v1/payment-links",
        function="payments_api",
        credential=Credential.SECRET_KEY,
        scope="payments:read",
        answer="PaymentLinkList",
        errors=("cursor_invalid",),
        query=LINK_PARAMETERS,
        tag="links",
        summary="List payment links, newest first",
    ),
    Route(
        method="GET",
        path="/v1/payment-links/{link}",
        function="payments_api",
        credential=Credential.SECRET_KEY,
        scope="payments:read",
        answer="PaymentLink",
        tag="links",
        summary="Read a payment link",
    ),
    Route(
        method="PATCH",
        path="/v1/payment-links/{link}",
        function="payments_api",
        credential=Credential.SECRET_KEY,
        scope="payments:write",
        body="LinkChange",
        answer="PaymentLink",
        errors=("field_read_only", "version_conflict"),
        tag="links",
        summary="Close or open a payment link, or give it another title",
    ),
    Route(
        method="POST",
        path="/v1/payments/{payment}/claims",
        function="payments_api",
        credential=Credential.SECRET_KEY,
        scope="payments:write",
        body="ClaimRequest",
        answer="Claim",
        statuses=(202,),
        errors=(*_CLAIM_ERRORS, "receipt_taken"),
        summary="Say that the money under an M-PESA code is this payment's; evidence decides",
    ),
    Route(
        method="POST",
        path="/v1/checkout/links/{code}/payments",
        function="stk_initiation",
        credential=Credential.PUBLISHABLE_KEY,
        body="LinkPaymentRequest",
        answer="LinkPayment",
        statuses=(200, 201),
        errors=(
            "phone_invalid",
            "amount_invalid",
            "amount_too_small",
            "amount_too_large",
            "link_closed",
            "link_used_up",
            "too_many_requests",
            "shortcode_unknown",
            "idempotency_key_reused",
            "idempotency_key_expired",
        ),
        tag="checkout",
        query=(Parameter("lang", "Language of the texts.", "en|sw"),),
        summary="A payer begins a payment from a link; nonce makes a repeat harmless",
    ),
    Route(
        method="POST",
        path="/v1/checkout/{payment}/claims",
        function="payments_api",
        credential=Credential.CLIENT_TOKEN,
        body="ClaimRequest",
        answer="CheckoutClaim",
        statuses=(202,),
        errors=_CLAIM_ERRORS,
        tag="checkout",
        query=(Parameter("lang", "Language of the texts.", "en|sw"),),
        summary="The payer says: I have paid",
    ),
)

SHOP_ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/v1/checkout/shop",
        function="payments_api",
        credential=Credential.PUBLISHABLE_KEY,
        answer="PublicShop",
        errors=("not_found",),
        tag="checkout",
        summary="What a shop's own page may know of the shop",
    ),
)

LINK_PAGE_ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/l/{code}",
        function="checkout",
        credential=Credential.PAGE_CODE,
        media=Media.HTML,
        tag="pages",
        summary="The page of a payment link",
    ),
    Route(
        method="POST",
        path="/l/{code}",
        function="stk_initiation",
        credential=Credential.PAGE_CODE,
        statuses=(303,),
        media=Media.HTML,
        tag="pages",
        summary="The page of a payment link sends its form",
    ),
)
