"""What a shop may say of a payment link, and a payer of a payment that begins from one."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from gateway.web.requests import (
    NOT_GIVEN,
    Amount,
    Flag,
    Moment,
    Phone,
    RequestModel,
    ShortcodeNumber,
    fitting,
    refuse,
)
from gateway.web.texts import WRITTEN, fits, text_schema

TITLE_MAX = 60
PREFIX_MAX = 4
PAYMENTS_MAX = 100_000
NONCE = r"[A-Za-z0-9_-]{16,64}"

_PREFIX = re.compile(rf"[A-Za-z0-9\-]{{1,{PREFIX_MAX}}}")
_NONCE = re.compile(NONCE)


def _title(value: Any) -> Any:
    if not fits(value, WRITTEN, TITLE_MAX):
        refuse("field_invalid", f"title must be a text of 1 to {TITLE_MAX} printable characters.")
    return " ".join(value.split())


def _prefix(value: Any) -> Any:
    if not isinstance(value, str) or not _PREFIX.fullmatch(value):
        refuse(
            "reference_invalid",
            f"account_reference_prefix must have 1 to {PREFIX_MAX} characters, each of them A-Z, a-z, 0-9 or hyphen.",
        )
    return value.upper()


def _max_payments(value: Any) -> Any:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= PAYMENTS_MAX:
        refuse("field_invalid", f"max_payments must be an integer of 1 to {PAYMENTS_MAX}.")
    return value


def _nonce(value: Any) -> Any:
    if not isinstance(value, str) or not _NONCE.fullmatch(value):
        refuse("field_invalid", "nonce must have 16 to 64 characters of A-Z, a-z, 0-9, hyphen and underscore.")
    return value


Title = Annotated[str, BeforeValidator(_title), WithJsonSchema(text_schema(WRITTEN, TITLE_MAX, 1))]


class LinkRequest(RequestModel):
    """Make a payment link: over `amount`, or over what the payer chooses from `min_amount` to `max_amount`."""

    model_config = fitting(
        oneOf=[
            {
                "required": ["amount"],
                "properties": {"amount": {"type": "integer"}, "min_amount": NOT_GIVEN, "max_amount": NOT_GIVEN},
            },
            {
                "properties": {"amount": NOT_GIVEN},
                "anyOf": [
                    {"required": [bound], "properties": {bound: {"type": "integer"}}}
                    for bound in ("min_amount", "max_amount")
                ],
            },
        ]
    )

    title: Title = Field(description="What the payer pays for.")
    amount: Amount | None = None
    min_amount: Amount | None = Field(default=None, description="1 when absent, if the payer chooses.")
    max_amount: Amount | None = Field(default=None, description="The shop's limit when absent, if the payer chooses.")
    account_reference_prefix: (
        Annotated[
            str,
            BeforeValidator(_prefix),
            WithJsonSchema({"type": "string", "pattern": rf"^[A-Za-z0-9\-]{{1,{PREFIX_MAX}}}$"}),
        ]
        | None
    ) = Field(default=None, description="In front of each payment's own reference.")
    shortcode: ShortcodeNumber | None = Field(default=None, description="Where the money goes; the first when absent.")
    max_payments: (
        Annotated[
            int,
            BeforeValidator(_max_payments),
            WithJsonSchema({"type": "integer", "minimum": 1, "maximum": PAYMENTS_MAX}),
        ]
        | None
    ) = Field(default=None, description="How often it may be paid; without end when absent.")
    expires_at: Moment | None = Field(default=None, description="When it stops to take payments; never when absent.")


class LinkChange(RequestModel):
    """Close it (`active: false`), open it again, or give it another title."""

    title: Title | None = None
    active: Flag | None = None


class LinkPaymentRequest(RequestModel):
    """Begin a payment. nonce: drawn by the browser for this wish; the same one is the same payment."""

    nonce: Annotated[str, BeforeValidator(_nonce), WithJsonSchema({"type": "string", "pattern": f"^{NONCE}$"})]
    amount: Amount | None = Field(default=None, description="Where the payer chooses.")
    phone: Phone | None = Field(default=None, description="With it, the prompt goes out at once.")
