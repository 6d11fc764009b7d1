"""`mpesa-gateway repair-events`: what was never told of a day is shown, and on demand put on the repair's list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.stack import Stack
from gateway.aws.feed import DynamoFeed
from gateway.aws.items import packed, settings_to_values
from gateway.aws.repairs import DynamoRepairs
from gateway.aws.store import DynamoStore
from gateway.domain.events import EmittedEvent, EventType, event_id
from gateway.domain.policy import HOUR_MS
from gateway.domain.repairs import Task, TaskKind
from gateway.domain.shop import ShopSettings
from tests.gateway_samples import AT_MS, begun, due, payment_id, record
from tests.unit.cli_stack import Command, fresh_stack, runner

DAY = "2026-03-02"


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stack]:
    """One shop with one payment of which nothing was told."""
    with fresh_stack(monkeypatch, tmp_path) as made:
        made.table.put(packed(settings_to_values(ShopSettings(owner="shop", name="Corner Shop", shortcodes=()))))
        monkeypatch.setattr("cli.repairs._now_ms", lambda: AT_MS + HOUR_MS)
        DynamoStore(made.table, 1, lambda: AT_MS).create_payment(record(facts=[begun()]), due())
        yield made


@pytest.fixture
def command(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return runner(monkeypatch, capsys)


def test_what_was_never_told_is_shown_and_nothing_is_changed(command: Command, stack: Stack) -> None:
    ran = command("repair-events", "--day", DAY, "--json")

    shown = {"owner": "shop", "payment": payment_id(1), "never_told": ["payment.created"], "not_told_to_all": []}
    assert [shown] == ran.lines
    assert () == DynamoRepairs(stack.table).read_progress().tasks
    assert 0 != ran.code


def test_what_was_told_is_not_shown(command: Command, stack: Stack) -> None:
    created = event_id(payment_id(1), EventType.CREATED, "")
    DynamoFeed(stack.table).emit(EmittedEvent(created, EventType.CREATED, "shop", payment_id(1), AT_MS, 1))

    ran = command("repair-events", "--day", DAY)

    assert (0, f"All of {DAY} was told.") == (ran.code, ran.out.strip())


def test_on_demand_the_day_is_put_on_the_list_once(command: Command, stack: Stack) -> None:
    codes = [command("repair-events", "--day", DAY, "--tell").code for _ in range(2)]

    assert [0, 0] == codes
    assert (Task(TaskKind.PAYMENTS, "shop", DAY),) == DynamoRepairs(stack.table).read_progress().tasks


def test_a_day_that_is_none_is_refused(command: Command) -> None:
    assert "is no day" in command("repair-events", "--day", "yesterday").err


def test_a_day_of_which_nothing_is_remembered_is_refused(command: Command) -> None:
    """Else it would seem that all of it was told."""
    said = command("repair-events", "--day", "2025-11-30").err

    assert "2025-11-30 is too long ago" in said
    assert "what was told is remembered for 90 days" in said
