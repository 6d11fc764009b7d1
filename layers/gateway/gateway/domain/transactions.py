"""What a shop asked M-PESA about one of its codes (receipts), and what M-PESA said.

A shop may be paid at several shortcodes, and M-PESA knows a transaction only where it happened: so each of them is
asked, and only when all of them have said no is the code unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.domain.policy import MINUTE_MS

ANSWER_WAIT_MS = 2 * MINUTE_MS
"""After this time a question counts as unanswered; a later answer is taken all the same."""

ASK_AGAIN_MS = MINUTE_MS
"""So long after a question the next one may be asked about the same code."""


class Direction(StrEnum):
    """Whether the money came to the shop or went out of it."""

    IN = "in"
    OUT = "out"


class CheckState(StrEnum):
    """What came of the last time that M-PESA was asked. The values are part of the API."""

    ASKED = "asked"
    FOUND = "found"
    NOT_FOUND = "not_found"
    REFUSED = "refused"
    """M-PESA gave another answer: our operator, our setup, or a code on no list."""
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """M-PESA's answer about a code at one shortcode. code: of the result; not_found: it says that there is none.

    status: M-PESA's word for how the transaction stands, like "completed"; else empty. kind: like "Pay Bill Online".
    hidden: it is another shop's, so that to this one it is as good as unknown.
    """

    code: str
    not_found: bool = False
    status: str = ""
    amount_kes: int | None = None
    completed_at_ms: int | None = None
    direction: Direction | None = None
    kind: str = ""
    learned_at_ms: int = 0
    hidden: bool = False

    @property
    def found(self) -> bool:
        """Whether M-PESA knows the code, and may say so to this shop."""
        return bool(self.status) and not self.hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One round of questions: when, at which shortcodes, and their answers by shortcode."""

    asked_at_ms: int
    shortcodes: tuple[str, ...]
    answers: Mapping[str, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What was asked about a code. found: the last answer that knew it, and where, from any round; it stays."""

    id: str
    owner: str
    receipt: str
    last: Question
    rounds: int = 1
    found: Answer | None = None
    found_at: str = ""
    version: int = 1

    def may_ask(self, now_ms: int) -> bool:
        """Whether M-PESA may be asked again now."""
        return now_ms - self.last.asked_at_ms >= ASK_AGAIN_MS

    def asked(self, at_ms: int, shortcodes: tuple[str, ...]) -> Transaction:
        """After another round was begun."""
        return replace(
            self,
            last=Question(asked_at_ms=at_ms, shortcodes=shortcodes),
            rounds=self.rounds + 1,
            version=self.version + 1,
        )

    def answered(self, asked_at_ms: int, shortcode: str, answer: Answer) -> Transaction:
        """After an answer. That to an older round counts only if it knew the code and no newer one did."""
        after = self
        if asked_at_ms == self.last.asked_at_ms and shortcode not in self.last.answers:
            answers = {**self.last.answers, shortcode: answer}
            after = replace(self, last=replace(self.last, answers=answers), version=self.version + 1)
        newer = asked_at_ms == self.last.asked_at_ms or self.found is None
        if answer.found and newer and answer != self.found:
            after = replace(after, found=answer, found_at=shortcode, version=self.version + 1)
        return after

    @property
    def conclusion(self) -> CheckState | None:
        """What the answers to the last round come to; None while some are missing and none knew the code."""
        answers = self.last.answers.values()
        if any(one.found for one in answers):
            return CheckState.FOUND
        if len(answers) < len(self.last.shortcodes):
            return None
        return CheckState.NOT_FOUND if all(one.not_found or one.hidden for one in answers) else CheckState.REFUSED

    def state(self, now_ms: int) -> CheckState:
        """What came of the last round, or how long it is waited for."""
        waited = now_ms - self.last.asked_at_ms >= ANSWER_WAIT_MS
        return self.conclusion or (CheckState.UNANSWERED if waited else CheckState.ASKED)
