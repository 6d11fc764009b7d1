"""Registration of addresses over HTTP, and what health says of it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway import security
from gateway.domain.registration import Registration, RegistrationState
from gateway.ports import StoreUnavailable
from tests.memory_store import KEYS
from tests.unit.test_register_urls import ourselves
from tests.unit.web.shop import READER, Answered, Gateway

TAG = security.c2b_tag(KEYS.c2b_tags[0], "174379")


@pytest.fixture
def gateway() -> Gateway:
    """A shop with a Paybill and a till, whose callback address works."""
    gateway = Gateway()
    gateway.world.publicaddress.answer = ourselves(gateway.world)
    gateway.environment["CALLBACK_BASE_URL"] = "https://pay.example"
    return gateway


def register(gateway: Gateway, body: Any = None) -> Answered:
    """`POST /v1/c2b/register`."""
    return gateway.call("POST", "/v1/c2b/register", body)


def test_all_shortcodes_are_registered_and_no_tag_is_told(gateway: Gateway) -> None:
    """Of the till its store's number."""
    answer = register(gateway)
    shown = answer.json["shortcodes"]
    assert [("174379", "registered", True), ("4000000", "registered", True)] == [
        (one["shortcode"], one["state"], one["these_addresses"]) for one in shown
    ]
    assert f"https://pay.example/in/c2b/174379/{TAG[:4]}•••/confirmation" == shown[0]["confirmation_url"]
    assert TAG not in answer.body


def test_one_shortcode_may_be_named_and_version_1_chosen(gateway: Gateway) -> None:
    shown = register(gateway, {"shortcode": "4000001", "version": "v1"}).json["shortcodes"]
    assert [("4000000", "v1")] == [(one["shortcode"], one["version"]) for one in shown]
    assert ["v1"] == [one.version for one in gateway.world.registrar.asked]


def test_a_dry_run_asks_nobody(gateway: Gateway) -> None:
    answer = register(gateway, {"dry_run": True}).json
    assert (True, ["never", "never"], []) == (
        answer["dry_run"], [one["state"] for one in answer["shortcodes"]], gateway.world.registrar.asked
    )  # fmt: skip


def test_addresses_that_are_there_already_come_with_the_clicks(gateway: Gateway) -> None:
    gateway.world.registrar.was_registered = True
    (first, _) = register(gateway).json["shortcodes"]
    assert ("already_registered", False) == (first["state"], first["these_addresses"])
    assert "URL Management" in " ".join(first["steps"])


def test_with_little_time_left_the_rest_waits_for_a_repeat(gateway: Gateway) -> None:
    """The first one is done, the second one stands as it stood."""
    gateway.world.ambient.left_ms = 11_000
    assert ["registered", "never"] == [one["state"] for one in register(gateway).json["shortcodes"]]


@pytest.mark.parametrize(
    ("body", "code"),
    [({"shortcode": "999999"}, "shortcode_unknown"), ({"shortcode": 174379}, "field_invalid"),
     ({"version": "v3"}, "field_invalid"), ({"dry_run": "yes"}, "field_invalid"), ({"url": "x"}, "unknown_field")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(gateway: Gateway, body: Any, code: str) -> None:
    assert code == register(gateway, body).code


def test_a_key_that_may_not_is_refused(gateway: Gateway) -> None:
    assert "scope_missing" == gateway.call("POST", "/v1/c2b/register", {}, secret=READER).code


def health(gateway: Gateway) -> Any:
    """The part about money by hand."""
    return gateway.call("GET", "/v1/health").json["parts"]["money_by_hand"]


def test_health_says_what_is_known_of_each_shortcode(gateway: Gateway) -> None:
    """Unknown at first, well when registered, degraded when a test failed."""
    before = health(gateway)
    register(gateway)
    well = health(gateway)
    broken = Registration(shortcode="4000000", state=RegistrationState.SELF_TEST_FAILED, version=9)
    gateway.world.registrations.all["4000000"] = broken
    assert ["unknown", "ok", "degraded"] == [part["state"] for part in (before, well, health(gateway))]
    assert "174379: registered, 4000000: self test failed" in health(gateway)["detail"]


def test_health_lives_without_the_table(gateway: Gateway) -> None:
    gateway.world.fail_next["Registrations.read_registration"].append(StoreUnavailable("away"))
    assert "unknown" == health(gateway)["state"]
