"""`mpesa-gateway resolve` and `close-day` against the gateway itself: what they say, what they leave, how they end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cli.payments import Api
from gateway.flows.reconciliation import explain_many
from tests.unit.cli_stack import Command, fresh_stack, runner
from tests.unit.web import reconciliation_sample
from tests.unit.web.shop import Gateway

DAY_MS = 86_400_000
DAY, CLOSED_DAY = "2026-03-02", "2026-03-01"


@pytest.fixture
def gateway() -> Gateway:
    """With a day that has one difference, and a closed one before it; the day is over."""
    made = Gateway()
    reconciliation_sample.store(made)
    made.world.ambient.at_ms += DAY_MS
    return made


@pytest.fixture
def command(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """`mpesa-gateway` of somebody who has this gateway's address and key."""

    def handle(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        answer = gateway.call(request.method, request.url.raw_path.decode(), body)
        return httpx.Response(answer.status, text=answer.body)

    http = httpx.Client(base_url="https://gateway", transport=httpx.MockTransport(handle))
    monkeypatch.setattr(Api, "at", lambda _url, _key: Api(http))
    with fresh_stack(monkeypatch, tmp_path):
        monkeypatch.setenv("MPESA_GATEWAY_URL", "https://gateway")
        monkeypatch.setenv("MPESA_GATEWAY_KEY", "sk_test_x")
        yield runner(monkeypatch, capsys)


@pytest.mark.parametrize("line", ["1", reconciliation_sample.NOBODYS])
def test_a_difference_is_explained_by_its_number_or_its_code(command: Command, line: str) -> None:
    ended = command("resolve", DAY, line, "--note", "paid in by the owner", on_stack=False)
    assert (0, True) == (ended.code, "Nothing is left to look at." in ended.out)


@pytest.mark.parametrize("line", ["2", "SGLNOTHERE"])
def test_a_line_that_is_not_there_is_explained_by_nobody(command: Command, line: str) -> None:
    ended = command("resolve", DAY, line, "--note", "paid in by the owner", on_stack=False)
    assert (2, True) == (ended.code, f"{line} names no single line of {DAY} - no line has it" in ended.err)


@pytest.mark.parametrize("lines", [("--all", "paid_out"), ("1", "SGKPORTA01", "3", "4", "5")])
def test_many_differences_are_explained_by_one_reason(
    command: Command, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, lines: tuple[str, ...]
) -> None:
    """All of a kind, or those that are named; it goes on until none of them is left."""
    monkeypatch.setattr(explain_many, "LINES_MAX", 2)
    reconciliation_sample.store_many_paid_out(gateway, 5)
    of = ("--shortcode", reconciliation_sample.PAYS_OUT)

    ended = command("--json", "resolve", DAY, *lines, "--note", "wages", *of, on_stack=False)

    told = ended.lines[-1]
    assert (0, 5, 0) == (ended.code, told["explained"], told["open"])
    days = gateway.world.reconciliations
    assert ["wages"] * 5 == [one.note for key, one in days.said.items() if key[1] == reconciliation_sample.PAYS_OUT]


def test_where_no_such_line_is_open_it_says_of_which_shortcode(command: Command) -> None:
    """Who forgets --shortcode looks at the first of the settings, and is told so."""
    ended = command("resolve", DAY, "--all", "paid_out", "--note", "wages", on_stack=False)
    told = "Nothing was explained: 174379 has no such line that is open. 1 line is open still."
    assert (1, True) == (ended.code, told in ended.out)


@pytest.mark.parametrize("words", [("resolve", DAY, "9", "--note", "wages"), ("close-day", DAY)])
def test_what_to_do_next_names_the_same_shortcode(command: Command, gateway: Gateway, words: tuple[str, ...]) -> None:
    reconciliation_sample.store_paid_out(gateway)
    ended = command(*words, "--shortcode", reconciliation_sample.PAYS_OUT, on_stack=False)
    assert f"{DAY} --shortcode {reconciliation_sample.PAYS_OUT}" in ended.out + ended.err


def test_a_note_that_is_none_is_named(command: Command) -> None:
    ended = command("resolve", DAY, "1", "--note", " ", on_stack=False)
    assert (5, True) == (ended.code, "note must be a text of 1 to 300 printable characters in one line." in ended.err)


@pytest.mark.parametrize("lines", [(), ("1", "--all", "paid_out")])
def test_it_must_be_said_which_lines_are_meant(command: Command, lines: tuple[str, ...]) -> None:
    ended = command("resolve", DAY, *lines, "--note", "wages", on_stack=False)
    assert (2, True) == (ended.code, "It is not said what is explained" in ended.err)


def test_a_kind_that_is_none_is_refused_with_those_that_there_are(command: Command) -> None:
    ended = command("resolve", DAY, "--all", "moonshine", "--note", "wages", on_stack=False)
    assert (5, True) == (ended.code, "missing_here" in ended.err)


def test_a_day_with_an_open_line_is_shown_and_not_closed(command: Command) -> None:
    ended = command("close-day", DAY, on_stack=False)
    assert (1, True, True) == (ended.code, "missing_here" in ended.out, "Not closed. Open lines: 1." in ended.out)


def test_a_day_is_closed_as_it_was_shown(command: Command, gateway: Gateway) -> None:
    command("resolve", DAY, "1", "--note", "paid in by the owner", on_stack=False)
    ended = command("close-day", DAY, "--accept-incomplete", "--note", "as the statement", on_stack=False)
    assert (0, True, True) == (
        ended.code,
        "(paid in by the owner)" in ended.out,
        "Closed. Its sums stay: ours 1,500, M-Pesa's 2,000." in ended.out,
    )
    assert "closed" == gateway.call("GET", f"/v1/reconciliation/days/{DAY}").json["state"]


def test_a_day_without_the_whole_list_is_refused_with_what_it_takes(command: Command) -> None:
    command("resolve", DAY, "1", "--note", "paid in by the owner", on_stack=False)
    ended = command("close-day", DAY, on_stack=False)
    assert 5 == ended.code
    assert "M-PESA's list is not known for all of 2026-03-02" in ended.err
    assert "--accept-incomplete" in ended.err


def test_a_closed_day_is_shown_and_not_compared(command: Command) -> None:
    ended = command("reconcile", CLOSED_DAY, on_stack=False)
    assert (0, True) == (ended.code, "Closed 2 Mar 12:15:04 by key_0. Its sums stay." in ended.out)


def test_a_closed_day_is_opened_again_with_a_reason(command: Command) -> None:
    ended = command("close-day", CLOSED_DAY, "--reopen", "a receipt turned up", on_stack=False)
    assert (0, True) == (ended.code, f"{CLOSED_DAY} is open, and balanced." in ended.out)


def test_json_is_the_days_own_object(command: Command) -> None:
    ended = command("--json", "close-day", CLOSED_DAY, on_stack=False)
    assert ("closed", "key_0") == ((told := json.loads(ended.out))["state"], told["closed_by"])
