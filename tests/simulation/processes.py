"""Many processes at once in one thread: each is a flow, a generator that yields at every port call.

An agenda of virtual time says who goes on next; chance gives each call its duration and breaks ties, so that other
processes come between any two calls.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from heapq import heappop, heappush
from random import Random
from typing import Any, Protocol

from gateway.ports import Call, Flow, Keys, PortError, StoredToken
from tests.simulation.faults import At


class Crash(BaseException):
    """The process died here."""


class Silence(BaseException):
    """The answer comes only after this many milliseconds, as this value or error."""

    def __init__(self, after_ms: int, answer: Any = None, error: Exception | None = None) -> None:
        super().__init__(after_ms)
        self.after_ms, self.answer, self.error = after_ms, answer, error


class Agenda:
    """Virtual time: what is to happen, and when. Of two things at one moment chance says which is first."""

    def __init__(self, now_ms: int, chance: Random) -> None:
        self.now = now_ms
        self._chance = chance
        self._planned: list[tuple[int, float, int, Callable[[], None]]] = []
        self._serial = 0

    def at(self, at_ms: int, act: Callable[[], None]) -> None:
        """Plan an act."""
        self._serial += 1
        heappush(self._planned, (at_ms, self._chance.random(), self._serial, act))

    def planned(self) -> int:
        """How many acts are still to come."""
        return len(self._planned)

    def next(self, until_ms: int) -> bool:
        """Do what comes next. False: nothing is planned up to then."""
        if not self._planned or self._planned[0][0] > until_ms:
            return False
        at_ms, _, _, act = heappop(self._planned)
        self.now = max(self.now, at_ms)
        act()
        return True


class Environment:
    """A Lambda environment: what a process finds in memory from the invocation before."""

    __slots__ = ("keys", "keys_until_ms", "token")

    def __init__(self) -> None:
        self.token: StoredToken | None = None
        self.keys: Keys | None = None
        self.keys_until_ms = 0


class End(StrEnum):
    """How a process ended."""

    DONE = "done"
    AWAY = "away"
    """A port was away: the caller got an error, and nothing else is known."""
    DEAD = "dead"
    BROKEN = "broken"
    """It raised what no caller expects: a fault of the program."""


class Surroundings(Protocol):
    """What a process needs of the world."""

    agenda: Agenda
    chance: Random
    steps: int

    def fault_at(self, process: Process, call: Call) -> At | None:
        """What goes wrong at this call."""

    def perform(self, process: Process, call: Call, fault: At | None) -> Any:
        """Carry out a call. Raises what the port raises, Crash, or Silence."""

    def ambient(self, process: Process, call: Call) -> Any:
        """A call that does not leave the process."""

    def broken_program(self, process: Process, error: Exception) -> None:
        """A process raised what it must not."""


STALL_MS = 45_000
IN_MEMORY = frozenset({"remembered_token", "remember_token"})


class Process:
    """One invocation of a function: a flow, its clock, its memory, and when it is killed."""

    __slots__ = (
        "_answer",
        "_error",
        "_pending",
        "_stalled",
        "_world",
        "clock_ms",
        "end",
        "flow",
        "killed_at_ms",
        "memory",
        "name",
        "older",
        "on_end",
        "value",
    )

    def __init__(
        self,
        world: Surroundings,
        name: str,
        flow: Flow[Any],
        memory: Environment,
        *,
        timeout_ms: int,
        clock_ms: int = 0,
        on_end: Callable[[Process], None] | None = None,
    ) -> None:
        self._world = world
        self.name = name
        self.flow = flow
        self.memory = memory
        self.killed_at_ms = world.agenda.now + timeout_ms
        self.clock_ms = clock_ms
        self.on_end = on_end
        self.older = False
        """This invocation is of an older release."""
        self.end: End | None = None
        self.value: Any = None
        self._pending: Call | None = None
        self._stalled = False
        self._answer: Any = None
        self._error: Exception | None = None

    def refuse(self) -> None:
        """Nobody runs functions now."""
        self._finish(End.AWAY)

    def step(self) -> None:
        """Carry out the call that is pending, then go on to the next one."""
        world = self._world
        world.steps += 1
        if world.agenda.now >= self.killed_at_ms:
            self._finish(End.DEAD)
            return
        call, self._pending = self._pending, None
        try:
            wait_ms = self._carry_out(call) if call is not None else 0
        except Crash:
            self._finish(End.DEAD)
            return
        if wait_ms:
            self._wait(wait_ms)
        else:
            self._go_on()

    def _carry_out(self, call: Call) -> int:
        """For how many milliseconds more the process waits: for the call itself (a stall), or for its answer."""
        world = self._world
        fault = None if self._stalled else world.fault_at(self, call)
        self._stalled = fault is At.STALL
        if self._stalled:
            self._pending = call
            return 1 + int(STALL_MS * world.chance.random() ** 2)
        try:
            self._answer = world.perform(self, call, fault)
        except Silence as silence:
            self._answer, self._error = silence.answer, silence.error
            return silence.after_ms
        except Exception as error:  # noqa: BLE001  the flow decides what each error means
            self._error = error
        return 0

    def _go_on(self) -> None:
        answer, error = self._answer, self._error
        self._answer = self._error = None
        flow, world = self.flow, self._world
        while True:
            try:
                asked = flow.throw(error) if error is not None else flow.send(answer)
            except StopIteration as stop:
                self.value = stop.value
                self._finish(End.DONE)
                return
            except PortError:
                self._finish(End.AWAY)
                return
            except Exception as broken:  # noqa: BLE001  whatever it is, it is a finding
                world.broken_program(self, broken)
                self._finish(End.BROKEN)
                return
            error = None
            if asked.port == "Ambient" and asked.method == "pause":
                self._wait(max(0, asked.args[0]))
                return
            if asked.port == "Ambient" or asked.method in IN_MEMORY:
                answer = world.ambient(self, asked)
                continue
            self._pending = asked
            self._wait(_duration_ms(world.chance))
            return

    def _wait(self, milliseconds: int) -> None:
        self._world.agenda.at(self._world.agenda.now + milliseconds, self.step)

    def _finish(self, end: End) -> None:
        self.flow.close()
        self.end = end
        if end is End.DEAD:
            self.memory.token = None
        if self.on_end is not None:
            self.on_end(self)


def _duration_ms(chance: Random) -> int:
    """Milliseconds that a call takes: mostly a few, sometimes hundreds."""
    drawn = chance.random()
    return 1 + int(drawn * 12) if drawn < 0.9 else 1 + int((drawn - 0.9) * 5_000)
