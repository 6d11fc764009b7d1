"""How somebody acts in a storm: a script, and who drives it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from tests.simulation.processes import Process

if TYPE_CHECKING:
    from tests.simulation.storm import Storm

Script = Generator[int | Process, None, None]
"""It yields milliseconds to wait, or processes whose end it waits for."""


class Actor:
    """Drives a script through the storm's agenda."""

    def __init__(self, storm: Storm, script: Script) -> None:
        self._storm = storm
        self._script = script
        self._go_on()

    def _go_on(self) -> None:
        while True:
            try:
                wanted = next(self._script)
            except StopIteration:
                return
            if isinstance(wanted, int):
                self._storm.agenda.at(self._storm.agenda.now + wanted, self._go_on)
                return
            if wanted.end is None:
                wanted.on_end = lambda _: self._go_on()
                return
