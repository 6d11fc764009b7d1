"""What a newer release has put into the index, met by an older sweep."""

from __future__ import annotations

from gateway.domain.policy import HOUR_MS
from gateway.flows.sweep import handle
from gateway.ports import DueItem, run
from tests.simulation.world import START_MS, World


class Index:
    """Performs calls as the world does, and notes how the index was changed."""

    def __init__(self) -> None:
        self.world = World()
        self.moved: list[tuple[str, int | None]] = []

    def perform(self, asked: object) -> object:
        """Carry out a call."""
        name, arguments = asked.method, asked.args  # type: ignore[attr-defined]  # a Call
        if name == "clear_due":
            self.moved.append((arguments[0].key, arguments[1]))
            return True
        return self.world.perform(asked)  # type: ignore[arg-type]  # a Call


def test_a_kind_of_a_newer_release_stays_in_the_index() -> None:
    """Dropped from it, a thing of the newer release would never be asked about again."""
    index = Index()
    run(handle(DueItem("TAX#77", START_MS), index.world.settings), index)

    assert [("TAX#77", START_MS + HOUR_MS)] == index.moved
