"""What the API answers with, as models, from which the OpenAPI is made.

Nothing is validated with them while serving; the tests hold every answer against the OpenAPI.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.domain.claims import ClaimState
from gateway.domain.facts import KINDS, Source
from gateway.domain.reasons import REASONS, Who
from gateway.domain.statuses import AttemptStatus, Flag, PaymentStatus, Shortfall
from gateway.flows.find import Kind as SearchKind
from gateway.web.errors import ERRORS
from gateway.web.payer_view import Screen

Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", examples=["2026-03-02T09:15:04Z"])]
PaymentId = Annotated[str, Field(pattern=r"^pay_[0-9a-f]{32}$")]
Shillings = Annotated[int, Field(ge=0)]
ShownPhone = Annotated[
    str,
    Field(pattern=r"^(254[17]\d{8}|0[17]•{5}\d{3}|•{8})$", description="Masked unless the shop asks for it."),
]
Kind = Literal["paybill", "till"]
Receipt = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{9}$", examples=["SGL31QW9XY"])]
FailureCode = Annotated[str, Field(json_schema_extra={"enum": sorted(REASONS)})]


class AnswerModel(BaseModel):
    """All fields are always there; None stands where there is nothing to tell."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class PayerMessage(AnswerModel):
    """The sentence for the payer."""

    en: str
    sw: str


class Failure(AnswerModel):
    """Why an attempt ended without money. message: for developers. retry_after: seconds."""

    code: FailureCode
    mpesa_code: str | None
    message: str
    payer_message: PayerMessage
    retry_after: Annotated[int, Field(ge=0)]
    who: Who


class Credit(AnswerModel):
    """Money that arrived. receipt null: M-PESA's code is not told yet. attempt null: paid by hand."""

    receipt: str | None
    amount: Shillings
    at: Time
    source: Source
    attempt: int | None


class Attempt(AnswerModel):
    """One prompt."""

    number: Annotated[int, Field(ge=1)]
    kind: Literal["stk_push"]
    status: AttemptStatus
    phone: ShownPhone
    amount: Shillings
    checkout_request_id: str | None
    merchant_request_id: str | None
    begun_at: Time
    prompted_at: Time | None
    prompt_ends_at: Time | None
    next_check_at: Time | None
    receipt: str | None
    failure: Failure | None


class ShortcodeShown(AnswerModel):
    """Where the money goes."""

    number: str
    kind: Kind
    name: str


class HistoryEntry(AnswerModel):
    """One thing that is known, and who told it. raw: its content, masked."""

    at: Time
    source: Source
    what: Annotated[str, Field(json_schema_extra={"enum": sorted({"created", "unknown", *KINDS})})]
    text: str
    actor: str | None
    raw: dict[str, Any]


class RefundPlace(AnswerModel):
    """A refund, as its payment has it. reserved: its money cannot be refunded otherwise; released: it does not go."""

    id: Annotated[str, Field(pattern=r"^ref_[0-9a-f]{32}$")]
    amount: Annotated[int, Field(ge=1)]
    receipts: list[str]
    status: Literal["reserved", "done", "released"]
    created_at: Time


class Payment(AnswerModel):
    """What a shop wants to be paid. `safe_to_fulfil` is the field by which goods are released."""

    id: PaymentId
    object: Literal["payment"]
    livemode: bool
    status: PaymentStatus
    flags: list[Flag]
    safe_to_fulfil: bool
    not_safe_because: Annotated[
        list[Shortfall | Flag], Field(description="What stands against releasing goods; empty: they may go.")
    ]
    amount: Annotated[int, Field(ge=1)]
    currency: Literal["KES"]
    amount_received: Shillings
    amount_refunded: Shillings
    receipt: str | None
    paid_at: Time | None
    credits: list[Credit]
    failure: Failure | None
    next_attempt_at: Time | None
    account_reference: Annotated[str, Field(min_length=1, max_length=12)]
    description: Annotated[str, Field(min_length=1, max_length=13)]
    order: str | None
    payment_link: Annotated[str, Field(pattern=r"^plink_[0-9a-f]{32}$")] | None
    metadata: dict[str, str]
    shortcode: ShortcodeShown
    attempts: list[Attempt]
    language: Literal["en", "sw"] | None
    return_url: str | None
    cancel_url: str | None
    checkout_url: str
    client_token: Annotated[str, Field(pattern=r"^ct_[0-9a-f]{32}\.\d+\.[0-9a-f]{32}$")] | None
    created_at: Time
    updated_at: Time
    expires_at: Time
    version: Annotated[int, Field(ge=1)]
    refunds: list[RefundPlace] = Field(
        default_factory=list, description="Once a refund was asked for.", json_schema_extra={"x-optional": True}
    )
    history: list[HistoryEntry] = Field(
        default_factory=list, description="Only with include=history.", json_schema_extra={"x-optional": True}
    )


class PaymentList(AnswerModel):
    """A page, newest first."""

    object: Literal["list"]
    data: list[Payment]
    has_more: bool
    next_cursor: str | None


class PublicShop(AnswerModel):
    """A shop as anybody may see it."""

    object: Literal["shop"]
    livemode: bool
    name: str
    support_phone: str | None
    support_url: str | None
    colour: str
    default_language: Literal["en", "sw"]
    currency: Literal["KES"]
    amount_max: Annotated[int, Field(ge=1)]
    shortcodes: list[ShortcodeShown]


class SearchedFor(AnswerModel):
    """One thing that the text may be. value: phones masked."""

    kind: SearchKind
    value: str


class Match(AnswerModel):
    """A payment, and all that led to it."""

    why: list[SearchKind]
    payment: Payment


class SearchResult(AnswerModel):
    """Newest first. message: what was found, or that nothing was, in words."""

    object: Literal["search"]
    looked_for: list[SearchedFor]
    data: list[Match]
    message: str


class CheckoutShop(AnswerModel):
    """Whom the payer pays."""

    name: str
    support_phone: str | None
    support_url: str | None


class CheckoutAttempt(AnswerModel):
    """The prompt that the screen speaks of."""

    number: int
    status: AttemptStatus
    phone: ShownPhone
    prompt_ends_at: Time | None
    next_attempt_at: Time | None


class CheckoutFailure(AnswerModel):
    """Why it was not paid, in the payer's language."""

    code: FailureCode
    payer_message: str


class Manual(AnswerModel):
    """How to pay by hand. account null: a till takes none."""

    kind: Kind
    number: str
    account: str | None
    amount: Shillings


class CheckoutClaimShown(AnswerModel):
    """The newest code that the payer claims, while its money is not credited here."""

    receipt: Receipt
    state: ClaimState


class Checkout(AnswerModel):
    """A payment as its payer may see it. next_poll_ms null: nothing changes by itself soon."""

    id: PaymentId
    object: Literal["checkout"]
    status: PaymentStatus
    amount: Annotated[int, Field(ge=1)]
    currency: Literal["KES"]
    amount_received: Shillings
    shop: CheckoutShop
    screen: Screen
    under_review: bool
    attempt: CheckoutAttempt | None
    receipt: str | None
    failure: CheckoutFailure | None
    manual: Manual | None
    claim: CheckoutClaimShown | None
    next_poll_ms: int | None
    last_asked_at: Time | None
    next_check_at: Time | None
    return_url: str | None
    version: Annotated[int, Field(ge=1)]


class CheckoutScreen(AnswerModel):
    """The payer's screen, for `<mpesa-checkout>`. turns_in_ms: when the clock alone makes another one."""

    object: Literal["checkout_screen"]
    language: Literal["en", "sw"]
    title: str
    html: str
    turns_in_ms: Annotated[int, Field(ge=1)] | None
    by_hand: bool
    offline: str
    back: str
    view: Checkout


class ClaimedMoney(AnswerModel):
    """Money of your shop that belongs to no payment."""

    amount: Shillings
    at: Time
    shortcode: str
    account_reference_typed: str | None


class Claim(AnswerModel):
    """What a claim came to. attached: the money is this payment's. to_shop: a person must look, at `money` perhaps."""

    object: Literal["claim"]
    receipt: Receipt
    state: ClaimState
    money: ClaimedMoney | None
    payment: Payment


class CheckoutClaim(AnswerModel):
    """What the payer's claim came to, and what to show."""

    object: Literal["claim"]
    receipt: Receipt
    state: ClaimState
    checkout: Checkout


class Health(AnswerModel):
    """Whether the gateway works."""

    status: Literal["ok", "degraded", "down"]
    version: str


class HealthPart(AnswerModel):
    """How one part is. since null: not known. runbook: where it stands what to do."""

    state: Literal["ok", "degraded", "down", "unknown"]
    since: Time | None
    detail: str
    runbook: str


class HealthReport(AnswerModel):
    """What can be told cheaply at this moment."""

    object: Literal["health"]
    status: Literal["ok", "degraded", "down"]
    version: str
    at: Time
    parts: dict[str, HealthPart]


class OpenApi(AnswerModel):
    """An OpenAPI 3.1 document."""

    openapi: str
    info: dict[str, Any]
    servers: list[dict[str, Any]]
    tags: list[dict[str, Any]]
    paths: dict[str, Any]
    components: dict[str, Any]


class ProblemField(AnswerModel):
    """One thing that is wrong with the request."""

    param: str
    code: Annotated[str, Field(json_schema_extra={"enum": sorted(ERRORS)})]
    detail: str


class Problem(AnswerModel):
    """An error (RFC 9457). retry_after: seconds. errors: every bad field, the first one on top of the problem too."""

    type: str
    title: str
    status: int
    detail: str
    code: Annotated[str, Field(json_schema_extra={"enum": sorted(ERRORS)})]
    request_id: Annotated[str, Field(pattern=r"^req_[A-Za-z0-9_-]+$")]
    retryable: bool
    param: str = Field(default="", json_schema_extra={"x-optional": True})
    retry_after: int = Field(default=0, ge=0, json_schema_extra={"x-optional": True})
    errors: list[ProblemField] = Field(default_factory=list, json_schema_extra={"x-optional": True})
    can_check: bool = Field(
        default=False, description="Of an M-PESA code: M-PESA can be asked.", json_schema_extra={"x-optional": True}
    )
