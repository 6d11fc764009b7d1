"""Against nights on which nobody repaired anything: what they would have looked at is looked at by the next run."""

from __future__ import annotations

import pytest

from gateway.domain.repairs import RepairProgress, Task, TaskKind, planned
from tests.memory_store import START_MS

DAY_MS = 86_400_000


def days(run: RepairProgress, kind: TaskKind) -> list[str]:
    """The days that a run goes through."""
    return [task.day for task in run.tasks if task.kind is kind]


def run_after(nights: int) -> RepairProgress:
    """The run that begins so many nights after the one before."""
    before = RepairProgress(began_ms=START_MS, version=1)
    return planned(before, ["shop"], ["174379"], START_MS + nights * DAY_MS)


def test_each_night_goes_through_the_day_before_and_through_days_of_long_ago() -> None:
    """As many days as ever, when no night is missed."""
    run = run_after(1)
    assert ["2026-03-02", "2026-03-01", "2026-02-23", "2026-01-31"] == days(run, TaskKind.PAYMENTS)
    assert ["2026-03-02"] == days(run, TaskKind.RECEIPTS)


@pytest.mark.parametrize("kind", list(TaskKind))
@pytest.mark.parametrize("nights", [2, 3, 7])
def test_missed_nights_are_made_up_for(kind: TaskKind, nights: int) -> None:
    """The stream forgets after a day, so after an outage of two nobody else would ever look."""
    each_night = {day for night in range(1, nights + 1) for day in days(run_after_the_night_before(night), kind)}
    assert each_night == set(days(run_after(nights), kind))


def run_after_the_night_before(night: int) -> RepairProgress:
    """The run of that night, had none been missed."""
    at_ms = START_MS + night * DAY_MS
    return planned(RepairProgress(began_ms=at_ms - DAY_MS, version=1), ["shop"], ["174379"], at_ms)


def test_after_months_only_the_last_nights_are_made_up_for() -> None:
    """A gateway that slept for a quarter of a year does not go through all of it at once."""
    run = run_after(90)
    assert (7, 14 + 7) == (len(days(run, TaskKind.RECEIPTS)), len(days(run, TaskKind.PAYMENTS)))


def test_the_first_run_of_all_goes_through_one_night() -> None:
    run = planned(RepairProgress(), ["shop"], ["174379"], START_MS)
    assert [Task(TaskKind.RECEIPTS, "174379", "2026-03-01")] == [
        task for task in run.tasks if task.kind is TaskKind.RECEIPTS
    ]
