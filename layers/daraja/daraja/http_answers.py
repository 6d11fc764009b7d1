"""An HTTP answer of Safaricom, taken apart: which form its body has, what code and text stand in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import Final

from daraja.masking import scrub

_SCALAR_MAX: Final = 8_192
_TEXT_MAX: Final = 2_000


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came over the wire. headers: names in lower case. body: decoded, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Shape(Enum):
    """The forms of an error body."""

    CODE = auto()
    """{"requestId", "errorCode", "errorMessage"}: the normal refusal."""
    FAULT = auto()
    """{"fault": …}: the API gateway itself."""
    ENVELOPE = auto()
    """{"Envelope": …}: a step inside the gateway failed."""
    EMPTY = auto()
    HTML = auto()
    """The web firewall, or a proxy."""
    OBJECT = auto()
    """Another JSON object: an answer proper, or something new."""
    BROKEN = auto()


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer taken apart. text: raw, for matching only; `shown` is what may leave this module."""

    answer: HttpAnswer
    shape: Shape
    code: str
    text: str
    request_id: str | None
    fields: Mapping[str, object]
    secrets: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The text, scrubbed."""
        return "" if self.shape is Shape.HTML else scrub(self.text, self.secrets)


def read(answer: HttpAnswer, secrets: tuple[str, ...]) -> Reading:
    """Takes it apart. `secrets` (the token, credentials) are taken out of every text that is kept."""
    if not answer.body.strip():
        return Reading(answer, Shape.EMPTY, "", "", None, {}, secrets)
    try:
        told = json.loads(answer.body, parse_float=str, parse_int=str)  # as it came: blanks before a mark are no JSON
    except (ValueError, RecursionError):
        return _read_text(answer, answer.body.strip(), secrets)
    fields = {str(name).lower(): value for name, value in told.items()} if isinstance(told, dict) else {}
    shape, code, text = _shape(fields)
    request_id = scrub(scalar(fields.get("requestid")) or "", secrets) or None
    return Reading(answer, shape, code, text[:_TEXT_MAX], request_id, fields, secrets)


def _read_text(answer: HttpAnswer, body: bytes, secrets: tuple[str, ...]) -> Reading:
    text = body[: 8 * _TEXT_MAX].decode("utf-8", "replace")
    is_html = "html" in answer.headers.get("content-type", "").lower() or text.lstrip("\ufeff \r\n").startswith("<")
    return Reading(answer, Shape.HTML if is_html else Shape.BROKEN, "", text, None, {}, secrets)


def _shape(fields: Mapping[str, object]) -> tuple[Shape, str, str]:
    """(shape, code, text) of a JSON body; no code or text is ""."""
    if "errorcode" in fields or "errormessage" in fields:
        return Shape.CODE, scalar(fields.get("errorcode")) or "", scalar(fields.get("errormessage")) or ""
    if fault := child(fields, "fault"):
        code = scalar(child(fault, "detail").get("errorcode")) or ""
        return Shape.FAULT, code, f"{scalar(fault.get('faultstring')) or ''} {code}"
    if envelope := child(fields, "envelope"):
        fault = child(child(envelope, "body"), "fault")
        return Shape.ENVELOPE, "", scalar(fault.get("faultstring")) or ""
    return (Shape.OBJECT if fields else Shape.BROKEN), "", scalar(fields.get("responsedescription")) or ""


def child(fields: Mapping[str, object], name: str) -> Mapping[str, object]:
    """The object in a field, its keys in lower case; an empty one for anything else."""
    value = fields.get(name)
    return {str(key).lower(): inner for key, inner in value.items()} if isinstance(value, dict) else {}


def scalar(value: object) -> str | None:
    """Texts and numbers (read as text) without blanks around them; None when empty or no scalar."""
    if not isinstance(value, str):
        return None
    return value[:_SCALAR_MAX].encode(errors="ignore").decode().strip() or None


def field(reading: Reading, name: str) -> str | None:
    """A field of the answer's object as text; its name in lower case."""
    return scalar(reading.fields.get(name))


def is_success(reading: Reading) -> bool:
    """HTTP 200 and ResponseCode 0."""
    return reading.answer.status == HTTPStatus.OK and says_yes(reading)


def says_yes(reading: Reading) -> bool:
    """ResponseCode 0. Beside a status or a text that say no it is no success, and no certain refusal either."""
    return set(field(reading, "responsecode") or "1") == {"0"}
