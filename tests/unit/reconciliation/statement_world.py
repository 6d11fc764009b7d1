"""A world in memory into which statements are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.domain.days import day_begins_ms
from gateway.domain.facts import AttemptBegun, Deadline, Fact, TimerPassed
from gateway.domain.policy import DAY_MS, HOUR_MS
from gateway.domain.reconciliation.statement_record import StatementRecord
from gateway.flows.reconciliation.statement import begin_statement, take_in
from gateway.ports import run
from tests import gateway_samples as sample
from tests.memory_store import MemoryWorld
from tests.statement_files import Entry, portal_file
from tests.unit.reconciliation.pull_world import AT_MS, PAYBILL, RECEIPT, SETTINGS, SHOP, payment

DAY = "2026-03-02"
BEGINS_MS = day_begins_ms(DAY)
ENDS_MS = BEGINS_MS + DAY_MS - 1_000


def statement_world() -> MemoryWorld:
    """Two days after the samples; the shortcode is not registered for Pull."""
    world = MemoryWorld()
    world.ambient.at_ms = AT_MS + 2 * DAY_MS
    world.store.settings[SHOP.owner] = replace(SHOP, shortcodes=(replace(PAYBILL, pull=False),))
    return world


def entry(receipt: str = RECEIPT, after_s: int = 10, paid: str = "100.00", **changes: Any) -> Entry:
    """A row of the sample's payment, so many seconds after it was asked for."""
    return Entry(receipt, AT_MS + after_s * 1_000, paid, **changes)


def day_file(*entries: Entry) -> bytes:
    """The statement of the whole day, made an hour after it."""
    return portal_file(entries, BEGINS_MS, ENDS_MS)


def sent(world: MemoryWorld, content: bytes | None, owner: str = SHOP.owner) -> str:
    """A statement with its file where it belongs: its id."""
    record = run(begin_statement(owner, "key_test"), world)
    world.statementfiles.files |= {} if content is None else {(owner, record.id): content}
    return record.id


def read(world: MemoryWorld, statement: str, owner: str = SHOP.owner) -> StatementRecord:
    """As far as the time of one invocation goes."""
    record = run(take_in(owner, statement, SETTINGS), world)
    assert record is not None
    return record


def taken_in(world: MemoryWorld, *entries: Entry) -> StatementRecord:
    """The day's statement, sent and read."""
    return read(world, sent(world, day_file(*entries)))


def waiting(
    world: MemoryWorld, number: int = 1, *, begun: AttemptBegun | None = None, facts: tuple[Fact, ...] = ()
) -> str:
    """A payment that nobody answered for: its id. facts: what is known of it besides."""
    silent = TimerPassed(
        deadline=Deadline.ANSWER, number=1, said_at_ms=AT_MS + HOUR_MS // 4, learned_at_ms=AT_MS + HOUR_MS // 4
    )
    return payment(world, begun or sample.begun(), sample.accepted(), silent, *facts, number=number)


def entries_of(receipts: Sequence[str]) -> list[Entry]:
    """A row a minute, each of money of nobody."""
    return [entry(receipt, 60 * n, reference="") for n, receipt in enumerate(receipts)]
