"""L15: no number, name, token, tag or secret leaves in a log line, an event, an address or an error's text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from gateway import security
from gateway.aws.items import payment_to_values
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.policy import Policy
from gateway.ports import PortError
from gateway.web.views import Viewing, event_view, payment_view
from tests.simulation import lives_events
from tests.simulation import world as simulated
from tests.simulation.lives import LIVES, OTHER_PHONE, PHONE, shop_asks
from tests.simulation.safaricom import FROM_ELSEWHERE, Payer
from tests.simulation.world import KEYS, Fault, World, asked

NAME = "AMINA"
SECRETS = ["passkey", *(key.decode() for key in (*KEYS.tags, *KEYS.c2b_tags, KEYS.id, KEYS.phone, KEYS.cursor))]
FORMS_OF_A_NUMBER = [form for phone in (PHONE, OTHER_PHONE) for form in (phone, f"0{phone[3:]}", phone[3:])]
FAULTS = list(Fault)


def as_published(record: PaymentRecord, state: PaymentState) -> dict[str, Any]:
    """The payment in an event, as `publish_events` describes it."""
    return event_view(record, state, Policy())


@pytest.fixture(autouse=True)
def _events_as_they_are_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """The world's own description is for its judge and holds what never leaves, so here the gateway's is used."""
    for module in (simulated, lives_events):
        monkeypatch.setattr(module, "described", as_published)


def canaries(world: World) -> list[str]:
    """What must be found nowhere: numbers in every form, the payer's name, secrets, tags, tokens as they were used."""
    tags = [push.url.rsplit("/", 1)[1] for push in world.safaricom.pushes]
    tokens = [value for value, _ in world.safaricom.tokens]
    return [*FORMS_OF_A_NUMBER, NAME, *SECRETS, security.c2b_tag(KEYS.c2b_tags[0], "174379"), *tags, *tokens]


def lived(life: str, index: int | None = None) -> tuple[World, list[str]]:
    """A life, perhaps with a fault at one call; and the texts of the errors that flows ended with."""
    world = World(faults={} if index is None else {index: FAULTS[index % len(FAULTS)]})
    errors: list[str] = []
    run = world.run

    def noting(name: str, flow: Any) -> Any:
        try:
            return run(name, flow)
        except PortError as error:
            errors.append(repr(error))
            raise

    world.run = noting  # type: ignore[method-assign]  # only listens
    LIVES[life](world)
    world.pass_time(3 * 60_000)
    return world, errors


def told(world: World) -> Iterator[str]:
    """Every line of the log, every event as it was published, every payment as the API shows it."""
    yield from (json.dumps([name, dict(fields)], default=str) for name, fields in world.reports)
    yield from (json.dumps(event, default=str) for event in world.events)
    for record in world.store.payments.values():
        state = world.settings.state(record)
        yield json.dumps(event_view(record, state, world.settings.policy), default=str)


def histories(world: World) -> str:
    """The history is the shop's own: it may name the payer by first name, and no number."""
    every = Viewing(policy=world.settings.policy, include=frozenset({"history"}))
    records = world.store.payments.values()
    return json.dumps([payment_view(record, world.settings.state(record), every) for record in records], default=str)


def keys_of_items(world: World) -> Iterator[str]:
    """What names an item, also in the log of the table itself."""
    yield from world.store.payments
    yield from world.store.receipts
    yield from world.store.guards
    yield from world.store.orphans


@pytest.mark.parametrize("life", LIVES)
def test_law_15_a_life_leaks_no_canary(life: str) -> None:
    """Without faults: log, events, views, item keys and the addresses given to Safaricom."""
    world, errors = lived(life)
    everything = "\n".join([*told(world), *keys_of_items(world), *errors])
    assert [] == [canary for canary in canaries(world) if canary in everything]
    assert [] == [canary for canary in canaries(world) if canary in histories(world) and canary != NAME]


def test_law_15_no_fault_makes_a_life_leak() -> None:
    """A fault at every call of the lives that know most: errors tell no more than successes."""
    leaks = []
    for life in ("told_three_times", "cancelled_then_paid", "unreadable_callback", "callback_lost"):
        for index in range(len(lived(life)[0].boundaries)):
            world, errors = lived(life, index)
            everything = "\n".join([*told(world), *errors])
            leaks += [(life, index, canary) for canary in canaries(world) if canary in everything]
    assert [] == leaks


def test_law_15_the_address_given_to_safaricom_names_no_person_and_spells_nothing() -> None:
    """Only hex digits, the attempt's number and fixed words, since Safaricom's own logs keep it."""
    world, _ = lived("cancelled_then_paid")
    for push in world.safaricom.pushes:
        assert re.fullmatch(r"https://pay\.example/in/stk/[0-9a-f]{32}/\d{1,2}/[0-9a-f]{32}", push.url)


def test_law_15_no_key_or_index_of_a_stored_payment_holds_the_number() -> None:
    """The number stands in the item's body only."""
    world, _ = lived("paid_by_callback")
    (record,) = world.store.payments.values()
    item = payment_to_values(record, world.settings.indexed(record, world.settings.state(record)), 4)
    indexed = {name: value for name, value in item.items() if not isinstance(value, dict | list)}
    assert [] == [form for form in FORMS_OF_A_NUMBER if form in json.dumps(indexed, default=str)]


def test_law_15_a_result_text_with_a_number_in_it_is_told_masked() -> None:
    """Safaricom writes numbers into its texts; the history shows them with stars."""

    def names_the_payer(callback: dict[str, Any]) -> None:
        callback["ResultDesc"] = f"Request of {PHONE} (0712345678) cancelled"

    world = World()
    world.safaricom.payers[PHONE] = [Payer(code="1032", callback_changes=names_the_payer)]
    shop_asks(world, asked("order-1"))
    world.pass_time(60_000)
    everything = "\n".join([*told(world), histories(world)])
    assert [] == [form for form in FORMS_OF_A_NUMBER if form in everything]


def test_law_15_a_forgery_is_reported_without_what_it_carried() -> None:
    """The line says that it was forged, and of which kind."""
    world = World()
    world.deliver(f"/in/stk/{'0' * 32}/1/{'f' * 32}", b'{"Body":{"stkCallback":{"ResultCode":0}}}', FROM_ELSEWHERE)
    assert [("callback_forged", {"kind": "stk"})] == world.reports


def test_law_15_what_holds_secrets_does_not_show_them_when_printed() -> None:
    """A dump of keys, credentials, a prompt or a token names none of its values."""
    world, _ = lived("paid_by_callback")
    shown = " ".join([repr(KEYS), repr(world.ssm_token)])
    assert [] == [secret for secret in [*SECRETS, "token-1"] if secret in shown]
