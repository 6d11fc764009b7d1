"""What the fields of all requests have in common. Validation errors hide the values."""

from typing import Annotated, ClassVar, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from daraja.environments import OCCASION_MAX, ORIGINATOR_ID_MAX, REMARKS_MAX, REMARKS_MIN

Json: TypeAlias = str | int | list["Json"] | dict[str, "Json"]
Body: TypeAlias = dict[str, Json] | list[Json]

MSISDN_PATTERN: Final = r"^254[17][0-9]{8}$"

Shortcode = Annotated[str, Field(pattern=r"^[0-9]{5,7}$")]
Msisdn = Annotated[str, Field(pattern=MSISDN_PATTERN, repr=False)]
Timestamp = Annotated[str, Field(pattern=r"^[0-9]{14}$")]
Secret = Annotated[str, Field(min_length=1, repr=False)]
SecurityCredential = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=2_000, repr=False)]
"""base64 in one line: a blank in it is a known cause of 2001, and 2001 repeated locks the operator."""
Initiator = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[!-~]+$")]
Address = Annotated[str, Field(pattern=r"^https?://[!-~]+$", max_length=1024, repr=False)]
Remarks = Annotated[str, Field(min_length=REMARKS_MIN, max_length=REMARKS_MAX, pattern=r"\S")]
Occasion = Annotated[str, Field(min_length=1, max_length=OCCASION_MAX)]
OwnConversationId = Annotated[str, Field(pattern=rf"^[A-Za-z0-9_-]{{1,{ORIGINATOR_ID_MAX}}}$")]
"""Ours, unique for ever. One of Safaricom's pages says "< 20 characters", another 128: this is right by both."""
ConversationId = Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]
"""Ours or Safaricom's."""
Receipt = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,20}$")]


class Part(BaseModel):
    """A part of a request, or a whole one: unchangeable, no field too many, and no value in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, strict=True)


class Request(Part):
    """One call. path: where it is posted, without the host."""

    path: ClassVar[str]

    def body(self) -> Body:
        """The JSON on the wire, in Safaricom's spelling."""
        raise NotImplementedError  # the base is no call: each request writes its own

    def hidden(self) -> tuple[str, ...]:
        """What must be taken out of every text that comes back."""
        return ()

    def headers(self) -> dict[str, str]:
        """Headers that this call needs besides the usual ones."""
        return {}


class InitiatorRequest(Request):
    """A call in the name of an API operator ("initiator"), told later by a `Result`.

    result_url gets the result, queue_timeout_url a notice that says nothing about the outcome.
    """

    initiator: Initiator
    security_credential: SecurityCredential
    result_url: Address
    queue_timeout_url: Address
    remarks: Remarks

    def hidden(self) -> tuple[str, ...]:
        """Credential and addresses; these carry tags."""
        return self.security_credential, self.result_url, self.queue_timeout_url

    def _operator(self, name: str = "Initiator") -> dict[str, Json]:
        """B2C calls the field `InitiatorName`, all others `Initiator`."""
        return {name: self.initiator, "SecurityCredential": self.security_credential}

    def _return(self) -> dict[str, Json]:
        """`QueueTimeOutURL` here; the same is `QueueTimeoutURL` in results."""
        return {"Remarks": self.remarks, "QueueTimeOutURL": self.queue_timeout_url, "ResultURL": self.result_url}
