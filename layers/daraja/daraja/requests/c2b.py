"""Payments that customers type by hand (C2B): where they are told, and simulated ones for tests.

Sources: developer.safaricom.co.ke/apis/CustomerToBusinessRegisterURL and CustomerToBusiness.
"""

import ipaddress
import re
from typing import Annotated, ClassVar, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from daraja.environments import AMOUNT_KES_MAX, AMOUNT_KES_MIN, BILL_REFERENCE_TYPED_MAX
from daraja.requests.fields import Address, Json, Msisdn, Request, Shortcode

FORBIDDEN_IN_URL: Final = re.compile(r"m-?pesa|safaricom|exec?|cmd|sql|query", re.IGNORECASE)
"""Words that no registered address may contain, anywhere. AWS's own `execute-api` hosts do."""
_TUNNELS: Final = re.compile(r"ngrok|mockbin|requestbin|webhook\.site|localtunnel|loca\.lt", re.IGNORECASE)
"""Hosts that Safaricom usually blocks."""


def _without_forbidden_words(url: str) -> str:
    found = FORBIDDEN_IN_URL.search(url)
    if found is not None:
        raise ValueError(f'Safaricom refuses addresses with the word "{found.group().lower()}" in them')
    return url


_RegisteredUrl = Annotated[Address, AfterValidator(_without_forbidden_words)]


def public_url_problem(url: str) -> str | None:
    """Why production would refuse this address: no HTTPS, a host that is not public, a tunnel. None: nothing known."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https":
        return "production takes HTTPS only"
    if _TUNNELS.search(host):
        return "Safaricom blocks tunnels and request bins"
    try:
        is_public = ipaddress.ip_address(host).is_global
    except ValueError:
        is_public = "." in host and not host.endswith((".localhost", ".local", ".internal", ".test"))
    return None if is_public else "the host is not public"


class _C2bRegister(Request):
    """Addresses for one shortcode (a till: its store number).

    response_type: what M-Pesa does with a payment when validation_url does not answer in time. production: the
    stricter rules. In production addresses are registered once; changing them takes the portal or support.
    Raises ValueError that names field and rule.
    """

    shortcode: Shortcode
    response_type: Literal["Completed", "Cancelled"] = "Completed"
    confirmation_url: _RegisteredUrl
    validation_url: _RegisteredUrl
    production: bool = False

    @model_validator(mode="after")
    def _public_in_production(self) -> Self:
        for name, url in (("confirmation_url", self.confirmation_url), ("validation_url", self.validation_url)):
            problem = public_url_problem(url) if self.production else None
            if problem is not None:
                raise ValueError(f"{name}: {problem}")
        return self

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return {
            "ShortCode": self.shortcode,
            "ResponseType": self.response_type,
            "ConfirmationURL": self.confirmation_url,
            "ValidationURL": self.validation_url,
        }

    def hidden(self) -> tuple[str, ...]:
        """The addresses; these carry tags."""
        return self.confirmation_url, self.validation_url


class C2bRegisterRequest(_C2bRegister):
    """Version 2: what is posted carries a masked number."""

    path: ClassVar[str] = "/mpesa/c2b/v2/registerurl"


class C2bRegisterV1Request(_C2bRegister):
    """Version 1: what is posted carries the SHA-256 of the number, which protects nobody."""

    path: ClassVar[str] = "/mpesa/c2b/v1/registerurl"


class C2bSimulateRequest(Request):
    """A payment in Safaricom's sandbox. reference: what a payer would type; None, and only None, for a till.

    Raises ValueError when reference and command do not agree.
    """

    path: ClassVar[str] = "/mpesa/c2b/v2/simulate"

    shortcode: Shortcode
    command: Literal["CustomerPayBillOnline", "CustomerBuyGoodsOnline"] = "CustomerPayBillOnline"
    amount_kes: int = Field(ge=AMOUNT_KES_MIN, le=AMOUNT_KES_MAX)
    phone: Msisdn
    reference: str | None = Field(default=None, min_length=1, max_length=BILL_REFERENCE_TYPED_MAX)

    @model_validator(mode="after")
    def _reference_for_paybills_only(self) -> Self:
        if (self.reference is None) != (self.command == "CustomerBuyGoodsOnline"):
            message = "reference: a paybill needs one, a till takes none"
            raise ValueError(message)
        return self

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire. `Msisdn` is Safaricom's spelling; for a till a reference would fail it."""
        told: dict[str, Json] = {
            "ShortCode": self.shortcode,
            "CommandID": self.command,
            "Amount": self.amount_kes,
            "Msisdn": int(self.phone),
        }
        return told if self.reference is None else {**told, "BillRefNumber": self.reference}

    def hidden(self) -> tuple[str, ...]:
        """The number."""
        return (self.phone,)
