"""The simulator's magic numbers, from its own list."""

from __future__ import annotations

import httpx

from cli.failure import Exit, Failure
from cli.output import Output


def show_magic(output: Output, outside: str) -> Exit:
    """outside: the simulator's address. Raises Failure."""
    try:
        answer = httpx.get(f"{outside}/control/api/magic", timeout=5.0, trust_env=False)
        answer.raise_for_status()
        rows = answer.json()["rows"]
    except (httpx.HTTPError, ValueError, KeyError):
        raise Failure(
            Exit.UNREACHABLE,
            "The simulator did not answer",
            outside,
            "start it with: make run, or name it with --outside",
        ) from None
    output.rows(rows, ("phone", "meaning"), empty="The simulator has no magic numbers.")
    return Exit.DONE
