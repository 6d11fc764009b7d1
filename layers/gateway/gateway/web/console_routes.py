"""Routes of the console's pages. Each but those around signing in names the right that it takes."""

from __future__ import annotations

from gateway.domain.staff import Right
from gateway.web.route import Credential, Media, Route

SENDS, COMPARES, OPERATES = "stk_initiation", "reconciliation", "admin_api"
"""A page belongs to the function that has the rights its act takes: the console's own can do none of these."""

ENDPOINT = "/console/webhooks/{endpoint}"
STATEMENT = "/console/reconciliation/statements/{statement}"
DELIVERY = ENDPOINT + "/deliveries/{delivery}"


def _page(method: str, path: str, right: Right | None, summary: str, function: str = "console") -> Route:
    return Route(
        method=method,
        path=path,
        function=function,
        credential=Credential.NONE if right is None else Credential.SESSION,
        right=right,
        statuses=(200,) if method == "GET" else (200, 303),
        media=Media.HTML,
        tag="console",
        summary=summary,
    )


CONSOLE_ROUTES: tuple[Route, ...] = (
    _page("GET", "/console", Right.LOOK, "Search: has it been paid?"),
    _page("GET", "/console/sign-in", None, "Off to the sign-in service"),
    _page("GET", "/console/signed-in", None, "Back from it"),
    _page("POST", "/console/sign-out", None, "Sign out"),
    _page("GET", "/console/signed-out", None, "Signed out"),
    _page("POST", "/console/search", Right.LOOK, "Find a payment by code, order, reference, phone or message"),
    _page("GET", "/console/prompt", Right.WORK, "Ask a customer to pay, from the counter"),
    _page("POST", "/console/prompt/confirm", Right.WORK, "What will be asked"),
    _page("POST", "/console/prompt", Right.WORK, "Send the request to the phone", SENDS),
    _page("POST", "/console/payments/{payment}/prompt", Right.WORK, "Send another request", SENDS),
    _page("GET", "/console/today", Right.LOOK, "Today's sums, and what needs a person"),
    _page("GET", "/console/payments", Right.LOOK, "A day's payments"),
    _page("GET", "/console/payments/{payment}", Right.LOOK, "A payment: the answer, and what is known"),
    _page("POST", "/console/payments/{payment}/check", Right.WORK, "Have M-PESA asked now"),
    _page("POST", "/console/payments/{payment}/notes", Right.WORK, "Add a note"),
    _page("POST", "/console/payments/{payment}/cancel", Right.WORK, "Cancel a payment that is not paid"),
    _page("GET", "/console/payments/{payment}/refund", Right.ASK_REFUND, "Ask for a refund"),
    _page("POST", "/console/payments/{payment}/refund", Right.ASK_REFUND, "What will be asked for; then ask for it"),
    _page("GET", "/console/unmatched", Right.WORK, "Money that is no payment's yet, with proposals"),
    _page("GET", "/console/unmatched/{receipt}", Right.WORK, "Whose is this money?"),
    _page("POST", "/console/unmatched/{receipt}/assign", Right.WORK, "It is this payment's"),
    _page("POST", "/console/unmatched/{receipt}/ignore", Right.WORK, "It is for no payment here"),
    _page("POST", "/console/unmatched/{receipt}/unignore", Right.WORK, "Look for its payment after all"),
    _page("GET", "/console/reconciliation", Right.RECONCILE, "A month's days beside M-PESA's own list", COMPARES),
    _page("GET", "/console/reconciliation/{day}", Right.RECONCILE, "A day's differences; with .csv, a file", COMPARES),
    _page("POST", "/console/reconciliation/{day}/compare", Right.RECONCILE, "Compare the day now", COMPARES),
    _page(
        "POST", "/console/reconciliation/{day}/explain", Right.RECONCILE, "Say how a difference is explained", COMPARES
    ),
    _page(
        "POST",
        "/console/reconciliation/{day}/explain-all",
        Right.RECONCILE,
        "One reason for all differences of a kind",
        COMPARES,
    ),
    _page("POST", "/console/reconciliation/{day}/close", Right.RECONCILE, "Close the day", COMPARES),
    _page("POST", "/console/reconciliation/{day}/reopen", Right.RECONCILE, "Open the day again", COMPARES),
    _page("GET", "/console/reconciliation/statements", Right.RECONCILE, "Choose a statement to send", COMPARES),
    _page("POST", "/console/reconciliation/statements", Right.RECONCILE, "Send a statement and take it in", COMPARES),
    _page("GET", STATEMENT, Right.RECONCILE, "What was found in a statement", COMPARES),
    _page("POST", STATEMENT + "/read", Right.RECONCILE, "Go on with a long statement", COMPARES),
    _page("GET", "/console/exports", Right.RECONCILE, "Which payments to fetch as a file"),
    _page("GET", "/console/exports/payments.csv", Right.RECONCILE, "Payments of some days as a file"),
    _page("GET", "/console/staff", Right.MANAGE, "Who may enter, with which roles"),
    _page("POST", "/console/staff", Right.MANAGE, "Invite somebody, or give other roles"),
    _page("POST", "/console/staff/agree", Right.MANAGE, "Agree to what another admin proposed"),
    _page("POST", "/console/staff/remove", Right.MANAGE, "Let somebody in no more"),
    _page("GET", "/console/payouts", Right.ASK_REFUND, "Refunds and payouts: to approve, on their way, done"),
    _page("GET", "/console/payouts/new", Right.ASK_PAYOUT, "Ask for a payout"),
    _page("POST", "/console/payouts/confirm", Right.ASK_PAYOUT, "What will be asked for"),
    _page("POST", "/console/payouts", Right.ASK_PAYOUT, "Ask for it; another person must approve"),
    _page("GET", "/console/payouts/files/{file}", Right.ASK_REFUND, "A file of payouts, with its lines"),
    _page("POST", "/console/payouts/files/{file}/approve", Right.APPROVE, "Send all its lines that wait"),
    _page("POST", "/console/payouts/files/{file}/reject", Right.APPROVE, "Say no to all its lines that wait"),
    _page("GET", "/console/payouts/{payout}", Right.ASK_REFUND, "A refund or payout"),
    _page("POST", "/console/payouts/{payout}/approve", Right.APPROVE, "Send what another person asked for"),
    _page("POST", "/console/payouts/{payout}/reject", Right.ASK_REFUND, "Say no to it, or withdraw one's own"),
    _page("POST", "/console/payouts/{payout}/phone", Right.SEE_PHONES, "See the whole number; who saw it is logged"),
    _page("GET", "/console/webhooks", Right.OPERATE, "Where events are told, and how each address does", OPERATES),
    _page("GET", ENDPOINT, Right.OPERATE, "An address and what was sent there", OPERATES),
    _page("POST", ENDPOINT + "/test", Right.OPERATE, "Send a test event", OPERATES),
    _page("POST", ENDPOINT + "/enable", Right.OPERATE, "Switch an address on again", OPERATES),
    _page("POST", ENDPOINT + "/redeliver", Right.OPERATE, "Send again what it did not take since then", OPERATES),
    _page("GET", DELIVERY, Right.OPERATE, "One event: its tries, the answers, the body", OPERATES),
    _page("POST", DELIVERY + "/redeliver", Right.OPERATE, "Send it again", OPERATES),
    _page("GET", "/console/health", Right.OPERATE, "How each part of the gateway is", OPERATES),
    _page("GET", "/console/settings", Right.MANAGE, "API keys, and what shop and stack are set to", OPERATES),
    _page("GET", "/console/keys/new", Right.MANAGE, "Make an API key, signed in within five minutes", OPERATES),
    _page("POST", "/console/keys", Right.MANAGE, "Its secret, this once", OPERATES),
    _page("GET", "/console/keys/{key}", Right.MANAGE, "An API key", OPERATES),
    _page("POST", "/console/keys/{key}/end", Right.MANAGE, "End it; it is refused within a minute", OPERATES),
    _page("GET", "/console/{proxy+}", Right.LOOK, "Any other address: a page that says so"),
    _page("POST", "/console/payments/{payment}/phone", Right.SEE_PHONES, "See the whole number; who saw it is logged"),
)
