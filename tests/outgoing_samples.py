"""Payouts and what is told of them, for tests. All of one payout, `OUT_ID`, unless a test says else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.domain.fact import Fact, Source
from gateway.domain.money_out.facts import (
    Approved,
    ApprovedByPolicy,
    Hold,
    MoneySeen,
    NotSent,
    OutDeadline,
    OutTimerPassed,
    Rejected,
    ResultReceived,
    ResultUnreadable,
    SendAccepted,
    SendBegun,
    SendLost,
    SendRefused,
    SendTaken,
    StatusAnswered,
    StatusFound,
    TimeoutReceived,
)
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import (
    OutgoingAsked,
    OutgoingRecord,
    OutgoingState,
    originator_conversation_id,
    terms_of,
)
from gateway.domain.policy import HOUR_MS, MINUTE_MS

T0_MS = 1_772_442_904_000
OUT_ID = "out_" + "0f1e2d3c4b5a6978" * 2
RECEIPT = "SGL31QW9XY"
PHONE = "254722000111"
CONVERSATION = "AG_20260302_2010759fd5662ef6d054"


def asked(**changed: Any) -> OutgoingAsked:
    """A payout of 250 shillings that an API key asked for."""
    plain: dict[str, Any] = {
        "id": OUT_ID,
        "kind": "payout",
        "owner": "shop",
        "livemode": False,
        "shortcode": "174379",
        "method": "b2c",
        "command": "BusinessPayment",
        "amount_kes": 250,
        "remarks": "Wages",
        "created_by": "key_1",
        "created_at_ms": T0_MS,
        "lapses_at_ms": T0_MS + 72 * HOUR_MS,
        "fingerprint": "1:ab",
        "phone": PHONE,
    }
    return OutgoingAsked(**{**plain, **changed})


def terms(round_: int = 1, of: OutgoingAsked | None = None, method: str = "b2c") -> str:
    """What an approval of this round names."""
    return terms_of(of or asked(), round_, method)


def record(*facts: Fact, of: OutgoingAsked | None = None, **changed: Any) -> OutgoingRecord:
    """The payout with these facts."""
    return OutgoingRecord(of or asked(), {fact.id: fact for fact in facts}, version=1 + len(facts), **changed)


def state(*facts: Fact, of: OutgoingAsked | None = None) -> OutgoingState:
    """What follows from these facts."""
    return outgoing_state(record(*facts, of=of))


def at(second: float) -> dict[str, int]:
    """Both times of a fact, in seconds after the beginning."""
    ms = T0_MS + round(second * 1_000)
    return {"said_at_ms": ms, "learned_at_ms": ms}


def approved(second: float = 10, subject: str = "google|brenda", round_: int = 1, **changed: Any) -> Approved:
    """Brenda agreed."""
    plain: dict[str, Any] = {"subject": subject, "terms": terms(round_), "shown_as": "Brenda", **at(second)}
    return Approved(**{**plain, **changed})


def rejected(second: float = 10, subject: str = "google|brenda", round_: int = 1) -> Rejected:
    """Brenda said no."""
    return Rejected(subject=subject, terms=terms(round_), shown_as="Brenda", note="too much", **at(second))


def by_policy(second: float = 0) -> ApprovedByPolicy:
    """It was small enough."""
    return ApprovedByPolicy(terms=terms(), limit_kes=500, **at(second))


def begun(number: int = 1, second: float = 20, round_: int = 1, **changed: Any) -> SendBegun:
    """A process began to send."""
    plain: dict[str, Any] = {
        "number": number,
        "method": "b2c",
        "terms": terms(round_),
        "originator_conversation_id": originator_conversation_id(OUT_ID, 1),
        "sender": f"sender-{number}",
        "asked_at_s": T0_MS // 1_000 + round(second),
        "send_before_ms": T0_MS + round(second * 1_000) + 8_000,
        **at(second),
    }
    return SendBegun(**{**plain, **changed})


def not_sent(number: int = 1, second: float = 21, hold: Hold = Hold.MPESA) -> NotSent:
    """Nothing left."""
    return NotSent(number=number, hold=hold, why="unreachable", **at(second))


def accepted(number: int = 1, second: float = 21, **changed: Any) -> SendAccepted:
    """Daraja queued it."""
    own_id = originator_conversation_id(OUT_ID, 1)
    plain: dict[str, Any] = {"conversation_id": CONVERSATION, "originator_conversation_id": own_id, **at(second)}
    return SendAccepted(**{"number": number, **plain, **changed})


def refused(number: int = 1, second: float = 21) -> SendRefused:
    """Daraja said no."""
    ms = T0_MS + round(second * 1_000)
    return SendRefused(
        number=number, code="400.002.02", cause="mpesa_declined", said_at_ms=ms, learned_at_ms=ms, text=""
    )


def taken(number: int = 1, second: float = 21) -> SendTaken:
    """M-Pesa has seen the id."""
    return SendTaken(number=number, **at(second))


def lost(number: int = 1, second: float = 28) -> SendLost:
    """The answer got lost."""
    return SendLost(number=number, why="read_timeout", **at(second))


def result(code: str = "0", second: float = 30, number: int = 1, **changed: Any) -> ResultReceived:
    """M-Pesa's result; of a success with its receipt."""
    success = code == "0"
    plain: dict[str, Any] = {
        "number": number,
        "result_code": code,
        "receipt": RECEIPT if success else None,
        "amount_kes": 250 if success else None,
        "completed_at_ms": T0_MS + 29_000 if success else None,
        "conversation_id": CONVERSATION,
        "originator_conversation_id": originator_conversation_id(OUT_ID, 1),
        "from_safaricom": True,
        "recipient_name": "Amina W. O." if success else "",
        **at(second),
    }
    return ResultReceived(**{**plain, **changed})


def unreadable(second: float = 30) -> ResultUnreadable:
    """Bytes that nobody can read."""
    return ResultUnreadable(number=1, digest="ab" * 16, why="not_json", **at(second))


def timed_out(second: float = 90) -> TimeoutReceived:
    """M-Pesa did not take it from the queue in time."""
    return TimeoutReceived(number=1, from_safaricom=True, **at(second))


def status(found: StatusFound = StatusFound.COMPLETED, second: float = 60, **changed: Any) -> StatusAnswered:
    """What a question found."""
    done = found is StatusFound.COMPLETED
    plain: dict[str, Any] = {
        "number": 1,
        "found": found,
        "from_safaricom": True,
        "receipt": RECEIPT if done else None,
        "amount_kes": 250 if done else None,
        "completed_at_ms": T0_MS + 29_000 if done else None,
        **at(second),
    }
    return StatusAnswered(**{**plain, **changed})


def not_found_for_long(start_s: float = 60) -> tuple[StatusAnswered, ...]:
    """M-Pesa says twice, more than ten minutes apart, that it does not know the transfer."""
    first = status(StatusFound.NOT_FOUND, start_s)
    return first, status(StatusFound.NOT_FOUND, start_s + 11 * MINUTE_MS / 1_000)


def seen(second: float = 90_000, **changed: Any) -> MoneySeen:
    """The statement shows it."""
    plain: dict[str, Any] = {"told_by": Source.STATEMENT, "receipt": RECEIPT, "amount_kes": 250, **at(second)}
    return MoneySeen(**{**plain, **changed})


def passed(deadline: OutDeadline, number: int = 1, second: float = 1_000) -> OutTimerPassed:
    """A deadline."""
    return OutTimerPassed(deadline=deadline, number=number, **at(second))


def lapsed(round_: int = 1) -> OutTimerPassed:
    """Nobody approved in time."""
    return passed(OutDeadline.LAPSE, -round_, 260_000)


def facts_of(*parts: Fact | Iterable[Fact]) -> tuple[Fact, ...]:
    """Facts and groups of facts, as one."""
    return tuple(fact for part in parts for fact in ([part] if isinstance(part, Fact) else part))
