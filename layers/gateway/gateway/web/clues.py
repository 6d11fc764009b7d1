"""What somebody may have in hand, read out of one text: a code or a whole message, an order, a reference, a phone.

A text may be several things at once ("123" is an order, a reference and the end of a phone); each is looked for.
"""

from __future__ import annotations

import re

from daraja.masking import mask_phone, mask_text
from gateway.domain.claims import RECEIPT_LENGTH, receipt_in
from gateway.domain.identity import is_payment_id
from gateway.domain.references import REFERENCE_LENGTH_MAX, normalised
from gateway.flows.find import Clues, Found, Kind
from gateway.web.texts import is_line

TEXT_MAX = 1000
"""A whole M-PESA message, twice."""

ORDER_MAX = 64
"""Characters of a shop's order number."""

_CHECKOUT_ID = re.compile(r"ws_CO_[0-9]{12,30}")
_REFERENCE = re.compile(rf"[A-Za-z0-9\-/.]{{1,{REFERENCE_LENGTH_MAX}}}")
_LAST_DIGITS = re.compile(r"[0-9]{3}")
_WORDS = {
    Kind.PAYMENT_ID: "id",
    Kind.RECEIPT: "M-PESA code",
    Kind.CHECKOUT_REQUEST_ID: "CheckoutRequestID",
    Kind.PHONE: "phone",
    Kind.ORDER: "order",
    Kind.ACCOUNT_REFERENCE: "account reference",
    Kind.PHONE_LAST3: "phone ending (today and yesterday)",
}


def clues_in(text: str) -> Clues:
    """All that a text may be. What has a form of its own is nothing else beside it."""
    text = text.strip()
    if is_payment_id(text.lower()):
        return {Kind.PAYMENT_ID: text.lower()}
    checkout_id = _CHECKOUT_ID.search(text)
    if checkout_id is not None:
        return {Kind.CHECKOUT_REQUEST_ID: checkout_id[0]}
    clues: dict[Kind, str] = {}
    receipt = receipt_in(text)
    if receipt is not None:
        clues[Kind.RECEIPT] = receipt
    phone = _phone_in(text)
    if phone is not None:
        clues[Kind.PHONE] = phone
    if _LAST_DIGITS.fullmatch(text):
        clues[Kind.PHONE_LAST3] = text
    if is_line(text, most=ORDER_MAX):
        clues[Kind.ORDER] = text
    if _REFERENCE.fullmatch(normalised(text)):
        clues[Kind.ACCOUNT_REFERENCE] = normalised(text)
    return clues


def message_of(found: Found, clues: Clues) -> str:
    """What was found, in one sentence. Names no whole phone number."""
    if found.unmatched is not None:
        total = max((getattr(fact, "amount_kes", 0) for fact in found.unmatched.facts.values()), default=0)
        receipt = found.unmatched.receipt
        return f"KES {total:,} came in under {receipt}, and belongs to no payment yet."
    if found.matches:
        many = len(found.matches)
        return "One payment found." if many == 1 else f"{many} payments found, newest first."
    if not clues:
        return "This has the form of nothing that a payment is found by."
    told = [Kind.RECEIPT] if Kind.RECEIPT in clues else list(clues)
    named = " or ".join(f"{_WORDS[kind]} {shown_clue(kind, clues[kind])}" for kind in told)
    return f"There is no such payment at this shop: none has {named}."


def shown_clue(kind: Kind, text: str) -> str:
    """A clue as it may be told: phones masked, also inside Safaricom's ids and in orders that look like one."""
    return mask_phone(text) if kind is Kind.PHONE else mask_text(text)


def _phone_in(text: str) -> str | None:
    if len(text) < RECEIPT_LENGTH - 1 or len(text) > 2 * RECEIPT_LENGTH:
        return None
    from daraja.phone import PhoneProblem, parse_phone  # noqa: PLC0415 only who names a phone pays for the import

    try:
        return parse_phone(text)
    except PhoneProblem:
        return None
