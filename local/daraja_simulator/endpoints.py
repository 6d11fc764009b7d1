"""Every path of Daraja that is served here, and how each family refuses a token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from local.daraja_simulator import (
    b2b,
    b2c,
    balance,
    bills,
    c2b_api,
    look_ups,
    pull,
    qr,
    ratiba,
    reversal,
    status_query,
    stk,
    tax,
    ussd_push,
)
from local.daraja_simulator.answers import Answer, Call, refusal
from local.daraja_simulator.codes import INVALID_TOKEN
from local.daraja_simulator.world import World

Handle = Callable[[World, Call], Awaitable[Answer]]
RefuseToken = Callable[[World, Call], Answer]

BILLS = "/v1/billmanager-invoice"
ELSEWHERE = ("/mpesa", "/v1/ussdpush", BILLS, "/standingorder", "/pulltransactions", "/imsi", "/sfcverify")
"""Under these, what is not served is answered as Safaricom does: resource not found."""


class Endpoint(NamedTuple):
    """One of Daraja's paths. call: its name in faults and log. first_field: named when the type is wrong."""

    path: str
    call: str
    first_field: str
    handle: Handle
    takes_list: bool = False


_BILL_PATHS: tuple[tuple[str, str, Handle, bool], ...] = (
    ("optin", "shortcode", bills.opt_in, False),
    ("change-optin-details", "shortcode", bills.change_opt_in, False),
    ("single-invoicing", "externalReference", bills.send_one, False),
    ("bulk-invoicing", "externalReference", bills.send_many, True),
    ("change-invoice", "externalReference", bills.change_one, False),
    ("change-invoices", "externalReference", bills.change_many, True),
    ("cancel-single-invoice", "externalReference", bills.cancel_one, False),
    ("cancel-bulk-invoices", "externalReference", bills.cancel_many, True),
    ("reconciliation", "externalReference", bills.acknowledge, False),
)

ENDPOINTS = (
    Endpoint("/mpesa/stkpush/v1/processrequest", "stk_push", "BusinessShortCode", stk.push),
    Endpoint("/mpesa/stkpushquery/v1/query", "stk_query", "BusinessShortCode", stk.query),
    Endpoint("/mpesa/c2b/v1/registerurl", "c2b_register", "ShortCode", c2b_api.register),
    Endpoint("/mpesa/c2b/v2/registerurl", "c2b_register", "ShortCode", c2b_api.register),
    Endpoint("/mpesa/c2b/v1/simulate", "c2b_simulate", "ShortCode", c2b_api.simulate),
    Endpoint("/mpesa/c2b/v2/simulate", "c2b_simulate", "ShortCode", c2b_api.simulate),
    Endpoint("/mpesa/b2c/v1/paymentrequest", "b2c", "InitiatorName", b2c.pay),
    Endpoint("/mpesa/b2c/v3/paymentrequest", "b2c", "InitiatorName", b2c.pay),
    Endpoint("/mpesa/b2pochi/v1/paymentrequest", "b2c", "InitiatorName", b2c.pay_to_pochi),
    Endpoint("/mpesa/b2c/hakikisha/v1/hakikisha", "look_up", "header", look_ups.payee),
    Endpoint("/mpesa/b2b/v1/paymentrequest", "b2b", "Initiator", b2b.pay),
    Endpoint("/mpesa/b2b/v1/remittax", "tax", "Initiator", tax.remit),
    Endpoint("/mpesa/reversal/v1/request", "reversal", "Initiator", reversal.reverse),
    Endpoint("/mpesa/transactionstatus/v1/query", "status", "Initiator", status_query.query),
    Endpoint("/mpesa/accountbalance/v1/query", "balance", "Initiator", balance.query),
    Endpoint("/mpesa/qrcode/v1/generate", "qr", "MerchantName", qr.generate),
    Endpoint("/pulltransactions/v1/register", "pull_register", "ShortCode", pull.register),
    Endpoint("/pulltransactions/v1/query", "pull", "ShortCode", pull.query),
    Endpoint("/v1/ussdpush/get-msisdn", "ussd_push", "primaryShortCode", ussd_push.push),
    Endpoint("/standingorder/v1/createStandingOrderExternal", "standing_order", "StandingOrderName", ratiba.create),
    Endpoint("/imsi/v2/checkATI", "look_up", "customerNumber", look_ups.sim_swap),
    Endpoint("/imsi/v1/checkATI", "look_up", "customerNumber", look_ups.imsi),
    Endpoint("/sfcverify/v1/query/info", "look_up", "IdentifierType", look_ups.organisation),
    *(
        Endpoint(f"{prefix}/{name}", "bill_manager", first_field, handle, takes_list)
        for prefix in (BILLS, BILLS + BILLS)
        for name, first_field, handle, takes_list in _BILL_PATHS
    ),
)
"""Bill Manager's prefix stands twice in what production's owners have been sent."""


def _with_code(code: str) -> RefuseToken:
    return lambda world, _: refusal(world.ids.request_id(), code, INVALID_TOKEN)


def _with_the_token(world: World, call: Call) -> Answer:
    """Balance and B2C repeat the token in clear."""
    token = call.headers.get("Authorization", "").removeprefix("Bearer ")
    return refusal(world.ids.request_id(), "401.002.01", f"Error Occurred - {INVALID_TOKEN} - {token}")


TOKEN_REFUSALS: Mapping[str, RefuseToken] = {
    "stk_push": _with_code("404.001.03"),
    "stk_query": _with_code("404.001.03"),
    "reversal": _with_code("404.001.03"),
    "b2c": _with_the_token,
    "balance": _with_the_token,
    "pull": _with_code("401.001"),
    "pull_register": _with_code("401.001"),
    "look_up": _with_code("401.001"),
    "ussd_push": _with_code("401.001"),
    "standing_order": lambda world, _: ratiba.refused(world, "401", "Unauthorized", 401),
    "bill_manager": lambda world, _: bills.token_refused(world),
}
"""By call; all others say 400.003.01."""


def token_refused(world: World, name: str, call: Call) -> Answer:
    """The answer to a token that is unknown, old or revoked."""
    return TOKEN_REFUSALS.get(name, _with_code("400.003.01"))(world, call)
