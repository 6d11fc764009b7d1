"""What a shop or a payer may send, field by field. Anything else is refused, and all bad fields are told at once.

Strict: `true` and `"5"` are no integers. What depends on the shop (its limit, its origins, its shortcodes) is judged
with the rest, through the validation context, so that one answer names everything.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, NoReturn, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from gateway.domain.claims import CLAIM_TEXT_MAX, receipt_in
from gateway.domain.shop import AMOUNT_KES_MAX, ShopSettings
from gateway.web.bodies import shown
from gateway.web.clues import ORDER_MAX
from gateway.web.errors import ERRORS, BadField, bad_fields
from gateway.web.origins import is_loopback, origin_of
from gateway.web.texts import LINE, LINES, TRIMMED, fits, text_schema

FINGERPRINT_VERSION = "1"
METADATA_KEYS_MAX = 20
METADATA_KEY_MAX = 40
METADATA_BYTES_MAX = 2048
URL_MAX = 2048
EXPIRES_IN_S_MIN = 300
EXPIRES_IN_S_MAX = 2_592_000
DESCRIPTION_MAX = 13
DESCRIPTION_DEFAULT = "Payment"
NOTE_MAX = 300
TYPED_MAX = 30

_REFERENCE = re.compile(r"[A-Za-z0-9\-/.]{1,12}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_NOT_IN_DESCRIPTION = re.compile(r"[^A-Za-z0-9 .\-/]+")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the fields are judged against."""

    shop: ShopSettings
    livemode: bool


def _limits(info: ValidationInfo) -> Limits | None:
    """None while the OpenAPI is made, or where a model needs no shop."""
    return info.context if isinstance(info.context, Limits) else None


def _bad(code: str, detail: str) -> NoReturn:
    raise PydanticCustomError(code, "{detail}", {"detail": detail})


def refuse(code: str, detail: str) -> NoReturn:
    """For validators: the field is bad, with a code of `errors.py`."""
    _bad(code, detail)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _amount(value: Any, info: ValidationInfo) -> Any:
    if not _is_integer(value):
        _bad("amount_invalid", "amount must be an integer: whole shillings, without quotes or a fraction, like 1500.")
    if value < 1:
        _bad("amount_too_small", "amount is below 1 shilling.")
    limits = _limits(info)
    most = limits.shop.amount_kes_max if limits else AMOUNT_KES_MAX
    if value > most:
        _bad("amount_too_large", f"amount is above {most} shillings, the most that this shop takes in one payment.")
    return value


def _phone(value: Any) -> Any:
    if not isinstance(value, str):
        _bad("phone_invalid", 'phone must be a text in quotes, like "07…".')
    from daraja.phone import PhoneProblem, parse_phone  # noqa: PLC0415 only who names a phone pays for the import

    try:
        return parse_phone(value)
    except PhoneProblem as problem:
        _bad("phone_invalid", f"{problem}.")


def _reference(value: Any) -> Any:
    if not isinstance(value, str) or not _REFERENCE.fullmatch(value):
        _bad(
            "reference_invalid",
            "account_reference must have 1 to 12 characters, each of them A-Z, a-z, 0-9, hyphen, slash or dot.",
        )
    return value.upper()


def _description(value: Any) -> Any:
    if not isinstance(value, str) or not 1 <= len(value) <= DESCRIPTION_MAX:
        _bad("field_invalid", f"description must be a text of 1 to {DESCRIPTION_MAX} characters.")
    return " ".join(_NOT_IN_DESCRIPTION.sub(" ", value).split()) or DESCRIPTION_DEFAULT


def _order(value: Any) -> Any:
    if not value or not fits(value, LINE, ORDER_MAX):
        _bad("field_invalid", f"order must be a text of 1 to {ORDER_MAX} printable characters.")
    if not fits(value, TRIMMED, ORDER_MAX):
        _bad("field_invalid", "order must not begin or end with a blank.")
    return value


def _metadata(value: Any) -> Any:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        _bad("field_invalid", "metadata must be an object whose values are texts.")
    if len(value) > METADATA_KEYS_MAX:
        _bad("field_invalid", f"metadata has {len(value)} keys; {METADATA_KEYS_MAX} are the most.")
    if not all(1 <= len(name) <= METADATA_KEY_MAX for name in value):
        _bad("field_invalid", f"metadata's keys must have 1 to {METADATA_KEY_MAX} characters.")
    size = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    if size > METADATA_BYTES_MAX:
        _bad("field_invalid", f"metadata has {size} bytes as JSON; {METADATA_BYTES_MAX} are the most.")
    return value


def _shortcode(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        _bad("field_invalid", 'shortcode must be a text in quotes, like "174379".')
    limits = _limits(info)
    if limits and limits.shop.shortcode(value) is None:
        known = ", ".join(code.number for code in limits.shop.shortcodes) or "none"
        _bad("shortcode_unknown", f"shortcode is not one of this shop's ({known}).")
    return value


def _url(value: Any, info: ValidationInfo) -> Any:
    limits = _limits(info)
    if not isinstance(value, str) or len(value) > URL_MAX:
        _bad("field_invalid", f"{info.field_name} must be an https address of at most {URL_MAX} characters.")
    origin = origin_of(value)
    if origin is None:
        _bad(
            "field_invalid",
            f"{info.field_name} is no whole https address, like https://shop.example/thanks. A blank, a backslash or "
            "a name before the host is refused.",
        )
    if limits and origin.startswith("http://") and (limits.livemode or not is_loopback(origin)):
        _bad("field_invalid", f"{info.field_name} must begin with https://.")
    if limits and origin not in {origin_of(known) for known in limits.shop.origins}:
        known = ", ".join(limits.shop.origins) or "none yet"
        _bad(
            "field_invalid",
            f"{info.field_name} must lead to one of the origins in the shop's settings ({known}); add its own to "
            "`origins` with `mpesa-gateway settings put`.",
        )
    return value


def _expires_in(value: Any) -> Any:
    if not _is_integer(value) or not EXPIRES_IN_S_MIN <= value <= EXPIRES_IN_S_MAX:
        _bad(
            "field_invalid",
            f"expires_in must be an integer of {EXPIRES_IN_S_MIN} to {EXPIRES_IN_S_MAX} seconds.",
        )
    return value


def _language(value: Any) -> Any:
    if value not in ("en", "sw"):
        _bad("field_invalid", 'language must be "en" or "sw".')
    return value


def _note(value: Any) -> Any:
    if not isinstance(value, str) or not value.strip() or len(value) > NOTE_MAX:
        _bad("field_invalid", f"text must be a text of 1 to {NOTE_MAX} characters.")
    if not fits(value, LINES, NOTE_MAX):
        _bad("field_invalid", "text must have printable characters only.")
    return " ".join(value.split())


def _pasted(value: Any) -> Any:
    if not isinstance(value, str) or len(value) > CLAIM_TEXT_MAX:
        _bad("field_invalid", f"receipt must be a text of at most {CLAIM_TEXT_MAX} characters.")
    return value


def _typed(value: Any) -> Any:
    if not isinstance(value, str) or len(value) > TYPED_MAX:
        _bad("field_invalid", f"phone must be a text of at most {TYPED_MAX} characters.")
    return value


def _receipt(value: Any) -> Any:
    receipt = receipt_in(value) if isinstance(value, str) and len(value) <= CLAIM_TEXT_MAX else None
    if receipt is None:
        _bad("field_invalid", "receipt must hold an M-PESA code: a letter and 9 letters or digits, like SGL31QW9XY.")
    return receipt


def _flag(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, bool):
        _bad("field_invalid", f"{info.field_name} must be true or false.")
    return value


def _moment(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        _bad("field_invalid", f"{info.field_name} must be a time in UTC like 2026-03-02T09:15:04Z.")
    try:
        return int(datetime.strptime(value, "%Y-%m-%dT%H:%M:%S%z").timestamp()) * 1000
    except ValueError:
        _bad("field_invalid", f"{info.field_name} names a day or time that there is not.")


def _text_schema(**more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **more})


Amount = Annotated[
    int, BeforeValidator(_amount), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": AMOUNT_KES_MAX})
]
Phone = Annotated[str, BeforeValidator(_phone), _text_schema(description="A Kenyan mobile number in any usual form.")]
Url = Annotated[str, BeforeValidator(_url), _text_schema(format="uri", maxLength=URL_MAX)]
ShortcodeNumber = Annotated[str, BeforeValidator(_shortcode), _text_schema()]
Flag = Annotated[bool, BeforeValidator(_flag)]
Moment = Annotated[
    int,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-02T09:15:04Z"]}),
]
"""A time of the API as milliseconds since the epoch."""

Reference = Annotated[str, BeforeValidator(_reference), _text_schema(pattern=r"^[A-Za-z0-9\-/.]{1,12}$")]
Description = Annotated[str, BeforeValidator(_description), _text_schema(minLength=1, maxLength=DESCRIPTION_MAX)]
Order = Annotated[str, BeforeValidator(_order), WithJsonSchema(text_schema(TRIMMED, ORDER_MAX, 1))]
Metadata = Annotated[
    dict[str, str],
    BeforeValidator(_metadata),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": METADATA_KEYS_MAX,
            "propertyNames": {"minLength": 1, "maxLength": METADATA_KEY_MAX},
            "additionalProperties": {"type": "string"},
        }
    ),
]


class RequestModel(BaseModel):
    """Strict and closed. Made ready by the first request of its kind: a function knows many that it never sees."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, defer_build=True)

    may_be_absent: ClassVar[bool] = False
    """Whether no body at all is as good as one without fields."""


def fitting(**conditions: Any) -> ConfigDict:
    """For a model whose fields depend on each other: what the OpenAPI says beside them. Validation is the code's."""
    return ConfigDict(json_schema_extra=conditions)


NOT_GIVEN: JsonDict = {"type": "null"}
"""Of a field in a condition: absent, or null."""


class PaymentRequest(RequestModel):
    """Ask for a payment. phone: with it, the prompt goes out at once."""

    amount: Amount
    phone: Phone | None = None
    account_reference: Reference | None = Field(
        default=None, description="What payer and statement show; a code of 8 characters when absent."
    )
    description: Description = DESCRIPTION_DEFAULT
    shortcode: ShortcodeNumber | None = Field(
        default=None, description="Where the money goes; the first of the settings when absent."
    )
    order: Order | None = Field(default=None, description="The shop's own order number.")
    metadata: Metadata = Field(default_factory=dict, description="Given back as it is; at most 2 KB. No personal data.")
    return_url: Url | None = Field(default=None, description="Where the page leads back; origin in the settings.")
    cancel_url: Url | None = Field(default=None, description="Where the page leads when the payer gives up.")
    language: Annotated[Literal["en", "sw"], BeforeValidator(_language)] | None = Field(
        default=None, description="Of the payer's page; the browser's when absent."
    )
    expires_in: (
        Annotated[
            int,
            BeforeValidator(_expires_in),
            WithJsonSchema({"type": "integer", "minimum": EXPIRES_IN_S_MIN, "maximum": EXPIRES_IN_S_MAX}),
        ]
        | None
    ) = Field(default=None, description="Seconds until nothing new may be begun.")


class AttemptRequest(RequestModel):
    """Send a prompt. not_charged: the payer says that the last one took no money."""

    phone: Phone
    not_charged: Annotated[bool, BeforeValidator(_flag)] = Field(
        default=False, description="Needed when it is not known whether the last attempt took money."
    )


class PromptRequest(RequestModel):
    """The form of the payer's screen. phone: as typed; again: the last number instead."""

    phone: Annotated[str, BeforeValidator(_typed), _text_schema(maxLength=TYPED_MAX)] = ""
    again: Annotated[bool, BeforeValidator(_flag)] = False
    not_charged: Annotated[bool, BeforeValidator(_flag)] = False


class PaymentChange(RequestModel):
    """Change what no money follows from. Only what is sent changes; null empties. metadata is replaced as a whole."""

    order: Order | None = Field(default=None, description="The shop's own order number.")
    metadata: Metadata | None = Field(default=None, description="Replaces all of it; at most 2 KB. No personal data.")
    return_url: Url | None = Field(default=None, description="Where the page leads back; origin in the settings.")
    cancel_url: Url | None = Field(default=None, description="Where the page leads when the payer gives up.")


class NoteRequest(RequestModel):
    """A remark for the payment's history. Phone numbers in it are masked before it is stored."""

    text: Annotated[str, BeforeValidator(_note), WithJsonSchema(text_schema(LINES, NOTE_MAX, 1))]


class TypedClaimRequest(RequestModel):
    """The form of the payer's screen for an M-PESA code. receipt: as typed or pasted."""

    receipt: Annotated[str, BeforeValidator(_pasted), _text_schema(maxLength=CLAIM_TEXT_MAX)] = ""


class ClaimRequest(RequestModel):
    """«I have paid»: the M-PESA code, or the whole message that holds it."""

    receipt: Annotated[str, BeforeValidator(_receipt), _text_schema(minLength=10, maxLength=CLAIM_TEXT_MAX)]


class NothingRequest(RequestModel):
    """No field."""

    may_be_absent = True


Model = TypeVar("Model", bound=RequestModel)


def read_model(model: type[Model], fields: Mapping[str, Any], limits: Limits | None = None) -> Model:
    """The request in these fields. Raises ApiError 422 that names every bad field."""
    try:
        return model.model_validate(fields, context=limits)
    except ValidationError as error:
        raise bad_fields(
            [_bad_field(found, model) for found in error.errors(include_url=False, include_input=False)]
        ) from None


def fingerprint(asked: RequestModel) -> str:
    """What makes two requests the same: the normalised fields, hashed, with the version of this rule in front."""
    canonical = json.dumps(asked.model_dump(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{FINGERPRINT_VERSION}:{hashlib.sha256(canonical.encode()).hexdigest()}"


_WANTED = "Input should be "
"""How the library begins what a field should be; we begin with the field."""


def _bad_field(found: Any, model: type[RequestModel]) -> BadField:
    kind = str(found["type"])
    param = ".".join(shown(str(part)) for part in found["loc"][:2]) or "body"
    if kind == "missing":
        return BadField(param, "field_missing", f"{param} is missing.")
    if kind == "extra_forbidden":
        takes = f", which takes {', '.join(model.model_fields)}" if len(found["loc"]) == 1 else ""
        return BadField(param, "unknown_field", f"{param} is not a field of this request{takes}.")
    if kind in ERRORS:
        return BadField(found["loc"][0], kind, str(found["msg"]))
    message = str(found["msg"])
    if message.startswith(_WANTED):
        wanted = message.removeprefix(_WANTED).replace("'", "")
        return BadField(param, "field_invalid", f"{param} must be {wanted}.")
    return BadField(param, "field_invalid", f"{param}: {message}.")
