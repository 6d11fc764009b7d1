"""What we send to Safaricom, field by field, with Safaricom's limits. One module per family.

    stk.py              prompts and questions about them; its names can be imported from here
    payouts.py          B2C, Pochi, and who would be paid (Hakikisha)
    business.py         to other organisations: paybills, tills, float, tax, USSD push
    reversals.py        a customer's payment goes back
    questions.py        what became of a transaction, what is in the accounts
    c2b.py              addresses for payments typed by hand, simulated payments
    pull.py             the payments of the last 48 hours
    qr.py               a picture to pay by
    standing_orders.py  M-Pesa Ratiba
    bills.py            Bill Manager
    look_ups.py         SIM swaps, organisations

A payment needs the first of them only, so the others are imported from their own modules.
"""

from daraja.requests.stk import (
    ShopKind,
    StkParties,
    StkPushRequest,
    StkQueryRequest,
    TransactionType,
    stk_parties,
    stk_password,
    stk_push,
    stk_query,
)

__all__ = [
    "ShopKind",
    "StkParties",
    "StkPushRequest",
    "StkQueryRequest",
    "TransactionType",
    "stk_parties",
    "stk_password",
    "stk_push",
    "stk_query",
]
