"""What a shop may say when it has a day compared."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from gateway.domain.reconciliation.compare import LineKind
from gateway.domain.reconciliation.decisions import LINES_MAX
from gateway.domain.reconciliation.statement_table import BYTES_MAX
from gateway.web.lists import is_day
from gateway.web.requests import RequestModel, ShortcodeNumber, fitting, refuse
from gateway.web.texts import WRITTEN, fits, text_schema

NOTE_MAX = 300
LINE_ID = r"^line_[0-9a-f]{16}$"
OUTCOME = r"^[0-9a-f]{16}$"


def _day(value: Any) -> Any:
    if not isinstance(value, str) or len(value) != len("2026-03-01") or not is_day(value):
        refuse("field_invalid", "day must be a day in Nairobi like 2026-03-01.")
    return value


def _source(value: Any) -> Any:
    if value not in ("pull", "statement"):
        refuse("field_invalid", 'source must be "pull" or "statement".')
    return value


class RunRequest(RequestModel):
    """Which day. It may be today: what M-PESA completed up to a few minutes ago is compared."""

    day: Annotated[str, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
    shortcode: ShortcodeNumber | None = Field(default=None, description="The first of the settings when absent.")
    source: Annotated[Literal["pull", "statement"], BeforeValidator(_source)] = Field(
        default="pull", description="pull: read what M-PESA's list has by now first. statement: with what is known."
    )


def _note(value: Any, info: ValidationInfo) -> Any:
    if not fits(value, WRITTEN, NOTE_MAX):
        text = f"a text of 1 to {NOTE_MAX} printable characters in one line"
        refuse("field_invalid", f"{info.field_name} must be {text}.")
    return " ".join(value.split())


def _line(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(LINE_ID, value):
        refuse("field_invalid", "line must be the id of a line as the day shows it, like line_0c1d….")
    return value


def _outcome(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(OUTCOME, value):
        refuse("field_invalid", "outcome must be the outcome of the day as it was shown.")
    return value


def _flag(value: Any) -> Any:
    if not isinstance(value, bool):
        refuse("field_invalid", "accept_incomplete must be true or false.")
    return value


Note = Annotated[str, BeforeValidator(_note), WithJsonSchema(text_schema(WRITTEN, NOTE_MAX, 1))]


class ResolveRequest(RequestModel):
    """How a difference is explained. Phone numbers in the note are masked before it is stored."""

    line: Annotated[str, BeforeValidator(_line), WithJsonSchema({"type": "string", "pattern": LINE_ID})] = Field(
        description="The id of the line that is meant, as the day shows it: numbers move when a day is compared again."
    )
    note: Note


def _kind(value: Any) -> Any:
    if not isinstance(value, str) or value not in set(LineKind):
        refuse("field_invalid", f"kind must be a kind of line: {', '.join(LineKind)}.")
    return value


def _lines(value: Any) -> Any:
    good = isinstance(value, list) and 0 < len(value) <= LINES_MAX
    if not good or not all(isinstance(one, str) and re.fullmatch(LINE_ID, one) for one in value):
        refuse("field_invalid", f"lines must be 1 to {LINES_MAX} ids of lines as the day shows them, like line_0c1d….")
    return value


_KINDS = {"type": "string", "enum": [str(one) for one in LineKind]}
_IDS = {"type": "array", "items": {"type": "string", "pattern": LINE_ID}, "minItems": 1, "maxItems": LINES_MAX}


class ResolveManyRequest(RequestModel):
    """One reason for many differences: all of a kind that are open, or those that are named. One of the two."""

    model_config = fitting(
        oneOf=[
            {"required": ["kind"], "properties": {"kind": {"type": "string"}, "lines": {"type": "null"}}},
            {"required": ["lines"], "properties": {"lines": {"type": "array"}, "kind": {"type": "null"}}},
        ]
    )

    kind: Annotated[str, BeforeValidator(_kind), WithJsonSchema(_KINDS)] | None = Field(
        default=None, description="All lines of this kind that somebody must look at still."
    )
    lines: Annotated[list[str], BeforeValidator(_lines), WithJsonSchema(_IDS)] | None = Field(
        default=None, description="The ids of the lines that are meant, as the day shows them."
    )
    note: Note


class CloseRequest(RequestModel):
    """Close the day."""

    model_config = fitting(
        anyOf=[
            {"properties": {"accept_incomplete": {"not": {"const": True}}}},
            {"required": ["note"], "properties": {"note": {"type": "string"}}},
        ]
    )

    note: Note | None = None
    outcome: (
        Annotated[str, BeforeValidator(_outcome), WithJsonSchema({"type": "string", "pattern": OUTCOME})] | None
    ) = Field(default=None, description="As the day showed it. It is closed only if it still comes out so.")
    accept_incomplete: Annotated[bool, BeforeValidator(_flag)] = Field(
        default=False, description="Close it although M-PESA's list is not known for all of the day. Takes a note."
    )


def _bytes(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= BYTES_MAX:
        most = f"bytes must be 1 to {BYTES_MAX}, the length of the file in whole numbers. "
        refuse("field_invalid", f"{most}Of a larger one export fewer days at a time, or pack it with gzip.")
    return value


class StatementRequest(RequestModel):
    """A file that is to be sent. The address that is given takes exactly so many bytes."""

    bytes: Annotated[
        int, BeforeValidator(_bytes), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": BYTES_MAX})
    ] = Field(description="The length of the file, as it is sent.")


class ReopenRequest(RequestModel):
    """Open a closed day again. It is compared anew within half an hour."""

    reason: Note
