"""The organisations of this world: their numbers, passkeys and registered C2B addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["paybill", "till"]

SANDBOX_PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
"""Of 174379, from Safaricom's public documentation."""

TILL_PASSKEY = "5d0e3a1f7b92c4466f18d3e0a95b7c2184fe6a0d3b5972c8e1460fa7d92b38c5"
"""Of the local till; a secret of nothing."""

TILL_KEEPERS_PHONE, SUPPLIERS_PHONE = "254722000555", "254722000666"
KRA = "572572"
"""Takes tax, and nothing else is ever asked of it."""


@dataclass(frozen=True, slots=True)
class Registration:
    """C2B addresses. response_type: what happens when validation is not reached."""

    version: Literal["v1", "v2"]
    response_type: Literal["Completed", "Cancelled"]
    confirmation_url: str
    validation_url: str


@dataclass(slots=True)
class Shortcode:
    """A paybill (number = party), or a till: number is the store's, party the till's."""

    number: str
    party: str
    kind: Kind
    name: str
    passkey: str | None = field(default=None, repr=False)
    """None: takes no STK push."""
    registration: Registration | None = None
    registers_once: bool = False
    """As in Safaricom's production: addresses that stand are changed by the portal alone."""

    external_validation: bool = False
    opening_kes: Mapping[str, int] = field(default_factory=dict)
    """What is in accounts other than the one that takes payments, before anything moved."""
    pull_registered: bool = False
    nominated_number: str | None = None
    """The phone that is asked to pay out of its accounts (USSD push). None: the portal holds none."""
    kyc_passed: bool = True
    """Whether it may be asked to pay at all."""

    @property
    def account(self) -> str:
        """The float account that takes customers' payments."""
        return "utility" if self.kind == "paybill" else "merchant"

    @property
    def transaction_type(self) -> str:
        """What the TransactionType of a push to it must be."""
        return "CustomerPayBillOnline" if self.kind == "paybill" else "CustomerBuyGoodsOnline"


class Shortcodes:
    """All organisations, found by store, till or paybill number."""

    def __init__(self) -> None:
        self.all = [
            Shortcode("174379", "174379", "paybill", "INKLESS IS MORE", SANDBOX_PASSKEY),
            Shortcode("600998", "600998", "paybill", "DARAJA-SANDBOX", opening_kes={"working": 20_000}),
            Shortcode("600000", "600000", "paybill", "SANDBOX SUPPLIER", nominated_number=SUPPLIERS_PHONE),
            Shortcode(
                "4000001", "5000002", "till", "INKLESS CORNER SHOP", TILL_PASSKEY, nominated_number=TILL_KEEPERS_PHONE
            ),
            Shortcode(KRA, KRA, "paybill", "KENYA REVENUE AUTHORITY"),
        ]

    def find(self, number: str) -> Shortcode | None:
        """The organisation that has this number, whichever of its numbers it is."""
        return next((code for code in self.all if number in (code.number, code.party)), None)
