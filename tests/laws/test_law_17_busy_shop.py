"""L17 in a shop where something is always on its way: random changes, batches, repetitions and checks."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from gateway.domain.audit.check import Found
from gateway.domain.money_out.facts import StatusFound
from tests import gateway_samples as sample
from tests import outgoing_samples as out
from tests.audit_stage import AuditStage, payment_values, payout_values

SHARDS = ("shardId-00000001772442000000-aaaaaaaa", "shardId-00000001772442000000-bbbbbbbb")
STEPS = 120
PAYMENT_GROWS: tuple[Any, ...] = (sample.begun(), sample.accepted(), sample.success(), sample.money("SGL0000002"))
PAYOUT_GROWS: tuple[Any, ...] = (
    out.approved(),
    out.begun(),
    out.accepted(),
    out.status(StatusFound.PENDING, second=60),
    out.status(StatusFound.PENDING, second=90),
    out.result(),
)


class BusyShop(AuditStage):
    """Records of an item come in one shard, in order; a batch may come again, whole or with what follows."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.chance = random.Random(seed)
        self.taken = dict.fromkeys(SHARDS, 0)
        self.grown: dict[int, int] = {}
        self.payout_facts = 0

    def of_shard(self, shard: str) -> list[dict[str, Any]]:
        """Its records so far."""
        number = SHARDS.index(shard)
        return [one for one in self.records if sum(one["dynamodb"]["Keys"]["pk"]["S"].encode()) % 2 == number]

    def something_happens(self) -> None:
        """Time passes; a payment or the payout goes on, the stream is read, or the schedule calls."""
        self.ambient.at_ms += self.chance.choice((500, 20_000, 15 * 60_000))
        act = self.chance.choice((self.pays, self.pays, self.pays_out, self.reads, self.reads, self.tick))
        act()

    def pays(self) -> None:
        """A new payment, or one that learns more."""
        number = self.chance.choice((2, 3, 4, 5, len(self.grown) + 10))
        known = self.grown[number] = min(self.grown.get(number, -1) + 1, len(PAYMENT_GROWS))
        self.put(payment_values(*PAYMENT_GROWS[:known], number=number))

    def pays_out(self) -> None:
        """The payout learns more."""
        self.payout_facts = min(self.payout_facts + 1, len(PAYOUT_GROWS))
        self.put(payout_values(*PAYOUT_GROWS[: self.payout_facts]))

    def reads(self) -> None:
        """A batch: it begins where the last one ended, or again before that."""
        shard = self.chance.choice(SHARDS)
        first = max(0, self.taken[shard] - self.chance.choice((0, 0, 0, 3)))
        batch = self.of_shard(shard)[first : first + self.chance.randrange(1, 9)]
        self._take(shard, batch, first)

    def reads_all(self) -> None:
        """The stream comes to its end."""
        for shard in SHARDS:
            self._take(shard, self.of_shard(shard)[self.taken[shard] :], self.taken[shard])

    def _take(self, shard: str, batch: list[dict[str, Any]], first: int) -> None:
        self.deliver_batch(batch, shard)
        self.taken[shard] = max(self.taken[shard], first + len(batch))


def lived(seed: int) -> BusyShop:
    """A shop after its day. The stream never lags by more than a tick of the check."""
    shop = BusyShop(seed)
    for _ in range(STEPS):
        shop.something_happens()
        shop.chance.choice((shop.reads, shop.reads_all))()
    shop.reads_all()
    return shop


@pytest.mark.parametrize("seed", range(12))
def test_law_17_a_busy_shop_is_never_alarmed_and_its_log_is_whole(seed: int) -> None:
    shop = lived(seed)
    assert ([], ()) == ([one for one in shop.ambient.reports if one[0] == "audit_broken"], shop.found())
    assert set() == shop.standing_parts() - shop.told_parts()


@pytest.mark.parametrize("seed", range(12))
def test_law_17_in_a_busy_shop_what_is_written_past_the_stream_is_found_within_a_week(seed: int) -> None:
    """A fact is changed where no stream tells of it: the next night finds it, or Sunday's what is older."""
    shop = lived(seed)
    pk = shop.chance.choice(sorted(key for key, item in shop.table.items() if item["facts"]["M"]))
    shop.table[pk] = copy.deepcopy(dict(shop.table[pk]))
    facts = shop.table[pk]["facts"]["M"]
    fact = shop.chance.choice(sorted(facts))
    facts[fact]["M"]["said_at_ms"] = {"N": "1772442904001"}
    for _ in range(7 * 24 * 4):
        shop.ambient.at_ms += 15 * 60_000
        shop.tick()
    told = [fields for name, fields in shop.ambient.reports if name == "audit_broken"]
    assert [(Found.DIFFERS, pk, fact)] == [(one["what"], one["item"], one["part"]) for one in told]
