"""`mpesa-gateway audit`: the log held against the table, and what it tells of one thing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.audit import _Clock
from cli.stack import Stack
from gateway.aws import items
from gateway.aws.audit_log import S3AuditLog, page_key
from gateway.aws.clients import LOG, log_client
from gateway.domain.audit.entry import mark
from gateway.domain.staff import person_id
from tests import gateway_samples as sample
from tests import outgoing_samples as out
from tests.audit_stage import KEY, PAYOUT, AuditStage, lived_through, payout_values
from tests.memory_store import KEYS
from tests.unit.cli_stack import Command, fresh_stack, runner

BUCKET = "audit-log"
A_WEEK_LATER_MS = sample.AT_MS + 7 * 86_400_000
"""When the commands are typed. All days since the first page are looked at: more each day by this machine's clock."""

STORED_KEYS = {
    "tags": [one.hex() for one in KEYS.tags],
    "c2b_tags": [one.hex() for one in KEYS.c2b_tags],
    **{name: getattr(KEYS, name).hex() for name in ("id", "phone", "client_token", "cursor")},
}


@pytest.fixture
def stage() -> AuditStage:
    return lived_through()


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: AuditStage) -> Iterator[Stack]:
    """A deployed stack that has lived through the same."""
    with fresh_stack(monkeypatch, tmp_path) as made:
        files = log_client(LOG)
        files.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for number, data in stage.auditlog.pages.items():
            S3AuditLog(files, BUCKET).append_page(number, data)
        for item in stage.table.values():
            made.table.put(dict(item))
        made.write_parameter("keys", json.dumps(STORED_KEYS), overwrite=True)
        monkeypatch.setenv("AUDIT_BUCKET", BUCKET)
        monkeypatch.setattr(_Clock, "pause", lambda *_: None)
        monkeypatch.setattr(_Clock, "now_ms", lambda *_: A_WEEK_LATER_MS)
        yield made


@pytest.fixture
def command(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return runner(monkeypatch, capsys)


def test_a_log_that_holds_is_said_to_hold(command: Command) -> None:
    ran = command("audit", "verify")
    words = "The log and the table tell the same: 5 pages, 14 entries, 8 things that changed.\n"
    assert (0, words) == (ran.code, ran.out)


def test_what_was_altered_in_the_table_is_named_and_the_command_fails(command: Command, stack: Stack) -> None:
    stack.table.put(items.packed(payout_values(out.approved(subject="google|mallory"), out.begun())))
    ran = command("audit", "verify", "--wait", "0", "--json")
    named = {(row["what"], row["item"], row["part"], row["page"]) for row in ran.lines}
    others = {("added", PAYOUT, out.approved(subject="google|mallory").id, None)}
    assert (1, others | {("removed", PAYOUT, out.approved().id, 4)}) == (ran.code, named)


def test_a_page_that_was_altered_is_named_and_a_person_is_told_what_to_do(command: Command) -> None:
    files = log_client(LOG)
    data = files.get_object(Bucket=BUCKET, Key=page_key(3))["Body"].read()
    files.put_object(Bucket=BUCKET, Key=page_key(3), Body=data.replace(b'"amount_kes":100', b'"amount_kes":900', 1))
    ran = command("audit", "verify")
    rows = ran.out.splitlines()
    assert (1, ["page_altered", "3", "2", "-", "-", "-"]) == (ran.code, rows[1].split())
    assert rows[-1].endswith("What to do: docs/operations.md, When the audit log speaks.")


@pytest.mark.parametrize(("day", "code", "pages"), [("2026-03-02", 0, "5 pages"), ("2026-03-01", 0, "0 pages")])
def test_a_day_is_checked_alone(command: Command, day: str, code: int, pages: str) -> None:
    ran = command("audit", "verify", "--day", day)
    assert (code, True) == (ran.code, pages in ran.out)


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "2026-3-2"])
def test_what_is_no_day_is_refused(command: Command, day: str) -> None:
    assert 2 == command("audit", "verify", "--day", day).code


def test_who_approved_what_is_shown_in_order(command: Command) -> None:
    """An accountant's question. Times are Nairobi's."""
    ran = command("audit", "show", out.OUT_ID, "--json")
    who = f"person_{mark(KEY, 'actor', out.approved().subject)}"
    assert [
        ("2026-03-02 12:15:04", "asked", "api", "key_1", 250),
        ("2026-03-02 12:15:14", "approved", "operator", who, None),
        ("2026-03-02 12:15:24", "send_begun", "push", "mpesa", None),
    ] == [tuple(row[name] for name in ("at", "what", "source", "who", "amount")) for row in ran.lines]


def test_persons_are_shown_by_name_to_whoever_may_read_the_table(
    command: Command, stack: Stack, stage: AuditStage
) -> None:
    """The log itself holds ids only."""
    person = person_id("https://issuer.example", "8f1c")
    change = out.approved(subject=person)
    stage.put(payout_values(out.approved(), out.begun(), change))
    stage.deliver(-1)
    member = {**items.unpacked(dict(stage.table["STAFF#shop#amina@shop.example"]))}
    member |= {"issuer": "https://issuer.example", "subject": "8f1c"}
    stack.table.put(items.packed(member))
    stack.table.put(dict(stage.table[PAYOUT]))
    S3AuditLog(log_client(LOG), BUCKET).append_page(6, stage.auditlog.pages[6])
    shown = [row["who"] for row in command("audit", "show", out.OUT_ID, "--json").lines]
    assert f"Amina ({person})" in shown


def test_a_receipt_is_shown_by_its_code(command: Command) -> None:
    ran = command("audit", "show", "SGL31QW9XY", "--json")
    assert ["money_received", "owner"] == [row["what"] for row in ran.lines]


def test_what_differs_is_said_beside_what_the_log_tells(command: Command, stack: Stack) -> None:
    stack.table.put(items.packed(payout_values(out.approved(), out.begun(), out.accepted())))
    ran = command("audit", "show", out.OUT_ID)
    assert (1, f"added: {out.accepted().id} - run: mpesa-gateway audit verify") == (ran.code, ran.out.splitlines()[-1])


@pytest.mark.parametrize(("what", "code"), [(sample.payment_id(7), 1), ("order-77", 2), ("0712345678x", 2)])
def test_what_the_log_does_not_know_is_said(command: Command, what: str, code: int) -> None:
    assert code == command("audit", "show", what).code


def test_without_a_bucket_the_command_says_what_is_missing(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDIT_BUCKET")
    ran = command("audit", "verify")
    assert (3, True) == (ran.code, ran.err.startswith("No audit log is known - "))
