"""Send the organisation's statement, wait until it is taken in, and tell what was found in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx

from cli.failure import Exit, Failure
from cli.output import Output
from cli.payments import Api

STATEMENTS = "/v1/reconciliation/statements"
UPLOAD_S = 120.0
EAT = timezone(timedelta(hours=3))


def send_statement(api: Api, output: Output, file: Path) -> dict[str, Any]:
    """The statement once all of it is taken in. Raises Failure: also where the gateway refuses the file."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Failure(
            Exit.USAGE, f"{file} cannot be read", error.strerror or "no reason told", "name the file"
        ) from None
    made = api.call("POST", STATEMENTS, json={"bytes": len(content)})
    put_file(made["upload"]["url"], content)
    while True:
        found = api.call("POST", f"{STATEMENTS}/{made['id']}/read")
        if found["state"] == "read":
            return found
        output.progress(f"{found['done']:,} of {found['rows']:,} rows taken in")


def put_file(url: str, content: bytes) -> None:
    """Where the gateway said, without its key: the address is enough. Raises Failure."""
    try:
        answer = httpx.put(url, content=content, timeout=UPLOAD_S, trust_env=False)
    except httpx.HTTPError:
        answer = None
    if answer is None or not answer.is_success:
        why = "nobody answered there" if answer is None else f"it answered {answer.status_code}"
        raise Failure(Exit.UNREACHABLE, "The file could not be put where the gateway said", why, "try again")


def show_statement(found: Mapping[str, Any], output: Output) -> None:
    """What was read, which rows were not, and of which time it tells everything."""
    odd = f", {found['not_completed']:,} not completed" if found["not_completed"] else ""
    print(
        f"Statement · {found['shortcode']} · {found['account'] or 'no account named'} · "
        f"{found['rows']:,} rows, {found['payments']:,} payments{odd}"
    )
    if found["proves"]:
        print(f"It adds up, and tells everything from {_at(found['since'])} to {_at(found['until'])}.")
    else:
        print(f"What it does not show may have been paid all the same: {found['why_not']}")
    if found["refused_count"]:
        print(f"\n{found['refused_count']:,} rows were not taken in:")
        output.rows([{"line": row["line"], "why": row["why"]} for row in found["refused"]], ("line", "why"), empty="")
    print()


def _at(told: str) -> str:
    at = datetime.strptime(told, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).astimezone(EAT)
    return f"{at.day} {at:%b %H:%M:%S}"
