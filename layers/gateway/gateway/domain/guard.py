"""One live prompt on a phone, and never more than its windows.

The guard of a phone names whose prompt lives on it (payment, attempt, sender). It is taken when it is free, run out,
or when its owner's attempt has ended in a way that rules out a prompt still alive. A sender that finds its own
nonce in it goes on: only the answer of its write was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.domain.attempts import prompt_may_still_live
from gateway.domain.facts import NotSentReason
from gateway.domain.payment import Attempt
from gateway.domain.policy import DAY_MS, MINUTE_MS, Policy
from gateway.domain.statuses import ATTEMPT

UNANSWERED = frozenset({"cancelled_or_timed_out", "no_answer", "prompt_expired"})
"""Failure codes that count towards a phone's pause."""

UNANSWERED_IN_A_ROW = 3
"""With the third in a row the pauses begin."""

WINDOW_MS = 10 * MINUTE_MS

RECENT_MAX = 10
RECENT_OF_ALL_MAX = 20
"""Payments that a phone's item names, by owner and in all: it stays within one kilobyte, the price of one write."""

RECENT_FOR_MS = 90 * DAY_MS
"""So long after a phone's last prompt its payments are found by its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Whose prompt lives on a phone, until when, and when this phone was prompted, by owner.

    phone_key: keyed hash of the number. unanswered: prompts in a row that were cancelled or not answered, up to the
    one before this owner's. recent: (owner, payment) of the newest prompts, newest first, for who searches by phone:
    hints, to be held against the payments themselves.
    """

    phone_key: str
    payment_id: str
    number: int
    sender: str
    until_ms: int
    prompted_ms: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    unanswered: int = 0
    version: int = 1
    recent: tuple[tuple[str, str], ...] = ()

    def recent_of(self, owner: str) -> tuple[str, ...]:
        """Ids of the owner's payments that prompted this phone, newest first."""
        return tuple(payment_id for whose, payment_id in self.recent if whose == owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Who asks for the phone."""

    phone_key: str
    owner: str
    payment_id: str
    number: int
    sender: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """The phone is not free: why, and from when it may be."""

    reason: NotSentReason
    retry_at_ms: int


def is_mine(guard: Guard | None, wanted: Wanted) -> bool:
    """Whether this very sender holds the guard already."""
    return guard is not None and (guard.payment_id, guard.number, guard.sender) == (
        wanted.payment_id,
        wanted.number,
        wanted.sender,
    )


def take(guard: Guard | None, wanted: Wanted, previous: Attempt | None, now_ms: int, policy: Policy) -> Guard | Refusal:
    """The guard as it will be, or why not.

    previous: the attempt that the guard names, as it stands now; None when there is none to be found.
    """
    if guard is None:
        return _taken(wanted, None, 0, now_ms)
    if guard.until_ms > now_ms and not _certainly_gone(previous):
        return Refusal(NotSentReason.PHONE_BUSY, guard.until_ms)
    unanswered = _unanswered(guard, previous)
    times = guard.prompted_ms.get(wanted.owner, ())
    free_from_ms = max(
        _window_free_ms(times, policy.prompts_per_10_minutes, WINDOW_MS),
        _window_free_ms(times, policy.prompts_per_day, DAY_MS),
        _pause_ends_ms(times, unanswered, policy),
    )
    if free_from_ms > now_ms:
        return Refusal(NotSentReason.TOO_MANY_PROMPTS, free_from_ms)
    return _taken(wanted, guard, unanswered, now_ms)


def _taken(wanted: Wanted, guard: Guard | None, unanswered: int, now_ms: int) -> Guard:
    prompted_ms = {
        owner: kept
        for owner, times in (guard.prompted_ms if guard else {}).items()
        if (kept := tuple(at for at in times if at > now_ms - DAY_MS))
    }
    prompted_ms[wanted.owner] = (*prompted_ms.get(wanted.owner, ()), now_ms)
    return Guard(
        phone_key=wanted.phone_key,
        payment_id=wanted.payment_id,
        number=wanted.number,
        sender=wanted.sender,
        until_ms=wanted.until_ms,
        prompted_ms=prompted_ms,
        unanswered=unanswered,
        version=guard.version + 1 if guard else 1,
        recent=_recent(wanted, guard.recent if guard else ()),
    )


def _recent(wanted: Wanted, before: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """This payment in front; what is too much falls off at the end."""
    newest = (wanted.owner, wanted.payment_id)
    others = [one for one in before if one != newest]
    own = [one for one in others if one[0] == wanted.owner][: RECENT_MAX - 1]
    kept = [one for one in others if one[0] != wanted.owner or one in own]
    return (newest, *kept[: RECENT_OF_ALL_MAX - 1])


def _certainly_gone(previous: Attempt | None) -> bool:
    """The owner's attempt has ended, and not in a way after which its prompt may still come up."""
    return previous is not None and ATTEMPT[previous.status].final and not prompt_may_still_live(previous)


def _unanswered(guard: Guard, previous: Attempt | None) -> int:
    if previous is None or previous.failure is None:
        return 0
    return guard.unanswered + 1 if previous.failure.code in UNANSWERED else 0


def _window_free_ms(times: tuple[int, ...], most: int, window_ms: int) -> int:
    """When one more prompt fits: the `most`-last prompt must have left the window."""
    return times[-most] + window_ms if len(times) >= most else 0


def _pause_ends_ms(times: tuple[int, ...], unanswered: int, policy: Policy) -> int:
    if unanswered < UNANSWERED_IN_A_ROW or not policy.no_answer_pauses_ms or not times:
        return 0
    step = min(unanswered - UNANSWERED_IN_A_ROW, len(policy.no_answer_pauses_ms) - 1)
    return times[-1] + policy.no_answer_pauses_ms[step]
