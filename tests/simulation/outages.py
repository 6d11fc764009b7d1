"""What happens to a whole world once: a release goes out, settings and keys change, the table or the region is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.aws.room import HARD_BYTES, LAST_BYTES, SOFT_BYTES
from gateway.domain.facts import Fact, UnknownFact
from gateway.domain.payment import PaymentRecord

if TYPE_CHECKING:
    from tests.simulation.storm import Storm

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
WITHIN_MS = 100 * MINUTE_MS
DEPLOY_MS_MAX = 40 * MINUTE_MS
AWAY_MS = (10 * MINUTE_MS, 30 * HOUR_MS)
LOST_MS_MAX = 300_000
SHARDS_LATER = 5
CAPS = (SOFT_BYTES, HARD_BYTES, LAST_BYTES)
YOUNG_KINDS = ("review_asked", "money_returned", "corrected", "receipt_contested")
"""One of these is of the newer release: the older one, still running beside it, does not know it."""


class Outages:
    """Draws from the weather, once for each line, what happens to this world, and when."""

    def __init__(self, storm: Storm) -> None:
        self._storm = storm
        self._away_from_ms = self._away_until_ms = 0
        self._young_kind = ""
        self._newer_from_ms: dict[str, int] = {}
        self._deployed_ms = 0
        self.burst = 0
        """Callbacks taken by an older release while the newer one ran beside it."""

    def plan(self) -> None:
        """At the beginning."""
        plans: dict[str, Callable[[], None]] = {
            "consumer_off_26_hours": self._consumer_off,
            "older_release_beside_newer": self._deploy,
            "settings_change": self._settings_change,
            "shards_grow": self._shards_grow,
            "tag_key_rotates": self._tag_key_rotates,
            "table_restored": self._table_restored,
            "region_away": self._region_away,
        }
        for line, act in plans.items():
            if self._storm.weather.hit(line):
                act()

    def calm(self) -> None:
        """The release is everywhere, and the region is there."""
        self._newer_from_ms = {}
        self._away_until_ms = 0
        self._deployed_ms = 0

    # --- the region, and consumers ----------------------------------------------------------------------------

    def _consumer_off(self) -> None:
        self._storm_lasts_until(self._storm.consumers.plan_long_outage() + HOUR_MS)

    def _region_away(self) -> None:
        """Nothing of ours runs; M-PESA goes on, and repeats nothing to us later."""
        storm = self._storm
        low, high = AWAY_MS
        self._away_from_ms = self._some_time()
        self._away_until_ms = self._away_from_ms + int(low * (high / low) ** storm.chance.random())
        storm.agenda.at(self._away_until_ms, storm.consumers.plan_sweep)
        self._storm_lasts_until(self._away_until_ms + HOUR_MS)

    def away_until_ms(self, now: int) -> int:
        """Until when nothing runs; now, unless the region is away."""
        return self._away_until_ms if self._away_from_ms <= now < self._away_until_ms else now

    def _storm_lasts_until(self, at_ms: int) -> None:
        self._storm.end_ms = max(self._storm.end_ms, at_ms)

    def _some_time(self) -> int:
        return self._storm.agenda.now + self._storm.chance.randrange(WITHIN_MS)

    # --- deployments ------------------------------------------------------------------------------------------

    def _deploy(self) -> None:
        """Functions switch to the newer release one after the other; until then they are of the older one."""
        self._young_kind = self._storm.chance.choice(YOUNG_KINDS)
        self._deployed_ms = self._some_time() + DEPLOY_MS_MAX

    def runs_older_release(self, name: str) -> bool:
        """Whether this function, invoked now, is of the older release."""
        if not self._deployed_ms:
            return False
        chance = self._storm.chance
        switches_ms = self._newer_from_ms.setdefault(name, self._deployed_ms - chance.randrange(DEPLOY_MS_MAX))
        older = self._storm.agenda.now < switches_ms
        self.burst += (
            older
            and name in ("callback", "c2b")
            and any(from_ms <= self._storm.agenda.now for from_ms in self._newer_from_ms.values())
        )
        return older

    def as_read_by_an_older_release(self, answer: Any) -> Any:
        """An item as that release reads it: facts of the newer one are unknown to it, and stay as they are."""
        if not isinstance(answer, PaymentRecord):
            return answer
        facts = {fact_id: self._unknown(fact) for fact_id, fact in answer.facts.items()}
        return replace(answer, facts=facts)

    def _unknown(self, fact: Fact) -> Fact:
        if fact.KIND != self._young_kind:
            return fact
        return UnknownFact(
            known_id=fact.id, raw='{"kind":"young"}', said_at_ms=fact.said_at_ms, learned_at_ms=fact.learned_at_ms
        )

    def _settings_change(self) -> None:
        """Another policy and another CONFIRM from now on; what runs goes on with what it read."""
        from tests.simulation.storm import CONFIRM, POLICIES  # noqa: PLC0415  it imports us

        storm = self._storm
        policy, confirm = storm.chance.choice(POLICIES), storm.chance.choice(CONFIRM)

        def change() -> None:
            storm.settings = replace(storm.settings, policy=policy)
            storm.confirm(confirm)

        storm.agenda.at(self._some_time(), change)

    def _shards_grow(self) -> None:
        """Who reads looks at more parts first, minutes later who writes uses them."""
        storm = self._storm
        at_ms = self._some_time()

        def read_more() -> None:
            storm.settings = replace(storm.settings, due_shards=SHARDS_LATER)

        storm.agenda.at(at_ms, read_more)
        storm.agenda.at(at_ms + storm.chance.randrange(10 * MINUTE_MS), lambda: storm.table.grow(SHARDS_LATER))

    def _tag_key_rotates(self) -> None:
        """The new key is accepted first, and used when every process has read it."""
        storm = self._storm
        both = storm.keys
        new, *old = both.tags
        storm.keys = replace(both, tags=tuple(old))
        at_ms = self._some_time()

        def hold(tags: tuple[bytes, ...]) -> None:
            storm.keys = replace(both, tags=tags)

        storm.agenda.at(at_ms, lambda: hold((*old, new)))
        storm.agenda.at(at_ms + 10 * MINUTE_MS, lambda: hold(both.tags))

    # --- the table --------------------------------------------------------------------------------------------

    def _table_restored(self) -> None:
        """The table's last seconds are gone: it is again what it was at a moment before."""
        storm = self._storm
        lost_ms = storm.chance.randint(1_000, LOST_MS_MAX)
        at_ms = self._some_time()
        pictures: list[Any] = []

        def take() -> None:
            of_log = storm.audit.picture() if storm.audit is not None else None
            pictures.append((storm.table.picture(), storm.lists.picture(), of_log))

        storm.agenda.at(at_ms, take)

        def restore() -> None:
            knew = storm.table.known()
            of_table, of_lists, of_log = pictures[0]
            storm.table.restore(of_table)
            for place, name, stood in of_lists:
                setattr(place, name, stood)
            lost = "\n".join(knew - storm.table.known())
            storm.auditor.restored(at_ms, storm.agenda.now, storm.shown_payments(), lost)
            storm.office.restored(at_ms)
            if storm.audit is not None:
                storm.audit.restore(of_log)

        storm.agenda.at(at_ms + lost_ms, restore)

    def payment_changed(self, before: PaymentRecord | None, after: PaymentRecord) -> None:
        """Some items are large from the beginning."""
        weather = self._storm.weather
        if before is None and weather.hit("item_near_its_cap"):
            which = self._storm.chance.randrange(len(CAPS))
            weather.sort("item_near_its_cap", which)
            self._storm.table.pad(after.id, CAPS[which] - 200)
        if before is None:
            self._storm.consumers.poison()
