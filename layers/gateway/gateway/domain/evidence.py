"""What the facts of one attempt prove: success, failure, a receipt, or nothing yet.

The rules of belief, in one place:

- A callback counts when its ids are the push's own (or, from a Safaricom address, those that a query has
  confirmed), and a success also names the amount that was asked and a receipt.
- From a Safaricom address, with the push's ids and no demand for a query, it decides alone. Otherwise a query
  must agree.
- A receipt is believed from a Safaricom address only.
- Queries alone: two answers 0, asked ten seconds apart, prove success. A failure code of the closed list ends the
  attempt, except 1037, 1036 and 9999, which need a second look twenty seconds later.
- A code on no list proves nothing, unless callback and query agree on it.
- A statement that covers the attempt's time and shows no payment ends it. Whatever proves a success outweighs that,
  and then the two deny each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from daraja.result_codes import Finality
from gateway.domain.facts import (
    AttemptBegun,
    CallbackReceived,
    CallbackUnreadable,
    Fact,
    NotOnStatement,
    NotSent,
    PushAccepted,
    PushLost,
    PushRefused,
    QueryAnswered,
)
from gateway.domain.reasons import finality

_F = TypeVar("_F", bound=Fact)

SUCCESS = "0"
SUCCESSES_APART_MS = 10_000
"""Two query answers 0 prove success when asked at least this far apart."""

NOT_PAID = "not_paid"
"""In place of Safaricom's code, where a statement shows no payment."""

SECOND_LOOK_MS = 20_000
"""A query's 1037, 1036 or 9999 is final once a query asked this much later fails too."""

NEEDS_A_QUERY_EVEN_FROM_SAFARICOM = frozenset({"1036", "9999"})
"""Callback codes that end nothing until a query agrees. 1037 by callback ends the attempt."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Something is proven: since when, by which facts. code: Safaricom's; receipt: if it is believed."""

    at_ms: int
    facts: tuple[Fact, ...]
    code: str
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """The facts of one attempt, sorted by kind; callbacks and queries by the time they speak of."""

    begun: AttemptBegun
    accepted: tuple[PushAccepted, ...]
    refused: tuple[PushRefused, ...]
    not_sent: tuple[NotSent, ...]
    lost: tuple[PushLost, ...]
    callbacks: tuple[CallbackReceived, ...]
    unreadable: tuple[CallbackUnreadable, ...]
    queries: tuple[QueryAnswered, ...]
    unlisted: tuple[NotOnStatement, ...] = ()

    @property
    def checkout_ids(self) -> frozenset[str]:
        """The ids that the push's answer named. Empty: the answer is not known (yet)."""
        return frozenset(fact.checkout_request_id for fact in self.accepted)

    @property
    def candidate_ids(self) -> frozenset[str]:
        """Ids that a query about this attempt may use: the push's own, else those a Safaricom callback names."""
        return self.checkout_ids or frozenset(
            fact.checkout_request_id for fact in self.callbacks if fact.from_safaricom and fact.checkout_request_id
        )


def facts_of_attempt(begun: AttemptBegun, facts: Iterable[Fact]) -> AttemptFacts:
    """Sort out what concerns this attempt."""
    mine = sorted(
        (fact for fact in facts if getattr(fact, "number", None) == begun.number),
        key=lambda fact: (fact.said_at_ms, fact.id),
    )

    return AttemptFacts(
        begun,
        _of(PushAccepted, mine),
        _of(PushRefused, mine),
        _of(NotSent, mine),
        _of(PushLost, mine),
        _of(CallbackReceived, mine),
        _of(CallbackUnreadable, mine),
        _of(QueryAnswered, mine),
        _of(NotOnStatement, mine),
    )


def success_proof(known: AttemptFacts) -> Proof | None:
    """Whether M-Pesa took the money for this attempt, since when we know, and its receipt if it is believed."""
    proofs = [*_successes_by_callback(known), *_successes_by_queries(known)]
    if not proofs:
        return None
    receipts = sorted(believed_receipts(known))
    return Proof(
        at_ms=min(proof.at_ms for proof in proofs),
        facts=tuple({fact.id: fact for proof in proofs for fact in proof.facts}.values()),
        code=SUCCESS,
        receipt=receipts[0][1] if receipts else None,
    )


def believed_receipts(known: AttemptFacts) -> set[tuple[int, str]]:
    """Receipts that valid callbacks from Safaricom's addresses name, with the time of completion (0: not told)."""
    return {
        (callback.completed_at_ms or 0, callback.receipt)
        for callback in known.callbacks
        if callback.receipt and callback.from_safaricom and _proves_success(callback, known)
    }


def failure_proof(known: AttemptFacts) -> Proof | None:
    """Whether this attempt ended without money: by a code of the closed list, or as a statement shows it.

    Silence of anything else, and time, prove nothing.
    """
    if lone_success_answer(known):
        return None
    by_statement = [Proof(fact.learned_at_ms, (fact,), NOT_PAID) for fact in known.unlisted]
    proofs = [*_failures_by_callback(known), *_failures_by_queries(known), *by_statement]
    return min(proofs, key=lambda proof: (proof.at_ms, proof.code), default=None)


def lone_success_answer(known: AttemptFacts) -> QueryAnswered | None:
    """A query said 0 and none asked later has denied it: not proven yet, and no failure until it is."""
    failures_asked_at = [query.said_at_ms for query in known.queries if _fails(query.result_code)]
    for query in known.queries:
        if query.result_code == SUCCESS and not any(at > query.said_at_ms for at in failures_asked_at):
            return query
    return None


def invalid_successes(known: AttemptFacts) -> list[CallbackReceived]:
    """Callbacks that claim success and cannot be one: other amount, other ids, no receipt. Kept and flagged."""
    return [
        callback
        for callback in known.callbacks
        if callback.result_code == SUCCESS and not (_complete(callback, known) and _ids_may_match(callback, known))
    ]


def names_other_amount(callback: CallbackReceived, known: AttemptFacts) -> bool:
    """The callback tells an amount, and not the one that was asked."""
    return callback.amount_kes is not None and callback.amount_kes != known.begun.amount_kes


def push_names_other_ids(known: AttemptFacts) -> bool:
    """A callback that a query confirmed names other ids than the push's own answer."""
    return bool(known.accepted) and any(
        _ids_confirmed(callback, known) and not _ids_are_the_pushs(callback, known) for callback in known.callbacks
    )


def contradictions(known: AttemptFacts, success: Proof | None, failure: Proof | None) -> list[Fact]:
    """Facts that deny what others prove: failure after success, failure with a receipt, two receipts.

    And a success that Safaricom told in full, and that lacks only a query: while queries say that the attempt failed,
    or while another receipt is believed. Money may be there under the receipt that it names.
    """
    denials: list[Fact] = [
        callback
        for callback in known.callbacks
        if callback.result_code != SUCCESS and callback.receipt and callback.from_safaricom
    ]
    if success is None:
        return denials + (_told_successes(known) if failure is not None else [])
    denials += known.unlisted
    denials += [query for query in known.queries if _fails(query.result_code) and query.said_at_ms > success.at_ms]
    denials += [
        callback
        for callback in known.callbacks
        if _is_closed_failure(callback, known)
        and (callback.learned_at_ms > success.at_ms or (_trusted(callback, known) and not _told_by_callback(success)))
    ]
    receipts = {receipt for _, receipt in believed_receipts(known)}
    if receipts:
        denials += [told for told in _told_successes(known) if told.receipt not in receipts]
    return denials + ([*success.facts] if len(receipts) > 1 else [])


def _told_successes(known: AttemptFacts) -> list[CallbackReceived]:
    """What Safaricom told in full, believed or not."""
    return [
        callback
        for callback in known.callbacks
        if callback.result_code == SUCCESS
        and callback.from_safaricom
        and _complete(callback, known)
        and _ids_may_match(callback, known)
    ]


def waits_for_a_query(known: AttemptFacts, success: Proof | None, failure: Proof | None) -> bool:
    """Some evidence wants a second source soon, and no query asked since has settled it."""
    return bool(_unsettled(known, success, failure))


def to_settle_since_ms(known: AttemptFacts, success: Proof | None, failure: Proof | None) -> int | None:
    """When the newest evidence came that the next query may well settle. A query's code on no list is not such."""
    odd = {query.said_at_ms for query in known.queries if finality(query.result_code) is None}
    return max((at for at in _unsettled(known, success, failure) if at not in odd), default=None)


def _unsettled(known: AttemptFacts, success: Proof | None, failure: Proof | None) -> list[int]:
    """When each piece of evidence was told that no query asked since has settled."""
    if success is not None:
        return []
    settling = [
        query.said_at_ms
        for query in known.queries
        if finality(query.result_code) is Finality.FINAL or (failure is not None and query.result_code != SUCCESS)
    ]
    return [at for at in _open_questions(known) if at > max(settling, default=-1)]


def prompt_is_gone(known: AttemptFacts, success: Proof | None) -> bool:
    """Whether a source that decides alone has said that the prompt is over.

    Somebody else's failure, agreed to by a query that would itself need a second look, ends the attempt; the prompt
    may be on the phone all the same.
    """
    told = [callback.result_code for callback in known.callbacks if _trusted(callback, known)]
    told += [query.result_code for query in known.queries]
    return success is not None or any(finality(code) in (Finality.FINAL, None) for code in told)


def _open_questions(known: AttemptFacts) -> list[int]:
    """When each piece of unconfirmed evidence was learned (queries: asked)."""
    questions = [fact.learned_at_ms for fact in known.unreadable]
    questions += [
        callback.learned_at_ms
        for callback in known.callbacks
        if not (_trusted(callback, known) and finality(callback.result_code) is Finality.FINAL)
    ]
    return questions + [
        query.said_at_ms for query in known.queries if finality(query.result_code) is not Finality.FINAL
    ]


def _of(kind: type[_F], facts: Iterable[Fact]) -> tuple[_F, ...]:
    return tuple(fact for fact in facts if isinstance(fact, kind))


def _ids_are_the_pushs(callback: CallbackReceived, known: AttemptFacts) -> bool:
    return any(
        (callback.checkout_request_id, callback.merchant_request_id)
        == (accepted.checkout_request_id, accepted.merchant_request_id)
        for accepted in known.accepted
    )


def _ids_confirmed(callback: CallbackReceived, known: AttemptFacts) -> bool:
    """From Safaricom's address, and a query on the id it names agrees with it."""
    return callback.from_safaricom and any(_agrees(query, callback) for query in known.queries)


def _ids_may_match(callback: CallbackReceived, known: AttemptFacts) -> bool:
    """The ids are right, or cannot be judged before the push's answer is known."""
    return not known.accepted or _ids_are_the_pushs(callback, known) or _ids_confirmed(callback, known)


def _complete(callback: CallbackReceived, known: AttemptFacts) -> bool:
    return callback.receipt is not None and callback.amount_kes == known.begun.amount_kes


def _trusted(callback: CallbackReceived, known: AttemptFacts) -> bool:
    """Decides alone."""
    return callback.from_safaricom and not callback.demands_query and _ids_are_the_pushs(callback, known)


def _agrees(query: QueryAnswered, callback: CallbackReceived) -> bool:
    """Same prompt, and both say paid, both name a closed failure, or both name the same unlisted code."""
    if not callback.checkout_request_id or query.checkout_request_id != callback.checkout_request_id:
        return False
    both_fail = _fails(query.result_code) and _fails(callback.result_code)
    return both_fail or (query.result_code == callback.result_code and not _pending(query.result_code))


def _confirmed(callback: CallbackReceived, known: AttemptFacts) -> bool:
    """A query agrees, and the ids are the push's or may be confirmed by the query itself."""
    ids_ok = _ids_are_the_pushs(callback, known) or callback.from_safaricom
    return ids_ok and any(_agrees(query, callback) for query in known.queries)


def _proves_success(callback: CallbackReceived, known: AttemptFacts) -> bool:
    return (
        callback.result_code == SUCCESS
        and _complete(callback, known)
        and (_trusted(callback, known) or _confirmed(callback, known))
    )


def _successes_by_callback(known: AttemptFacts) -> list[Proof]:
    return [_proof(callback, known) for callback in known.callbacks if _proves_success(callback, known)]


def _successes_by_queries(known: AttemptFacts) -> list[Proof]:
    zeros = [query for query in known.queries if query.result_code == SUCCESS]
    pairs = _pairs(zeros, zeros, SUCCESSES_APART_MS)
    return [Proof(max(a.learned_at_ms, b.learned_at_ms), (a, b), SUCCESS) for a, b in pairs[:1]]


def _failures_by_callback(known: AttemptFacts) -> list[Proof]:
    return [_proof(callback, known) for callback in known.callbacks if _is_closed_failure(callback, known)]


def _is_closed_failure(callback: CallbackReceived, known: AttemptFacts) -> bool:
    """The callback ends the attempt: by itself, or because a query agrees."""
    if callback.result_code == SUCCESS or callback.receipt or _pending(callback.result_code):
        return False
    alone = (
        _trusted(callback, known)
        and _fails(callback.result_code)
        and callback.result_code not in NEEDS_A_QUERY_EVEN_FROM_SAFARICOM
    )
    return alone or _confirmed(callback, known)


def _failures_by_queries(known: AttemptFacts) -> list[Proof]:
    failing = [query for query in known.queries if _fails(query.result_code)]
    at_once = [
        Proof(query.learned_at_ms, (query,), query.result_code)
        for query in failing
        if finality(query.result_code) is Finality.FINAL
    ]
    twice = [
        Proof(max(a.learned_at_ms, b.learned_at_ms), (a, b), b.result_code)
        for a, b in _pairs(failing, failing, SECOND_LOOK_MS)
    ]
    return at_once + twice[:1]


def _pairs(
    first: Sequence[QueryAnswered], second: Sequence[QueryAnswered], apart_ms: int
) -> list[tuple[QueryAnswered, QueryAnswered]]:
    """Pairs asked at least so far apart on one prompt, the earliest decided first."""
    pairs = [
        (a, b)
        for a in first
        for b in second
        if b.said_at_ms - a.said_at_ms >= apart_ms and a.checkout_request_id == b.checkout_request_id
    ]
    return sorted(pairs, key=lambda pair: (max(pair[0].learned_at_ms, pair[1].learned_at_ms), pair[1].id))


def _proof(callback: CallbackReceived, known: AttemptFacts) -> Proof:
    """What the callback proves: alone if it may, else since the first query that agrees."""
    needs_query = (
        not _trusted(callback, known)
        or callback.result_code in NEEDS_A_QUERY_EVEN_FROM_SAFARICOM
        or finality(callback.result_code) is None
    )
    agreeing = sorted(
        (query for query in known.queries if _agrees(query, callback)), key=lambda query: query.learned_at_ms
    )
    decisive: tuple[Fact, ...] = (callback, *agreeing[:1]) if needs_query else (callback,)
    return Proof(max(fact.learned_at_ms for fact in decisive), decisive, callback.result_code)


def _told_by_callback(success: Proof) -> bool:
    return any(isinstance(fact, CallbackReceived) for fact in success.facts)


def _fails(result_code: str) -> bool:
    return finality(result_code) in (Finality.FINAL, Finality.ASK_AGAIN)


def _pending(result_code: str) -> bool:
    return finality(result_code) is Finality.PENDING
