"""Worlds that stand alike go on alike: a world that stands as one stood before has that one's future, and its verdict.

How a world stands is all that its future follows from: the table and everything else outside the flows, the time, what
is planned, how much chance was drawn, and where its life is: the place and the variables of each function that waits
for the world. It is looked at when a process has ended, so that no flow is under way; where one is (a stalled process,
say), or where something cannot be written down, nothing is said. What only tells of the past (which calls were made,
what was reported) is left out, but for errors that only a broken program raises: those are for the judge.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import sys
from _thread import RLock
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from functools import cache
from operator import attrgetter
from types import FrameType, FunctionType, GeneratorType, MappingProxyType
from typing import Any

from gateway.ports import Flow, T
from tests.simulation.port_errors import program_error
from tests.simulation.verdicts import lived
from tests.simulation.world import Boundary, Fault, World

ONLY_TOLD = frozenset({"faults", "boundaries", "faults_hit", "reports", "crashes", "_flow", "_process", "_processes"})
"""Attributes of a world from which nothing follows in it."""

OURS = ("gateway", "daraja", "tests")
PLAIN = (Enum, BaseException, dict, list, tuple, set, frozenset, str, int, bytes)
"""Kinds that hold more than their attributes."""

LOOKS_APART_MAX = 8
"""After a second fault one looks at the 1st, 2nd, 4th, 8th chance, then at each 8th: a look costs, too."""

Faults = tuple[tuple[Boundary, Fault], ...]


class StandsAsBefore(BaseException):
    """A world came to stand as one did of which the verdict is known."""

    def __init__(self, broken: tuple[str, ...]) -> None:
        super().__init__(broken)
        self.broken = broken


@dataclass(frozen=True)
class Played:
    """The laws that broke, and the calls after the last fault up to where a known world was met, or the calm began."""

    broken: tuple[str, ...]
    later: Sequence[Boundary]


@dataclass
class KnownWorlds:
    """What became of the worlds of one life, by how they stood.

    of_one: worlds with at most one fault behind them; whoever plays one tries every second fault in it as well.
    of_two: worlds with two.
    """

    life: Callable[[World], None]
    of_one: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    of_two: dict[bytes, tuple[str, ...]] = field(default_factory=dict)

    def play(self, faults: Faults) -> Played:
        """Play the life with these faults, up to its rest or a known world. First faults come before second ones."""
        places = (self.of_one,) if len(faults) < 2 else (self.of_one, self.of_two)
        watch = _Watch(places, looks_apart_max=LOOKS_APART_MAX if len(faults) > 1 else 1)
        world = _WatchedWorld({boundary.index: fault for boundary, fault in faults}, watch)
        try:
            broken = tuple(lived(self.life, world))
        except StandsAsBefore as known:
            broken = known.broken
        places[-1].update(dict.fromkeys(watch.stood, broken))
        last = max((boundary.index for boundary, _ in faults), default=-1)
        return Played(broken, world.boundaries[last + 1 : world.calm_from])


@dataclass
class _Watch:
    """Looks at how a world stands. stood: how it stood at each look."""

    known: Sequence[dict[bytes, tuple[str, ...]]]
    looks_apart_max: int
    stood: list[bytes] = field(default_factory=list)
    _apart: int = 1
    _left_out: int = 0

    def look(self, world: World, frames: Sequence[FrameType], answer: object) -> None:
        """Ends the life where a world stood like this before."""
        self._left_out += 1
        if self._left_out < self._apart:
            return
        self._left_out, self._apart = 0, min(self._apart * 2, self.looks_apart_max)
        stands = standing(world, frames, answer)
        for place in self.known:
            if stands is not None and stands in place:
                raise StandsAsBefore(place[stands])
        if stands is not None:
            self.stood.append(stands)


class _WatchedWorld(World):
    """A world that is looked at whenever a process has ended, once all faults have hit."""

    def __init__(self, faults: dict[int, Fault], watch: _Watch) -> None:
        super().__init__(faults)
        self._watch = watch
        self._ended = 0
        self.calm_from: int | None = None

    def attempt(self, name: str, flow: Flow[T]) -> T | None:
        """As in any world; then a look."""
        answer = super().attempt(name, flow)
        self._ended += 1
        self._look(answer)
        return answer

    def settle(self) -> None:
        """As in any world; then a look. How many processes ended within it does not matter any more."""
        super().settle()
        self._ended = 0
        self._look(None)

    def calm(self, hours: int = 3) -> None:
        """As in any world. No fault hits a call from here on."""
        self.calm_from = len(self.boundaries)
        super().calm(hours)

    def _look(self, answer: object) -> None:
        if len(self.faults_hit) < len(self.faults):
            return
        frames = []
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code is not KnownWorlds.play.__code__:
            if frame.f_code is World.perform.__code__:
                return
            frames.append(frame)
            frame = frame.f_back
        self._watch.look(self, frames, answer)


def standing(world: World, frames: Sequence[FrameType], answer: object) -> bytes | None:
    """How a world stands, where its life is, and what that is told next. None: that cannot be written down."""
    text = io.BytesIO()
    where = [(frame.f_code.co_filename, frame.f_code.co_name, frame.f_lasti, frame.f_locals) for frame in frames]
    try:
        _Writer(text, protocol=pickle.HIGHEST_PROTOCOL).dump((world, where, answer))
    except (TypeError, AttributeError, pickle.PicklingError):
        return None
    return hashlib.blake2b(text.getbuffer(), digest_size=16).digest()


class _Writer(pickle.Pickler):
    """Writes down what pickle alone cannot: planned acts with all that they hold on to, locks, ended flows.

    Nothing is ever read back, so our own objects are their values under the name of their kind: that is quicker.
    """

    def reducer_override(self, thing: Any) -> Any:
        """As the base class documents it."""
        kind = type(thing)
        values_of = _values_of(kind)  # type: ignore[arg-type]  # every type is hashable
        if values_of is not None:
            return _read_back, (kind.__qualname__,), values_of(thing)
        if kind is FunctionType:
            return _function(thing)
        if kind is MappingProxyType:
            return _read_back, ("mapping",), dict(thing)
        if kind is RLock or (kind is GeneratorType and thing.gi_frame is None):
            return _read_back, (kind.__name__,)
        return NotImplemented


@cache
def _values_of(kind: type[object]) -> Callable[[Any], Any] | None:
    """What an object of ours is made of. None: pickle knows better, or this kind is none of ours."""
    if kind is _WatchedWorld:
        return _of_a_world
    if kind.__module__.partition(".")[0] not in OURS or issubclass(kind, PLAIN):
        return None
    if kind.__dictoffset__:
        return vars
    names = [one.name for one in fields(kind)] if is_dataclass(kind) else []
    return attrgetter(*names) if names else None


def _of_a_world(world: _WatchedWorld) -> dict[str, Any]:
    broken = [error for _, told in world.reports if (error := program_error(told))]
    kept = {name: value for name, value in vars(world).items() if name not in ONLY_TOLD}
    return kept | {"reports": broken, "_watch": None, "calm_from": None}


def _function(function: FunctionType) -> Any:
    """One of a module by its name; one that was made in another by its place and all that it holds on to."""
    if "<" not in function.__qualname__:
        return NotImplemented
    code = function.__code__
    held = [cell.cell_contents for cell in function.__closure__ or ()]
    return _read_back, (code.co_filename, code.co_firstlineno, code.co_name), (held, function.__defaults__)


def _read_back(*what: Any) -> Any:
    """Nothing is ever read back."""
    raise NotImplementedError(what)
