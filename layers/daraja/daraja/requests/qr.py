"""A picture to pay by (Dynamic QR). Source: developer.safaricom.co.ke/apis/DynamicQRCode."""

from typing import ClassVar, Literal

from pydantic import Field

from daraja.environments import AMOUNT_KES_MAX, AMOUNT_KES_MIN, BILL_REFERENCE_TYPED_MAX
from daraja.requests.fields import Json, Request

QrKind = Literal["BG", "PB", "WA", "SM", "SB"]
"""Buy goods, paybill, withdraw at an agent, send money, send to a business."""


class QrRequest(Request):
    """credit_party: till, paybill, agent's till, or number, as the kind says. size: pixels of its square."""

    path: ClassVar[str] = "/mpesa/qrcode/v1/generate"

    merchant_name: str = Field(min_length=1, max_length=60)
    reference: str = Field(min_length=1, max_length=BILL_REFERENCE_TYPED_MAX)
    amount_kes: int = Field(ge=AMOUNT_KES_MIN, le=AMOUNT_KES_MAX)
    kind: QrKind
    credit_party: str = Field(pattern=r"^[0-9]{5,12}$")
    size: int = Field(default=300, ge=1, le=1_000)

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return {
            "MerchantName": self.merchant_name,
            "RefNo": self.reference,
            "Amount": self.amount_kes,
            "TrxCode": self.kind,
            "CPI": self.credit_party,
            "Size": str(self.size),
        }
