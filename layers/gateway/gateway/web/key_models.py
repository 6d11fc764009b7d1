"""API keys as they are asked for and answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from gateway.web.models import AnswerModel, Time
from gateway.web.requests import Moment, RequestModel, fitting, refuse
from gateway.web.texts import WRITTEN, fits, text_schema

NAME_MAX = 60
SCOPES_MAX = 30


def _name(value: Any) -> Any:
    if not fits(value, WRITTEN, NAME_MAX):
        refuse("field_invalid", f"name must be a text of 1 to {NAME_MAX} printable characters.")
    return value.strip()


def _scopes(value: Any) -> Any:
    good = isinstance(value, list) and len(value) <= SCOPES_MAX and all(isinstance(one, str) for one in value)
    if not good:
        refuse("field_invalid", 'scopes must be a list of texts, like ["payments:read"].')
    return tuple(dict.fromkeys(value))


def _kind(value: Any) -> Any:
    if value not in ("secret", "publishable"):
        refuse("field_invalid", 'kind must be "secret" or "publishable".')
    return value


class KeyRequest(RequestModel):
    """Make a key. Its scopes are some of those of the key that asks; a publishable key has none."""

    model_config = fitting(
        **{
            "if": {"required": ["kind"], "properties": {"kind": {"const": "publishable"}}},
            "then": {"properties": {"scopes": {"maxItems": 0}}},
            "else": {"required": ["scopes"], "properties": {"scopes": {"minItems": 1}}},
        }
    )

    name: Annotated[str, BeforeValidator(_name), WithJsonSchema(text_schema(WRITTEN, NAME_MAX, 1))] = Field(
        description="So that people know it again."
    )
    kind: Annotated[Literal["secret", "publishable"], BeforeValidator(_kind)] = "secret"
    scopes: Annotated[
        tuple[str, ...],
        BeforeValidator(_scopes),
        WithJsonSchema({"type": "array", "items": {"type": "string"}, "maxItems": SCOPES_MAX}),
    ] = Field(default=(), description="What it may do; one at least for a secret key.")
    expires_at: Moment | None = Field(default=None, description="When it ends; never when absent.")


class ApiKey(AnswerModel):
    """A key. secret: in the answer that makes it, and never again. last_used_on null: never, as far as is known."""

    id: Annotated[str, Field(pattern=r"^key_[0-9a-z_]+$")]
    object: Literal["api_key"]
    kind: Literal["secret", "publishable"]
    name: str
    scopes: list[str]
    livemode: bool
    last4: str
    revoked: bool
    expires_at: Time | None
    created_at: Time
    last_used_on: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$", description="Day in Nairobi.")] | None
    secret: str = Field(
        default="", description="In the answer that makes it, and never again.", json_schema_extra={"x-optional": True}
    )


class ApiKeyList(AnswerModel):
    """All of them, newest first."""

    object: Literal["list"]
    data: list[ApiKey]
    has_more: bool
