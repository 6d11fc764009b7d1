"""A stack that was just deployed, for tests of the command: its table and nothing else."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from cli.__main__ import main
from cli.stack import Stack
from gateway.aws.clients import ELSEWHERE, table_client
from tests.dynamo_table import TABLE, create_table

PREFIX = "/mpesa-gateway/test"
SHORTCODES = [
    {"number": "174379", "kind": "paybill", "name": "CORNER"},
    {"number": "5000002", "kind": "till", "name": "CORNER", "store_number": "4000001"},
]
SHOP = {
    "owner": "shop",
    "name": "Corner Shop",
    "shortcodes": SHORTCODES,
    "origins": ["https://shop.example"],
}


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its one object."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """One object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


Command = Callable[..., Ran]
"""Runs `mpesa-gateway` with these words, on the stack; `stdin` is what is typed."""


@contextmanager
def fresh_stack(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Stack]:
    """An empty table, no parameters, in a folder without a local gateway."""
    for name in ("AWS_ENDPOINT_URL", "TABLE_NAME", "PARAMETER_PREFIX", "MPESA_GATEWAY_URL", "MPESA_GATEWAY_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.chdir(folder)
    with mock_aws():
        create_table(table_client(ELSEWHERE.table))
        yield Stack("test", TABLE, PREFIX)


def runner(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command on that stack."""

    def run(*words: str, stdin: str = "", on_stack: bool = True) -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        place = ("--table", TABLE, "--stack-prefix", PREFIX) if on_stack else ()
        capsys.readouterr()
        code = main([*words, *place])
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run
