"""Routes of `<mpesa-checkout>`: its screens and their forms for browsers, and the files that a shop's page loads."""

from __future__ import annotations

from gateway.web.route import LANG, Credential, Media, Parameter, Route

_PARAMETERS = (
    LANG,
    Parameter(
        "way",
        "What the payer wants: give another number, see the steps to pay by hand, or enter the M-PESA code.",
        "number|paybill|till|claim",
    ),
)

SCREEN_ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/v1/checkout/{payment}/screen",
        function="checkout",
        credential=Credential.CLIENT_TOKEN,
        answer="CheckoutScreen",
        has_etag=True,
        tag="checkout",
        query=_PARAMETERS,
        summary="The payer's screen as markup, for <mpesa-checkout>",
    ),
    Route(
        method="PUT",
        path="/v1/checkout/{payment}/prompts/{number}",
        function="stk_initiation",
        credential=Credential.CLIENT_TOKEN,
        body="PromptRequest",
        answer="CheckoutScreen",
        statuses=(200, 201, 422),
        tag="checkout",
        query=_PARAMETERS,
        summary="The screen's form is sent, for <mpesa-checkout>; a wrong number comes back with the screen",
    ),
    Route(
        method="POST",
        path="/v1/checkout/{payment}/screen/claim",
        function="payments_api",
        credential=Credential.CLIENT_TOKEN,
        body="TypedClaimRequest",
        answer="CheckoutScreen",
        statuses=(200, 422),
        tag="checkout",
        query=_PARAMETERS,
        summary="The screen's form for an M-PESA code is sent, for <mpesa-checkout>",
    ),
)

SDK_ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/sdk/{version}/{file}",
        function="checkout",
        credential=Credential.NONE,
        errors=("not_found",),
        media=Media.SCRIPT,
        has_etag=True,
        tag="pages",
        summary="The component, the client and their style",
    ),
)
