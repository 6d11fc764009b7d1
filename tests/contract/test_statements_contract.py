"""Statements and what they prove: the same tests on DynamoDB (moto) and in memory; and the files in S3."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import botocore.session
import pytest
from moto import mock_aws

from gateway.aws.clients import ELSEWHERE, FILES, file_client, table_client
from gateway.aws.statement_files import S3StatementFiles
from gateway.aws.statements import DynamoStatements
from gateway.aws.table import Table
from gateway.domain.reconciliation.proven import Proven, ProvenStretch
from gateway.domain.reconciliation.statement import RefusedRow
from gateway.domain.reconciliation.statement_record import StatementRecord, StatementState
from gateway.ports.statements import FilesUnavailable, StatementFiles, Statements, StoredFile
from tests.dynamo_table import TABLE, create_table
from tests.gateway_samples import AT_MS
from tests.memory_statements import MemoryStatementFiles, MemoryStatements

BUCKET = "statements-of-a-test"
BEGUN = StatementRecord(owner="shop", id="stm_1", actor="key_1", made_at_ms=AT_MS, version=1)
READ = replace(
    BEGUN,
    state=StatementState.READ,
    shortcode="174379",
    digest="ab" * 32,
    account="Utility Account",
    from_ms=AT_MS,
    until_ms=AT_MS + 1,
    proves=True,
    rows=203,
    payments=201,
    declined=2,
    refused_rows=(RefusedRow(9, "no code"),),
    refused_count=1,
    done=203,
    read_at_ms=AT_MS + 5,
    version=2,
)
STRETCH = ProvenStretch(
    statement="ab" * 16, from_ms=AT_MS, until_ms=AT_MS + 1, read_at_ms=AT_MS + 5, counts={"2026-03-02": 203}
)


@pytest.fixture(params=["dynamodb", "memory"])
def statements(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Statements]:
    """None yet."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        client = table_client(ELSEWHERE.table)
        create_table(client)
        ports: dict[str, Statements] = {
            "dynamodb": DynamoStatements(Table(client, TABLE)),
            "memory": MemoryStatements(),
        }
        yield ports[request.param]


def test_a_statement_comes_back_as_it_was_kept_and_only_under_its_owner(statements: Statements) -> None:
    assert statements.save_statement(None, BEGUN)
    assert statements.save_statement(BEGUN, READ)
    assert [READ, None] == [statements.read_statement(owner, "stm_1") for owner in ("shop", "other")]


def test_only_who_saw_how_far_it_was_goes_on(statements: Statements) -> None:
    statements.save_statement(None, BEGUN)
    statements.save_statement(BEGUN, READ)
    assert [False, False] == [statements.save_statement(before, READ) for before in (None, BEGUN)]


def test_before_the_first_statement_nothing_is_proven(statements: Statements) -> None:
    assert Proven(owner="shop", shortcode="174379") == statements.read_proven("shop", "174379")


def test_what_is_proven_comes_back_and_is_one_shops(statements: Statements) -> None:
    before = statements.read_proven("shop", "174379")
    after = before.also(STRETCH)
    assert statements.save_proven(before, after)
    assert (after, ()) == (
        statements.read_proven("shop", "174379"), statements.read_proven("other", "174379").stretches
    )  # fmt: skip


def test_what_two_prove_at_once_is_not_lost(statements: Statements) -> None:
    before = statements.read_proven("shop", "174379")
    statements.save_proven(before, before.also(STRETCH))
    assert not statements.save_proven(before, before.also(replace(STRETCH, statement="other")))


# --- files --------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3StatementFiles]:
    """An empty bucket in Ireland."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = file_client(FILES)
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield S3StatementFiles(client, BUCKET)


def test_an_address_is_of_one_file_and_ends(files: S3StatementFiles) -> None:
    """In the bucket's own region, since S3 sends a PUT elsewhere away; signed as every region wants it.

    The length is signed, so that S3 takes no other.
    """
    address = urlsplit(files.upload_address("shop", "stm_1", 10, 900))
    asked = parse_qs(address.query)

    assert (f"{BUCKET}.s3.eu-west-1.amazonaws.com", "/statements/shop/stm_1") == (address.hostname, address.path)
    assert (["AWS4-HMAC-SHA256"], ["900"], ["content-length;host"]) == (
        asked["X-Amz-Algorithm"], asked["X-Amz-Expires"], asked["X-Amz-SignedHeaders"]
    )  # fmt: skip


def test_each_length_has_an_address_of_its_own(files: S3StatementFiles) -> None:
    addresses = [urlsplit(files.upload_address("shop", "stm_1", size, 900)) for size in (10, 11)]
    assert 2 == len({parse_qs(one.query)["X-Amz-Signature"][0] for one in addresses})


@pytest.mark.parametrize("port", ["s3", "memory"])
def test_a_file_is_read_where_it_is_not_longer_than_the_limit(files: S3StatementFiles, port: str) -> None:
    ports: dict[str, StatementFiles] = {"s3": files, "memory": MemoryStatementFiles()}
    kept = ports[port]
    kept.put_file("shop", "stm_1", b"0123456789")
    assert [StoredFile(10, b"0123456789"), StoredFile(10, None)] == [
        kept.read_file("shop", "stm_1", most) for most in (10, 9)
    ]


def test_of_a_file_that_is_too_long_not_one_byte_is_read() -> None:
    body = _Body()
    client = SimpleNamespace(get_object=lambda **_: {"ContentLength": 6_000_000_000, "Body": body})
    assert StoredFile(6_000_000_000, None) == S3StatementFiles(client, BUCKET).read_file("shop", "stm_1", 10)
    assert ["closed"] == body.calls


class _Body:
    """What S3 would send."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def read(self, _most: int) -> bytes:
        """Of the file."""
        self.calls.append("read")
        return b""

    def close(self) -> None:
        """No more of it."""
        self.calls.append("closed")


def test_a_file_that_we_put_ourselves_is_read(files: S3StatementFiles) -> None:
    files.put_file("shop", "stm_1", b"0123456789")
    assert StoredFile(10, b"0123456789") == files.read_file("shop", "stm_1", 100)


def test_a_file_that_was_not_put_is_none_and_anothers_is_not_found(files: S3StatementFiles) -> None:
    _put("statements/other/stm_1", b"0")
    assert [None, None] == [files.read_file("shop", name, 1) for name in ("stm_1", "stm_2")]


def test_a_bucket_that_is_away_is_told_as_such(files: S3StatementFiles) -> None:
    elsewhere = S3StatementFiles(files._client, "no-such-bucket-of-ours")
    with pytest.raises(FilesUnavailable):
        elsewhere.read_file("shop", "stm_1", 1)


def _put(key: str, content: bytes) -> None:
    session: Any = botocore.session.get_session()
    client = session.create_client("s3", region_name=os.environ["AWS_DEFAULT_REGION"])
    client.put_object(Bucket=BUCKET, Key=key, Body=content)
