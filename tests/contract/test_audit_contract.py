"""The audit log's ports: the same tests on S3 and DynamoDB (moto) and on those in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from gateway.aws import items
from gateway.aws.audit_log import S3AuditLog, number_of, page_key
from gateway.aws.audited import DynamoAudited
from gateway.aws.clients import ELSEWHERE, LOG, log_client, table_client
from gateway.aws.staff import member_to_values
from gateway.aws.table import Table
from gateway.domain.audit.check import Finding, Found
from gateway.domain.audit.entry import item_name
from gateway.domain.audit.progress import AuditProgress, Waiting
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.ports.audit import Audited, AuditLog, Listed, LogUnavailable, StoredPage
from tests import gateway_samples as sample
from tests.audit_stage import KEY, MEMBER, PAYMENT, PAYOUT, RECEIPT, STAFF, payment_values, payout_values
from tests.dynamo_table import TABLE, create_table
from tests.memory_audit import MemoryAudited, MemoryAuditLog

BUCKET = "audit-log"


@dataclass
class Stack:
    """The two ports, and a way to write items."""

    log: AuditLog
    audited: Audited
    put: Callable[[Mapping[str, Any]], None]


@pytest.fixture(params=["aws", "memory"])
def stack(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """Nothing is written yet."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    stored: dict[str, Any] = {}
    with mock_aws():
        table_at = table_client(ELSEWHERE.table)
        create_table(table_at)
        files = log_client(LOG)
        files.create_bucket(Bucket=BUCKET)
        table = Table(table_at, TABLE)
        both = {
            "aws": Stack(S3AuditLog(files, BUCKET), DynamoAudited(table), lambda one: table.put(items.packed(one))),
            "memory": Stack(
                MemoryAuditLog(),
                MemoryAudited(stored.values),
                lambda one: stored.update({one["pk"]: items.packed(one)}),
            ),
        }
        yield both[request.param]


def test_an_empty_log_has_no_newest_page(stack: Stack) -> None:
    assert (None, Listed(()), None) == (stack.log.read_newest(), stack.log.list_pages(1), stack.log.read_page(1))


def test_a_page_is_written_once_and_read_as_it_was_written(stack: Stack) -> None:
    taken = [stack.log.append_page(1, b"one\n"), stack.log.append_page(1, b"other\n")]
    assert ([True, False], b"one\n") == (taken, stack.log.read_page(1))


def test_the_newest_page_is_the_one_with_the_highest_number(stack: Stack) -> None:
    for number in (1, 2, 9, 10, 11):
        stack.log.append_page(number, b"%d" % number)
    assert (Listed((11,)), StoredPage(11, b"11")) == (stack.log.list_pages(1), stack.log.read_newest())


def test_pages_are_listed_from_the_highest_number_on(stack: Stack) -> None:
    for number in (1, 2, 11, 999_999_999_999):
        stack.log.append_page(number, b"page")
    assert [Listed((999_999_999_999, 11, 2)), Listed((999_999_999_999, 11, 2, 1))] == [
        stack.log.list_pages(most) for most in (3, 100)
    ]


@pytest.mark.parametrize(
    "name", ["log/!", "log/000000000000-1.jsonl", "log/000000000000-000000000011.jsonl", "log/00000000000a-x.jsonl"]
)
def test_a_name_that_no_page_has_is_no_page(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may write into the bucket can make one; it is counted, and hides nothing."""
    for one in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(one, "us-east-1")
    with mock_aws():
        files = log_client(LOG)
        files.create_bucket(Bucket=BUCKET)
        log = S3AuditLog(files, BUCKET)
        log.append_page(11, b"page")
        files.put_object(Bucket=BUCKET, Key=name, Body=b"x")
        fresh = S3AuditLog(files, BUCKET)
        assert (Listed((11,), others=1), StoredPage(0, b"")) == (fresh.list_pages(100), fresh.read_newest())


def test_who_was_too_late_learns_of_the_faster_ones_page(stack: Stack) -> None:
    stack.log.append_page(1, b"one")
    stack.log.read_newest()
    stack.log.append_page(2, b"two")
    refused = stack.log.append_page(2, b"late")
    assert (False, StoredPage(2, b"two")) == (refused, stack.log.read_newest())


def test_items_are_read_by_the_names_that_the_log_has_for_them(stack: Stack) -> None:
    """Somebody's e-mail address is no name of the log's."""
    stack.put(payment_values(sample.begun()))
    stack.put(member_to_values(MEMBER))
    stack.put(member_to_values(replace(MEMBER, email="other@shop.example")))
    member = item_name(KEY, STAFF)
    found = stack.audited.read_items(KEY, (PAYMENT, member, "PAY#pay_none", "STAFF#shop#none"))
    assert {PAYMENT: {"asked", sample.begun().id}, member: {"member"}} == {
        name: set(parts) for name, parts in found.items()
    }


def test_what_stands_is_listed_by_day_and_by_shop(stack: Stack) -> None:
    """Whatever the log says of it: this is how what it lacks is found."""
    code = Shortcode(number="174379", kind="till", name="Shop", store_number="4000001")
    stack.put(items.settings_to_values(ShopSettings(owner="shop", name="Shop", shortcodes=(code,))))
    stack.put(payment_values(sample.begun()))
    stack.put(payout_values())
    stack.put(items.receipt_to_values(sample.owned(), 4))
    stack.put(member_to_values(MEMBER))
    stack.put({"pk": "HOOK#shop", "endpoints": [], "version": 1})
    of_day, of_none = (stack.audited.list_day(KEY, day) for day in ("2026-03-02", "2026-03-03"))
    assert ({PAYMENT, PAYOUT, RECEIPT}, ()) == (set(of_day), of_none)
    assert {item_name(KEY, STAFF), "HOOK#shop"} == set(stack.audited.list_standing(KEY))


def test_progress_is_kept_on_condition_that_nobody_else_went_on(stack: Stack) -> None:
    finding = Finding(what=Found.DIFFERS, page=3, line=2, item=PAYMENT, part="asked", at_ms=5)
    waiting = Waiting(PAYMENT, "9f", "shardId-1", 300_000_000_000_000_499_659_000)
    progress = AuditProgress(
        began_ms=1, ended_ms=2, at=3, before="77", waiting=(waiting,), judged_ms=4, newest=5, newest_mark="ab",
        findings=(finding,), found=1, strange=(9,),
    )  # fmt: skip
    first = stack.audited.read_audit_progress()
    saved = [stack.audited.save_audit_progress(first, progress), stack.audited.save_audit_progress(first, first)]
    assert (AuditProgress(), [True, False]) == (first, saved)
    assert replace(progress, version=1) == stack.audited.read_audit_progress()


@pytest.mark.parametrize("number", [1, 10, 999_999])
def test_a_list_of_pages_begins_with_the_newest(number: int) -> None:
    """S3 lists by name."""
    assert page_key(number + 1) < page_key(number)
    assert number == number_of(page_key(number))


class Away:
    """S3 that answers every call with this error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, _: str) -> Any:
        def fail(**__: Any) -> Any:
            raise self._error

        return fail


SLOW_DOWN = ClientError({"Error": {"Code": "SlowDown"}}, "PutObject")
NOT_THERE = EndpointConnectionError(endpoint_url="https://s3.example")


@pytest.mark.parametrize("error", [SLOW_DOWN, NOT_THERE], ids=["refused", "not-there"])
@pytest.mark.parametrize(
    ("ask", "arguments"), [("list_pages", (1,)), ("read_page", (1,)), ("append_page", (1, b"secret"))]
)
def test_a_bucket_that_does_not_answer_is_said_without_content(
    error: Exception, ask: str, arguments: tuple[Any, ...]
) -> None:
    with pytest.raises(LogUnavailable, match=r"^\w+: (SlowDown|EndpointConnectionError)$"):
        getattr(S3AuditLog(Away(error), BUCKET), ask)(*arguments)
