"""Every route of both APIs as data: dispatch, the OpenAPI and the check against `template.yaml` come from here.

A route that is not here does not exist, and one whose credential is a secret key names the scope that it takes:
nothing is allowed by default.
"""

from __future__ import annotations

from gateway.web.balance_routes import BALANCE_ROUTES
from gateway.web.c2b_routes import C2B_ROUTES
from gateway.web.console_routes import CONSOLE_ROUTES
from gateway.web.feed_routes import FEED_ROUTES
from gateway.web.key_routes import KEY_ROUTES
from gateway.web.link_routes import LINK_PAGE_ROUTES, LINK_ROUTES, SHOP_ROUTES
from gateway.web.mpesa_qr_routes import QR_ROUTES
from gateway.web.payout_routes import PAYOUT_ROUTES
from gateway.web.reconciliation_routes import RECONCILIATION_ROUTES
from gateway.web.refund_routes import REFUND_ROUTES
from gateway.web.route import CURSOR, DAY, LANG, LIMIT, Api, Credential, Media, Parameter, Route
from gateway.web.sdk_routes import SCREEN_ROUTES, SDK_ROUTES
from gateway.web.transaction_routes import TRANSACTION_ROUTES
from gateway.web.webhook_routes import WEBHOOK_ROUTES

__all__ = ["Api", "Credential", "Media", "Parameter", "Route"]

INCLUDE = Parameter(
    "include",
    "What to add, separated by commas: history, phone (each such read is logged), client_token.",
    "(history|phone|client_token)(,(history|phone|client_token))*",
    form="history, phone or client_token, or several of them with commas between",
)
STATUSES = "open|pending|unresolved|paid|failed|cancelled|expired|partially_refunded|refunded"
FLAGS = (
    "duplicate_payment|overpaid|partially_paid|amount_mismatch|contradicted|late_success|receipt_pending|"
    "receipt_taken|reversed_externally|needs_review|claim_open"
)
PRIMARY_FILTERS = ("order", "account_reference", "receipt", "day")
LIST_PARAMETERS = (
    Parameter("order", "The shop's own order number."),
    Parameter("account_reference", "What the payer sees or types; case and blanks do not matter."),
    Parameter("receipt", "M-PESA's code of a payment.", "[A-Za-z0-9]{6,20}", form="a code like SGL31QW9XY"),
    Parameter("day", "Day of creation in Nairobi; today when no other filter is given.", DAY, format="date"),
    Parameter("status", "Only payments that stand so.", STATUSES),
    Parameter("flag", "Only payments with this flag.", FLAGS),
    Parameter(
        "amount", "Only payments over this amount in shillings.", "[1-9][0-9]{0,6}", form="whole shillings, like 1500"
    ),
    Parameter("phone_last3", "Only payments with a prompt to a number that ends so.", "[0-9]{3}", form="three digits"),
    LIMIT,
    CURSOR,
    Parameter("include", "history", "history"),
)

_ATTEMPT_ERRORS = (
    "prompt_live",
    "attempt_out_of_order",
    "attempt_unresolved",
    "already_paid",
    "already_final",
    "payment_expired",
    "payment_cancelled",
    "too_many_prompts",
    "shortcode_unknown",
)

ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/v1/payments",
        function="stk_initiation",
        credential=Credential.SECRET_KEY,
        scope="payments:write",
        body="PaymentRequest",
        answer="Payment",
        statuses=(200, 201),
        errors=(
            "amount_invalid",
            "amount_too_small",
            "amount_too_large",
            "reference_invalid",
            "shortcode_unknown",
            "phone_invalid",
            "idempotency_key_reused",
            "idempotency_key_expired",
        ),
        needs_key=True,
        summary="Ask for a payment; with a phone, the prompt goes out at once",
    ),
    Route(
        method="GET",
        path="/v1/payments",
        function="payments_api",
        credential=Credential.SECRET_KEY,
        scope="payments:read",
        answer="PaymentList",
        errors=("field_invalid", "unknown_field", "cursor_invalid"),
        query=LIST_PARAMETERS,
        summary="List payments, newest first, by one of order, account_reference, receipt and day",
    ),
    Route(
        method="GET",
        path="/v1/payments/{payment}",
        function="payments_api",
        credential=Credential.SECRET_KEY,
        scope="payments:read",
        answer="Payment",
        errors=("field_invalid", "unknown_field"),
        query=(INCLUDE,),
        has_etag=True,
        summary="Read a payment",
    ),
    Route(
        method="POST",
        path="/v1/payments/search",
        function="payments_api",
        credential=Credential.SECRET_KEY,
        scope="payments:read",
        body="SearchRequest",
        answer="SearchResult",
        errors=("phone_invalid",),
        summary="Find payments by code, pasted message, order, reference, id, phone or CheckoutRequestID",
    ),
    Route(
        method="PATCH",
        path="/v1/payments/{payment}",
        function="payments_api",
        credential=Credential.SECRET_KEY,
        scope="payments:write",
        body="PaymentChange",
        answer="Payment",
        errors=("field_read_only", "version_conflict", "payment_full", "idempotency_key_reused"),
        summary="Change order, metadata, return_url or cancel_url; nothing else",
    ),
    Route(
        method="PUT",
        path="/v1/payments/{payment}/attempts/{number}",
        function="stk_initiation",
        credential=Credential.SECRET_KEY,
        scope="payments:write",
        body="AttemptRequest",
        answer="Payment",
        statuses=(200, 201),
        errors=("phone_invalid", *_ATTEMPT_ERRORS),
        summary="Send the next prompt; its number makes a repeat harmless",
    ),
    Route(
        method="POST",
        path="/v1/payments/{payment}/cancel",
        function="payments_api",
        credential=Credential.SECRET_KEY,
        scope="payments:write",
        body="NothingRequest",
        answer="Payment",
        errors=(
            "prompt_live",
            "attempt_unresolved",
            "already_paid",
            "already_final",
            "payment_expired",
        ),
        summary="Close a payment that is not paid; money that still arrives makes it paid",
    ),
    Route(
        method="POST",
        path="/v1/payments/{payment}/check",
        function="payments_api",
        credential=Credential.SECRET_KEY,
        scope="payments:write",
        body="NothingRequest",
        answer="Payment",
        statuses=(202,),
        summary="Have M-PESA asked now, at most every ten seconds",
    ),
    Route(
        method="POST",
        path="/v1/payments/{payment}/notes",
        function="payments_api",
        credential=Credential.SECRET_KEY,
        scope="payments:write",
        body="NoteRequest",
        answer="Payment",
        statuses=(200, 201),
        errors=("version_conflict", "payment_full", "idempotency_key_reused"),
        summary="Write a note into the payment's history",
    ),
    *LINK_ROUTES,
    *SHOP_ROUTES,
    *FEED_ROUTES,
    *C2B_ROUTES,
    *BALANCE_ROUTES,
    *TRANSACTION_ROUTES,
    *QR_ROUTES,
    *PAYOUT_ROUTES,
    *REFUND_ROUTES,
    *RECONCILIATION_ROUTES,
    Route(
        method="GET",
        path="/v1/checkout/{payment}",
        function="payments_api",
        credential=Credential.CLIENT_TOKEN,
        answer="Checkout",
        has_etag=True,
        tag="checkout",
        query=(LANG,),
        summary="What the payer may know of a payment, with the screen to show",
    ),
    Route(
        method="PUT",
        path="/v1/checkout/{payment}/attempts/{number}",
        function="stk_initiation",
        credential=Credential.CLIENT_TOKEN,
        body="AttemptRequest",
        answer="Checkout",
        statuses=(200, 201),
        errors=("phone_invalid", *_ATTEMPT_ERRORS, "too_many_requests"),
        tag="checkout",
        query=(LANG,),
        summary="The payer sends the next prompt",
    ),
    *SCREEN_ROUTES,
    Route(
        method="OPTIONS",
        path="/v1/checkout/{proxy+}",
        function="payments_api",
        credential=Credential.NONE,
        statuses=(204,),
        tag="checkout",
        summary="A browser asks whether a page of another origin may call",
    ),
    Route(
        method="GET",
        path="/pay/{code}",
        function="checkout",
        credential=Credential.PAGE_CODE,
        media=Media.HTML,
        tag="pages",
        summary="The payer's page",
    ),
    Route(
        method="POST",
        path="/pay/{code}/prompt",
        function="stk_initiation",
        credential=Credential.PAGE_CODE,
        statuses=(303,),
        media=Media.HTML,
        tag="pages",
        summary="The payer's page sends its form",
    ),
    Route(
        method="POST",
        path="/pay/{code}/claim",
        function="payments_api",
        credential=Credential.PAGE_CODE,
        statuses=(303,),
        media=Media.HTML,
        tag="pages",
        summary="The payer's page sends an M-PESA code",
    ),
    Route(
        method="GET",
        path="/pay/{code}/receipt",
        function="checkout",
        credential=Credential.PAGE_CODE,
        media=Media.HTML,
        tag="pages",
        summary="The payer's receipt, to keep or print",
    ),
    *LINK_PAGE_ROUTES,
    *SDK_ROUTES,
    *KEY_ROUTES,
    *WEBHOOK_ROUTES,
    *CONSOLE_ROUTES,
    Route(
        method="GET",
        path="/health",
        function="admin_api",
        credential=Credential.NONE,
        answer="Health",
        statuses=(200, 503),
        tag="operations",
        summary="Whether the gateway works",
    ),
    Route(
        method="GET",
        path="/v1/health",
        function="admin_api",
        credential=Credential.SECRET_KEY,
        scope="payments:read",
        answer="HealthReport",
        tag="operations",
        summary="How each part of the gateway is",
    ),
    Route(
        method="GET",
        path="/openapi.json",
        function="admin_api",
        credential=Credential.NONE,
        answer="OpenApi",
        tag="documents",
        summary="This description",
    ),
    Route(
        method="GET",
        path="/docs",
        function="admin_api",
        credential=Credential.NONE,
        media=Media.HTML,
        tag="documents",
        summary="The routes, to read",
    ),
    Route(
        method="GET",
        path="/docs/{page}",
        function="admin_api",
        credential=Credential.NONE,
        media=Media.HTML,
        tag="documents",
        summary="A page of the documents: errors",
    ),
    Route(
        method="POST",
        path="/in/stk/{payment}/{number}/{tag}",
        function="callback_intake",
        credential=Credential.CALLBACK_TAG,
        api=Api.CALLBACK,
        tag="callbacks",
        summary="Safaricom tells what became of a prompt",
    ),
    Route(
        method="POST",
        path="/in/result/{call}/{subject}/{number}/{asked}/{tag}",
        function="callback_intake",
        credential=Credential.CALLBACK_TAG,
        api=Api.CALLBACK,
        tag="callbacks",
        summary="Safaricom tells what became of a payout, a reversal or a question",
    ),
    Route(
        method="POST",
        path="/in/timeout/{call}/{subject}/{number}/{asked}/{tag}",
        function="callback_intake",
        credential=Credential.CALLBACK_TAG,
        api=Api.CALLBACK,
        tag="callbacks",
        summary="Safaricom tells that a request was not taken in time; a result may still follow",
    ),
    Route(
        method="POST",
        path="/in/c2b/{shortcode}/{tag}/validation",
        function="c2b_intake",
        credential=Credential.CALLBACK_TAG,
        api=Api.CALLBACK,
        tag="callbacks",
        summary="Safaricom asks whether to take a payment made by hand",
    ),
    Route(
        method="POST",
        path="/in/c2b/{shortcode}/{tag}/confirmation",
        function="c2b_intake",
        credential=Credential.CALLBACK_TAG,
        api=Api.CALLBACK,
        tag="callbacks",
        summary="Safaricom tells of a payment made by hand",
    ),
)

BY_KEY: dict[str, Route] = {route.key: route for route in ROUTES}

NO_ROUTE = Route(
    method="ANY",
    path="$default",
    function="admin_api",
    credential=Credential.NONE,
    summary="What no other route takes",
)
"""Answers 404 and 405."""


def allowed_methods(path: str) -> tuple[str, ...]:
    """The methods that this path of the shop's API answers to, sorted; none: there is no such path.

    `/v1/payments/search` is an address of its own, and no payment of that name.
    """
    fitting = [route for route in ROUTES if route.api is Api.SHOP and _fits(route.path, path)]
    whole = [route for route in fitting if not route.path.endswith("{proxy+}")]
    closest = min((route.path.count("{") for route in whole), default=0)
    further = [route for route in whole if route.path.count("{") > closest]
    return tuple(sorted({route.method for route in fitting if route not in further}))


def _fits(template: str, path: str) -> bool:
    ours, theirs = template.split("/"), path.split("/")
    if ours[-1] == "{proxy+}":
        return len(theirs) >= len(ours) and all(theirs[len(ours) - 1 :]) and theirs[: len(ours) - 1] == ours[:-1]
    return len(ours) == len(theirs) and all(
        bool(their) if our.startswith("{") else our == their for our, their in zip(ours, theirs, strict=True)
    )
