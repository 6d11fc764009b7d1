"""Work spread over processors, for the commands that try everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def everywhere(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    processes: int,
    tasks_a_process: int | None = None,
    *,
    in_order: bool = False,
) -> Iterator[Result]:
    """What comes of each task, as it is done. tasks_a_process: after so many a process is replaced by a fresh one.

    in_order: as soon as it and all tasks before it are done.

    On one processor, or for one task, no process is begun. None is ever forked from one with threads, as a worker of
    pytest is: the child would inherit locks that are held, and could wait for ever.
    """
    if processes == 1 or len(tasks) == 1:
        yield from map(work, tasks)
        return
    with get_context("forkserver").Pool(processes, maxtasksperchild=tasks_a_process) as pool:
        yield from (pool.imap if in_order else pool.imap_unordered)(work, tasks)
