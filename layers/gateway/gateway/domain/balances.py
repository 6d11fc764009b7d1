"""What an organisation has in its M-PESA accounts, as M-PESA said last. Amounts are exact, with their cents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.domain.policy import HOUR_MS, MINUTE_MS

REFRESH_MS = HOUR_MS
"""Between two questions that nobody asked for."""

STALE_MS = 2 * HOUR_MS
"""Older than this, an answer is said to be old."""

ANSWER_WAIT_MS = MINUTE_MS
"""So long a question is waited for before another one is asked."""

PAYING = ("Utility Account", "Merchant Account")
"""Accounts from which payouts go; the latter on a till."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account, in shillings. None: the figure was not told.

    name: Safaricom's: "Utility Account" receives customers' payments and pays out (on a till: "Merchant Account"),
    "Working Account" is for withdrawal and payments to organisations, "Charges Paid Account" is negative.
    """

    name: str
    currency: str
    current: Decimal
    available: Decimal | None = None
    reserved: Decimal | None = None
    uncleared: Decimal | None = None

    @property
    def usable(self) -> Decimal:
        """What can be paid out of it; what stands in it, where that was not told."""
        return self.current if self.available is None else self.available


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What is known of one shortcode's accounts.

    asked_at_ms: when M-PESA was asked last. accounts, as_of_ms: of the newest question that was answered, empty and
    None before the first; answers_at_ms: when that question was asked. failure: code of a newer question that was
    answered with a no, else ""; failure_at_ms: when that was asked. low_kes: less than this in an account that pays out
    is too little; 0: nothing is.
    """

    id: str
    owner: str
    shortcode: str
    asked_at_ms: int
    accounts: tuple[Account, ...] = ()
    as_of_ms: int | None = None
    answers_at_ms: int = 0
    failure: str = ""
    failure_at_ms: int = 0
    low_kes: int = 0
    version: int = 1
    due_at_ms: int | None = None

    def asked(self, at_ms: int, low_kes: int) -> Balance:
        """After another question; the next one is asked in an hour."""
        return replace(self, asked_at_ms=at_ms, low_kes=low_kes, due_at_ms=at_ms + REFRESH_MS, version=self.version + 1)

    def put_off(self, due_at_ms: int | None) -> Balance:
        """Nothing was asked; looked at again then, or no more (None)."""
        return replace(self, due_at_ms=due_at_ms, version=self.version + 1)

    def answered(self, accounts: tuple[Account, ...], asked_at_ms: int, as_of_ms: int) -> Balance:
        """After an answer to a question of that time. An older question's answer changes nothing."""
        if asked_at_ms <= self.answers_at_ms:
            return self
        return replace(
            self,
            accounts=accounts,
            as_of_ms=as_of_ms,
            answers_at_ms=asked_at_ms,
            failure="",
            failure_at_ms=0,
            version=self.version + 1,
        )

    def refused(self, code: str, asked_at_ms: int) -> Balance:
        """After a no to a question of that time: what was known stays, and is as old as it is."""
        if asked_at_ms <= max(self.answers_at_ms, self.failure_at_ms):
            return self
        return replace(self, failure=code, failure_at_ms=asked_at_ms, version=self.version + 1)

    def account(self, *names: str) -> Account | None:
        """The account with one of these names."""
        return next((one for one in self.accounts if one.name in names), None)

    @property
    def low(self) -> tuple[Account, ...]:
        """Accounts that pay out and hold too little."""
        return tuple(one for one in self.accounts if one.name in PAYING and one.usable < self.low_kes)

    def is_stale(self, now_ms: int) -> bool:
        """Whether what is known is old, or nothing is."""
        return self.as_of_ms is None or now_ms - self.as_of_ms > STALE_MS

    def waits_for_answer(self, now_ms: int) -> bool:
        """Whether a question was asked just now and may still be answered."""
        return self.asked_at_ms > self.answers_at_ms and now_ms - self.asked_at_ms < ANSWER_WAIT_MS
