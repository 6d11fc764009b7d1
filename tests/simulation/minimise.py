"""Make a failing world small: fewer actors, then fewer kinds of faults, then a shorter storm.

Each smaller world is tried with other chances as well (`salt`), since leaving something out moves everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from tests.simulation.case import Case

T = TypeVar("T")

SALTS_ALONE = 30
TRIES_MAX = 300
TRIES = 2_000
"""So often a smaller world is tried with other chances: divided by its actors to the power of one and a half."""

TRIED_IN_ALL = 60_000
"""The same for the whole search: a few minutes."""

Breaks = Callable[[Case], str | None]
"""The first broken law of a world, like L1; None when all hold."""


def law_of(sentence: str) -> str:
    """L1 of "L1 a receipt …"."""
    return sentence.split(" ", 1)[0]


class Minimiser:
    """Looks for a smaller case that breaks the same law."""

    def __init__(self, breaks: Breaks, law: str) -> None:
        self._breaks = breaks
        self._law = law
        self._played = 0

    def smallest(self, case: Case, lines: Sequence[str]) -> Case:
        """lines: the fault lines that the case's weather has turned on."""
        whole = replace(case, only=case.only or tuple(range(case.payments)), lines=case.lines or tuple(lines))
        fewer = self._alone(whole) or self._fewer(whole, whole.only or (), lambda kept: replace(whole, only=kept))
        calmer = self._fewer(fewer, fewer.lines or (), lambda kept: replace(fewer, lines=kept))
        return self._shorter(calmer)

    def _alone(self, case: Case) -> Case | None:
        """One actor, if one is enough: cheap to try, many times."""
        for salt in range(SALTS_ALONE):
            for number in case.only or ():
                alone = replace(case, only=(number,), salt=salt, strong=salt % 2 == 0)
                if self._breaks_so(alone):
                    return alone
        return None

    def _fewer(self, case: Case, parts: Sequence[T], having: Callable[[tuple[T, ...]], Case]) -> Case:
        """Leave out as many parts as can be, halves first, then one by one."""
        best, kept, size = case, tuple(parts), max(1, len(parts) // 2)
        while size:
            for start in range(0, len(kept), size):
                left = kept[:start] + kept[start + size :]
                smaller = self._still(replace(having(left), salt=best.salt, strong=best.strong))
                if smaller is not None:
                    best, kept = smaller, left
                    break
            else:
                size //= 2
        return best

    def _shorter(self, case: Case) -> Case:
        best, steps = case, 20_000
        while steps:
            if self._breaks_so(replace(best, steps=steps)):
                best = replace(best, steps=steps)
            steps //= 2
        return best

    def _still(self, case: Case) -> Case | None:
        return next((one for one in _salted(case) if self._breaks_so(one)), None)

    def _breaks_so(self, case: Case) -> bool:
        self._played += _actors(case)
        return self._played <= TRIED_IN_ALL and self._breaks(case) == self._law


def _salted(case: Case) -> Iterable[Case]:
    yield case
    for salt in range(min(TRIES_MAX, 1 + int(TRIES / _actors(case) ** 1.5))):
        yield replace(case, salt=salt, strong=salt % 2 == 0)


def _actors(case: Case) -> int:
    return max(1, len(case.only) if case.only is not None else case.payments)
