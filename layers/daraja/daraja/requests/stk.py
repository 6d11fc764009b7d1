"""Prompts (STK push), and questions about them. Attributes have plain names; `body()` gives Daraja's spelling."""

import base64
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from daraja.environments import (
    ACCOUNT_REFERENCE_MAX,
    AMOUNT_KES_MAX,
    AMOUNT_KES_MIN,
    DESCRIPTION_MAX,
    timestamp_eat,
)
from daraja.requests.fields import Address, Json, Msisdn, Request, Secret, Shortcode, Timestamp

TransactionType = Literal["CustomerPayBillOnline", "CustomerBuyGoodsOnline"]
ShopKind = Literal["paybill", "till"]


class StkPushRequest(Request):
    """An STK push. Source: developer.safaricom.co.ke/apis/MpesaExpressSimulate.

    amount_kes: whole shillings, 1 to 250,000. phone: 12 digits. callback_url: HTTPS, public.
    description: Safaricom calls it optional, yet refuses a push without it ("Invalid Remarks").
    """

    path: ClassVar[str] = "/mpesa/stkpush/v1/processrequest"

    business_shortcode: Shortcode
    password: Secret
    timestamp: Timestamp
    transaction_type: TransactionType
    amount_kes: int = Field(ge=AMOUNT_KES_MIN, le=AMOUNT_KES_MAX)
    party_b: Shortcode
    phone: Msisdn
    callback_url: Address
    account_reference: str = Field(min_length=1, max_length=ACCOUNT_REFERENCE_MAX)
    description: str = Field(min_length=1, max_length=DESCRIPTION_MAX)

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire. Phones go as numbers: as text they have ended in silent 1037."""
        return {
            "BusinessShortCode": self.business_shortcode,
            "Password": self.password,
            "Timestamp": self.timestamp,
            "TransactionType": self.transaction_type,
            "Amount": self.amount_kes,
            "PartyA": int(self.phone),
            "PartyB": self.party_b,
            "PhoneNumber": int(self.phone),
            "CallBackURL": self.callback_url,
            "AccountReference": self.account_reference,
            "TransactionDesc": self.description,
        }

    def hidden(self) -> tuple[str, ...]:
        """Password and address; this carries a tag."""
        return self.password, self.callback_url


class StkQueryRequest(Request):
    """An STK query. For a till: the same shortcode and passkey as the push.

    Source: developer.safaricom.co.ke/apis/MpesaExpressQuery.
    """

    path: ClassVar[str] = "/mpesa/stkpushquery/v1/query"

    business_shortcode: Shortcode
    password: Secret
    timestamp: Timestamp
    checkout_request_id: str = Field(min_length=1, max_length=256, repr=False)

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return {
            "BusinessShortCode": self.business_shortcode,
            "Password": self.password,
            "Timestamp": self.timestamp,
            "CheckoutRequestID": self.checkout_request_id,
        }

    def hidden(self) -> tuple[str, ...]:
        """The password."""
        return (self.password,)


@dataclass(frozen=True, slots=True)
class StkParties:
    """Who is paid, as an STK push names it."""

    business_shortcode: str
    party_b: str
    transaction_type: TransactionType


def stk_parties(kind: ShopKind, number: str, store_number: str | None = None) -> StkParties:
    """One setting → the three fields that must agree.

    number: the paybill, or the till number that payers know. store_number: for a till, the store or
    head-office number of go-live; confusing the two ends as SFC_IC0003 after the payer typed the PIN.
    Raises ValueError when a till has no store number.
    """
    if kind == "paybill":
        return StkParties(number, number, "CustomerPayBillOnline")
    if not store_number:
        message = "store_number: a till needs its store (head-office) number besides the till number"
        raise ValueError(message)
    return StkParties(store_number, number, "CustomerBuyGoodsOnline")


def stk_password(shortcode: str, passkey: str, timestamp: str) -> str:
    """base64(shortcode + passkey + timestamp); `timestamp` must be the very one in the request."""
    return base64.b64encode(f"{shortcode}{passkey}{timestamp}".encode()).decode("ascii")


def stk_push(
    parties: StkParties,
    *,
    passkey: str,
    now_ms: int,
    amount_kes: int,
    phone: str,
    callback_url: str,
    account_reference: str,
    description: str,
) -> StkPushRequest:
    """A push whose timestamp and password belong together. now_ms: since the epoch.

    Raises pydantic.ValidationError when a field is outside Safaricom's limits.
    """
    timestamp = timestamp_eat(now_ms)
    return StkPushRequest(
        business_shortcode=parties.business_shortcode,
        password=stk_password(parties.business_shortcode, passkey, timestamp),
        timestamp=timestamp,
        transaction_type=parties.transaction_type,
        amount_kes=amount_kes,
        party_b=parties.party_b,
        phone=phone,
        callback_url=callback_url,
        account_reference=account_reference,
        description=description,
    )


def stk_query(parties: StkParties, *, passkey: str, now_ms: int, checkout_request_id: str) -> StkQueryRequest:
    """A query whose timestamp and password belong together. now_ms: since the epoch.

    Raises pydantic.ValidationError when the id is empty or far too long.
    """
    timestamp = timestamp_eat(now_ms)
    return StkQueryRequest(
        business_shortcode=parties.business_shortcode,
        password=stk_password(parties.business_shortcode, passkey, timestamp),
        timestamp=timestamp,
        checkout_request_id=checkout_request_id,
    )
