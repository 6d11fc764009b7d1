"""What a shop may say when it asks for balances."""

from __future__ import annotations

from pydantic import Field

from gateway.web.requests import RequestModel, ShortcodeNumber


class BalanceRefreshRequest(RequestModel):
    """Nothing need be said."""

    may_be_absent = True

    shortcode: ShortcodeNumber | None = Field(
        default=None, description="Only this one; all that have an initiator when absent."
    )
