"""`mpesa-gateway register-urls` on a stack that was just deployed: Safaricom and our own address are stood in for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli import register_urls
from cli.stack import Stack
from gateway.aws.registration import DynamoRegistrations
from gateway.aws.world import World
from gateway.domain.registration import RegistrationState
from gateway.ports import Call, StoredToken
from tests.memory_registration import ScriptedAddress, ScriptedRegistrar
from tests.unit.cli_stack import SHOP, Command, fresh_stack, runner
from tests.unit.test_register_urls import ourselves

TOKEN = StoredToken("t" * 28, 1, 0, 4_000_000_000_000)


class StagedWorld(World):
    """The stack's own table and keys; a token is remembered, Safaricom and our own address are stood in for."""

    address = ScriptedAddress()
    registrar = ScriptedRegistrar()

    def perform(self, call: Call, /) -> Any:
        """As the real one, for all that lies in the stack."""
        if call.method == "remembered_token":
            return TOKEN
        stand_in = {"PublicAddress": self.address, "Registrar": self.registrar}.get(call.port)
        return getattr(stand_in, call.method)(*call.args) if stand_in is not None else super().perform(call)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stack]:
    """It knows its addresses; nobody answers at its own."""
    with fresh_stack(monkeypatch, tmp_path) as made:
        monkeypatch.setenv("CALLBACK_BASE_URL", "https://pay.example")
        monkeypatch.setenv("DARAJA_BASE_URL", "https://daraja.example")
        monkeypatch.setattr(register_urls, "World", StagedWorld)
        monkeypatch.setattr(StagedWorld, "address", ScriptedAddress())
        monkeypatch.setattr(StagedWorld, "registrar", ScriptedRegistrar())
        yield made


@pytest.fixture
def command(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Keys and a shop are there."""
    run = runner(monkeypatch, capsys)
    run("keys", "init")
    run("settings", "put", "-", stdin=json.dumps(SHOP))
    return run


def test_a_dry_run_shows_whole_addresses_and_asks_nobody(command: Command) -> None:
    """Of a till those of its store."""
    ran = command("register-urls", "--dry-run", "--json")
    assert [("174379", "never"), ("4000001", "never")] == [(row["shortcode"], row["state"]) for row in ran.lines]
    assert all(row["confirmation_url"].startswith("https://pay.example/in/c2b/") for row in ran.lines)
    assert [] == StagedWorld.address.sent


def test_nothing_is_registered_while_our_own_address_does_not_answer(command: Command) -> None:
    ran = command("register-urls", "--yes", "--json")
    assert {RegistrationState.SELF_TEST_FAILED} == {row["state"] for row in ran.lines}
    assert (True, []) == (ran.code != 0, StagedWorld.registrar.asked)


def test_what_works_is_registered_and_kept(command: Command, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through our own flows on the stack's own table, log lines left out."""
    _answer_at_our_address(monkeypatch)
    ran = command("register-urls", "--yes")
    standing = DynamoRegistrations(stack.table).read_registration("174379")
    assert (0, "operator") == (ran.code, standing.by if standing else "")
    assert "c2b_addresses" not in ran.out


def test_addresses_that_are_there_already_come_with_the_portals_clicks(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answer_at_our_address(monkeypatch)
    StagedWorld.registrar.was_registered = True
    ran = command("register-urls", "--yes", "--shortcode", "174379")
    assert ("already_registered" in ran.out, "URL Management" in ran.out + ran.err) == (True, True)


def test_a_shortcode_of_nobody_is_told(command: Command) -> None:
    assert "999999 is not known" in command("register-urls", "--dry-run", "--shortcode", "999999").err


def test_a_host_that_safaricom_refuses_is_told_before_anything_is_asked(
    command: Command, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLBACK_BASE_URL", "https://abc.execute-api.eu-west-1.amazonaws.com")
    assert "cannot be registered" in command("register-urls", "--yes").err
    assert None is DynamoRegistrations(stack.table).read_registration("174379")


def _answer_at_our_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The functions behind our callback address, on the stack's own table."""
    monkeypatch.setattr(register_urls, "World", OurWorld)


class OurWorld(StagedWorld):
    """Also answers at its own address."""

    def perform(self, call: Call, /) -> Any:
        """A call to ourselves is taken by the flows behind our address, on this very world."""
        self.address.answer = ourselves(self)
        return super().perform(call)
