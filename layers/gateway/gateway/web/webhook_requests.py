"""What a shop may say of a webhook endpoint. Whether we send to its address is judged by who resolves its name."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from gateway.domain.addresses import URL_MAX
from gateway.domain.webhooks import event_families, event_types
from gateway.web.requests import RequestModel, _bad, _flag
from gateway.web.texts import LINE, is_line, text_schema

EVENTS_MAX = 30
DESCRIPTION_MAX = 200


def _url(value: Any) -> Any:
    if not isinstance(value, str) or not 1 <= len(value) <= URL_MAX:
        _bad("field_invalid", f'url must be a text of at most {URL_MAX} characters, like "https://shop.example/mpesa".')
    return value


def _events(value: Any) -> Any:
    if not isinstance(value, list) or not 1 <= len(value) <= EVENTS_MAX:
        _bad("field_invalid", f'events must be a list of 1 to {EVENTS_MAX} texts, like ["payment.*"].')
    known = {"*", *event_families(), *event_types()}
    for place, one in enumerate(value, start=1):
        if not isinstance(one, str) or one not in known:
            _bad("field_invalid", f"Entry {place} of events is none of {', '.join(sorted(known))}.")
    return list(dict.fromkeys(value))


def _description(value: Any, info: ValidationInfo) -> Any:
    if not is_line(value, most=DESCRIPTION_MAX):
        _bad("field_invalid", f"{info.field_name} must be a text of at most {DESCRIPTION_MAX} printable characters.")
    return value


Url = Annotated[str, BeforeValidator(_url), WithJsonSchema({"type": "string", "format": "uri", "maxLength": URL_MAX})]
Events = Annotated[
    list[str],
    BeforeValidator(_events),
    WithJsonSchema(
        {
            "type": "array",
            "minItems": 1,
            "maxItems": EVENTS_MAX,
            "items": {"type": "string", "enum": ["*", *event_families(), *event_types()]},
        }
    ),
]
Description = Annotated[str, BeforeValidator(_description), WithJsonSchema(text_schema(LINE, DESCRIPTION_MAX))]


class WebhookEndpointRequest(RequestModel):
    """Where to tell of which events."""

    url: Url = Field(description="https, on the public internet. Redirects are not followed.")
    events: Events = Field(default=["payment.*"], description="Types, families like payment.*, or * for all.")
    description: Description = Field(default="", description="For people.")


class WebhookEndpointChange(RequestModel):
    """What is to be different. enabled true: also after it was disabled by us."""

    url: Url | None = None
    events: Events | None = None
    description: Description | None = None
    enabled: Annotated[bool, BeforeValidator(_flag)] | None = None
