"""Two prompts on one phone, a second charge, a clock that runs fast, an answer about somebody else: none succeeds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from daraja.client import DarajaClient
from gateway.aws.daraja_port import DarajaPort
from gateway.domain import guard as guards
from gateway.domain.attempts import Hindrance, permission
from gateway.domain.fold import state_of
from gateway.domain.guard import Guard, Refusal, Wanted
from gateway.domain.payment import PaymentState
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS, Policy
from gateway.domain.shop import Shortcode
from gateway.flows.ask import PACE, ask_about
from gateway.flows.settings import FlowSettings
from gateway.flows.token import LEASE_MS, access_token
from gateway.ports import Pace, QueryReply, TokenLease, run
from tests import gateway_samples as sample
from tests.laws.deliveries import PHONE, T0_MS, accepted, begun, callback, fact_of, payment, query, told
from tests.memory_store import MemoryWorld

POLICY = Policy()
IN_A_MINUTE_MS = T0_MS + MINUTE_MS
WANTED = Wanted(
    phone_key="7" * 32, owner="shop", payment_id="pay_2", number=1, sender="s2", until_ms=T0_MS + 10 * MINUTE_MS
)


def state(*deliveries: dict[str, Any]) -> PaymentState:
    record = sample.record(1, [fact_of(d) for d in deliveries])
    return state_of(record.asked, record.facts)


def _taken_over(previous: PaymentState) -> bool:
    """Whether somebody else gets the phone a minute after this attempt's prompt."""
    held = Guard(phone_key=WANTED.phone_key, payment_id="pay_1", number=1, sender="s1", until_ms=T0_MS + 203_000)
    answer = guards.take(held, WANTED, previous.last_attempt, IN_A_MINUTE_MS, POLICY)
    return not isinstance(answer, Refusal)


def _may_go_on(previous: PaymentState, at_ms: int = IN_A_MINUTE_MS, phone: str = PHONE) -> Hindrance | None:
    return permission(previous, 100, phone, at_ms, POLICY, closes_at_ms=T0_MS + DAY_MS).hindrance


FORGED_END = callback("1032", 15, "cancelled, says a stranger", listed=False)


def test_a_strangers_failure_and_one_doubtful_answer_do_not_free_the_phone() -> None:
    """1037 once may still come up: whoever got hold of the address must not bring a second prompt onto the phone."""
    ended = state(begun(), accepted(), FORGED_END, query("1037", 26))

    assert (False, Hindrance.TOO_SOON) == (_taken_over(ended), _may_go_on(ended, phone="254712345679"))


@pytest.mark.parametrize(
    "deliveries",
    [
        [callback("1032", 15, "cancelled, says Safaricom"), query("1037", 26)],
        [FORGED_END, query("1032", 26)],
        [FORGED_END, query("1037", 26), query("1032", 50)],
        [callback("7777", 15, "a code on no list"), query("7777", 26)],
    ],
)
def test_once_safaricom_itself_has_ended_the_prompt_the_phone_is_free(deliveries: list[dict[str, Any]]) -> None:
    """By its own callback, or by an answer that needs no second look."""
    ended = state(begun(), accepted(), *deliveries)

    assert ("failed", True) == (str(ended.status), _taken_over(ended))


def test_a_prompt_that_was_never_taken_frees_the_phone() -> None:
    """Refused by Daraja, or not sent at all."""
    refused = state(begun(), told("refused", 2, n=1, cause="shop_setup"))
    unsent = state(begun(), told("not_sent", 31, n=1, cause="sender_stopped"))

    assert [True, True] == [_taken_over(refused), _taken_over(unsent)]


def test_what_the_payer_said_of_one_attempt_does_not_speak_for_another_that_took_money() -> None:
    """The first is unresolved and "not charged"; the second was paid under a contested receipt: no third prompt."""
    told_of_both = state(
        begun(),
        accepted(),
        told("timer", 900, deadline="answer", n=1),
        told("not_charged", 1_000, n=1),
        begun(2, 1_001),
        accepted(1_002, 2, ("ws_CO_2", "29115-2")),
        callback("0", 1_010, "paid", n=2, ids=("ws_CO_2", "29115-2")),
        told("taken", 1_011, n=2, receipt="SGL31QW9XY"),
    )

    assert "unresolved" == told_of_both.status
    assert Hindrance.NOT_KNOWN is _may_go_on(told_of_both, T0_MS + HOUR_MS)


# --- clocks that ran fast -------------------------------------------------------------------------------------


def _asked(world: MemoryWorld) -> int:
    record = world.store.payments[payment(world.store, begun(), accepted()).id]
    world.ambient.at_ms = T0_MS + 30_000
    run(ask_about(record, FlowSettings.state(record), FlowSettings()), world)
    return len(world.daraja.queries)


@pytest.mark.parametrize("ahead_ms", [2 * MINUTE_MS, HOUR_MS, DAY_MS])
def test_a_pace_written_by_a_clock_that_ran_fast_stops_no_questions(ahead_ms: int) -> None:
    """No right clock puts the next turn so far ahead."""
    world = MemoryWorld()
    world.store.save_pace(PACE, None, Pace(next_at_ms=T0_MS + 30_000 + ahead_ms, apart_ms=1_000))

    assert 1 == _asked(world)


def test_a_pace_that_safaricom_asked_for_is_kept() -> None:
    """A turn a minute ahead is a right one."""
    world = MemoryWorld()
    world.store.save_pace(PACE, None, Pace(next_at_ms=T0_MS + 30_000 + MINUTE_MS, apart_ms=MINUTE_MS))

    assert 0 == _asked(world)


def test_a_token_lease_written_by_a_clock_that_ran_fast_holds_nobody_up() -> None:
    """An hour ahead: the token is fetched. Within its own length: another one is refreshing, so it is waited for."""
    world = MemoryWorld()
    world.store.token_lease = TokenLease(holder="h", until_ms=world.ambient.at_ms + HOUR_MS, generation=4)

    assert "token-1" == run(access_token(), world).value


def test_a_token_lease_of_somebody_who_refreshes_now_is_waited_for() -> None:
    """It ends before anybody else takes it."""
    world = MemoryWorld()
    until_ms = world.ambient.at_ms + 50
    world.store.token_lease = TokenLease(holder="h", until_ms=until_ms, generation=4)

    run(access_token(), world)

    assert until_ms <= world.ambient.at_ms < until_ms + LEASE_MS


# --- an answer about another prompt -----------------------------------------------------------------------------


def _answered(named: str | None) -> QueryReply:
    """Safaricom's answer "paid" that names this id, to a question about `ws_CO_1`."""
    said = {"ResponseCode": "0", "ResultCode": "0", "ResultDesc": "The service request is processed successfully."}
    body = said if named is None else {**said, "CheckoutRequestID": named}
    content = json.dumps(body).encode()
    wire = httpx.MockTransport(lambda _: httpx.Response(200, content=iter([content])))
    client = DarajaClient("http://daraja.test", transport=wire)
    shortcode = Shortcode(number="174379", kind="paybill", name="SHOP")
    return DarajaPort(client, lambda: T0_MS).query("token", shortcode, "passkey", "ws_CO_1", T0_MS)


def test_an_answer_about_another_prompt_proves_nothing() -> None:
    """Somebody else's success is not ours; an answer that names nobody is about what was asked."""
    assert [None, "0", "0"] == [_answered("ws_CO_2").code, _answered("ws_CO_1").code, _answered(None).code]


def test_the_guard_of_an_attempt_that_is_not_to_be_found_is_not_taken_over() -> None:
    """A table without the payment (a restore) frees no phone."""
    held = Guard(phone_key=WANTED.phone_key, payment_id="pay_1", number=1, sender="s1", until_ms=T0_MS + 203_000)

    assert isinstance(guards.take(held, WANTED, None, IN_A_MINUTE_MS, POLICY), Refusal)
    assert not isinstance(
        guards.take(replace(held, until_ms=IN_A_MINUTE_MS), WANTED, None, IN_A_MINUTE_MS, POLICY), Refusal
    )
