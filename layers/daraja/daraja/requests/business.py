"""To other organisations (B2B): paybills, tills, our own float, tax, and a USSD push to a merchant.

Sources: developer.safaricom.co.ke/apis/ BusinessPayBill, BusinessBuyGoods, B2CAccountTopUp, TaxRemittance,
B2BExpressCheckout; the older commands are in github.com/Ghostscypher/php-mpesa mpesa_endpoints.md.
"""

from typing import ClassVar, Final, Literal

from pydantic import Field

from daraja.environments import BUSINESS_REFERENCE_MAX, KRA_SHORTCODE
from daraja.requests.fields import (
    MSISDN_PATTERN,
    Address,
    InitiatorRequest,
    Json,
    Occasion,
    Request,
    Shortcode,
)

BusinessCommand = Literal[
    "BusinessPayBill",
    "BusinessBuyGoods",
    "BusinessPayToBulk",
    "BusinessTransferFromMMFToUtility",
    "DisburseFundsToBusiness",
    "BusinessToBusinessTransfer",
]
IdentifierType = Literal["1", "2", "4"]
"""MSISDN, till, shortcode."""

AMOUNT_KES_MAX: Final = 999_999_999
"""Safaricom publishes no limit between organisations; this one catches slips of the hand."""


class BusinessPaymentRequest(InitiatorRequest):
    """Money from our Working account to another organisation, or between our own accounts.

    command: BusinessPayBill to a paybill, BusinessBuyGoods to a till, BusinessPayToBulk loads a shortcode that
    pays out, BusinessTransferFromMMFToUtility moves our own float (needs Safaricom's whitelisting).
    receiver_identifier_type: "4"; for a till the portal says "4", while "2" works in production for others.
    requester: on whose behalf, a customer's number. It carries no id of ours: never repeat it after a lost answer.
    """

    path: ClassVar[str] = "/mpesa/b2b/v1/paymentrequest"

    command: BusinessCommand
    shortcode: Shortcode
    receiver: Shortcode
    receiver_identifier_type: IdentifierType = "4"
    amount_kes: int = Field(ge=1, le=AMOUNT_KES_MAX)
    account_reference: str = Field(min_length=1, max_length=BUSINESS_REFERENCE_MAX)
    requester: str | None = Field(default=None, pattern=MSISDN_PATTERN, repr=False)
    occasion: Occasion | None = None

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire. `RecieverIdentifierType` and `Occassion` are Safaricom's spelling."""
        told: dict[str, Json] = {
            **self._operator(),
            "CommandID": self.command,
            "SenderIdentifierType": "4",
            "RecieverIdentifierType": self.receiver_identifier_type,
            "Amount": str(self.amount_kes),
            "PartyA": self.shortcode,
            "PartyB": self.receiver,
            "AccountReference": self.account_reference,
            **self._return(),
        }
        if self.requester is not None:
            told["Requester"] = self.requester
        if self.occasion is not None:
            told["Occassion"] = self.occasion
        return told

    def hidden(self) -> tuple[str, ...]:
        """The requester's number too."""
        return *super().hidden(), self.requester or ""


class TaxRequest(InitiatorRequest):
    """Tax to the Kenya Revenue Authority. prn: the payment registration number that it issued."""

    path: ClassVar[str] = "/mpesa/b2b/v1/remittax"

    shortcode: Shortcode
    amount_kes: int = Field(ge=1, le=AMOUNT_KES_MAX)
    prn: str = Field(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9-]+$")

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return {
            **self._operator(),
            "CommandID": "PayTaxToKRA",
            "SenderIdentifierType": "4",
            "RecieverIdentifierType": "4",
            "Amount": str(self.amount_kes),
            "PartyA": self.shortcode,
            "PartyB": KRA_SHORTCODE,
            "AccountReference": self.prn,
            **self._return(),
        }


class UssdPushRequest(Request):
    """Asks a merchant, on the phone that its till has nominated, to pay us (B2B Express Checkout).

    payer: the till that pays; receiver: the one that is paid. request_id: ours, comes back in the callback.
    """

    path: ClassVar[str] = "/v1/ussdpush/get-msisdn"

    payer: Shortcode
    receiver: Shortcode
    amount_kes: int = Field(ge=1, le=AMOUNT_KES_MAX)
    reference: str = Field(min_length=1, max_length=60)
    callback_url: Address
    partner_name: str = Field(min_length=1, max_length=60)
    request_id: str = Field(pattern=r"^[!-~]{1,64}$")

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return {
            "primaryShortCode": self.payer,
            "receiverShortCode": self.receiver,
            "amount": str(self.amount_kes),
            "paymentRef": self.reference,
            "callbackUrl": self.callback_url,
            "partnerName": self.partner_name,
            "RequestRefID": self.request_id,
        }

    def hidden(self) -> tuple[str, ...]:
        """The address."""
        return (self.callback_url,)
