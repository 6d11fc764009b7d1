"""`python -m local.commands`: commands of `mpesa-gateway`, one after the other in one process.

To start a command takes longer than what it does here. Standard input: `[{"words": […], "typed": "…"}, …]`. Each
command that ends well is a line with the JSON that it said. The first that does not ends all: with its exit code, and
with its words on standard error.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
from collections.abc import Sequence


def main() -> int:
    """Run them. Returns the exit status."""
    for asked in json.load(sys.stdin):
        code, said = run(asked["words"], asked["typed"])
        if code:
            print(said, end="", file=sys.stderr)
            return code
        print(said.splitlines()[-1], flush=True)
    return 0


def run(words: Sequence[str], typed: str) -> tuple[int, str]:
    """The command as a person would start it, with JSON for an answer: its exit code and what it said."""
    said = io.StringIO()
    sys.argv = ["mpesa-gateway", "--json", *words]
    sys.stdin = io.StringIO(typed)
    try:
        with contextlib.redirect_stdout(said):
            runpy.run_module("cli", run_name="__main__")
    except SystemExit as ended:
        return int(ended.code or 0), said.getvalue()
    return 0, said.getvalue()


if __name__ == "__main__":
    sys.exit(main())
