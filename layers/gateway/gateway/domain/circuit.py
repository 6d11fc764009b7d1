"""Whether an organisation's API operator ("initiator") may be called, and how old its password is.

M-PESA locks an operator after a few wrong passwords, and only the organisation's administrator can unlock it. So the
first answer that says something is wrong with the operator opens the circuit: nobody calls until a person's test has
succeeded. A missing role does not lock anything and closes only the commands that need it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gateway.domain.policy import DAY_MS

EVERY_COMMAND = "*"
PASSWORD_DAYS = 90
"""So long an operator's password is valid. Source: developer.safaricom.co.ke/apis/TransactionStatus, FAQ 5."""

REMINDER_DAYS = (75, 85, 89)


@dataclass(frozen=True, slots=True)
class Opening:
    """Why calls stopped. code: Safaricom's. command: of the call that heard it. since_ms: when it was heard."""

    code: str
    command: str
    since_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """Of one shortcode's operator.

    owners: the shops that are told of it. openings: by command, or under EVERY_COMMAND. set_at_ms: of the credential;
    0: none. tested_at_ms: when M-PESA last took the credential.
    """

    shortcode: str
    owners: tuple[str, ...] = ()
    set_at_ms: int = 0
    openings: Mapping[str, Opening] = field(default_factory=dict)
    tested_at_ms: int = 0
    version: int = 1

    def opening(self, command: str) -> Opening | None:
        """Why this command may not be called; None: it may."""
        return self.openings.get(EVERY_COMMAND) or self.openings.get(command)

    def opened(self, opening: Opening, *, for_all: bool) -> Circuit:
        """After a refusal. The first one stays, since it tells when and why it began."""
        place = EVERY_COMMAND if for_all else opening.command
        if place in self.openings:
            return self
        return replace(self, openings={**self.openings, place: opening}, version=self.version + 1)

    def proven(self, asked_at_ms: int, at_ms: int) -> Circuit:
        """After M-PESA took the credential of a call made then: whatever opened before that call is closed.

        An answer to an older call proves nothing about what was heard since.
        """
        left = {place: one for place, one in self.openings.items() if one.since_ms >= asked_at_ms}
        if len(left) == len(self.openings) and at_ms - self.tested_at_ms < DAY_MS:
            return self
        return replace(self, openings=left, tested_at_ms=at_ms, version=self.version + 1)

    def password_age_days(self, now_ms: int) -> int:
        """Whole days since the credential was set."""
        return max(0, now_ms - self.set_at_ms) // DAY_MS

    def reminder(self, now_ms: int) -> int | None:
        """The last day of REMINDER_DAYS that has come; None: there is time, or no credential."""
        age = self.password_age_days(now_ms) if self.set_at_ms else 0
        return max((day for day in REMINDER_DAYS if day <= age), default=None)
