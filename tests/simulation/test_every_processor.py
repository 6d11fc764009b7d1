"""Work that is spread over processors is done once each, and told in order where that is asked for."""

from __future__ import annotations

import pytest

from tests.simulation.every_processor import everywhere

TASKS = tuple(range(-50, 50))


@pytest.mark.parametrize("processes", [1, 2])
def test_what_comes_of_each_task_is_told_in_the_order_of_the_tasks(processes: int) -> None:
    assert list(map(abs, TASKS)) == list(everywhere(abs, TASKS, processes, in_order=True))


def test_without_an_order_each_task_is_done_once_all_the_same() -> None:
    assert sorted(map(abs, TASKS)) == sorted(everywhere(abs, TASKS, 2))
