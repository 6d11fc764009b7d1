"""The numbers that the rules of money that goes out use. Amounts in whole shillings, times in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

LAPSES_AFTER_MS = 72 * HOUR_MS
"""What nobody approved by then is not sent any more."""

SIGNED_IN_WITHIN_MS = 5 * MINUTE_MS
"""Who approves has proved who they are within this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutPolicy:
    """Limits and times.

    day_kes, recipient_kes: most that goes out in a Nairobi day, and to one recipient. approve_above_kes: what goes to
    one recipient in a day up to this sum needs no second person; 0: everything does. per_minute: sends, of all
    functions together. send_window_ms: how long after its beginning a send may be handed over; answer_ms_max: the
    longest that can take. answer_deadline_ms: nobody told the outcome by then, so it is `unresolved`.
    """

    day_kes: int = 1_000_000
    recipient_kes: int = 250_000
    approve_above_kes: int = 0
    per_minute: int = 60
    send_window_ms: int = 8 * SECOND_MS
    answer_ms_max: int = 23 * SECOND_MS
    answer_deadline_ms: int = 15 * MINUTE_MS
    ask_hourly_ms: int = DAY_MS
    ask_for_ms: int = 7 * DAY_MS
