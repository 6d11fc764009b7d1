"""The payments of the last 48 hours (Pull Transactions). Its paths have no `/mpesa`.

Source: developer.safaricom.co.ke/apis/PullTransaction.
"""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from daraja.environments import PULL_HORIZON_S, date_time_eat
from daraja.requests.fields import Address, Json, Request, Shortcode


class PullRegisterRequest(Request):
    """Once per shortcode. nominated_number: the organisation's own Safaricom line (07…, 01… or 254…), no shortcode."""

    path: ClassVar[str] = "/pulltransactions/v1/register"

    shortcode: Shortcode
    nominated_number: str = Field(pattern=r"^(?:254|0)[17][0-9]{8}$", repr=False)
    callback_url: Address

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return {
            "ShortCode": self.shortcode,
            "RequestType": "Pull",
            "NominatedNumber": self.nominated_number,
            "CallBackURL": self.callback_url,
        }

    def hidden(self) -> tuple[str, ...]:
        """The number and the address."""
        return self.nominated_number, self.callback_url


class PullQueryRequest(Request):
    """One page of the payments of a window. from_ms, until_ms: since the epoch, at most 48 hours apart.

    offset: rows to leave out, from 0. Raises ValueError for a window that ends before it begins or is too long.
    """

    path: ClassVar[str] = "/pulltransactions/v1/query"

    shortcode: Shortcode
    from_ms: int = Field(ge=0)
    until_ms: int = Field(ge=0)
    offset: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _window(self) -> Self:
        if not 0 <= self.until_ms - self.from_ms <= PULL_HORIZON_S * 1_000:
            message = "from_ms, until_ms: a window ends after it begins and is at most 48 hours long"
            raise ValueError(message)
        return self

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire. `OffSetValue` is Safaricom's spelling; as a number."""
        return {
            "ShortCode": self.shortcode,
            "StartDate": date_time_eat(self.from_ms),
            "EndDate": date_time_eat(self.until_ms),
            "OffSetValue": self.offset,
        }
