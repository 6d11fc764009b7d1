"""The fold, remembered: it is a pure function, and the same set of facts is folded many times by many processes.

Only speed changes: the flows stay the very files that the functions import, and each storm compares what was
remembered with a fold of its own at the end.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from gateway.domain import fold
from gateway.domain.facts import Fact
from gateway.domain.payment import Asked, PaymentState

OTHERS = ("tests.simulation.world",)


def folded_in() -> list[str]:
    """Every module that is loaded and folds: it has the fold under its own name."""
    names = [name for name in sys.modules if name.startswith("gateway.") or name in OTHERS]
    users = [name for name in names if getattr(sys.modules[name], "state_of", None) is fold.state_of]
    return [f"{name}.state_of" for name in users if name != fold.__name__]


@contextmanager
def remembered_folds() -> Iterator[None]:
    """While this lasts, no set of facts of one payment is folded twice."""
    known: dict[tuple[str, frozenset[int]], tuple[PaymentState, Mapping[str, Fact]]] = {}

    def state_of(asked: Asked, facts: Mapping[str, Fact]) -> PaymentState:
        key = (asked.id, frozenset(map(id, facts.values())))
        found = known.get(key)
        if found is None:
            # The facts are held on to, so that no other fact gets the address of one of them.
            found = known[key] = (fold.state_of(asked, facts), facts)
        return found[0]

    def credited_receipts(asked: Asked, facts: Mapping[str, Fact]) -> frozenset[str]:
        return state_of(asked, facts).receipts

    remembered: dict[str, Any] = dict.fromkeys(folded_in(), state_of)
    remembered["gateway.flows.keep.credited_receipts"] = credited_receipts
    patches = [patch(name, instead) for name, instead in remembered.items()]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()
