"""L15 over every route and every flow: no number, name, token, tag or secret leaves but where it is meant to be.

Each route of `web/routes.py` is called well, badly, and while everything breaks. What the functions log is what they
really write. A new route joins by its row; a flow that nothing here runs fails the last test.
"""

from __future__ import annotations

import ast
import json
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from unittest.mock import patch

import pytest

import gateway.flows
from daraja.errors import RefusalCause, Refused, TokenRejected
from gateway import observability, security
from gateway.domain.days import day_of
from gateway.flows.reconciliation.gather_sent import asked_for_on
from gateway.ports import Call, SecretsUnavailable, StoredToken, StoreUnavailable, run
from gateway.web.routes import BY_KEY, ROUTES, Api, Route
from gateway.web.views import event_view
from tests.laws.test_law_15_secrecy import lived
from tests.memory_initiator import SECRET as SECURITY_CREDENTIAL
from tests.memory_store import CREDENTIALS, KEYS, START_MS
from tests.security.canaries import Canaries, written
from tests.security.stage import (
    LETS_IN_HEADERS,
    SecurityWorld,
    Stage,
    bearer,
    form_of,
    form_tokens,
    own_tag,
    wrong_paths,
)
from tests.simulation.fold_memory import remembered_folds
from tests.simulation.lives import LIVES
from tests.simulation.safaricom import FROM_ELSEWHERE, FROM_SAFARICOM
from tests.simulation.world import World
from tests.unit.web.shop import SECRET, Gateway

PHONE, NAME = "254711987654", "WANGARIMAATHAI"
TOKEN = "t0ken-of-safaricom-0123456789"
FLOWS = Path(gateway.flows.__file__).parent


def canaries(stage: Stage) -> Canaries:
    """All that a deployment must not tell."""
    texts = {
        "name": NAME,
        "access token": TOKEN,
        "consumer key": CREDENTIALS.consumer_key,
        "consumer secret": CREDENTIALS.consumer_secret,
        "secret key": SECRET,
        "security credential": SECURITY_CREDENTIAL,
        "callback tag": security.stk_tag(KEYS.tags[0], stage.mine, 1),
        "C2B tag": security.c2b_tag(KEYS.c2b_tags[0], "174379"),
        **{f"passkey {number}": passkey for number, passkey in CREDENTIALS.passkeys.items()},
    }
    keys = {"tag key": KEYS.tags[0], "C2B tag key": KEYS.c2b_tags[0], "id key": KEYS.id, "phone key": KEYS.phone}
    return Canaries((PHONE,), texts, keys | {"client token key": KEYS.client_token, "cursor key": KEYS.cursor})


def payers_marks(stage: Stage) -> Canaries:
    """What belongs to one payer: in answers to him, in no log."""
    return Canaries(
        texts={
            "client token": stage.gateway.token(stage.mine),
            "page code": security.page_code(KEYS.client_token, stage.mine),
            "form token": security.form_token(KEYS.client_token, stage.mine, 1),
        }
    )


Weather = tuple[tuple[str, ...], Exception]
"""Ports that are broken, and the error that each of their calls ends with."""


class BreakingWorld(SecurityWorld):
    """Reports go to the real log. `breaks`: an error that every call of these ports ends with."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets.shared = StoredToken(TOKEN, 1, START_MS, START_MS + 3_600_000)
        self.breaks: Weather = ((), StoreUnavailable())
        self.ambient.report = observability.report  # type: ignore[method-assign]  # what the functions really do

    def perform(self, call: Call, /) -> Any:
        """Carry out one call, or not."""
        ports, error = self.breaks
        if call.port in ports:
            raise error.with_traceback(None)  # else each raise lengthens what whoever prints it prints
        return super().perform(call)


FINE = "fine"
WEATHER: dict[str, Weather] = {
    FINE: ((), StoreUnavailable()),
    "the table is away": (("Store",), StoreUnavailable(f"about {PHONE}")),
    "the parameters are away": (("Secrets",), SecretsUnavailable(f"{CREDENTIALS.consumer_secret} {TOKEN}")),
    "Safaricom's client has a bug": (("Daraja",), ValueError(f"{PHONE} {TOKEN} {CREDENTIALS.consumer_secret}")),
    "all have a bug": (("Store", "Queues", "Bus"), RuntimeError(f"{PHONE} {NAME} {TOKEN} {KEYS.phone!r}")),
}
"""The errors themselves carry canaries: whoever prints one is found."""


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Two shops, and a logger of this test's own."""
    for name, value in {"POWERTOOLS_METRICS_NAMESPACE": "MpesaGateway", "LOG_LEVEL": "DEBUG"}.items():
        monkeypatch.setenv(name, value)
    _forget_logger()
    yield Stage(Gateway(world=BreakingWorld()))
    _forget_logger()


def _forget_logger() -> None:
    observability._logger.cache_clear()
    observability._metrics.cache_clear()


def bodies(route: Route, stage: Stage) -> list[Any]:
    """A good body, bad ones, and what Safaricom tells: each with the payer's number and name wherever they fit."""
    if route.method in ("GET", "OPTIONS", "DELETE"):
        return [None]
    if route.api is Api.CALLBACK:
        return [_callback(stage), _confirmation(), b"\x00" + PHONE.encode(), f"[{PHONE}".encode()]
    form = form_of(form_tokens(stage).get(route.path, "")).replace(b"0712345678", written(PHONE)[2].encode())
    fields = {"phone": PHONE, "amount": 100, "description": NAME, "order": "1", "account_reference": "A1"}
    return [
        None,
        form,
        fields,
        {"phone": written(PHONE)[2]},
        {"phone": f"{PHONE}9", "name": NAME},
        f"[{PHONE}".encode(),
    ]


def _callback(stage: Stage) -> dict[str, Any]:
    items = [
        {"Name": "Amount", "Value": 1500.0},
        {"Name": "MpesaReceiptNumber", "Value": "SGL31QW9XY"},
        {"Name": "PhoneNumber", "Value": int(PHONE)},
    ]
    said = {
        "MerchantRequestID": "29115-1-1",
        "CheckoutRequestID": f"ws_CO_02032026121504123{PHONE[3:]}",
        "ResultCode": 0,
        "ResultDesc": f"Paid by {NAME} {written(PHONE)[2]}",
        "CallbackMetadata": {"Item": items},
    }
    return {"Body": {"stkCallback": said}}


def _confirmation() -> dict[str, Any]:
    return {
        "TransactionType": "Pay Bill", "TransID": "SGL41QW9XZ", "TransTime": "20260302121516", "TransAmount": "100.00",
        "BusinessShortCode": "174379", "BillRefNumber": written(PHONE)[2], "OrgAccountBalance": "25100.00",
        "MSISDN": PHONE, "FirstName": NAME, "MiddleName": NAME, "LastName": NAME,
    }  # fmt: skip


def calls(route: Route, stage: Stage, weather: str) -> Iterator[tuple[str, dict[str, str], str, Any]]:
    """Path, headers, source address and body of each call. Only in fine weather with what opens nothing."""
    right = LETS_IN_HEADERS[route.credential](stage) if route.credential in LETS_IN_HEADERS else {}
    path = stage.path(route, stage.mine, **own_tag(route))
    for body in bodies(route, stage):
        yield path, right, FROM_SAFARICOM, body
    if weather == FINE:
        yield path, bearer(f"{SECRET} {PHONE}"), FROM_ELSEWHERE, None
        yield path, {"authorization": f"Basic {TOKEN}", "user-agent": f"{NAME} {PHONE}"}, FROM_ELSEWHERE, None
        for wrong in list(wrong_paths(stage, route).values())[:2]:
            yield wrong, {}, FROM_SAFARICOM, bodies(route, stage)[0]
            yield wrong, {}, FROM_ELSEWHERE, bodies(route, stage)[0]


def logged_and_answered(
    route: Route, stage: Stage, capsys: pytest.CaptureFixture[str], weathers: Mapping[str, Weather] | None = None
) -> Iterator[tuple[str, str, str, str]]:
    """Of each call: which it is, what was logged, what was answered (with its headers), what was published."""
    world = stage.gateway.world
    assert isinstance(world, BreakingWorld)
    for weather, breaks in (weathers or WEATHER).items():
        for number, call in enumerate(calls(route, stage, weather)):
            capsys.readouterr()
            world.breaks = breaks
            said, end = _called(stage, route, *call)
            world.breaks = WEATHER[FINE]
            out = capsys.readouterr()
            yield f"{weather}, call {number}", out.out + out.err + end, said, published(world)


def _called(stage: Stage, *call: Any) -> tuple[str, str]:
    """What the caller gets; and how the function ended, as Lambda writes it, if it did not answer."""
    try:
        answer = stage.call(*call)
    except Exception:  # noqa: BLE001  Lambda takes them all
        return "", traceback.format_exc()
    return json.dumps([answer.body, dict(answer.headers)], ensure_ascii=False), ""


def published(world: BreakingWorld) -> str:
    """What went to the bus and to the queue of checks since the last call."""
    told = json.dumps([world.bus.published, [list(check) for check in world.queues.checks]], default=str)
    world.bus.published.clear()
    world.queues.checks.clear()
    return told


SHOW_A_NUMBER = {
    "POST /console/payments/{payment}/phone",
    "POST /console/payouts/{payout}/phone",
    "POST /console/payouts/confirm",
    "POST /console/payouts",
    "POST /console/prompt/confirm",
    "POST /console/prompt",
}
"""Pages that show a number to a person who may see it and asked for it, or who typed it this moment."""


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_law_15_a_route_tells_no_canary(route: Route, stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither its log nor its answers nor its events; in logs, not even what the payer himself may hold."""
    secret, marks = canaries(stage), payers_marks(stage)
    in_answers = replace(secret, phones=()) if route.key in SHOW_A_NUMBER else secret
    found = []
    for what, log, answer, events in logged_and_answered(route, stage, capsys):
        found += [(what, "log", one) for one in [*secret.found_in(log), *marks.found_in(log)]]
        found += [(what, "answer", one) for one in in_answers.found_in(answer)]
        found += [(what, "event", one) for one in [*secret.found_in(events), *marks.found_in(events)]]
    assert [] == sorted(set(found))


def test_law_15_the_whole_number_is_told_to_the_shop_that_asks_for_it_and_to_nobody_else(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    """`?include=phone`: in the answer, not in its line of the log."""
    stage.gateway.call("PUT", f"/v1/payments/{stage.mine}/attempts/1", {"phone": PHONE})
    capsys.readouterr()
    answer = stage.gateway.call("GET", f"/v1/payments/{stage.mine}?include=phone,history")
    log = capsys.readouterr().out
    assert PHONE in answer.body
    assert "phone_read" in log
    assert [] == canaries(stage).found_in(log)


def corners(stage: Stage, capsys: pytest.CaptureFixture[str]) -> str:
    """What happens in bad moments only: a token is refused, a write is lost, the table is away. All that is logged."""
    world = stage.gateway.world
    assert isinstance(world, BreakingWorld)
    capsys.readouterr()
    world.daraja.push_answers.append(TokenRejected())
    stage.gateway.pay("token-refused", phone=PHONE)
    world.daraja.push_answers.append(Refused("1", f"{PHONE} {NAME}", RefusalCause.PHONE_BUSY))
    stage.gateway.pay("refused", phone=PHONE)
    stk = BY_KEY["POST /in/stk/{payment}/{number}/{tag}"]
    with patch.object(world.store, "save_payment", side_effect=[False, True]):
        stage.call(stk, stage.path(stk, stage.mine), {}, FROM_SAFARICOM, _callback(stage))
    world.breaks = WEATHER["the table is away"]
    stage.call(stk, stage.path(stk, stage.mine), {}, FROM_SAFARICOM, _callback(stage))
    world.breaks = WEATHER[FINE]
    stage.payout_file()
    run(asked_for_on("shop", day_of(world.ambient.at_ms)), world)
    stage.gateway.call("GET", f"/v1/events?after=evt_{'0' * 32}")
    out = capsys.readouterr()
    return out.out + out.err


def test_law_15_bad_moments_tell_no_canary(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor what the payer himself may hold."""
    log = corners(stage, capsys)
    assert "token_rejected" in log
    assert [] == [*canaries(stage).found_in(log), *payers_marks(stage).found_in(log)]


FAULT_EVERY = 19
"""Every so many of a life's calls fails here; `test_law_15_secrecy.py` has some lives with all of them."""


@pytest.mark.parametrize("life", LIVES)
@remembered_folds()
def test_law_15_a_life_with_faults_tells_no_canary_in_any_encoding(life: str) -> None:
    """Log, events and errors of a life in which calls fail, in all the forms that the finder knows."""
    calls = len(lived(life)[0].boundaries)
    found: set[str] = set()
    for index in range(0, calls, FAULT_EVERY):
        world, errors = lived(life, index)
        phones = tuple({push.phone for push in world.safaricom.pushes})
        tags = {f"tag {number}": push.url.rsplit("/", 1)[1] for number, push in enumerate(world.safaricom.pushes)}
        hunted = Canaries(phones, {"name": "AMINA", "passkey": "passkey", **tags}, {"tag key": b"tag-key" * 5})
        found |= set(hunted.found_in("\n".join([*_told(world), *errors, *world.checks])))
    assert set() == found


def _told(world: World) -> Iterator[str]:
    """Each report, and each payment as events and webhooks show it."""
    yield from (json.dumps([name, dict(fields)], default=str) for name, fields in world.reports)
    for record in world.store.payments.values():
        yield json.dumps(event_view(record, world.settings.state(record), world.settings.policy), default=str)


# --- nothing is left out --------------------------------------------------------------------------------------


@contextmanager
def noting_flows(seen: set[tuple[str, str]]) -> Iterator[None]:
    """While this lasts, every function of `flows/` that runs is noted as (module, name).

    Its code is noted first, told apart by where it stands in memory: to compare it would be dearer than to run it.
    """
    codes: dict[int, CodeType] = {}

    def note(frame: FrameType, _event: str, _: object) -> None:
        codes[id(frame.f_code)] = frame.f_code

    before = sys.gettrace()
    sys.settrace(note)
    try:
        yield
    finally:
        sys.settrace(before)
    ours = [code for code in codes.values() if code.co_filename.startswith(str(FLOWS))]
    seen |= {(_module(Path(code.co_filename)), code.co_name) for code in ours}


def _module(path: Path) -> str:
    """Like money_out/keep: two packages may each have a module of one name."""
    return path.relative_to(FLOWS).with_suffix("").as_posix()


def flows_of_the_tree() -> set[tuple[str, str]]:
    """Every public flow: a function of a module under `flows/` that yields."""
    return {
        (_module(path), node.name)
        for path in FLOWS.rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and any(isinstance(inner, ast.YieldFrom | ast.Yield) for inner in ast.walk(node))
    }


def test_law_15_every_flow_was_hunted_through(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Each runs in a life or behind a route, so that the tests above look at what it tells."""
    seen: set[tuple[str, str]] = set()
    with noting_flows(seen):
        corners(stage, capsys)
        for life in LIVES:
            lived(life)
        for route in ROUTES:
            list(logged_and_answered(route, stage, capsys, {FINE: WEATHER[FINE]}))
    missing = flows_of_the_tree() - seen
    assert set() == missing, "Give it a life in tests/simulation/lives.py, or a body in tests/security/stage.py."
