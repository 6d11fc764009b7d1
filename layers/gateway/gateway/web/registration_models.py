"""What the API answers about the registration of addresses, as models, from which the OpenAPI is made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.domain.registration import RegistrationState
from gateway.web.models import AnswerModel, Time


class RegisteredAddresses(AnswerModel):
    """What is known of the addresses of a shortcode. Their tags are masked.

    these_addresses: Safaricom took these very ones. steps: what to do by hand where Safaricom has other ones.
    """

    shortcode: str
    state: RegistrationState
    version: Literal["v1", "v2"]
    confirmation_url: str
    validation_url: str
    self_tested_at: Time | None
    asked_at: Time | None
    these_addresses: bool
    detail: str | None
    steps: list[str]


class C2bRegistration(AnswerModel):
    """Each shortcode that was asked for."""

    object: Literal["c2b_registration"]
    dry_run: bool
    shortcodes: Annotated[list[RegisteredAddresses], Field(min_length=1)]
