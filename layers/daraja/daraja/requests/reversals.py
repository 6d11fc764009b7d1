"""A customer's payment goes back. Source: developer.safaricom.co.ke/apis/Reversal."""

from typing import ClassVar

from pydantic import Field

from daraja.environments import AMOUNT_KES_MAX, AMOUNT_KES_MIN
from daraja.requests.fields import InitiatorRequest, Json, Receipt, Shortcode


class ReversalRequest(InitiatorRequest):
    """Gives a payment that our shortcode received (STK or by hand) back, whole. Payouts cannot be reversed so.

    receipt: the payment's. amount_kes: the payment's; reversing a part is not documented. It carries no id of
    ours; repeating it is answered R000001 once it is done.
    """

    path: ClassVar[str] = "/mpesa/reversal/v1/request"

    receipt: Receipt
    amount_kes: int = Field(ge=AMOUNT_KES_MIN, le=AMOUNT_KES_MAX)
    shortcode: Shortcode

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire. 11: an organisation. Spelt right, `RecieverIdentifierType` is unknown."""
        return {
            **self._operator(),
            "CommandID": "TransactionReversal",
            "TransactionID": self.receipt,
            "Amount": str(self.amount_kes),
            "ReceiverParty": self.shortcode,
            "RecieverIdentifierType": "11",
            **self._return(),
        }
