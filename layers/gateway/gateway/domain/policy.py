"""The numbers that the rules use. Each is a setting; the defaults are those of production."""

from __future__ import annotations

from dataclasses import dataclass

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Times in milliseconds.

    send_window_ms: how long after its first write an attempt may be pushed. push_answer_ms_max: the longest a push
    can take. prompt_alive_ms_max: a prompt is certainly gone after it (Safaricom: one to three minutes).
    prompt_shown_ms: what the payer is told. answer_deadline_ms: nobody answered by then, so the attempt is
    `unresolved`; asking goes on each hour for `ask_on_ms`.
    """

    send_window_ms: int = 8 * SECOND_MS
    push_answer_ms_max: int = 15 * SECOND_MS
    prompt_alive_ms_max: int = 180 * SECOND_MS
    prompt_shown_ms: int = 60 * SECOND_MS
    answer_deadline_ms: int = 15 * MINUTE_MS
    ask_on_ms: int = DAY_MS
    equal_amount_pause_ms: int = 120 * SECOND_MS
    attempts_max: int = 5
    phones_max: int = 3
    prompts_per_10_minutes: int = 3
    prompts_per_day: int = 10
    no_answer_pauses_ms: tuple[int, ...] = (10 * MINUTE_MS, HOUR_MS, DAY_MS)
    """After the third, fourth … prompt in a row that a phone cancelled or left unanswered."""

    @property
    def guard_ms(self) -> int:
        """How long after `send_before` a phone is taken: the push's own answer time and the prompt's life."""
        return self.push_answer_ms_max + self.prompt_alive_ms_max
