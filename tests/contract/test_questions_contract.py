"""Balances, operators' circuits, asked codes: the same tests on those over DynamoDB (moto) and on those in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

import pytest
from moto import mock_aws

from gateway.aws.balances import DynamoBalances
from gateway.aws.clients import ELSEWHERE, parameter_client, table_client
from gateway.aws.initiator import AwsInitiator, initiators_from_text, initiators_to_text
from gateway.aws.table import Table
from gateway.aws.transactions import DynamoTransactions
from gateway.domain.balances import Account, Balance
from gateway.domain.circuit import Circuit, Opening
from gateway.domain.transactions import Answer, Direction, Question, Transaction
from gateway.ports import SecretsUnavailable
from gateway.ports.balances import Balances
from gateway.ports.initiator import Initiator, InitiatorCredential
from gateway.ports.transactions import Transactions
from tests.dynamo_table import TABLE, create_table
from tests.gateway_samples import AT_MS
from tests.memory_balances import MemoryBalances
from tests.memory_initiator import MemoryInitiator
from tests.memory_transactions import MemoryTransactions

PREFIX = "/mpesa-gateway/test"


class Ports(NamedTuple):
    """Empty ones."""

    balances: Balances
    initiator: Initiator
    transactions: Transactions


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    """A table in moto."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        client = table_client(ELSEWHERE.table)
        create_table(client)
        yield Table(client, TABLE)


@pytest.fixture(params=["dynamodb", "memory"])
def ports(request: pytest.FixtureRequest, aws: Table) -> Ports:
    both = {
        "dynamodb": Ports(DynamoBalances(aws, 2), initiator(aws), DynamoTransactions(aws)),
        "memory": Ports(MemoryBalances(), MemoryInitiator(), MemoryTransactions()),
    }
    return both[request.param]


def initiator(table: Table, now_ms: int = AT_MS) -> AwsInitiator:
    """Over SSM in moto."""
    return AwsInitiator(table, lambda: parameter_client(ELSEWHERE.parameters), lambda: PREFIX, lambda: now_ms)


BALANCE = Balance(
    id=f"bal_{'b' * 32}",
    owner="shop",
    shortcode="600998",
    asked_at_ms=AT_MS,
    accounts=(
        Account(name="Utility Account", currency="KES", current=Decimal("25100.50"), available=Decimal("25100.50")),
        Account(name="Charges Paid Account", currency="KES", current=Decimal("-154.008"), reserved=Decimal("0.00")),
    ),
    as_of_ms=AT_MS + 2_000,
    answers_at_ms=AT_MS,
    low_kes=500,
    due_at_ms=AT_MS + 3_600_000,
)
CIRCUIT = Circuit(
    shortcode="600998", owners=("shop",), set_at_ms=AT_MS, openings={"*": Opening("2001", "pay_out", AT_MS)}
)
FOUND = Answer(code="0", status="completed", amount_kes=70, direction=Direction.IN, kind="Pay Bill Online")
TRANSACTION = Transaction(
    id=f"txn_{'c' * 32}",
    owner="shop",
    receipt="SGL31QW9XY",
    last=Question(asked_at_ms=AT_MS, shortcodes=("174379", "600998"), answers={"174379": FOUND}),
    found=FOUND,
    found_at="174379",
)


def test_a_balance_comes_back_to_the_last_digit(ports: Ports) -> None:
    assert ports.balances.save_balance(None, BALANCE)

    assert BALANCE == ports.balances.read_balance(BALANCE.id)


def test_a_balance_changes_only_from_the_version_that_was_read(ports: Ports) -> None:
    ports.balances.save_balance(None, BALANCE)
    after = BALANCE.refused("2001", AT_MS + 60_000)

    saved = [ports.balances.save_balance(BALANCE, after) for _ in range(2)]

    assert ([True, False], after) == (saved, ports.balances.read_balance(BALANCE.id))


def test_what_a_balance_no_longer_has_is_gone(ports: Ports) -> None:
    before = BALANCE.refused("2001", AT_MS + 60_000)
    ports.balances.save_balance(None, before)
    after = before.answered(BALANCE.accounts, AT_MS + 120_000, AT_MS + 121_000).put_off(None)

    ports.balances.save_balance(before, after)

    assert after == ports.balances.read_balance(BALANCE.id)


def test_a_balance_is_made_once(ports: Ports) -> None:
    ports.balances.save_balance(None, BALANCE)

    assert ports.balances.save_balance(None, replace(BALANCE, low_kes=1)) is False


def test_a_circuit_comes_back_and_changes_only_from_the_version_that_was_read(ports: Ports) -> None:
    closed = CIRCUIT.proven(AT_MS + 1, AT_MS + 2_000)

    saved = [ports.initiator.save_circuit(*pair) for pair in ((None, CIRCUIT), (None, closed), (CIRCUIT, closed))]

    assert ([True, False, True], closed) == (saved, ports.initiator.read_circuit("600998"))


def test_what_was_asked_about_a_code_comes_back(ports: Ports) -> None:
    assert ports.transactions.save_transaction(None, TRANSACTION)

    assert TRANSACTION == ports.transactions.read_transaction(TRANSACTION.id)


def test_a_code_changes_only_from_the_version_that_was_read(ports: Ports) -> None:
    ports.transactions.save_transaction(None, TRANSACTION)
    after = TRANSACTION.asked(AT_MS + 60_000, ("600998",))

    saved = [ports.transactions.save_transaction(TRANSACTION, after) for _ in range(2)]

    assert ([True, False], after) == (saved, ports.transactions.read_transaction(TRANSACTION.id))


def test_what_was_never_stored_is_not_there(ports: Ports) -> None:
    assert ports.balances.read_balance("bal_x") is None
    assert ports.initiator.read_circuit("1") is None
    assert ports.transactions.read_transaction("txn_x") is None


# --- the credential, in SSM -------------------------------------------------------------------------------------------


def store(name: str, set_at_ms: int) -> None:
    """A credential of 600998 in SSM."""
    text = initiators_to_text({"600998": InitiatorCredential(name, "c2VjcmV0", set_at_ms)})
    parameter_client(ELSEWHERE.parameters).put_parameter(
        Name=f"{PREFIX}/initiators", Value=text, Type="SecureString", Overwrite=True
    )


def test_without_a_parameter_no_shortcode_has_an_operator(aws: Table) -> None:
    assert initiator(aws).read_credential("600998", 0) is None


def test_a_credential_is_read_once_and_remembered(aws: Table) -> None:
    store("apiop1", AT_MS)
    port = initiator(aws)
    port.read_credential("600998", 0)
    store("apiop2", AT_MS + 1)

    found = port.read_credential("600998", AT_MS)

    assert found is not None
    assert ("apiop1", None) == (found.name, port.read_credential("174379", 0))


def test_one_from_before_the_last_change_is_read_anew_at_once(aws: Table) -> None:
    """An old password would count towards a lock."""
    store("apiop1", AT_MS)
    port = initiator(aws)
    port.read_credential("600998", AT_MS)
    store("apiop2", AT_MS + 1)

    found = port.read_credential("600998", AT_MS + 1)

    assert found is not None
    assert "apiop2" == found.name


def test_an_old_one_is_not_used_even_if_no_newer_can_be_read(aws: Table) -> None:
    store("apiop1", AT_MS)

    with pytest.raises(SecretsUnavailable):
        initiator(aws).read_credential("600998", AT_MS + 1)


@pytest.mark.parametrize("text", ["", "[]", "null", '{"600998": 1}', '{"600998": {"name": "x"}}'])
def test_a_parameter_of_another_form_is_named_and_not_shown(text: str) -> None:
    with pytest.raises(SecretsUnavailable, match=r"^The parameter initiators has not their form\.$"):
        initiators_from_text(text)


def test_the_parameter_holds_no_more_than_it_says() -> None:
    stored = json.loads(initiators_to_text({"600998": InitiatorCredential("apiop1", "c2VjcmV0", AT_MS)}))

    assert {"600998": {"name": "apiop1", "security_credential": "c2VjcmV0", "set_at_ms": AT_MS}} == stored
