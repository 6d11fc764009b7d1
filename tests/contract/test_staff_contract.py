"""Staff and sessions: the same tests on those over DynamoDB (moto) and on those in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from cli.shop_settings import store_settings
from cli.stack import Stack
from gateway.aws.clients import ELSEWHERE, table_client
from gateway.aws.staff import DynamoStaff
from gateway.aws.table import Table
from gateway.domain.sessions import Session
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.domain.staff import Member, Proposal, Role
from gateway.ports.staff import Staff
from tests.dynamo_table import TABLE, create_table
from tests.gateway_samples import AT_MS
from tests.memory_staff import MemoryStaff

OWNERS = ("corner-shop", "other-shop")


@pytest.fixture(params=["dynamodb", "memory"])
def staff(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Staff]:
    """Two shops with settings, and nobody who works there."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    paybill = Shortcode(number="174379", kind="paybill", name="Shop")
    settings = {owner: ShopSettings(owner=owner, name=owner, shortcodes=(paybill,)) for owner in OWNERS}
    with mock_aws():
        client = table_client(ELSEWHERE.table)
        create_table(client)
        for one in settings.values():
            store_settings(Stack(name="test", table_name=TABLE, prefix="/test"), one)
        both: dict[str, Staff] = {"dynamodb": DynamoStaff(Table(client, TABLE)), "memory": MemoryStaff(settings)}
        yield both[request.param]


def member(name: str = "amina", **changes: Any) -> Member:
    """Somebody of the corner shop."""
    values: dict[str, Any] = {
        "owner": "corner-shop",
        "email": f"{name}@shop.example",
        "name": name.capitalize(),
        "roles": frozenset({Role.CASHIER}),
        "added_by": "command",
        "added_at_ms": AT_MS,
    }
    return Member(**(values | changes))


def session(**changes: Any) -> Session:
    """Amina's."""
    values: dict[str, Any] = {
        "hash": "5e" * 32,
        "owner": "corner-shop",
        "email": "amina@shop.example",
        "person": "person_" + "1" * 32,
        "member_version": 2,
        "started_at_ms": AT_MS,
        "seen_at_ms": AT_MS,
        "signed_in_at_ms": AT_MS - 1_000,
    }
    return Session(**(values | changes))


def test_the_shops_are_those_with_settings(staff: Staff) -> None:
    assert OWNERS == staff.list_owners()


def test_a_member_comes_back_as_it_was_put(staff: Staff) -> None:
    wish = Proposal(frozenset({Role.ADMIN, Role.ACCOUNTANT}), "person_" + "2" * 32, AT_MS)
    made = member(issuer="https://issuer.example", subject="s", proposal=wish, roles=frozenset())
    assert staff.save_member(None, made)
    assert made == staff.read_member("corner-shop", "amina@shop.example")
    assert staff.read_member("other-shop", "amina@shop.example") is None


def test_a_member_is_put_once(staff: Staff) -> None:
    staff.save_member(None, member())
    again = staff.save_member(None, member(name="another", email="amina@shop.example"))
    found = staff.read_member("corner-shop", "amina@shop.example")
    assert (False, "Amina") == (again, found.name if found else "")


def test_a_change_grows_the_version_and_needs_the_one_before(staff: Staff) -> None:
    before = member()
    staff.save_member(None, before)
    first = staff.save_member(before, replace(before, removed=True))
    late = staff.save_member(before, replace(before, roles=frozenset({Role.ADMIN})))
    found = staff.read_member("corner-shop", "amina@shop.example")
    assert (True, False) == (first, late)
    assert replace(before, removed=True, version=2) == found


def test_a_wish_that_was_agreed_to_is_gone(staff: Staff) -> None:
    before = member(proposal=Proposal(frozenset({Role.ADMIN}), "person_x", AT_MS))
    staff.save_member(None, before)
    staff.save_member(before, replace(before, proposal=None, roles=frozenset({Role.ADMIN})))
    found = staff.read_member("corner-shop", "amina@shop.example")
    assert found is not None
    assert found.proposal is None


def test_a_shops_members_are_listed_by_address_and_no_others(staff: Staff) -> None:
    everybody = [member(f"m{number:03d}") for number in range(120)]
    for one in [*reversed(everybody), member("halima", owner="other-shop")]:
        staff.save_member(None, one)
    assert [one.email for one in everybody] == [one.email for one in staff.list_members("corner-shop")]
    assert () == staff.list_members("nobodys-shop")


def test_a_session_comes_back_as_it_was_put(staff: Staff) -> None:
    staff.create_session(session())
    assert session() == staff.read_session("5e" * 32)
    assert staff.read_session("00" * 32) is None


def test_being_seen_is_written_until_it_ended(staff: Staff) -> None:
    staff.create_session(session())
    staff.touch_session(session(), AT_MS + 60_000)
    staff.end_session(session())
    staff.end_session(session())
    staff.touch_session(session(), AT_MS + 120_000)
    assert session(seen_at_ms=AT_MS + 60_000, ended=True) == staff.read_session("5e" * 32)


def test_ending_a_session_that_is_not_there_makes_none(staff: Staff) -> None:
    staff.end_session(session())
    staff.touch_session(session(), AT_MS)
    assert staff.read_session("5e" * 32) is None
