"""What a shop may say of money by hand: whose it is, or that it is for nobody here."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from gateway.domain.identity import PAYMENT_ID, is_payment_id
from gateway.web.requests import (
    DESCRIPTION_DEFAULT,
    NOT_GIVEN,
    Amount,
    Description,
    Metadata,
    Order,
    Reference,
    RequestModel,
    fitting,
    refuse,
)
from gateway.web.texts import WRITTEN, fits, text_schema

REASON_MAX = 200
NOT_OF_MAX = 20


def _payment(value: Any) -> Any:
    if not isinstance(value, str) or not is_payment_id(value):
        refuse("field_invalid", "payment must be the id of a payment, like pay_5f0c….")
    return value


def _not_of(value: Any) -> Any:
    good = isinstance(value, list) and len(value) <= NOT_OF_MAX
    if not good or not all(isinstance(one, str) and is_payment_id(one) for one in value):
        refuse("field_invalid", f"not_of must be a list of at most {NOT_OF_MAX} ids of payments.")
    return tuple(dict.fromkeys(value))


def _reason(value: Any) -> Any:
    if not fits(value, WRITTEN, REASON_MAX):
        refuse("field_invalid", f"reason must be a text of 1 to {REASON_MAX} printable characters.")
    return " ".join(value.split())


_PAYMENT_ID: dict[str, Any] = {"type": "string", "pattern": PAYMENT_ID}

PaymentNamed = Annotated[str, BeforeValidator(_payment), WithJsonSchema(_PAYMENT_ID)]


class NewPayment(RequestModel):
    """A payment that is made for this money. amount: that of the money when absent."""

    amount: Amount | None = None
    account_reference: Reference | None = Field(default=None, description="A code of 8 characters when absent.")
    description: Description = DESCRIPTION_DEFAULT
    order: Order | None = Field(default=None, description="The shop's own order number.")
    metadata: Metadata = Field(default_factory=dict, description="Given back as it is; at most 2 KB. No personal data.")


class AssignRequest(RequestModel):
    """Whose the money is: exactly one of payment and new_payment."""

    model_config = fitting(
        oneOf=[
            {"required": ["payment"], "properties": {"payment": {"type": "string"}, "new_payment": NOT_GIVEN}},
            {"required": ["new_payment"], "properties": {"new_payment": {"type": "object"}, "payment": NOT_GIVEN}},
        ]
    )

    payment: PaymentNamed | None = None
    new_payment: NewPayment | None = None
    not_of: Annotated[
        tuple[str, ...],
        BeforeValidator(_not_of),
        WithJsonSchema({"type": "array", "items": _PAYMENT_ID, "maxItems": NOT_OF_MAX}),
    ] = Field(default=(), description="Payments whose it might be, and is not: a person has looked.")


class IgnoreRequest(RequestModel):
    """The money is for no payment here."""

    reason: Annotated[str, BeforeValidator(_reason), WithJsonSchema(text_schema(WRITTEN, REASON_MAX, 1))]
