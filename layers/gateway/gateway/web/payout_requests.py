"""What a shop may say of a payout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from gateway.domain.shop import AMOUNT_KES_MAX
from gateway.web.requests import Metadata, Order, Phone, RequestModel, refuse
from gateway.web.texts import WRITTEN, WRITTEN_TWICE, fits, is_line, text_schema

PAYOUT_KES_MIN = 10
"""M-PESA's least for a payout to a customer."""

REMARKS_MIN, REMARKS_MAX = 2, 100


def payout_amount(value: Any) -> Any:
    """Whole shillings within M-PESA's limits; also of a line of a file."""
    if not isinstance(value, int) or isinstance(value, bool):
        refuse("amount_invalid", "amount must be an integer: whole shillings, without quotes or a fraction, like 1500.")
    if value < PAYOUT_KES_MIN:
        refuse("amount_too_small", f"amount is below {PAYOUT_KES_MIN} shillings, the least that M-PESA pays out.")
    if value > AMOUNT_KES_MAX:
        refuse("amount_too_large", f"amount is above {AMOUNT_KES_MAX} shillings, the most of one payout.")
    return value


def text_for_mpesa(field: str) -> Callable[[Any], str]:
    """Checks what M-PESA is to keep with a transfer; errors name it as the shop does."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or not is_line(value, most=len(value)):
            refuse("field_invalid", f"{field} must be a text of printable characters, without line breaks.")
        if not fits(value, WRITTEN_TWICE, REMARKS_MAX):
            refuse("field_invalid", f"{field} must have {REMARKS_MIN} to {REMARKS_MAX} characters.")
        return " ".join(value.split())

    return check


TEXT_FOR_MPESA = WithJsonSchema(text_schema(WRITTEN_TWICE, REMARKS_MAX, REMARKS_MIN))


PayoutAmount = Annotated[
    int,
    BeforeValidator(payout_amount),
    WithJsonSchema({"type": "integer", "minimum": PAYOUT_KES_MIN, "maximum": AMOUNT_KES_MAX}),
]
Remarks = Annotated[str, BeforeValidator(text_for_mpesa("remarks")), TEXT_FOR_MPESA]
Purpose = Literal["business", "salary", "promotion"]


class PayoutRequest(RequestModel):
    """Pay money out to a phone. It goes once a person has approved it in the console."""

    amount: PayoutAmount
    phone: Phone
    purpose: Purpose = Field(default="business", description="A salary or a promotion is worded so in the SMS.")
    remarks: Remarks = Field(default="Payout", description="What M-PESA keeps with it.")
    order: Order | None = Field(default=None, description="The shop's own number for it.")
    metadata: Metadata = Field(default_factory=dict)


CSV_MAX = 60_000
NAME_MAX = 60


def _file_name(value: Any) -> Any:
    if not fits(value, WRITTEN, NAME_MAX):
        refuse("field_invalid", f"name must be a text of 1 to {NAME_MAX} printable characters.")
    return " ".join(value.split())


def _csv(value: Any) -> Any:
    if not isinstance(value, str) or not value.strip() or len(value) > CSV_MAX:
        refuse("field_invalid", f"csv must be the file's text, of at most {CSV_MAX} characters.")
    return value.removeprefix("\ufeff")


class PayoutFileRequest(RequestModel):
    """Many payouts at once, all of them or none."""

    name: Annotated[str, BeforeValidator(_file_name), WithJsonSchema(text_schema(WRITTEN, NAME_MAX, 1))] = Field(
        description="What people know it by."
    )
    csv: Annotated[str, BeforeValidator(_csv), WithJsonSchema(text_schema(r"\S", CSV_MAX, 1))] = Field(
        description="A heading and a line for each payout: phone, amount, and if used purpose, remarks, order."
    )
