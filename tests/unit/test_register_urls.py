"""Registering where money by hand is told: nothing is asked of Safaricom before our own address has proven to work."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from daraja.errors import MaybeSent, MaybeSentReason, NotSent, NotSentReason, RefusalCause, Refused, TokenRejected
from gateway import security
from gateway.domain.registration import Registration, RegistrationState, unfit
from gateway.domain.shop import Shortcode
from gateway.domain.validation import ValidationPolicy
from gateway.flows.messages import Delivery
from gateway.flows.register_urls import Registered, Wanted, addresses_of, register_urls
from gateway.flows.settings import FlowSettings
from gateway.flows.strangers import Taken
from gateway.flows.take_money import take_c2b_confirmation
from gateway.flows.validate_money import validate_money
from gateway.ports import Ambient, Performer, StoreUnavailable, call, run
from gateway.ports.registration import OwnAnswer
from gateway.settings import Settings
from tests.memory_store import KEYS, MemoryWorld

BASE = "https://pay.example"
PAYBILL = Shortcode(number="174379", kind="paybill", name="Corner Shop")
TILL = Shortcode(number="5000002", kind="till", name="Till", store_number="4000001")
WANTED = Wanted(BASE, livemode=True, by="key_1")
ENVIRONMENT = Settings({"SOURCE_ADDRESSES": "196.201.214.200"})


def ourselves(world: Performer) -> Callable[[str, bytes], OwnAnswer]:
    """Our own callback API, as the functions behind it answer."""

    def answer(url: str, body: bytes) -> OwnAnswer:
        shortcode, tag, name = url.rsplit("/", 3)[1:]
        delivery = Delivery(
            kind="c2b_confirmation", target=shortcode, number=0, tag=tag, source_address="203.0.113.9", body=body,
            learned_at_ms=run(call(Ambient.now_ms), world),
        )  # fmt: skip
        verdict = run(validate_money(delivery, ValidationPolicy.ACCEPT), world)
        if name == "validation":
            return OwnAnswer(200, json.dumps({"ResultCode": "0", "ThirdPartyTransID": verdict.mark}).encode())
        taken = run(take_c2b_confirmation(delivery, ENVIRONMENT, FlowSettings()), world)
        return OwnAnswer(404 if taken is Taken.STRANGER else 200, str(taken).encode())

    return answer


@pytest.fixture
def world() -> MemoryWorld:
    """A gateway whose own address works, with a token."""
    made = MemoryWorld()
    made.publicaddress.answer = ourselves(made)
    return made


def registered(world: MemoryWorld, wanted: Wanted = WANTED, code: Shortcode = PAYBILL) -> Registered:
    """The operator registers."""
    return run(register_urls(code, wanted), world)


def test_addresses_are_registered_after_a_test_through_the_public_address(world: MemoryWorld) -> None:
    """Both were called, the table heard of it, Safaricom was asked once; the state says so."""
    done = registered(world)
    asked = world.registrar.asked
    assert (1, f"{BASE}/in/c2b/174379/{security.c2b_tag(KEYS.c2b_tags[0], '174379')}/confirmation", "v2") == (
        len(asked), asked[0].confirmation, asked[0].version
    )  # fmt: skip
    assert [url for url, _ in world.publicaddress.sent] == [asked[0].validation, asked[0].confirmation]
    standing = world.registrations.all["174379"]
    assert (RegistrationState.REGISTERED, "key_1", world.ambient.at_ms, asked[0].mark) == (
        standing.state, standing.by, standing.tested_ms, standing.mark
    )  # fmt: skip
    assert done.registration == standing


def test_of_a_till_the_stores_number_is_registered(world: MemoryWorld) -> None:
    registered(world, code=TILL)
    assert "4000001" == world.registrar.asked[0].shortcode


def test_a_dry_run_shows_the_addresses_and_asks_nobody(world: MemoryWorld) -> None:
    done = registered(world, replace(WANTED, dry_run=True))
    assert (RegistrationState.NEVER, [], {}, []) == (
        done.registration.state, world.registrar.asked, world.registrations.all, world.publicaddress.sent
    )  # fmt: skip
    assert done.addresses.validation.startswith(f"{BASE}/in/c2b/174379/")


def silent(*_: Any) -> OwnAnswer:
    return OwnAnswer(None, why="It could not be reached (ConnectError).")


def stranger(*_: Any) -> OwnAnswer:
    return OwnAnswer(200, b'{"ResultCode":"0","ResultDesc":"Accepted"}')


def elsewhere(world: MemoryWorld) -> Callable[[str, bytes], OwnAnswer]:
    """Another stack of ours: the same code under another key."""
    other = MemoryWorld()
    other.secrets.keys = replace(KEYS, c2b_tags=(b"other" * 7,))
    return ourselves(other)


def another_table(world: MemoryWorld) -> Callable[[str, bytes], OwnAnswer]:
    """Our own keys, and a table that is not ours."""
    return ourselves(MemoryWorld())


def confirmations_fail(world: MemoryWorld) -> Callable[[str, bytes], OwnAnswer]:
    """The validation address works; the confirmation address gives 503."""
    own = ourselves(world)
    return lambda url, body: OwnAnswer(503) if url.endswith("confirmation") else own(url, body)


BROKEN: dict[str, tuple[Callable[[MemoryWorld], Callable[[str, bytes], OwnAnswer]], str]] = {
    "nobody answers": (lambda _: silent, "could not be reached"),
    "somebody else answers": (lambda _: stranger, "Something else answers there"),
    "another stack answers": (elsewhere, "not ours"),
    "it reaches another table": (another_table, "not in the table"),
    "confirmations are not taken": (confirmations_fail, "HTTP 503"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_safaricom_is_not_asked_before_the_self_test_passed(world: MemoryWorld, how: str) -> None:
    """What Safaricom would send would be lost: the state says what is wrong."""
    make, words = BROKEN[how]
    world.publicaddress.answer = make(world)
    done = registered(world)
    assert (RegistrationState.SELF_TEST_FAILED, [], 0) == (
        done.registration.state, world.registrar.asked, done.registration.tested_ms
    )  # fmt: skip
    assert words in done.registration.detail


@pytest.mark.parametrize(
    "base",
    ["https://abc.execute-api.eu-west-1.amazonaws.com", "https://mpesa.example", "https://pay.example/M-PESA",
     "https://Safaricom.example", "https://cmd.example", "https://mysql.example", "https://query.example",
     "http://pay.example"],
)  # fmt: skip
def test_addresses_that_safaricom_refuses_are_refused_before_it_does(world: MemoryWorld, base: str) -> None:
    done = registered(world, replace(WANTED, callback_base_url=base))
    assert (RegistrationState.UNFIT, []) == (done.registration.state, world.publicaddress.sent)


def test_plain_http_will_do_where_no_real_money_moves() -> None:
    assert None is unfit(addresses_of(KEYS, "http://127.0.0.1:7072", PAYBILL, "v2"), livemode=False)


def test_addresses_that_are_there_already_are_a_state_with_steps(world: MemoryWorld) -> None:
    world.registrar.was_registered = True
    assert RegistrationState.ALREADY_REGISTERED == registered(world).registration.state


def test_ours_that_are_there_already_stay_registered(world: MemoryWorld) -> None:
    """In production Safaricom says so whenever it is asked again."""
    registered(world)
    world.registrar.was_registered = True
    assert RegistrationState.REGISTERED == registered(world).registration.state


def test_other_ones_that_are_there_already_are_not_taken_for_ours(world: MemoryWorld) -> None:
    """The domain changed since."""
    registered(world)
    world.registrar.was_registered = True
    done = registered(world, replace(WANTED, callback_base_url="https://new.example"))
    assert RegistrationState.ALREADY_REGISTERED == done.registration.state


ANSWERS: dict[str, tuple[list[Exception], RegistrationState]] = {
    "refused": ([Refused("400.003.02", "Bad Request", RefusalCause.SHOP_SETUP)], RegistrationState.REFUSED),
    "answer lost": ([MaybeSent(MaybeSentReason.READ_TIMEOUT)], RegistrationState.NOT_KNOWN),
    "not reached": ([NotSent(NotSentReason.UNREACHABLE, retryable=True)], RegistrationState.NOT_KNOWN),
    "token killed, then fine": ([TokenRejected()], RegistrationState.REGISTERED),
}


@pytest.mark.parametrize("how", ANSWERS)
def test_what_safaricom_answers_is_kept(world: MemoryWorld, how: str) -> None:
    """Nothing is repeated but where a token was killed."""
    errors, state = ANSWERS[how]
    world.registrar.errors = list(errors)
    assert state == registered(world).registration.state
    assert 1 + (how == "token killed, then fine") == len(world.registrar.asked)


def test_of_two_who_register_at_once_one_is_told_to_repeat(world: MemoryWorld) -> None:
    rival = Registration(shortcode="174379", version=5)
    world.after["PublicAddress.post"] = lambda: world.registrations.all.update({"174379": rival})
    with pytest.raises(StoreUnavailable):
        registered(world)


def test_a_test_that_was_not_begun_is_not_heard(world: MemoryWorld) -> None:
    """Somebody who knows the address can make nothing of it."""
    addresses = addresses_of(KEYS, BASE, PAYBILL, "v2")
    answer = ourselves(world)(addresses.confirmation, json.dumps({"SelfTest": "a" * 32}).encode())
    assert (200, {}, {}) == (answer.status, world.registrations.all, world.store.receipts)
