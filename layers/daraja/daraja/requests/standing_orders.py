"""Standing orders (M-Pesa Ratiba). Needs a contract. Source: developer.safaricom.co.ke/apis/MpesaRatiba."""

from typing import ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from daraja.environments import ACCOUNT_REFERENCE_MAX, AMOUNT_KES_MAX, AMOUNT_KES_MIN, DESCRIPTION_MAX
from daraja.requests.fields import Address, Json, Msisdn, Request, Shortcode

Frequency = Literal["once", "daily", "weekly", "monthly", "bi_monthly", "quarterly", "half_yearly", "yearly"]
_FREQUENCIES: Final = {
    "once": "1",
    "daily": "2",
    "weekly": "3",
    "monthly": "4",
    "bi_monthly": "5",
    "quarterly": "6",
    "half_yearly": "7",
    "yearly": "8",
}
_TYPES: Final = {
    "paybill": ("Standing Order Customer Pay Bill", "4"),
    "till": ("Standing Order Customer Pay Marchant", "2"),
}
"""TransactionType, ReceiverPartyIdentifierType. "Marchant" is the portal's spelling of 2025."""


class StandingOrderRequest(Request):
    """Asks a customer to allow repeated payments. name: unique per customer, else 1050. Dates: YYYYMMDD.

    Raises ValueError when it ends before it begins.
    """

    path: ClassVar[str] = "/standingorder/v1/createStandingOrderExternal"

    name: str = Field(min_length=1, max_length=60)
    start_date: str = Field(pattern=r"^20[0-9]{6}$")
    end_date: str = Field(pattern=r"^20[0-9]{6}$")
    shortcode: Shortcode
    kind: Literal["paybill", "till"] = "paybill"
    amount_kes: int = Field(ge=AMOUNT_KES_MIN, le=AMOUNT_KES_MAX)
    phone: Msisdn
    callback_url: Address
    account_reference: str = Field(min_length=1, max_length=ACCOUNT_REFERENCE_MAX)
    description: str = Field(min_length=1, max_length=DESCRIPTION_MAX)
    frequency: Frequency

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.end_date < self.start_date:
            message = "end_date: a standing order ends after it begins"
            raise ValueError(message)
        return self

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        transaction_type, identifier_type = _TYPES[self.kind]
        return {
            "StandingOrderName": self.name,
            "StartDate": self.start_date,
            "EndDate": self.end_date,
            "BusinessShortCode": self.shortcode,
            "TransactionType": transaction_type,
            "ReceiverPartyIdentifierType": identifier_type,
            "Amount": str(self.amount_kes),
            "PartyA": self.phone,
            "CallBackURL": self.callback_url,
            "AccountReference": self.account_reference,
            "TransactionDesc": self.description,
            "Frequency": _FREQUENCIES[self.frequency],
        }

    def hidden(self) -> tuple[str, ...]:
        """The number and the address."""
        return self.phone, self.callback_url
