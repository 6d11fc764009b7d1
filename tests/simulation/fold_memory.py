"""The fold, remembered: it is a pure function, and the same set of facts is folded many times by many processes.

Only speed changes: the flows stay the very files that the functions import, and each storm compares what was
remembered with a fold of its own at the end.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any, TypeVar
from unittest.mock import patch

from gateway.domain import fold
from gateway.domain.facts import Fact
from gateway.domain.money_out import fold as fold_of_money_out
from gateway.domain.money_out.outgoing import OutgoingAsked, OutgoingRecord
from gateway.domain.payment import Asked, PaymentState

T = TypeVar("T")
OTHERS = (
    "tests.simulation.lives_money_out",
    "tests.simulation.lives_refunds",
    "tests.simulation.shown",
    "tests.simulation.world",
)


def folded_in(own_place: ModuleType, fold_name: str) -> list[str]:
    """Every module that is loaded and has the fold under its own name, but for the one that it is written in."""
    names = [name for name in sys.modules if name.startswith("gateway.") or name in OTHERS]
    own = getattr(own_place, fold_name)
    users = [name for name in names if getattr(sys.modules[name], fold_name, None) is own]
    return [f"{name}.{fold_name}" for name in users if name != own_place.__name__]


@contextmanager
def remembered_folds() -> Iterator[None]:
    """While this lasts, no set of facts of one payment, payout or refund is folded twice, in whichever world it is."""
    known: dict[tuple[str, frozenset[int]], tuple[PaymentState, Asked, Mapping[str, Fact]]] = {}
    alike: dict[tuple[str, frozenset[Fact]], tuple[PaymentState, Asked]] = {}

    def state_of(asked: Asked, facts: Mapping[str, Fact]) -> PaymentState:
        key = (asked.id, frozenset(map(id, facts.values())))
        found = known.get(key)
        if found is None or (found[1] is not asked and found[1] != asked):
            # The facts are held on to, so that no other fact gets the address of one of them.
            found = known[key] = (folded(asked, facts), asked, facts)
        return found[0]

    def folded(asked: Asked, facts: Mapping[str, Fact]) -> PaymentState:
        key = (asked.id, frozenset(facts.values()))
        found = alike.get(key)
        if found is None or found[1] != asked:
            found = alike[key] = (fold.state_of(asked, facts), asked)
        return found[0]

    def credited_receipts(asked: Asked, facts: Mapping[str, Fact]) -> frozenset[str]:
        return state_of(asked, facts).receipts

    remembered: dict[str, Any] = dict.fromkeys(folded_in(fold, "state_of"), state_of)
    remembered["gateway.flows.keep.credited_receipts"] = credited_receipts
    for of_money_out in (fold_of_money_out.outgoing_state, fold_of_money_out.questions_of):
        places = folded_in(fold_of_money_out, of_money_out.__name__)
        remembered |= dict.fromkeys(places, _remembering(of_money_out))
    patches = [patch(name, instead) for name, instead in remembered.items()]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


def _remembering(fold_of: Callable[[OutgoingRecord], T]) -> Callable[[OutgoingRecord], T]:
    """A fold of money out: of request, facts and what it waits for; nothing else of the record is read."""
    known: dict[tuple[int, str | None, frozenset[int]], tuple[T, OutgoingRecord]] = {}
    alike: dict[tuple[str, str | None, frozenset[Fact]], tuple[T, OutgoingAsked]] = {}

    def remembered(record: OutgoingRecord) -> T:
        key = (id(record.asked), record.held, frozenset(map(id, record.facts.values())))
        found = known.get(key)
        if found is None:
            found = known[key] = (folded(record), record)
        return found[0]

    def folded(record: OutgoingRecord) -> T:
        key = (record.id, record.held, frozenset(record.facts.values()))
        found = alike.get(key)
        if found is None or found[1] != record.asked:
            found = alike[key] = (fold_of(record), record.asked)
        return found[0]

    return remembered
