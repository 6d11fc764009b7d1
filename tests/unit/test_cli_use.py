"""`mpesa-gateway pay | show | magic | doctor`: what they say, and how they end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.payments import Api
from cli.stack import Stack
from tests.unit.cli_stack import SHOP, Command, fresh_stack, runner

PAYMENT: dict[str, Any] = {
    "id": "pay_1",
    "status": "pending",
    "flags": [],
    "amount": 100,
    "attempts": [{"phone": "07•••••678", "failure": None}],
    "history": [{"at": "2026-03-02T09:15:04Z", "source": "api", "what": "created", "text": "asked"}],
}
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stack]:
    """Just deployed."""
    with fresh_stack(monkeypatch, tmp_path) as made:
        yield made


@pytest.fixture
def command(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`mpesa-gateway` on that stack; waiting takes no time."""
    monkeypatch.setattr("cli.payments.time.sleep", lambda _: None)
    monkeypatch.setenv("MPESA_GATEWAY_URL", "https://gateway")
    monkeypatch.setenv("MPESA_GATEWAY_KEY", "sk_test_x")
    return runner(monkeypatch, capsys)


def serve(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> list[httpx.Request]:
    """A gateway that answers so; what it was asked."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer(request)

    http = httpx.Client(base_url="https://gateway", transport=httpx.MockTransport(handle))
    monkeypatch.setattr(Api, "at", lambda _url, _key: Api(http))
    return seen


def statuses(*told: str) -> Answer:
    """One status after the other."""
    left = iter(told)
    return lambda _: httpx.Response(200, json=PAYMENT | {"status": next(left)})


def test_pay_sends_one_request_with_a_key_of_its_own(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = serve(monkeypatch, statuses("pending", "pending"))
    ran = command("pay", "0712345678", "100", "--reference", "INV1", "--json", on_stack=False)
    command("pay", "0712345678", "100", on_stack=False)
    assert (0, "pay_1") == (ran.code, ran.json["id"])
    assert {"phone": "0712345678", "amount": 100, "account_reference": "INV1"} == json.loads(seen[0].content)
    assert 2 == len({request.headers["Idempotency-Key"] for request in seen})


@pytest.mark.parametrize(("end", "code"), [("paid", 0), ("failed", 1), ("unresolved", 1)])
def test_pay_waits_to_the_end_and_its_code_says_which(
    command: Command, monkeypatch: pytest.MonkeyPatch, end: str, code: int
) -> None:
    seen = serve(monkeypatch, statuses("pending", "pending", end))
    ran = command("pay", "0712345678", "100", "--wait", "--json", on_stack=False)
    assert (code, end, 3) == (ran.code, ran.json["status"], len(seen))


@pytest.mark.parametrize(("status", "code"), [(401, 3), (403, 3), (422, 5), (409, 5), (503, 4)])
def test_a_refusal_is_told_as_what_why_do(
    command: Command, monkeypatch: pytest.MonkeyPatch, status: int, code: int
) -> None:
    problem = {"title": "Not so", "detail": "the phone has 8 digits", "remedy": "give 10"}
    serve(monkeypatch, lambda _: httpx.Response(status, json=problem))
    ran = command("pay", "07123456", "100", on_stack=False)
    assert (code, "", "Not so - the phone has 8 digits - give 10\n") == (ran.code, ran.out, ran.err)


def test_a_gateway_that_is_not_there_is_unreachable(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, _cut)
    assert 4 == command("pay", "0712345678", "100", on_stack=False).code


def _cut(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


@pytest.mark.parametrize(
    ("what", "asked"),
    [
        ("pay_1", ["/v1/payments/pay_1?include=history"]),
        ("1042", ["/v1/payments?order=1042&include=history&limit=1"]),
        (
            "sgl31qw9xy",
            [
                "/v1/payments?receipt=SGL31QW9XY&include=history&limit=1",
                "/v1/payments?order=sgl31qw9xy&include=history&limit=1",
            ],
        ),
    ],
)
def test_show_recognises_id_order_and_receipt(
    command: Command, monkeypatch: pytest.MonkeyPatch, what: str, asked: list[str]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        found = [] if "receipt=" in str(request.url) else [PAYMENT]
        return httpx.Response(200, json=PAYMENT | {"data": found})

    seen = serve(monkeypatch, answer)
    ran = command("show", what, on_stack=False)
    assert (0, asked) == (ran.code, [request.url.raw_path.decode() for request in seen])
    assert ("07•••••678" in ran.out, "asked" in ran.out) == (True, True)


def test_show_says_when_nothing_is_known(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, lambda _: httpx.Response(200, json={"data": []}))
    ran = command("show", "1042", on_stack=False)
    assert (1, True) == (ran.code, "1042" in ran.err)


def test_without_a_gateway_the_command_says_how_to_name_one(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MPESA_GATEWAY_URL")
    ran = command("pay", "0712345678", "100", on_stack=False)
    assert (3, True) == (ran.code, "MPESA_GATEWAY_URL" in ran.err)


def test_magic_prints_the_simulators_own_rows(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"phone": "0700000000", "meaning": "paid"}]
    asked: list[str] = []

    def get(url: str, **_: Any) -> httpx.Response:
        asked.append(url)
        return httpx.Response(200, json={"rows": rows}, request=httpx.Request("GET", url))

    monkeypatch.setattr("cli.magic.httpx.get", get)
    assert rows == command("magic", "--outside", "http://localhost:7071/", "--json", on_stack=False).lines
    assert ["http://localhost:7071/control/api/magic"] == asked


def _findings(command: Command, *words: str) -> dict[str, tuple[str, str]]:
    rows = command("doctor", "--json", *words).lines
    return {row["check"]: (row["state"], row["do"]) for row in rows}


def test_doctor_names_what_a_fresh_stack_lacks(command: Command, stack: Stack) -> None:
    found = _findings(command)
    assert {"own keys", "settings", "credentials", "time to live"} == {
        check for check, (state, _) in found.items() if state == "failed"
    }
    assert found["own keys"][1] == "run: mpesa-gateway keys init"
    assert 1 == command("doctor").code


def test_doctor_is_content_with_a_stack_that_was_set_up(command: Command, stack: Stack) -> None:
    stack.table_client.update_time_to_live(
        TableName=stack.table_name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )
    passkeys = {"174379": "p", "4000001": "p"}
    content = {"consumer_key": "k", "consumer_secret": "s", "passkeys": passkeys}
    command("keys", "init")
    command("settings", "put", "-", stdin=json.dumps(SHOP))
    command("credentials", "put", "--file", "-", stdin=json.dumps(content))
    found = _findings(command)
    assert [] == [check for check, (state, _) in found.items() if state == "failed"]
    assert 0 == command("doctor").code


def test_doctor_finds_a_till_whose_store_has_no_passkey(command: Command) -> None:
    content = {"consumer_key": "k", "consumer_secret": "s", "passkeys": {"174379": "p"}}
    command("settings", "put", "-", stdin=json.dumps(SHOP))
    command("credentials", "put", "--file", "-", stdin=json.dumps(content))
    rows = command("doctor", "--json").lines
    assert ["till 5000002: passkey of 4000001 is missing"] == [
        row["detail"] for row in rows if row["check"] == "passkey (shop)" and row["state"] == "failed"
    ]


@pytest.mark.parametrize(
    ("address", "failed"),
    [
        ("https://in.shop.example", []),
        ("http://in.shop.example", ["callback https"]),
        ("https://a1.execute-api.eu-west-1.amazonaws.com", ["callback words"]),
        ("http://localhost:7072", []),
    ],
)
def test_doctor_judges_the_callback_address_by_safaricoms_rules(
    command: Command, monkeypatch: pytest.MonkeyPatch, address: str, failed: list[str]
) -> None:
    monkeypatch.setenv("CALLBACK_BASE_URL", address)
    found = _findings(command)
    assert failed == [
        check for check, (state, _) in found.items() if check.startswith("callback") and state == "failed"
    ]
