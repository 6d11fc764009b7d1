"""The stream's consumer is off for 26 hours, and the stream forgets after 24: after the night nothing is missing."""

from __future__ import annotations

import pytest

from gateway.domain.events import events_of, update_of
from gateway.domain.fold import state_of
from tests.simulation import lives_events
from tests.simulation.lives import LIVES
from tests.simulation.world import World


def missing(world: World) -> list[str]:
    """Event ids that the payments as they stand demand, and that nobody was told; the last version's among them."""
    told = {event["id"] for event in world.events}
    newest = {event["data"]["id"]: 0 for event in world.events}
    for event in world.events:
        newest[event["data"]["id"]] = max(newest[event["data"]["id"]], event["data"]["version"])
    found = []
    for record in world.store.payments.values():
        wanted = [event.id for event in events_of(record.asked, state_of(record.asked, record.facts))]
        found += [event_id for event_id in wanted if event_id not in told]
        latest = update_of(record.id, record.version).id
        found += [latest] if newest.get(record.id, 0) < record.version else []
    return found


@pytest.mark.parametrize("life", lives_events.LIVES, ids=lambda life: life.__name__)
def test_after_the_night_no_event_id_is_missing(life: object) -> None:
    world = World()
    LIVES[getattr(life, "__name__", "")](world)

    assert [] == missing(world)
    assert {"shop"} == {owner for owner, _ in world.days.days}


def test_before_the_night_events_were_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the story is about something."""
    monkeypatch.setattr(lives_events, "night", lambda _: None)
    world = World()
    LIVES["stream_forgets"](world)

    assert [] != missing(world)


def test_a_second_night_tells_nothing_again() -> None:
    """What was told stays told, and the sums are those of the payments."""
    world = World()
    LIVES["stream_forgets"](world)
    told, days = len(world.events), dict(world.days.days)
    world.pass_time(24 * 3_600_000)
    lives_events.night(world)

    assert (told, days) == (len(world.events), world.days.days)
