"""Where Safaricom is told to confirm money by hand: the addresses of a shortcode, and what is known of them.

In production addresses are registered once; no call lists what is registered. So what we know is what Safaricom
answered when we asked last. Source: developer.safaricom.co.ke/apis/CustomerToBusinessRegisterURL.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from enum import StrEnum

MARK_HEX = 16
FORBIDDEN = re.compile(r"m-?pesa|safaricom|exec?|cmd|sql|query", re.IGNORECASE)
"""What Safaricom refuses anywhere in these addresses. AWS's own `execute-api` hosts hold one."""

PORTAL_STEPS = (
    "Safaricom has addresses of this shortcode already, and no call can change or show them.",
    "On the organisation portal: Self Services, URL Management, choose the shortcode, delete both addresses.",
    "Two operators with the role Business Manager or Administrator must approve.",
    "Then register again. Without the portal: apisupport@safaricom.co.ke, with the shortcode.",
)
"""What to do where Safaricom says that addresses are registered already."""


class RegistrationState(StrEnum):
    """What is known of a shortcode's addresses. The values are part of the API."""

    NEVER = "never"
    UNFIT = "unfit"
    SELF_TEST_FAILED = "self_test_failed"
    REGISTERED = "registered"
    ALREADY_REGISTERED = "already_registered"
    REFUSED = "refused"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Both addresses of a shortcode (of a till: of its store number). version: v1 or v2 of Safaricom's call."""

    shortcode: str
    confirmation: str
    validation: str
    version: str = "v2"

    @property
    def mark(self) -> str:
        """Tells these addresses from others, without their tags."""
        text = f"{self.version} {self.confirmation} {self.validation}"
        return hashlib.sha256(text.encode()).hexdigest()[:MARK_HEX]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The item of a shortcode. mark: of the addresses that were registered, or last tried.

    test: the nonce of the self-test that was begun last. heard: the last one that came in by the public address.
    """

    shortcode: str
    state: RegistrationState = RegistrationState.NEVER
    mark: str = ""
    api: str = "v2"
    detail: str = ""
    by: str = ""
    at_ms: int = 0
    tested_ms: int = 0
    test: str = ""
    heard: str = ""
    version: int = 0

    def begun_test(self, nonce: str) -> Registration:
        """A self-test begins."""
        return replace(self, test=nonce, version=self.version + 1)

    def ended(
        self, state: RegistrationState, addresses: Addresses, detail: str, by: str, at_ms: int, *, tested: bool
    ) -> Registration:
        """What came of it."""
        return replace(
            self,
            state=state,
            mark=addresses.mark,
            api=addresses.version,
            detail=detail,
            by=by,
            at_ms=at_ms,
            tested_ms=at_ms if tested else self.tested_ms,
            version=self.version + 1,
        )


def unfit(addresses: Addresses, *, livemode: bool) -> str | None:
    """Why Safaricom would refuse these addresses, in a sentence; None: nothing is known against them."""
    found = FORBIDDEN.search(addresses.confirmation) or FORBIDDEN.search(addresses.validation)
    if found is not None:
        word = found.group().lower()
        return f'Safaricom refuses addresses with "{word}" in them. Give the callback API a domain of its own.'
    if livemode and not addresses.confirmation.startswith("https://"):
        return "Safaricom takes https addresses only."
    return None
