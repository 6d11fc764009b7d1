"""What the API answers about payment links, as models, from which the OpenAPI is made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.domain.links import Standing
from gateway.web.models import AnswerModel, Checkout, PaymentId, ShortcodeShown, Time

LinkId = Annotated[str, Field(pattern=r"^plink_[0-9a-f]{32}$")]
Count = Annotated[int, Field(ge=0)]


class PaymentLink(AnswerModel):
    """What anybody may pay. payments_paid, payments_held: null where max_payments is, since nothing is counted then."""

    id: LinkId
    object: Literal["payment_link"]
    livemode: bool
    active: bool
    state: Standing
    title: str
    amount: int | None
    min_amount: int | None
    max_amount: int | None
    currency: Literal["KES"]
    account_reference_prefix: str | None
    shortcode: ShortcodeShown
    max_payments: int | None
    payments_paid: Count | None
    payments_held: Count | None
    expires_at: Time | None
    created_at: Time
    url: str
    qr_svg: str = Field(
        default="", description="An SVG of the QR code of url. Not in lists.", json_schema_extra={"x-optional": True}
    )


class PaymentLinkList(AnswerModel):
    """A page, newest first."""

    object: Literal["list"]
    data: list[PaymentLink]
    has_more: bool
    next_cursor: str | None


class LinkPayment(AnswerModel):
    """A payment that a payer began from a link, as its payer may see it, and what their browser needs for it."""

    payment: PaymentId
    object: Literal["link_payment"]
    client_token: Annotated[str, Field(pattern=r"^ct_[0-9a-f]{32}\.\d+\.[0-9a-f]{32}$")]
    checkout_url: str
    view: Checkout
