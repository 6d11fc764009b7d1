"""What a shop may say when it asks for a picture, and what it gets."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from gateway.web.models import AnswerModel
from gateway.web.requests import Amount, Reference, RequestModel, ShortcodeNumber, refuse

SIZE_MIN, SIZE_MAX, SIZE_DEFAULT = 100, 1_000, 300


def _size(value: Any) -> Any:
    if type(value) is not int or not SIZE_MIN <= value <= SIZE_MAX:
        refuse("field_invalid", f"size must be an integer from {SIZE_MIN} to {SIZE_MAX}: pixels of the picture's side.")
    return value


class QrRequest(RequestModel):
    """A picture for M-PESA's app, to print or to show at the till."""

    amount: Amount
    account_reference: Reference = Field(description="What the payment will carry, by which it finds its payment.")
    shortcode: ShortcodeNumber | None = Field(
        default=None, description="Where the money goes; the first of the settings when absent."
    )
    size: Annotated[
        int,
        BeforeValidator(_size),
        WithJsonSchema({"type": "integer", "minimum": SIZE_MIN, "maximum": SIZE_MAX}),
    ] = Field(default=SIZE_DEFAULT, description="Pixels of its side.")


class Qr(AnswerModel):
    """A picture that M-PESA's app reads. png: in base64, without a prefix."""

    object: Literal["qr"]
    shortcode: str
    amount: Annotated[int, Field(ge=1)]
    currency: Literal["KES"]
    account_reference: str
    png: Annotated[str, Field(description="PNG in base64, without a prefix.")]
