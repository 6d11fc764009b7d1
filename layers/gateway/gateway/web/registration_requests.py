"""What a shop may say of the registration of its addresses."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from gateway.web.requests import Flag, RequestModel, refuse


def _version(value: Any) -> Any:
    if value not in ("v1", "v2"):
        refuse("field_invalid", 'version must be "v1" or "v2".')
    return value


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        refuse("field_invalid", 'shortcode must be a text in quotes, like "174379".')
    return value


class RegisterRequest(RequestModel):
    """Tell Safaricom where to confirm money that payers send by hand."""

    may_be_absent = True

    shortcode: Annotated[str, BeforeValidator(_number), WithJsonSchema({"type": "string"})] | None = Field(
        default=None, description="Only this one; all of the shop's when absent."
    )
    version: Annotated[Literal["v1", "v2"], BeforeValidator(_version)] = Field(
        default="v2", description="Of Safaricom's call. v2 tells payers' numbers masked, v1 as hashes."
    )
    dry_run: Flag = Field(default=False, description="Show what would be registered; ask and register nothing.")
