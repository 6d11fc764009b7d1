"""What the world is told of payouts: each thing once, by an id that follows from it, and nothing unsaid."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.domain.money_out.events import news_of, update_news
from gateway.domain.money_out.facts import OutDeadline
from gateway.flows.emit_outgoing import OutgoingChange, tell_of_outgoing, tell_untold_outgoings
from gateway.ports import run
from tests import outgoing_samples as samples
from tests.memory_store import START_MS
from tests.unit.money_out.stage import Stage, failure, success

HOUR_MS = 3_600_000


@pytest.fixture
def stage() -> Stage:
    return Stage()


def told(stage: Stage) -> list[str]:
    """Types of the events that left, in order."""
    return [str(event["type"]) for event in stage.world.bus.published]


def changes(stage: Stage, out_id: str, *acts: str) -> None:
    """Tell of each version of a payout's life."""
    steps: dict[str, Callable[[], object]] = {
        "asked": stage.begin,
        "approved": lambda: stage.approve(out_id),
        "sent": lambda: stage.work(out_id),
        "succeeded": lambda: stage.tell(out_id, success(out_id)),
        "failed": lambda: stage.tell(out_id, failure(out_id)),
        "rejected": lambda: stage.reject(out_id),
    }
    before = None
    for act in acts:
        steps[act]()
        after = stage.record(out_id)
        run(tell_of_outgoing(OutgoingChange(before, after)), stage.world)
        before = after


OUT_ID = f"out_{1:032x}"


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        (("asked",), ["awaiting_approval"]),
        (("asked", "rejected"), ["awaiting_approval", "rejected"]),
        (
            ("asked", "approved", "sent", "succeeded"),
            ["awaiting_approval", "approved", "updated", "succeeded"],
        ),
        (("asked", "approved", "sent", "failed"), ["awaiting_approval", "approved", "updated", "failed"]),
    ],
)
def test_each_step_is_told_once(stage: Stage, acts: tuple[str, ...], expected: list[str]) -> None:
    changes(stage, OUT_ID, *acts)
    assert [f"payout.{name}" for name in expected] == told(stage)


def test_an_event_carries_the_payout_without_its_number(stage: Stage) -> None:
    changes(stage, OUT_ID, "asked")
    (event,) = stage.world.bus.published
    assert (OUT_ID, "awaiting_approval", "07•••••111") == (
        event["data"]["id"],
        event["data"]["status"],
        event["data"]["phone"],
    )


def test_the_same_change_told_again_has_the_same_ids(stage: Stage) -> None:
    stage.begin()
    change = OutgoingChange(None, stage.record(OUT_ID))
    for _ in range(2):
        run(tell_of_outgoing(change), stage.world)
    assert 1 == len({event["id"] for event in stage.world.bus.published})
    assert 1 == len(stage.world.feed.events)


def test_a_lease_is_no_news(stage: Stage) -> None:
    stage.begin()
    record = stage.record(OUT_ID)
    assert 0 == run(tell_of_outgoing(OutgoingChange(record, record)), stage.world)


def test_nobody_knowing_is_told_by_the_number_of_the_send(stage: Stage) -> None:
    record = samples.record(samples.approved(), samples.begun(), samples.lost(), samples.passed(OutDeadline.ANSWER))
    assert ("payout.unresolved", "1") in [(str(one.type), one.discriminator) for one in news_of(record)]


def test_what_the_stream_forgot_is_told_by_the_night(stage: Stage) -> None:
    """Nobody was told of anything; each thing is told then, and once."""
    out_id = stage.sent()
    stage.tell(out_id, success(out_id))
    now_ms = START_MS + 20 * HOUR_MS
    counts = [run(tell_untold_outgoings("shop", 0, now_ms), stage.world) for _ in range(2)]
    assert ([2, 0], ["payout.approved", "payout.succeeded"]) == (counts, told(stage))


def test_what_is_the_streams_still_is_left_to_it(stage: Stage) -> None:
    stage.begin()
    assert 0 == run(tell_untold_outgoings("shop", 0, START_MS + 60_000), stage.world)


def test_a_version_that_nothing_else_tells_of_is_an_update(stage: Stage) -> None:
    changes(stage, OUT_ID, "asked", "approved", "sent")
    assert update_news(stage.record(OUT_ID)).id == stage.world.bus.published[-1]["id"]


def test_an_approval_that_counts_for_nothing_is_not_told() -> None:
    """Nobody may read of an approval where there is none."""
    of_other_terms = samples.record(samples.approved(terms="0" * 16))
    assert ["payout.awaiting_approval"] == [str(one.type) for one in news_of(of_other_terms)]


def test_an_events_id_stays_what_it_is_from_release_to_release() -> None:
    """Else all that was told would be told once more after an update."""
    assert ["evt_6df52423b819dc13959fdc27ebe97b09"] == [one.id for one in news_of(samples.record())]
