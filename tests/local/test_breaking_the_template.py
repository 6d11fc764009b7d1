"""What the template does not ask for does not work here either: each story works, and fails without its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.aws.errors import TemplateError
from local.aws.stack import Stack
from local.aws.template import read_template
from local.clock import Clock
from tests.local.toys import TEMPLATE, Toys, play, without, write_toys
from tests.own_loop import in_own_loop


def test_without_its_route_a_request_is_not_found(tmp_path: Path) -> None:
    async def with_route(toys: Toys) -> None:
        assert 201 == (await toys.http.post("/things/a")).status_code

    async def without_route(toys: Toys) -> None:
        answer = await toys.http.post("/things/a")
        assert (404, {"message": "Not Found"}) == (answer.status_code, answer.json())

    play(tmp_path / "with", with_route)
    no_default = "\n".join(line for line in without("Things: {").splitlines() if "Else: {" not in line)
    play(tmp_path / "without", without_route, no_default)


def test_without_its_trigger_a_schedule_does_not_tick(tmp_path: Path) -> None:
    async def without_trigger(toys: Toys) -> None:
        await toys.clock.advance(300)
        assert {} == await toys.item("SEEN#tick")

    play(tmp_path, without_trigger, without("EveryMinute:"))


def test_without_its_variable_a_function_cannot_start(tmp_path: Path) -> None:
    async def without_variable(toys: Toys) -> None:
        assert 500 == (await toys.http.get("/time")).status_code
        assert "KeyError: 'TABLE'" in (tmp_path / ".local/logs/toy.log").read_text(encoding="utf-8")

    play(tmp_path, without_variable, TEMPLATE.replace("TABLE: !Ref Table, ", ""))


def test_without_its_layer_a_function_cannot_start(tmp_path: Path) -> None:
    async def without_layer(toys: Toys) -> None:
        assert 500 == (await toys.http.get("/time")).status_code

    play(tmp_path, without_layer, without("Layers: [!Ref WordsLayer]"))


def test_without_its_timeout_a_function_has_three_seconds(tmp_path: Path) -> None:
    async def with_timeout(toys: Toys) -> None:
        assert 200 == (await toys.http.get("/slow")).status_code

    async def without_timeout(toys: Toys) -> None:
        answer = await toys.http.get("/slow")
        assert (500, {"message": "Internal Server Error"}) == (answer.status_code, answer.json())
        assert "Sandbox.Timedout" in (tmp_path / "without/.local/logs/toy.log").read_text(encoding="utf-8")

    play(tmp_path / "with", with_timeout)
    play(tmp_path / "without", without_timeout, without("Timeout: 20"))


@pytest.mark.parametrize(
    ("template", "path", "method"),
    [
        (TEMPLATE.replace("dynamodb:GetItem, dynamodb:PutItem", "dynamodb:GetItem"), "/things/a", "POST"),
        (TEMPLATE.replace('"THING#*", ', ""), "/things/a", "POST"),
        (TEMPLATE.replace("[sqs:SendMessage]", "[sqs:ReceiveMessage]"), "/send?x", "GET"),
        (TEMPLATE.replace("kms:Decrypt, kms:GenerateDataKey", "kms:Decrypt"), "/send?x", "GET"),
        (TEMPLATE.replace("[events:PutEvents]", "[events:ListRules]"), "/publish", "GET"),
        (TEMPLATE, "/secret", "GET"),
    ],
    ids=["action", "leading-key", "queue", "key-of-the-queue", "bus", "key-that-nobody-granted"],
)
def test_without_its_permission_a_call_is_denied(tmp_path: Path, template: str, path: str, method: str) -> None:
    async def denied(toys: Toys) -> None:
        assert 500 == (await toys.http.request(method, path)).status_code
        assert "AccessDeniedException" in (tmp_path / ".local/logs/toy.log").read_text(encoding="utf-8")

    play(tmp_path, denied, template)


@pytest.mark.parametrize(
    ("known", "unknown"),
    [
        ("AWS::KMS::Key", "AWS::Kinesis::Stream"),
        ("VisibilityTimeout: 30", "VisibilityTimeout: 30\n      ReceiveMessageWaitTimeSeconds: 2"),
        ("StartingPosition: TRIM_HORIZON", "StartingPosition: TRIM_HORIZON\n            ProvisionedPollerConfig: {}"),
        ("rate(1 minute)", "cron(0 3 L * ? *)"),
        ("Type: Schedule", "Type: S3"),
        ("!GetAtt Table.StreamArn", "!GetAtt Table.Nothing"),
        ("!Ref Queue }", "!Ref Quue }"),
        ('"dynamodb:LeadingKeys"', '"dynamodb:Attributes"'),
        ("Timeout: 20", "Timeout: 40"),
        ("CodeUri: functions/toy", "CodeUri: functions/tyo"),
        ('[{"prefix":"THING#"}]', '[{"wildcard":"THING#*"}]'),
        ("Globals:\n  Function:", "Globals:\n  Api: {}\n  Function:"),
        ("EveryMinute: {", "Things: { Type: Schedule }\n        EveryMinute: {"),
    ],
)
def test_what_is_not_run_here_is_an_error_and_never_ignored(tmp_path: Path, known: str, unknown: str) -> None:
    """Each of these would be a difference between this machine and Amazon if it were passed over."""

    async def started() -> None:
        Stack(read_template(write_toys(tmp_path, TEMPLATE.replace(known, unknown))), tmp_path / ".local", Clock())

    with pytest.raises(TemplateError) as told:
        in_own_loop(started())
    assert known in TEMPLATE
    assert json.dumps(str(told.value))
