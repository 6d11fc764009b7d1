"""What is known of addresses for money by hand: the same tests on DynamoDB (moto) and in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from gateway.aws.clients import ELSEWHERE, table_client
from gateway.aws.registration import DynamoRegistrations
from gateway.aws.table import Table
from gateway.domain.registration import Registration, RegistrationState
from gateway.ports.registration import Registrations
from tests.dynamo_table import TABLE, create_table
from tests.memory_registration import MemoryRegistrations

BEGUN = Registration(shortcode="174379").begun_test("77" * 16)


@pytest.fixture(params=["dynamodb", "memory"])
def registrations(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registrations]:
    """None yet."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        client = table_client(ELSEWHERE.table)
        create_table(client)
        both: dict[str, Registrations] = {
            "dynamodb": DynamoRegistrations(Table(client, TABLE)),
            "memory": MemoryRegistrations(),
        }
        yield both[request.param]


def test_it_comes_back_as_it_was_saved(registrations: Registrations) -> None:
    assert None is registrations.read_registration("174379")
    assert registrations.save_registration(None, BEGUN)
    ended = replace(
        BEGUN, state=RegistrationState.REFUSED, mark="9f", detail="no", by="k", at_ms=5, tested_ms=4, version=2
    )
    assert registrations.save_registration(BEGUN, ended)
    assert ended == registrations.read_registration("174379")


def test_of_two_who_write_one_is_first(registrations: Registrations) -> None:
    assert registrations.save_registration(None, BEGUN)
    assert not registrations.save_registration(None, BEGUN)
    assert not registrations.save_registration(replace(BEGUN, version=7), replace(BEGUN, version=8))


def test_a_test_is_heard_while_it_is_the_one_that_was_begun_last(registrations: Registrations) -> None:
    """And what was heard stays when the state is written."""
    registrations.hear_test("174379", "77" * 16)
    assert None is registrations.read_registration("174379")
    registrations.save_registration(None, BEGUN)
    registrations.hear_test("174379", "88" * 16)
    assert replace(BEGUN, heard="") == registrations.read_registration("174379")
    registrations.hear_test("174379", "77" * 16)
    assert registrations.save_registration(BEGUN, replace(BEGUN, by="k", version=2))
    assert replace(BEGUN, by="k", version=2, heard="77" * 16) == registrations.read_registration("174379")
