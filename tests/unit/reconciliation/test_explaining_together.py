"""Several people explain the lines of one day in the same second: none is turned away, and no word is lost."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.domain.reconciliation.compare import LineKind
from gateway.domain.reconciliation.day import DayState
from gateway.domain.reconciliation.decisions import DecisionKind
from gateway.flows.reconciliation.decide import TOGETHER, decide
from gateway.flows.reconciliation.explain_many import ManyWish, explain_many
from gateway.ports import Call, Flow
from tests.memory_store import MemoryWorld
from tests.unit.reconciliation.closing_world import book, wish
from tests.unit.reconciliation.days_world import DAY
from tests.unit.reconciliation.pull_world import PAYBILL
from tests.unit.reconciliation.test_explain_many import ids, world_with

CALL_MS = 6
"""What a call of the table takes, with some luck; more without."""


@dataclass
class Together:
    """Runs flows side by side: each call takes a time, and whoever is ready first goes on."""

    world: MemoryWorld
    seed: int
    ended: list[Any] = field(default_factory=list)

    def run(self, flows: Sequence[Flow[Any]]) -> list[Any]:
        """What each came to."""
        chance = random.Random(self.seed)
        waiting: list[tuple[float, int, Any]] = [(chance.random(), place, None) for place in range(len(flows))]
        while waiting:
            at, place, answer = heapq.heappop(waiting)
            try:
                asked = flows[place].send(answer)
            except StopIteration as end:
                self.ended.append(end.value)
                continue
            took, told = self._answer(asked, chance)
            heapq.heappush(waiting, (at + took, place, told))
        return self.ended

    def _answer(self, asked: Call, chance: random.Random) -> tuple[float, Any]:
        """What a call took, and what it was answered."""
        answers: dict[str, Callable[[], tuple[float, Any]]] = {
            "pause": lambda: (float(asked.args[0]), None),
            "draw": lambda: (0.0, chance.randbytes(asked.args[0])),
        }
        return answers.get(asked.method, lambda: (CALL_MS * chance.uniform(0.7, 1.8), self.world.perform(asked)))()


@pytest.mark.parametrize("seed", range(6))
def test_six_people_who_press_at_once_are_all_answered(seed: int) -> None:
    """Each has a reason of his own for some lines, and for one that all of them explain."""
    world = world_with(60)
    lines = ids(world)
    many = [
        ManyWish(by=f"person_{n}", note=f"list {n}", lines=(lines[0], *lines[n * 10 : n * 10 + 10])) for n in range(6)
    ]

    done = Together(world, seed).run([explain_many("shop", PAYBILL, DAY, one) for one in many])

    said = [(one.by, one.line.id) for one in book(world).decisions if one.line]
    assert ([None] * 6, [0] * 6) == ([one.refused for one in done], [one.left for one in done])
    assert {(one.by, line) for one in many for line in one.lines} == set(said)
    assert len(set(said)) == len(said) == sum(one.explained for one in done) == 6 * 10 + 5


def test_long_lists_of_several_people_at_once_are_all_explained() -> None:
    """To lose a round now and then is no reason to give up, as long as one gets on."""
    world = world_with(400)
    lines = ids(world)
    many = [ManyWish(by=f"person_{n}", note=f"list {n}", lines=tuple(lines[n * 100 : n * 100 + 100])) for n in range(4)]

    done = Together(world, 1).run([explain_many("shop", PAYBILL, DAY, one) for one in many])

    assert [(100, 0, None)] * 4 == [(one.explained, one.left, one.refused) for one in done]
    assert 400 == len(book(world).decisions) == book(world).record.explained_count


@pytest.mark.parametrize("seed", range(6))
def test_one_line_is_explained_beside_two_who_explain_all(seed: int) -> None:
    world = world_with(3 * TOGETHER)
    lines = ids(world)
    alone = [
        wish(DecisionKind.EXPLAINED, line=line, note="alone", by=f"person_{n}") for n, line in enumerate(lines[-3:])
    ]
    many = [
        ManyWish(by=f"person_{n}", note=f"list {n}", kind=kind)
        for n, kind in enumerate((LineKind.UNASSIGNED, LineKind.UNASSIGNED, LineKind.MISSING_HERE))
    ]

    done = Together(world, seed).run(
        [
            *(explain_many("shop", PAYBILL, DAY, one) for one in many),
            *(decide("shop", PAYBILL, DAY, one) for one in alone),
        ]
    )

    assert [None] * 6 == [one.refused for one in done]
    assert {one.by for one in alone} == {one.by for one in book(world).decisions if one.note == "alone"}
    assert (DayState.BALANCED, 0) == (book(world).record.state, book(world).record.open_count)
