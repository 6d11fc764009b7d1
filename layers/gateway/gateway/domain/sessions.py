"""A person's stay in the console: how long it lasts, and how fresh its sign-in is."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.policy import MINUTE_MS

WHOLE_MS = 12 * 60 * MINUTE_MS
"""The longest that one sign-in lasts."""
IDLE_MS = 60 * MINUTE_MS
"""Without any page it ends after so long."""
FRESH_MS = 5 * MINUTE_MS
"""Money goes out only by somebody who gave proof of himself within this time."""
SEEN_EVERY_MS = MINUTE_MS
"""How often it is written down that somebody is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser of one person. hash: SHA-256 of what the cookie holds, which itself is nowhere.

    signed_in_at_ms: when the person last gave proof at the issuer, 0 where the issuer does not say.
    member_version: of the staff member at the sign-in; a later change of roles ends the session.
    """

    hash: str
    owner: str
    email: str
    person: str
    member_version: int
    started_at_ms: int
    seen_at_ms: int
    signed_in_at_ms: int
    ended: bool = False

    def lives_at(self, now_ms: int) -> bool:
        """Whether it still lets in."""
        return not self.ended and now_ms < self.started_at_ms + WHOLE_MS and now_ms < self.seen_at_ms + IDLE_MS

    def is_fresh_at(self, now_ms: int) -> bool:
        """Whether the proof is recent enough for money to go out."""
        return bool(self.signed_in_at_ms) and now_ms < self.signed_in_at_ms + FRESH_MS
