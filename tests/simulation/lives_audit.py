"""Lives behind which the audit log is written, from the stream, and held against the table at night.

The world's own stream tells of payments as the domain knows them. The log is written from what DynamoDB tells, so here
the items of the store are looked at, and what changed since the last look is a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from gateway.aws import items
from gateway.aws.audited import audited_change
from gateway.domain.audit.check import Found
from gateway.domain.policy import DAY_MS, MINUTE_MS
from gateway.flows.audit.verify import verify, verify_due
from gateway.flows.audit.write import Changed, write_log
from gateway.ports import Flow, Indexed, T
from gateway.ports.audit import LogUnavailable
from tests.memory_audit import MemoryAudited, MemoryAuditLog
from tests.memory_store import MemoryStore
from tests.simulation.safaricom import Payer
from tests.simulation.table_stream import SHARD
from tests.simulation.world import World, asked

PHONE = "254712345678"
TICKS = 6
"""Enough for one run of the check, also when one of them is cut off."""


class Behind:
    """The log of a world and the stream that leads to it. seen: each item as the stream told of it last."""

    def __init__(self, world: World) -> None:
        self._items = Items(world.store)
        self.seen: dict[str, Any] = {}
        self.waiting: list[dict[str, Any]] = []
        self.told = 0
        world.audit_log = MemoryAuditLog()  # type: ignore[attr-defined]  # no other life has one
        world.audited = MemoryAudited(self._items)  # type: ignore[attr-defined]  # as above
        world.behind_the_log = self  # type: ignore[attr-defined]  # as above

    def look(self, now_ms: int) -> None:
        """What changed since the last look goes into the stream."""
        for item in self._items():
            pk = item["pk"]["S"]
            if self.seen.get(pk) == item:
                continue
            self.told += 1
            images = {"OldImage": self.seen[pk]} if pk in self.seen else {}
            told = {"Keys": {"pk": {"S": pk}}, "SequenceNumber": f"{self.told:021d}", "NewImage": item, **images}
            self.waiting.append({"dynamodb": {**told, "ApproximateCreationDateTime": now_ms / 1000}})
            self.seen[pk] = item


class Items:
    """The payments and receipts of a store as DynamoDB has them."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def __call__(self) -> Iterable[Any]:
        for record in self._store.payments.values():
            yield items.packed(items.payment_to_values(record, Indexed(due_at_ms=None), 1))
        for receipt in self._store.receipts.values():
            yield items.packed(items.receipt_to_values(receipt, 1))


def behind(world: World) -> Behind | None:
    """Of a life of these."""
    return getattr(world, "behind_the_log", None)


def tried(world: World, name: str, flow: Flow[T]) -> T | None:
    """A flow; None where its process died, or S3 or another port was away."""
    try:
        return world.attempt(name, flow)
    except LogUnavailable:
        return None


def stream_is_read(world: World, log: Behind) -> None:
    """A batch comes again, as a whole, until it was taken."""
    log.look(world.now)
    records = [Changed(one["dynamodb"]["SequenceNumber"], partial(audited_change, one)) for one in log.waiting]
    for _ in range(3):
        if tried(world, "audit_log", write_log(records, SHARD)) is not None:
            log.waiting.clear()
            return
        world.pass_time(MINUTE_MS)


def checked(world: World) -> None:
    """The ticks of a night's check."""
    for _ in range(TICKS):
        tried(world, "audit_check", verify_due())
        world.now += 15 * MINUTE_MS


def audited(world: World, shop_asks: Callable[..., Any]) -> None:
    """Asked for, paid, written down, and found to be right at night and by who asks in the morning."""
    log = Behind(world)
    world.safaricom.payers[PHONE] = [Payer(echo_after_ms=2_000)]
    shop_asks(world, asked("order-1"))
    stream_is_read(world, log)
    world.pass_time(3 * MINUTE_MS)
    stream_is_read(world, log)
    checked(world)
    tried(world, "audit_verify", verify(None, None, MINUTE_MS))


def audited_though_the_stream_forgot(world: World, shop_asks: Callable[..., Any]) -> None:
    """What the payment became is told to nobody: the check adds it."""
    log = Behind(world)
    world.safaricom.payers[PHONE] = [Payer()]
    shop_asks(world, asked("order-1"))
    stream_is_read(world, log)
    world.pass_time(3 * MINUTE_MS)
    log.look(world.now)
    log.waiting.clear()
    checked(world)


def broken(world: World) -> list[str]:
    """L17, once all faults are over: after another night the log has an entry for all that stands in the table."""
    log = behind(world)
    if log is None:
        return []
    stream_is_read(world, log)
    world.now += DAY_MS
    checked(world)
    findings = world.run("audit_verify", verify(None, None, 0)).findings
    return [f"L17 {one.what} {one.item} {one.part} (page {one.page})" for one in findings if one.what is not Found.LATE]


LIVES = (audited, audited_though_the_stream_forgot)
