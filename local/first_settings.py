"""A fresh stack to its first payment: the project's own command line writes keys, credentials and settings."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.aws.errors import StartError
from local.aws.names import REGION

ROOT = Path(__file__).parents[1]
PATHS = (ROOT, ROOT / "layers" / "daraja", ROOT / "layers" / "gateway")
NEEDED = ("secret_key", "publishable_key", "webhook_secret")
INITIATOR, INITIATOR_PASSWORD = "testapi", "Safaricom123!"
"""The simulator's API operator, by Safaricom's public name for it."""

SHORTCODES_WITH_ACCOUNTS = ("174379", "4000001", "600998")
"""Paybill, the till's store, and the shortcode that pays out."""

OWN_LINE = "0722000000"
"""The organisation's own Safaricom line, which registration wants."""

USUAL_ORIGINS = "http://localhost:3000,http://localhost:5173,http://localhost:8000"
"""Where development servers of Next.js, Vite and Python's frameworks listen."""


@dataclass(frozen=True)
class StackAddress:
    """What the command line must know of a stack."""

    endpoint: str
    table: str
    prefix: str
    audit_bucket: str

    def told(self) -> dict[str, str]:
        """For `run.json`."""
        return {
            "endpoint": self.endpoint,
            "region": REGION,
            "table": self.table,
            "prefix": self.prefix,
            "audit_bucket": self.audit_bucket,
        }


def shop_origins(demo_shop: str, environment: Mapping[str, str]) -> list[str]:
    """Where browsers may find a shop on this machine: the demo shop, and what a developer's own server listens on.

    environment: `SHOP_ORIGINS`, separated by commas, in place of the usual ones.
    """
    own = environment.get("SHOP_ORIGINS", USUAL_ORIGINS)
    return list(dict.fromkeys([demo_shop, *(origin.strip() for origin in own.split(",") if origin.strip())]))


async def prepare(stack: StackAddress, folder: Path, origins: Sequence[str], webhook_url: str) -> Mapping[str, str]:
    """Run `mpesa-gateway bootstrap --local`; may be repeated, what is there stays. Gives the test keys.

    origins: where browsers find shops. webhook_url: where the demo shop is told of events. Raises StartError with what
    the command said.
    """
    options = [word for origin in origins for word in ("--origin", origin)] + ["--webhook-url", webhook_url]
    made: dict[str, str]
    [made] = await _commands(_environment(stack), ["bootstrap", "--local", "--directory", str(folder), *options])
    missing = [name for name in NEEDED if name not in made]
    if missing:
        raise StartError(f"`mpesa-gateway bootstrap --local` did not tell {', '.join(missing)}.")
    return made


async def introduce(stack: StackAddress, safaricom: str, callback: str) -> None:
    """Run `credential set`, `register-urls` and `pull register`: payouts, typed payments and lost news find their way.

    The first for all shortcodes: the simulator has a new key at each start, as Safaricom has not.
    safaricom, callback: addresses without a slash at the end. Raises StartError with what the command said.
    """
    whose = [word for shortcode in SHORTCODES_WITH_ACCOUNTS for word in ("--shortcode", shortcode)]
    await _commands(
        _environment(stack) | {"DARAJA_BASE_URL": safaricom, "CALLBACK_BASE_URL": callback},
        [
            *("credential", "set", *whose, "--initiator", INITIATOR, "--certificate", f"{safaricom}/certificate"),
            *("--password-stdin", "--yes"),
        ],
        ["register-urls", "--yes"],
        ["pull", "register", "--line", OWN_LINE, "--yes"],
        typed=INITIATOR_PASSWORD,
    )


async def _commands(environment: Mapping[str, str], *commands: Sequence[str], typed: str = "") -> list[Any]:
    """What each of the commands said, read as JSON. typed: into each of them."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "local.commands",
        cwd=ROOT, env=environment, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    asked = [{"words": words, "typed": typed} for words in commands]
    said, complained = await process.communicate(json.dumps(asked).encode())
    answers = said.splitlines()
    if process.returncode != 0:
        text = complained.decode(errors="replace").strip() or said.decode(errors="replace").strip()
        failed = " ".join(commands[min(len(answers), len(commands) - 1)][:2])
        raise StartError(
            f"The first settings could not be written (`mpesa-gateway {failed}`): {text}. "
            "Local data of an earlier version, or settings that were changed since, may stand in the way: "
            "`make reset` forgets them and begins anew."
        )
    return [json.loads(answer) for answer in answers]


def _environment(stack: StackAddress) -> dict[str, str]:
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "PYTHONPATH": ":".join(map(str, PATHS)),
        "AWS_ENDPOINT_URL": stack.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "TABLE_NAME": stack.table,
        "PARAMETER_PREFIX": stack.prefix,
    }
