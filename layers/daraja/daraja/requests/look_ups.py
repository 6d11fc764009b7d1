"""What is known about a number or an organisation, answered at once. All need a contract.

Sources: developer.safaricom.co.ke/apis/Swap and IMSI; github.com/kepas-tech/daraja-js docs/specs/query-org-info.md.
"""

from typing import ClassVar, Literal

from daraja.requests.fields import Json, Msisdn, Request, Shortcode


class _AboutNumber(Request):
    phone: Msisdn

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return {"customerNumber": self.phone}

    def hidden(self) -> tuple[str, ...]:
        """The number."""
        return (self.phone,)


class SimSwapRequest(_AboutNumber):
    """When the SIM card of a number was last replaced."""

    path: ClassVar[str] = "/imsi/v2/checkATI"


class ImsiRequest(_AboutNumber):
    """The same, with the hashed IMSI and the day of registration."""

    path: ClassVar[str] = "/imsi/v1/checkATI"


class OrganisationRequest(Request):
    """The name behind a shortcode ("4") or till ("2")."""

    path: ClassVar[str] = "/sfcverify/v1/query/info"

    identifier: Shortcode
    identifier_type: Literal["2", "4"] = "4"

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return {"IdentifierType": self.identifier_type, "Identifier": self.identifier}
