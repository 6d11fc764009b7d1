"""The Daraja app's credentials: asked for without echo, or read from a file; never an argument of the command."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable

from cli.failure import Exit, Failure
from cli.stack import Stack
from gateway.aws.secrets import CREDENTIALS

PRINTABLE = re.compile(r"[!-~]{1,256}")

Ask = Callable[[str], str]
"""Shows a question and gives what was typed, unseen."""


def ask_credentials(ask: Ask, business_numbers: Iterable[str]) -> dict[str, object]:
    """One question for each secret. An empty passkey leaves its shortcode out. Raises Failure."""
    content: dict[str, object] = {
        "consumer_key": ask("Consumer key of the Daraja app: "),
        "consumer_secret": ask("Consumer secret: "),
    }
    passkeys = {number: ask(f"Passkey of {number} (empty: none): ") for number in business_numbers}
    return checked_credentials(content | {"passkeys": {number: key for number, key in passkeys.items() if key}})


def checked_credentials(content: object) -> dict[str, object]:
    """As the parameter holds them. Raises Failure that names the field and never shows a value."""
    if not isinstance(content, dict):
        raise _wrong("the credentials must be one JSON object")
    unknown = sorted(set(content) - {"consumer_key", "consumer_secret", "passkeys"})
    if unknown:
        raise _wrong(f"{unknown[0]} is no field; the fields are consumer_key, consumer_secret, passkeys")
    for name in ("consumer_key", "consumer_secret"):
        if not _is_secret(content.get(name)):
            raise _wrong(f"{name} must be text of 1 to 256 printable characters without blanks")
    passkeys = content.get("passkeys")
    if not isinstance(passkeys, dict) or not all(_is_secret(key) for key in passkeys.values()):
        raise _wrong('passkeys must be an object like {"174379": "…"}, one for each business shortcode')
    return dict(content)


def store_credentials(stack: Stack, credentials: dict[str, object]) -> None:
    """Running functions take them within five minutes."""
    stack.write_parameter(CREDENTIALS, json.dumps(credentials), overwrite=True)


def _is_secret(value: object) -> bool:
    return isinstance(value, str) and PRINTABLE.fullmatch(value) is not None


def _wrong(why: str) -> Failure:
    return Failure(Exit.SETTINGS, "The credentials were not stored", why, "mend it and repeat")
