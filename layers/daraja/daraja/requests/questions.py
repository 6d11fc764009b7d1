"""What became of a transaction, and what is in our accounts. They change nothing, but a wrong credential counts.

Sources: developer.safaricom.co.ke/apis/TransactionStatus and AccountBalance.
"""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from daraja.requests.fields import ConversationId, InitiatorRequest, Json, Occasion, Receipt, Shortcode


class TransactionStatusRequest(InitiatorRequest):
    """Asks by receipt, or by the OriginatorConversationID of the request that made the transaction; exactly one.

    party: our shortcode, which sent or received. identifier_type: "4" for a shortcode, "2" a till, "1" a number.
    Raises ValueError when both or neither are given.
    """

    path: ClassVar[str] = "/mpesa/transactionstatus/v1/query"

    receipt: Receipt | None = None
    originator_conversation_id: ConversationId | None = None
    party: str = Field(pattern=r"^(?:[0-9]{5,9}|254[17][0-9]{8})$", repr=False)
    identifier_type: Literal["1", "2", "4"] = "4"
    occasion: Occasion | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.receipt is None) == (self.originator_conversation_id is None):
            message = "receipt, originator_conversation_id: exactly one of the two is needed"
            raise ValueError(message)
        return self

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire: `OriginalConversationID`, and `Occasion` with one s, are right here."""
        told: dict[str, Json] = {
            **self._operator(),
            "CommandID": "TransactionStatusQuery",
            "PartyA": self.party,
            "IdentifierType": self.identifier_type,
            **self._return(),
        }
        if self.receipt is not None:
            told["TransactionID"] = self.receipt
        if self.originator_conversation_id is not None:
            told["OriginalConversationID"] = self.originator_conversation_id
        if self.occasion is not None:
            told["Occasion"] = self.occasion
        return told

    def hidden(self) -> tuple[str, ...]:
        """The other party's number too."""
        return *super().hidden(), self.party if self.identifier_type == "1" else ""


class AccountBalanceRequest(InitiatorRequest):
    """Asks what is in the accounts of our shortcode."""

    path: ClassVar[str] = "/mpesa/accountbalance/v1/query"

    shortcode: Shortcode

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return {
            **self._operator(),
            "CommandID": "AccountBalance",
            "PartyA": self.shortcode,
            "IdentifierType": "4",
            **self._return(),
        }
