"""To customers: payouts (B2C), to Pochi la Biashara, and the name behind a number.

Sources: developer.safaricom.co.ke/apis/BusinessToCustomer and BusinessToPochi; for Hakikisha
github.com/kepas-tech/daraja-js docs/specs/b2c-hakikisha.md.
"""

from typing import ClassVar, Literal

from pydantic import Field

from daraja.environments import AMOUNT_KES_MAX, PAYOUT_KES_MIN
from daraja.requests.fields import InitiatorRequest, Json, Msisdn, Occasion, OwnConversationId, Request, Shortcode

PayoutCommand = Literal["BusinessPayment", "SalaryPayment", "PromotionPayment"]


class _Payout(InitiatorRequest):
    shortcode: Shortcode
    phone: Msisdn
    amount_kes: int = Field(ge=PAYOUT_KES_MIN, le=AMOUNT_KES_MAX)
    occasion: Occasion | None = None

    def hidden(self) -> tuple[str, ...]:
        """The recipient's number too."""
        return *super().hidden(), self.phone

    def _payout(self, command: str) -> dict[str, Json]:
        """`Occassion` is Safaricom's spelling here, and only in what moves money."""
        occasion: dict[str, Json] = {} if self.occasion is None else {"Occassion": self.occasion}
        return {
            **self._operator("InitiatorName"),
            "CommandID": command,
            "Amount": str(self.amount_kes),
            "PartyA": self.shortcode,
            "PartyB": self.phone,
            **self._return(),
            **occasion,
        }


class B2cRequest(_Payout):
    """A payout, version 3: the one to use. A repeated originator_conversation_id is refused as a duplicate.

    shortcode: pays from its Utility account. amount_kes: 10 to 250,000. command: BusinessPayment for refunds,
    SalaryPayment for wages, PromotionPayment congratulates in its SMS.
    """

    path: ClassVar[str] = "/mpesa/b2c/v3/paymentrequest"

    originator_conversation_id: OwnConversationId
    command: PayoutCommand = "BusinessPayment"

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return {"OriginatorConversationID": self.originator_conversation_id, **self._payout(self.command)}


class B2cV1Request(_Payout):
    """A payout, version 1. It has no id of ours, so a repetition pays twice: only where version 3 is not enabled."""

    path: ClassVar[str] = "/mpesa/b2c/v1/paymentrequest"

    command: PayoutCommand = "BusinessPayment"

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return self._payout(self.command)


class PochiRequest(_Payout):
    """To a Pochi la Biashara wallet; otherwise as `B2cRequest`."""

    path: ClassVar[str] = "/mpesa/b2pochi/v1/paymentrequest"

    originator_conversation_id: OwnConversationId

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return {
            "OriginatorConversationID": self.originator_conversation_id,
            **self._payout("BusinessPayToPochi"),
        }


class HakikishaRequest(Request):
    """Asks for the registered name behind a number before it is paid. Needs a contract.

    request_id: ours. timestamp: as the specification leaves it open, `environments.timestamp_eat`'s form is sent.
    """

    path: ClassVar[str] = "/mpesa/b2c/hakikisha/v1/hakikisha"

    request_id: OwnConversationId
    timestamp: str = Field(pattern=r"^[0-9]{14}$")
    phone: Msisdn
    shortcode: Shortcode

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return {
            "header": {"requestID": self.request_id, "timestamp": self.timestamp},
            "body": {"msisdn": self.phone, "shortcode": self.shortcode},
        }

    def hidden(self) -> tuple[str, ...]:
        """The number."""
        return (self.phone,)
