"""Named orders of events that some life of a long run must have gone through (those of which the flows exist)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from gateway.domain.facts import Fact

NEAR_MS = 60_000

Heard = Sequence[Fact]
"""All facts of a life, in the order in which we learned them."""


def told_by(facts: Collection[Fact]) -> Iterable[str]:
    """The names of those that this life went through."""
    heard = sorted(facts, key=lambda fact: fact.learned_at_ms)
    return [name for name, is_told in STORIES.items() if is_told(heard)]


def _at(heard: Heard, kind: str, code: str | None = None, number: int | None = None) -> list[int]:
    """Places of facts of this kind, with this result code (`no`: any but 0), of this attempt."""
    return [
        place
        for place, fact in enumerate(heard)
        if fact.KIND == kind
        and (number is None or getattr(fact, "number", 0) == number)
        and (code is None or (getattr(fact, "result_code", "") == code) or (code == "no" and _is_no(fact)))
    ]


def _is_no(fact: Fact) -> bool:
    return getattr(fact, "result_code", "0") != "0"


def _in_order(*places: list[int]) -> bool:
    """Whether one can be picked of each, each later than the one before."""
    last = -1
    for choices in places:
        later = [place for place in choices if place > last]
        if not later:
            return False
        last = min(later)
    return True


def _callback_before_answer(heard: Heard) -> bool:
    return _in_order(_at(heard, "callback", number=1), _at(heard, "push_accepted", number=1))


def _echo_callback_answer(heard: Heard) -> bool:
    return _in_order(
        _at(heard, "money_received"), _at(heard, "callback", "0", 1), _at(heard, "push_accepted", number=1)
    )


def _query_echo_other_receipt(heard: Heard) -> bool:
    """Query says 0, money comes, and a callback names another receipt."""
    for place in _at(heard, "callback", "0"):
        named = getattr(heard[place], "receipt", None)
        others = [at for at in _at(heard, "money_received") if getattr(heard[at], "receipt", named) != named]
        if named and _in_order(_at(heard, "query", "0"), [at for at in others if at < place], [place]):
            return True
    return False


def _failed_paid_failed(heard: Heard) -> bool:
    no, yes = _at(heard, "callback", "no", 1), _at(heard, "callback", "0", 1)
    return _in_order(no, yes, sorted([*no, *_at(heard, "query", "no", 1)]))


def _late_success_beside_the_second(heard: Heard) -> bool:
    """The first prompt's success is told while the second one lives."""
    begun = _at(heard, "push_accepted", number=2)
    over = [*_at(heard, "callback", number=2), *_at(heard, "query", number=2), len(heard)]
    return any(begun and begun[0] < place < min(over) for place in _at(heard, "callback", "0", 1))


def _close_to_success(kind: str, **values: str) -> Callable[[Heard], bool]:
    def is_told(heard: Heard) -> bool:
        successes = [heard[place].learned_at_ms for place in _at(heard, "callback", "0")]
        closed = [
            heard[place].learned_at_ms
            for place in _at(heard, kind)
            if all(str(getattr(heard[place], name)) == value for name, value in values.items())
        ]
        return any(abs(one - other) < NEAR_MS for one in successes for other in closed)

    return is_told


def _returned_beside_second_receipt(heard: Heard) -> bool:
    receipts = {getattr(fact, "receipt", None) for fact in heard if fact.KIND in ("callback", "money_received")}
    return bool(_at(heard, "money_returned")) and len(receipts - {None}) > 1


def _phone_busy(heard: Heard) -> bool:
    return any(str(getattr(heard[place], "reason", "")) == "phone_busy" for place in _at(heard, "not_sent"))


STORIES: dict[str, Callable[[Heard], bool]] = {
    "the callback comes before the push's answer": _callback_before_answer,
    "C2B, then the callback, then the push's answer": _echo_callback_answer,
    "query 0, then C2B, then a callback with another receipt": _query_echo_other_receipt,
    "failed, then paid, then failed": _failed_paid_failed,
    "late success of attempt 1 while attempt 2 is prompted": _late_success_beside_the_second,
    "cancelled within a minute of success": _close_to_success("cancelled"),
    "expired within a minute of success": _close_to_success("timer", deadline="expiry"),
    "money goes back, and there is a second receipt": _returned_beside_second_receipt,
    "two payments want one phone": _phone_busy,
}
"""Name → whether a life went through it."""
