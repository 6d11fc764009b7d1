"""The gateway's own keys in SSM: made once, never overwritten. Callback tag keys are the only ones that rotate."""

from __future__ import annotations

import json
import secrets

from cli.failure import Exit, Failure
from cli.stack import Stack
from gateway.aws.secrets import KEYS

KEY_BYTES = 32
TAG_KEYS_MAX = 2
"""The newest makes tags; the one before is still accepted, for callbacks on their way."""


def new_keys() -> dict[str, object]:
    """Random keys as the parameter holds them."""
    made: dict[str, object] = {name: secrets.token_hex(KEY_BYTES) for name in ("id", "phone", "client_token", "cursor")}
    return {"tags": [secrets.token_hex(KEY_BYTES)], "c2b_tags": [secrets.token_hex(KEY_BYTES)], **made}


def create_own_keys(stack: Stack) -> bool:
    """True: made. False: they exist, and stay as they are."""
    return stack.write_parameter(KEYS, json.dumps(new_keys()), overwrite=False)


def rotate_tags(stack: Stack) -> int:
    """Add a new callback tag key in front; how many are valid now. Raises Failure."""
    text = stack.read_parameter(KEYS)
    if text is None:
        raise Failure(
            Exit.SETTINGS,
            "There is no key to rotate",
            f"{stack.prefix}/{KEYS} does not exist",
            "run: mpesa-gateway keys init",
        )
    keys = json.loads(text)
    keys["tags"] = [secrets.token_hex(KEY_BYTES), *keys["tags"]][:TAG_KEYS_MAX]
    stack.write_parameter(KEYS, json.dumps(keys), overwrite=True)
    return len(keys["tags"])
