"""What the API answers about balances, as models, from which the OpenAPI is made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.web.models import AnswerModel, Time

Exact = Annotated[
    str,
    Field(
        pattern=r"^-?\d+\.\d{2,}$",
        examples=["25100.50"],
        description="Shillings with their cents, as text, so that nothing rounds them.",
    ),
]


class Account(AnswerModel):
    """One account, by Safaricom's name. available: what can be paid out. low: it pays out and holds too little."""

    name: Annotated[str, Field(examples=["Utility Account"])]
    currency: str
    available: Exact | None
    current: Exact
    reserved: Exact | None
    uncleared: Exact | None
    low: bool


class BalanceFailure(AnswerModel):
    """M-PESA's no to the last question. message: for developers."""

    mpesa_code: str
    message: str


class Balance(AnswerModel):
    """A shortcode's accounts as M-PESA told them.

    as_of: when they stood so; null: never told. age: of that, in seconds. stale: older than two hours, or never told.
    asked_at: when M-PESA was asked last.
    """

    object: Literal["balance"]
    shortcode: str
    as_of: Time | None
    age: Annotated[int, Field(ge=0)] | None
    stale: bool
    asked_at: Time | None
    failure: BalanceFailure | None
    accounts: list[Account]


class BalanceList(AnswerModel):
    """Each shortcode that the shop is paid at or pays out from, in the order of its settings."""

    object: Literal["list"]
    data: list[Balance]
    has_more: Literal[False]
    next_cursor: None
