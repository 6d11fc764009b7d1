"""`mpesa-gateway reconcile` and `pull register`: what they say, what they leave, and how they end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.payments import Api
from cli.shop_settings import stored_settings
from cli.stack import Stack
from daraja.answers import PullRegistered, Token
from daraja.client import DarajaClient
from daraja.errors import MaybeSent, MaybeSentReason, RefusalCause, Refused
from daraja.requests.pull import PullRegisterRequest
from gateway.aws.books import DynamoBooks
from tests.unit.cli_stack import SHOP, Command, fresh_stack, runner
from tests.unit.web.shop import TOP

EXPECTED = TOP / "events" / "reconciliation" / "day_compared.expected.json"


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stack]:
    """Just deployed."""
    with fresh_stack(monkeypatch, tmp_path) as made:
        yield made


@pytest.fixture
def command(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`mpesa-gateway` on that stack, with a gateway and a Safaricom by name."""
    monkeypatch.setenv("MPESA_GATEWAY_URL", "https://gateway")
    monkeypatch.setenv("MPESA_GATEWAY_KEY", "sk_test_x")
    monkeypatch.setenv("DARAJA_BASE_URL", "https://safaricom")
    monkeypatch.setenv("CALLBACK_BASE_URL", "https://pay.example")
    return runner(monkeypatch, capsys)


# --- reconcile ----------------------------------------------------------------------------------------------------


def day(**changes: Any) -> dict[str, Any]:
    """A compared day, as the API answers."""
    told: dict[str, Any] = json.loads(EXPECTED.read_text(encoding="utf-8"))["body"]
    return told | changes


UNSEEN = {"count": 1, "sum": 100}
"""Of ours, in hours that M-Pesa's list does not cover."""


def test_a_day_that_is_not_over_is_told_as_such(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, day(lines=[], state="incomplete", not_judged=UNSEEN, complete=False))
    out = command("reconcile", "2026-03-02", on_stack=False).out
    assert "The day is not over: 1 of ours, 100, wait for M-Pesa's list of that time." in out
    assert "not the last word" not in out


def test_what_waits_for_the_list_is_no_difference(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, day(lines=[], difference=-100, state="incomplete", not_judged=UNSEEN, complete=False))
    out = command("reconcile", "2026-03-02", on_stack=False).out
    assert "difference 0 in 0 lines" in out
    assert "Of what was judged, nothing differs." in out


def test_of_a_day_that_is_not_over_and_waits_for_nothing_no_sum_is_told(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = {"count": 0, "sum": 0}
    serve(monkeypatch, day(lines=[], state="incomplete", not_judged=nothing, complete=False))
    assert "The day is not over.\n" in command("reconcile", "2026-03-02", on_stack=False).out


def serve(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> list[httpx.Request]:
    """A gateway that answers these one after the other; what it was asked."""
    seen: list[httpx.Request] = []
    left = iter(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=next(left))

    http = httpx.Client(base_url="https://gateway", transport=httpx.MockTransport(handle))
    monkeypatch.setattr(Api, "at", lambda _url, _key: Api(http))
    return seen


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (day(), 1),
        (day(lines=[], state="balanced"), 0),
        (day(lines=[], state="incomplete"), 0),
        (day(lines=[], state="incomplete", not_judged=UNSEEN, run_at="2026-03-03T05:00:00Z"), 1),
        (day(lines=[], state="incomplete", not_judged=UNSEEN, run_at="2026-03-02T20:59:59Z"), 0),
        (day(lines=[], state="closed"), 0),
    ],
)
def test_differences_end_with_one(
    told: dict[str, Any], code: int, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also money that could not be looked for, once the day is over in Nairobi."""
    serve(monkeypatch, told)
    assert code == command("reconcile", "2026-03-02", on_stack=False).code


STATEMENT = json.loads((EXPECTED.parent / "statement_read.expected.json").read_text(encoding="utf-8"))["body"]
UPLOAD = {"method": "PUT", "url": "https://files/statements/shop/stm_1?X-Amz-Signature=1", "expires_at": "…"}
REFUSED_ROW = {"line": 9, "why": "Receipt No. is no M-PESA code"}


def test_a_statement_is_put_where_the_gateway_says_and_the_day_is_compared_with_it(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Read again while a part of it is left; its address gets the file, and no key."""
    put: list[tuple[str, bytes]] = []
    monkeypatch.setattr("cli.statement.put_file", lambda url, content: put.append((url, content)))
    going_on = STATEMENT | {"state": "reading"}
    judged = day(lines=[], state="balanced", source="statement")
    asked = serve(monkeypatch, STATEMENT | {"upload": UPLOAD}, going_on, STATEMENT, judged)
    (tmp_path / "st.csv").write_bytes(b"the file")

    ended = command("reconcile", "2026-03-01", "--statement", str(tmp_path / "st.csv"), on_stack=False)

    assert ([(UPLOAD["url"], b"the file")], {"bytes": 8}) == (put, json.loads(asked[0].content))
    assert {"day": "2026-03-01", "shortcode": "174379", "source": "statement"} == json.loads(asked[-1].content)
    assert "tells everything from 28 Feb 00:00:00 to 28 Feb 23:59:59" in ended.out
    assert (0, True) == (ended.code, "compared with the statement" in ended.out)


def test_rows_of_a_statement_that_were_not_taken_in_are_shown(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("cli.statement.put_file", lambda _url, _content: None)
    why_not = "Rows of it could not be read."
    odd = {"refused": [REFUSED_ROW], "refused_count": 1, "proves": False, "why_not": why_not}
    serve(monkeypatch, STATEMENT | {"upload": UPLOAD}, STATEMENT | odd, day())
    (tmp_path / "st.csv").write_bytes(b"the file")

    ended = command("reconcile", "2026-03-01", "--statement", str(tmp_path / "st.csv"), on_stack=False)

    assert [] == [words for words in (why_not, str(REFUSED_ROW["why"])) if words not in ended.out]
    assert 1 == ended.code


def test_a_statement_that_is_no_file_is_a_mistake_of_the_caller(command: Command, tmp_path: Path) -> None:
    assert 2 == command("reconcile", "2026-03-01", "--statement", str(tmp_path / "none.csv"), on_stack=False).code


def test_the_view_shows_both_sides_and_each_difference(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an accountant reads it: sums under one another, what to do and why."""
    asked = serve(monkeypatch, day())

    out = command("reconcile", "2026-03-02", "--shortcode", "174379", on_stack=False).out

    assert {"day": "2026-03-02", "shortcode": "174379"} == json.loads(asked[0].content)
    for piece in (
        "Mon 2 March 2026 · 174379 · compared 2 Mar 12:15:04",
        "ours             1         1,500",
        "only M-Pesa      1           500",
        "difference 500 in 1 line",
        "missing_here  SGK77PQ1AB",
        "take in",
        "M-PESA has it and nothing told us",
    ):
        assert piece in out


def test_a_payout_that_the_statement_lacks_is_shown_with_what_not_to_do(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacked = day()["lines"][0] | {"kind": "payout_not_in_statement", "ours": 500, "mpesa": None}
    serve(monkeypatch, day(lines=[lacked]))

    out = command("reconcile", "2026-03-02", on_stack=False).out

    assert "ask M-PESA, do not send it again" in out
    assert "what went out is in none of them" in out


@pytest.mark.parametrize(("word", "wanted"), [("today", "2026-03-01"), ("yesterday", "2026-02-28")])
def test_today_is_the_gateways(word: str, wanted: str, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose clock may be moved, and whose day is Nairobi's."""
    asked = serve(monkeypatch, {"data": [{"day": "2026-03-01"}, {"day": "2026-02-28"}]}, day())
    command("reconcile", word, on_stack=False)
    assert {"day": wanted} == json.loads(asked[1].content)


def test_what_is_no_day_asks_nobody(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = serve(monkeypatch)
    ran = command("reconcile", "1 March", on_stack=False)
    assert (2, [], True) == (ran.code, asked, "is no day" in ran.err)


# --- pull register ------------------------------------------------------------------------------------------------


def registered(command: Command, monkeypatch: pytest.MonkeyPatch, *answers: Any, words: tuple[str, ...] = ()) -> Any:
    """Run it against a Safaricom that answers so; how it ended, and the requests."""
    left, asked = iter(answers), list[PullRegisterRequest]()

    def answer(_client: DarajaClient, _token: str, request: PullRegisterRequest) -> PullRegistered:
        asked.append(request)
        said = next(left)
        if isinstance(said, Exception):
            raise said
        return PullRegistered(was_registered=said, text="as documented")

    monkeypatch.setattr(DarajaClient, "fetch_token", lambda *_: Token("token", 3599))
    monkeypatch.setattr(DarajaClient, "register_pull", answer)
    command("settings", "put", "-", stdin=json.dumps(SHOP))
    command("keys", "init")
    credentials = {"consumer_key": "k", "consumer_secret": "s", "passkeys": {"174379": "p", "4000001": "q"}}
    command("credentials", "put", "--file", "-", stdin=json.dumps(credentials))
    return command("--json", "pull", "register", "--line", "0722000000", *words), asked


def pulls(stack: Stack) -> dict[str, bool]:
    """Which shortcodes of the shop are asked about."""
    shop = stored_settings(stack, "shop")
    assert shop is not None
    return {code.business_number: code.pull for code in shop.shortcodes}


def test_a_shortcode_that_was_registered_before_is_as_good_as_one_that_is_now(
    command: Command, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are asked about from now on; a till by its store number."""
    ran, asked = registered(command, monkeypatch, False, True)

    assert (0, ["registered", "already_registered"]) == (ran.code, [line["state"] for line in ran.lines])
    assert ["174379", "4000001"] == [request.shortcode for request in asked]
    assert {"174379": True, "4000001": True} == pulls(stack)
    marks = [DynamoBooks(stack.table).read_pull_mark(number) for number in ("174379", "4000001")]
    assert [True, True] == [mark is not None and mark.since_ms == mark.complete_until_ms for mark in marks]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Refused("400.001", "Invalid ShortCode", RefusalCause.SHOP_SETUP), "refused"),
        (MaybeSent(MaybeSentReason.READ_TIMEOUT), "not_known"),
    ],
)
def test_what_is_not_registered_is_not_asked_about(
    error: Exception, state: str, command: Command, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran, _ = registered(command, monkeypatch, error, True)
    assert (1, [state, "already_registered"]) == (ran.code, [line["state"] for line in ran.lines])
    assert {"174379": False, "4000001": True} == pulls(stack)


def test_one_shortcode_is_registered_alone_if_it_is_named(
    command: Command, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran, _ = registered(command, monkeypatch, False, words=("--shortcode", "174379"))
    assert (0, {"174379": True, "4000001": False}) == (ran.code, pulls(stack))


def test_a_line_that_is_none_is_said_before_anybody_is_asked(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    ran, asked = registered(command, monkeypatch, words=("--line", "174379"))
    assert (2, 0, True) == (ran.code, len(asked), "it is no Safaricom line" in ran.err)


def test_settings_say_whether_a_list_may_be_asked_for(command: Command, stack: Stack) -> None:
    """true or false, and nothing else."""
    paybill = {"number": "174379", "kind": "paybill", "name": "CORNER"}
    wrong = SHOP | {"shortcodes": [paybill | {"pull": "yes"}]}
    assert "shortcodes[0].pull" in command("settings", "put", "-", stdin=json.dumps(wrong)).err
    right = SHOP | {"shortcodes": [{**paybill, "pull": True}]}
    command("settings", "put", "-", stdin=json.dumps(right))
    assert {"174379": True} == pulls(stack)
