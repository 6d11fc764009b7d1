"""The audit log of the running local world: who did what is told, and what somebody wrote past the gateway is found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import boto3

from tests.end_to_end.local_world import TOP, LocalWorld
from tests.end_to_end.person import decides
from tests.end_to_end.test_payouts_over_http import ask

FOUND = 1


def audit(world: LocalWorld, *words: str) -> tuple[int, list[Any]]:
    """`mpesa-gateway audit …`: how it ended, and the rows that it told."""
    aws = world.run["aws"]
    layers = os.pathsep.join(str(TOP / layer) for layer in ("layers/daraja", "layers/gateway", ""))
    environment = {
        "PYTHONPATH": layers,
        "AWS_ENDPOINT_URL": aws["endpoint"],
        "AWS_DEFAULT_REGION": aws["region"],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "TABLE_NAME": aws["table"],
        "PARAMETER_PREFIX": aws["prefix"],
        "AUDIT_BUCKET": aws["audit_bucket"],
    }
    command = [sys.executable, "-m", "cli", "audit", *words, "--json"]
    ran = subprocess.run(command, env=environment, cwd=world.data, capture_output=True, text=True, check=False)
    assert "" == ran.stderr
    return ran.returncode, [json.loads(line) for line in ran.stdout.splitlines()]


def written_past_the_gateway(world: LocalWorld, pk: str, kind: str) -> str:
    """Somebody with rights to the table makes ten times as much of a fact of this kind. The fact's identity."""
    aws = world.run["aws"]
    table = boto3.client(
        "dynamodb",
        endpoint_url=aws["endpoint"],
        region_name=aws["region"],
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    item = table.get_item(TableName=aws["table"], Key={"pk": {"S": pk}})["Item"]
    facts: Any = item["facts"]["M"]
    fact = next(str(name) for name in facts if name.startswith(kind))
    facts[fact]["M"]["amount_kes"]["N"] += "0"
    table.put_item(TableName=aws["table"], Item=item)
    return fact


def test_law_17_who_approved_what_is_told_and_what_is_altered_is_named(frozen: LocalWorld) -> None:
    """A payout is asked for by a key and approved by a person; then a paid payment is altered in the table."""
    out_id = ask(frozen, "audited-wages", phone="0722000651")
    decides(frozen.data, out_id)
    paid = frozen.pay("audited-order", phone="0710000611")
    frozen.advance(120)
    holds = audit(frozen, "verify", "--wait", "0")
    told = [(row["what"], row["who"].partition("_")[0]) for row in audit(frozen, "show", out_id)[1]]
    fact = written_past_the_gateway(frozen, f"PAY#{paid['id']}", "callback")
    frozen.advance(10)
    code, findings = audit(frozen, "verify", "--wait", "0")

    assert (0, []) == holds
    assert [("asked", "key"), ("approved", "person")] == told[:2]
    assert (FOUND, [("part_changed", f"PAY#{paid['id']}", fact)]) == (
        code,
        [(row["what"], row["item"], row["part"]) for row in findings],
    )


def test_what_nobody_knows_is_said(frozen: LocalWorld) -> None:
    assert (FOUND, []) == audit(frozen, "show", "pay_00")
