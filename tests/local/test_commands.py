"""Commands of the project's own command line, several in one process: what the first settings are made of."""

from __future__ import annotations

import json
import subprocess
import sys

from local.first_settings import PATHS, ROOT

NOBODY = "http://127.0.0.1:1"


def play(*commands: list[str]) -> subprocess.CompletedProcess[str]:
    """The process, with an address of AWS where nobody listens."""
    return subprocess.run(
        [sys.executable, "-m", "local.commands"],
        cwd=ROOT, env={"PYTHONPATH": ":".join(map(str, PATHS)), "TABLE_NAME": "t", "PARAMETER_PREFIX": "/p/dev"},
        input=json.dumps([{"words": words, "typed": ""} for words in commands]),
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_first_command_that_fails_ends_all_with_its_own_code_and_words() -> None:
    """None after it is run; nothing is told as done."""
    ended = play(["magic", "--outside", NOBODY], ["no-such-command"])

    assert (True, "", True) == (ended.returncode > 2, ended.stdout, NOBODY in ended.stderr), ended.stderr
    assert "no-such-command" not in ended.stderr


def test_a_command_that_does_not_exist_is_said_as_on_a_terminal() -> None:
    ended = play(["no-such-command"])

    assert (2, "") == (ended.returncode, ended.stdout)
    assert "invalid choice" in ended.stderr
