"""What the facts about one transfer prove: that the money went, that it did not, or neither.

Only what is told from an address on Safaricom's list proves anything. An answer on no list, a code on no list and
silence prove nothing: they ask for another question.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from daraja.result_codes import RESULT, Finality, find
from gateway.domain.fact import Fact
from gateway.domain.money_out.facts import (
    HEARD_OF,
    MoneySeen,
    NotSent,
    OutDeadline,
    OutTimerPassed,
    ResultReceived,
    ResultUnreadable,
    SendAccepted,
    SendBegun,
    SendLost,
    SendRefused,
    StatusAnswered,
    StatusFound,
)
from gateway.domain.money_out.outgoing import REPEATABLE, Method, OutgoingAsked, originator_conversation_id
from gateway.domain.money_out.reasons import out_failure_code
from gateway.domain.payment import Failure
from gateway.domain.policy import HOUR_MS, MINUTE_MS

TRANSFERS = (1, 2)
"""Of a refund with a fallback; a payout has one."""

NOT_FOUND_FOR_MS = 10 * MINUTE_MS
"""M-Pesa must have said for longer than this, without a break, that it does not know a transfer."""

SENT_AGAIN_WITHIN_MS = 23 * HOUR_MS
"""So long after its first send a transfer may be handed over again: within the day in which M-Pesa surely knows a
repetition, with an hour for the longest hand-over and for clocks that differ."""

Told = ResultReceived | StatusAnswered | MoneySeen


@dataclass(frozen=True, slots=True)
class Proof:
    """The money went out under this receipt. facts: all that say so, the one that counts first."""

    receipt: str
    at_ms: int
    learned_at_ms: int
    recipient_name: str
    facts: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class TransferFacts:
    """All that is known about one transfer. number: 1, or 2 for a refund's fallback. sends: by their numbers."""

    asked: OutgoingAsked
    number: int
    sends: tuple[SendBegun, ...]
    facts: tuple[Fact, ...]

    @property
    def conversation_ids(self) -> frozenset[str]:
        """M-Pesa's own ids of it, as acknowledged."""
        return frozenset(fact.conversation_id for fact in self.facts if isinstance(fact, SendAccepted))

    @property
    def handed_over(self) -> tuple[SendBegun, ...]:
        """Sends that may have reached Daraja."""
        return tuple(send for send in self.sends if not _did_not_leave(send.number, self.facts))

    @property
    def left(self) -> tuple[SendBegun, ...]:
        """Sends that M-Pesa may have taken."""
        return tuple(send for send in self.handed_over if not _was_refused(send.number, self.facts))

    @property
    def is_reversal(self) -> bool:
        """Whether it takes a payment back; else it is paid out."""
        return self.number == TRANSFERS[0] and self.asked.method == Method.REVERSAL

    def of_send(self, number: int) -> list[Fact]:
        """Facts about one send."""
        return [fact for fact in self.facts if getattr(fact, "number", None) == number]


def _did_not_leave(number: int, facts: Collection[Fact]) -> bool:
    """Whether this send certainly never reached Daraja: so it is said, and M-Pesa has never spoken of it."""
    return _is_said(NotSent, number, facts) and not _is_heard_of(number, facts)


def _was_refused(number: int, facts: Collection[Fact]) -> bool:
    """Whether Daraja turned this send away, and M-Pesa has never spoken of it."""
    return _is_said(SendRefused, number, facts) and not _is_heard_of(number, facts)


def _is_said(kind: type[Fact], number: int, facts: Collection[Fact]) -> bool:
    return any(isinstance(fact, kind) and getattr(fact, "number", None) == number for fact in facts)


def _is_heard_of(number: int, facts: Collection[Fact]) -> bool:
    return any(isinstance(fact, HEARD_OF) and getattr(fact, "number", None) == number for fact in facts)


def transfer_facts(
    asked: OutgoingAsked, number: int, sends: Sequence[SendBegun], facts: Collection[Fact]
) -> TransferFacts:
    """The facts about this transfer: by M-Pesa's id of it, else by the number of a send."""
    own_id = originator_conversation_id(asked.id, number)
    own_ids = {originator_conversation_id(asked.id, one) for one in TRANSFERS}
    mine = {send.number for send in sends if send.originator_conversation_id == own_id}

    def is_about_it(fact: Fact) -> bool:
        named = getattr(fact, "originator_conversation_id", "")
        if isinstance(fact, MoneySeen):
            return number == TRANSFERS[0]
        return named == own_id or (named not in own_ids and getattr(fact, "number", None) in mine)

    ordered = sorted(filter(is_about_it, facts), key=lambda fact: (fact.learned_at_ms, fact.id))
    return TransferFacts(asked, number, tuple(send for send in sends if send.number in mine), tuple(ordered))


def ids_fit(known: TransferFacts, told: ResultReceived | StatusAnswered) -> bool:
    """Whether M-Pesa speaks of this transfer. A status need not repeat the id that it was asked with."""
    if known.is_reversal:
        return _is_of_the_reversal(known, told)
    if told.originator_conversation_id == originator_conversation_id(known.asked.id, known.number):
        return True
    if told.conversation_id in known.conversation_ids:
        return True
    return isinstance(told, StatusAnswered) and not told.conversation_id and not told.originator_conversation_id


def _is_of_the_reversal(known: TransferFacts, told: ResultReceived | StatusAnswered) -> bool:
    """It carries no id of ours. A result has the tag of its only send; a status may be the payment's own."""
    if isinstance(told, ResultReceived):
        return True
    acknowledged = {fact.originator_conversation_id for fact in known.facts if isinstance(fact, SendAccepted)}
    named = {told.conversation_id, told.originator_conversation_id} - {""}
    return bool(named & (known.conversation_ids | acknowledged))


def is_of_the_payment(asked: OutgoingAsked, fact: Fact) -> bool:
    """Whether M-Pesa, asked about a reversal by the payment's receipt, speaks of the payment itself."""
    return isinstance(fact, StatusAnswered) and fact.receipt is not None and fact.receipt == asked.original_receipt


def says_success(fact: Fact) -> bool:
    """Whether this says that the money went, whether or not it can be believed."""
    if isinstance(fact, ResultReceived):
        row = find(RESULT, fact.result_code)
        return row is not None and row.finality is Finality.SUCCESS
    return isinstance(fact, MoneySeen) or (isinstance(fact, StatusAnswered) and fact.found is StatusFound.COMPLETED)


def says_failure(fact: Fact) -> bool:
    """Whether this says that the money will not go, whether or not it can be believed."""
    if isinstance(fact, ResultReceived):
        row = find(RESULT, fact.result_code)
        return row is not None and row.finality is Finality.FINAL
    return isinstance(fact, StatusAnswered) and fact.found is StatusFound.ENDED


def is_listed(fact: Fact) -> bool:
    """Whether it came from an address of Safaricom's."""
    return bool(getattr(fact, "from_safaricom", True))


def success_proof(known: TransferFacts) -> Proof | None:
    """Amount, ids and receipt must be those of the transfer."""
    valid = [fact for fact in known.facts if _is_valid_success(known, fact)]
    told: list[Told] = [fact for fact in valid if isinstance(fact, ResultReceived | StatusAnswered | MoneySeen)]
    if not told:
        return None
    told.sort(key=lambda fact: (not isinstance(fact, MoneySeen), fact.learned_at_ms, fact.id))
    first = told[0]
    names = (getattr(fact, "recipient_name", "") for fact in told)
    times = (fact.completed_at_ms for fact in told if fact.completed_at_ms is not None)
    return Proof(
        receipt=first.receipt or "",
        at_ms=next(times, first.learned_at_ms),
        learned_at_ms=min(fact.learned_at_ms for fact in told),
        recipient_name=next((name for name in names if name), ""),
        facts=tuple(told),
    )


def _is_valid_success(known: TransferFacts, fact: Fact) -> bool:
    if not says_success(fact) or not is_listed(fact):
        return False
    amount_fits = getattr(fact, "amount_kes", None) == known.asked.amount_kes
    ids = isinstance(fact, MoneySeen) or (isinstance(fact, ResultReceived | StatusAnswered) and ids_fit(known, fact))
    receipt = getattr(fact, "receipt", None)
    return amount_fits and ids and bool(receipt) and receipt != known.asked.original_receipt


def failure_proof(known: TransferFacts) -> Failure | None:
    """A definitive no: of M-Pesa about the transfer, or of Daraja about the only send there was."""
    failures = [fact for fact in known.facts if is_valid_failure(known, fact)]
    for fact in failures:
        code = fact.result_code if isinstance(fact, ResultReceived) else getattr(fact, "code", "")
        return Failure(out_failure_code(code), code or None, fact.learned_at_ms)
    refusals = [fact for fact in known.facts if isinstance(fact, SendRefused)]
    if not refusals or known.left or any(isinstance(fact, HEARD_OF) for fact in known.facts):
        return None
    return Failure(refusals[0].cause, refusals[0].code or None, refusals[0].learned_at_ms)


def is_valid_failure(known: TransferFacts, fact: Fact) -> bool:
    """Whether this ends the transfer without money."""
    if not isinstance(fact, ResultReceived | StatusAnswered):
        return False
    return says_failure(fact) and is_listed(fact) and ids_fit(known, fact)


def invalid_tellings(known: TransferFacts) -> list[Fact]:
    """What Safaricom says of the outcome that does not fit the transfer."""
    return [
        fact
        for fact in known.facts
        if is_listed(fact)
        and not is_of_the_payment(known.asked, fact)
        and ((says_success(fact) and not _is_valid_success(known, fact)) or _is_misfit_failure(known, fact))
    ]


def _is_misfit_failure(known: TransferFacts, fact: Fact) -> bool:
    return says_failure(fact) and not is_valid_failure(known, fact)


def not_found_since_ms(known: TransferFacts) -> int | None:
    """Since when M-Pesa says without a break that it does not know the transfer; None: it does, or was not asked.

    Counted from the end of the last send: an answer from before says nothing about it.
    """
    return min(_noes_ms(known), default=None)


def _noes_ms(known: TransferFacts) -> list[int]:
    """When M-Pesa was asked and said that it does not know the transfer, since it last said anything else."""
    if not known.left or any(speaks_of_it(fact) for fact in known.facts):
        return []
    last_left_ms = max(send.send_before_ms for send in known.left)
    answers = [fact for fact in known.facts if isinstance(fact, StatusAnswered) and fact.from_safaricom]
    other_ms = max((fact.said_at_ms for fact in answers if fact.found is not StatusFound.NOT_FOUND), default=0)
    return [fact.said_at_ms for fact in answers if fact.said_at_ms >= last_left_ms and fact.said_at_ms > other_ms]


def speaks_of_it(fact: Fact) -> bool:
    """Whether M-Pesa or Daraja shows by this that it has the transfer."""
    if isinstance(fact, StatusAnswered):
        return fact.found in (StatusFound.COMPLETED, StatusFound.ENDED, StatusFound.PENDING)
    return isinstance(fact, (*HEARD_OF, MoneySeen)) and not isinstance(fact, SendLost)


def may_be_sent_again_until_ms(known: TransferFacts) -> int | None:
    """Until when the same transfer may be handed over once more by another approval; None: it may not."""
    noes_ms = _noes_ms(known)
    if not noes_ms or known.left[-1].method not in REPEATABLE:
        return None
    if max(noes_ms) <= min(noes_ms) + NOT_FOUND_FOR_MS:
        return None
    return min(send.said_at_ms for send in known.left) + SENT_AGAIN_WITHIN_MS


def waits_for_a_question(known: TransferFacts) -> bool:
    """Whether M-Pesa told something of it, in its own time, that only a question can settle."""
    return any(
        isinstance(fact, ResultReceived | ResultUnreadable) and (not is_listed(fact) or _is_open(fact))
        for fact in known.facts
    )


def _is_open(fact: Fact) -> bool:
    return not says_success(fact) and not says_failure(fact)


def deadlines_of(number: int, facts: Collection[Fact]) -> frozenset[OutDeadline]:
    """The deadlines of a send (of the whole: by the round) that have passed."""
    passed = (fact for fact in facts if isinstance(fact, OutTimerPassed) and fact.number == number)
    return frozenset(fact.deadline for fact in passed)
