"""What a shop may say when it has a day compared."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from gateway.web.lists import is_day
from gateway.web.requests import RequestModel, ShortcodeNumber, refuse


def _day(value: Any) -> Any:
    if not isinstance(value, str) or len(value) != len("2026-03-01") or not is_day(value):
        refuse("field_invalid", "day must be a day in Nairobi like 2026-03-01.")
    return value


def _source(value: Any) -> Any:
    if value != "pull":
        refuse("field_invalid", 'source must be "pull", the only list of M-PESA that is compared with here.')
    return value


class RunRequest(RequestModel):
    """Which day. It may be today: what M-PESA completed up to a few minutes ago is compared."""

    day: Annotated[str, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
    shortcode: ShortcodeNumber | None = Field(default=None, description="The first of the settings when absent.")
    source: Annotated[Literal["pull"], BeforeValidator(_source)] = Field(
        default="pull", description="M-PESA's own list."
    )
