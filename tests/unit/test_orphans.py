"""News that had no payment: matched once it is there, left on the list after a day, shown to a person, masked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.failure import Exit
from cli.stack import Stack
from gateway.aws.orphans import DynamoOrphans
from gateway.aws.store import DynamoStore
from gateway.flows.messages import Delivery, facts_message, money_message
from gateway.flows.orphans import LOOK_AGAIN_MS, keep_message_apart, keep_news_apart
from gateway.flows.rematch import match_orphan
from gateway.flows.settings import FlowSettings
from gateway.ports import Orphan, run
from tests import gateway_samples as sample
from tests.memory_orphans import MemoryOrphans
from tests.memory_store import MemoryWorld
from tests.unit.cli_stack import Command, fresh_stack, runner

SETTINGS = FlowSettings()
AT_MS = sample.AT_MS
DAY = "2026-03-02"
PAYMENT = sample.payment_id(1)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stack]:
    """A table of its own."""
    with fresh_stack(monkeypatch, tmp_path) as made:
        yield made


@pytest.fixture
def command(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`mpesa-gateway` on that stack."""
    return runner(monkeypatch, capsys)


def orphan(key: str = "facts#pay_1#aa", **changes: Any) -> Orphan:
    """A success callback whose payment is not there."""
    body = facts_message(PAYMENT, (replace(sample.success(), amount_kes=100),)).encode()
    values: dict[str, Any] = {
        "key": key,
        "what": "facts",
        "body": body,
        "learned_at_ms": AT_MS,
        "expires_at_ms": AT_MS + 86_400_000,
        "due_at_ms": AT_MS + 60_000,
    }
    return Orphan(**(values | changes))


def world_with(kept: Orphan) -> MemoryWorld:
    """The orphan is due."""
    world = MemoryWorld()
    world.store.keep_orphan(kept)
    world.ambient.at_ms = (kept.due_at_ms or AT_MS) + 1
    return world


def test_news_finds_its_payment_once_it_is_there() -> None:
    """Kept in the payment, marked as matched, due no more."""
    world = world_with(orphan())
    world.store.payments[PAYMENT] = sample.record(1, [sample.begun(), sample.accepted()])
    run(match_orphan("facts#pay_1#aa", SETTINGS), world)
    kept = world.store.orphans["facts#pay_1#aa"]
    assert ("callback" in {fact.KIND for fact in world.store.payments[PAYMENT].facts.values()}) is True
    assert (None, world.ambient.at_ms) == (kept.due_at_ms, kept.matched_at_ms)


def test_money_finds_its_payment_once_it_is_there() -> None:
    body = money_message(sample.money("SGK77PQ1AB")).encode()
    world = world_with(orphan(body=body))
    world.store.payments[PAYMENT] = sample.record(1, [])
    run(match_orphan("facts#pay_1#aa", SETTINGS), world)
    assert world.store.orphans["facts#pay_1#aa"].matched_at_ms is not None


def test_without_its_payment_it_is_tried_for_a_day_and_then_left_to_a_person() -> None:
    """Five tries; the last one raises the alarm."""
    world = world_with(orphan())
    tried_at = []
    while (due_ms := world.store.orphans["facts#pay_1#aa"].due_at_ms) is not None:
        world.ambient.at_ms = due_ms
        tried_at.append(due_ms - AT_MS)
        run(match_orphan("facts#pay_1#aa", SETTINGS), world)
    assert (len(LOOK_AGAIN_MS), 24.0) == (len(tried_at), round(tried_at[-1] / 3_600_000, 0))
    assert "orphan_left" in [name for name, _ in world.ambient.reports]


def test_what_nobody_can_read_is_never_brought_again() -> None:
    world = MemoryWorld()
    delivery = Delivery(kind="stk", target="aa", number=1, tag="t", source_address="", body=b"{", learned_at_ms=AT_MS)
    run(keep_news_apart("unreadable", "aa#1", delivery), world)
    assert [None] == [kept.due_at_ms for kept in world.store.orphans.values()]


def test_what_has_settled_is_left_alone() -> None:
    """A stale index brings it up once more."""
    world = world_with(orphan(due_at_ms=None))
    run(match_orphan("facts#pay_1#aa", SETTINGS), world)
    assert ["Orphans.read_orphan"] == world.boundaries


@pytest.fixture(params=["memory", "dynamodb"])
def both(request: pytest.FixtureRequest, stack: Stack) -> tuple[Any, Any]:
    """Store and orphans, of both kinds."""
    memory = MemoryWorld()
    kinds = {
        "memory": (memory.store, MemoryOrphans(memory.store)),
        "dynamodb": (DynamoStore(stack.table, 4, lambda: AT_MS), DynamoOrphans(stack.table, 4)),
    }
    return kinds[request.param]


def test_an_orphan_comes_back_as_it_was_kept(both: tuple[Any, Any]) -> None:
    store, orphans = both
    store.keep_orphan(orphan())
    assert (orphan(), None) == (orphans.read_orphan("facts#pay_1#aa"), orphans.read_orphan("other"))


def test_of_two_who_look_at_an_orphan_one_writes(both: tuple[Any, Any]) -> None:
    """On condition that it is still due as it was read; it leaves the index."""
    store, orphans = both
    store.keep_orphan(orphan())
    after = replace(orphan(), due_at_ms=None, matched_at_ms=AT_MS + 61_000)
    assert [True, False] == [orphans.save_orphan(orphan(), after) for _ in range(2)]
    assert after == orphans.read_orphan("facts#pay_1#aa")
    assert [] == [item for shard in range(4) for item in store.due_items(shard, AT_MS + 99_000, 9, False)]


def test_an_orphan_comes_due_in_the_index(both: tuple[Any, Any]) -> None:
    store, _ = both
    store.keep_orphan(orphan())
    found = [item for shard in range(4) for item in store.due_items(shard, AT_MS + 60_000, 9, False)]
    assert [("ORPHAN#facts#pay_1#aa", AT_MS + 60_000)] == [tuple(item) for item in found]


# --- the command ----------------------------------------------------------------------------------------------------


def test_the_command_lists_a_day_masked_and_says_that_somebody_must_look(command: Command, stack: Stack) -> None:
    """Receipt and amount are there to find the money by; a number never is."""
    store = DynamoStore(stack.table, 4, lambda: AT_MS)
    store.keep_orphan(orphan())
    raw = b'{"Body": {"PhoneNumber": 254712345678'
    store.keep_orphan(orphan("unreadable#aa#1#bb", what="unreadable", body=raw, due_at_ms=None))
    shown = command("orphans", "--day", DAY)
    assert Exit.FOUND == shown.code
    assert ("SGL31QW9XY" in shown.out, "waiting" in shown.out, "look" in shown.out) == (True, True, True)
    assert "254712345678" not in shown.out


def test_the_command_is_quiet_where_nothing_was_kept(command: Command, stack: Stack) -> None:
    shown = command("orphans", "--day", "2026-03-03")
    assert (Exit.DONE, True) == (shown.code, "Nothing was kept apart on 2026-03-03." in shown.out)


def test_the_command_refuses_what_is_no_day(command: Command, stack: Stack) -> None:
    assert Exit.USAGE == command("orphans", "--day", "yesterday").code


def test_facts_without_a_payment_are_due_in_a_minute() -> None:
    world = MemoryWorld()
    run(keep_message_apart(PAYMENT, facts_message(PAYMENT, (sample.success(),))), world)
    assert [world.ambient.at_ms + 60_000] == [kept.due_at_ms for kept in world.store.orphans.values()]
