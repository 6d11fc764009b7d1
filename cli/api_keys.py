"""API keys of shops: made, listed, revoked. The secret is shown once and stored as its SHA-256."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from typing import Any

from cli.failure import Exit, Failure
from cli.stack import Stack
from gateway import security
from gateway.aws import items
from gateway.aws.table import Expression
from gateway.domain.shop import ApiKey

ALPHABET = string.digits + string.ascii_letters
SECRET_LENGTH = 32
SCOPES = ("payments:read", "payments:write", "events:read", "webhooks:write", "keys:write")
"""What keys can do in this release."""

EVERYDAY = tuple(scope for scope in SCOPES if scope != "keys:write")
"""What a key may do unless said otherwise: all but making other keys."""

LISTED_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A key to be made. secret None: a random one."""

    owner: str
    name: str = ""
    scopes: tuple[str, ...] = EVERYDAY
    livemode: bool = False
    publishable: bool = False
    expires_at_ms: int | None = None
    secret: str | None = None


def new_secret(*, livemode: bool, publishable: bool) -> str:
    """`sk_test_` or one of its sisters, and 32 base62 characters: 190 bits."""
    prefix = f"{'pk' if publishable else 'sk'}_{'live' if livemode else 'test'}_"
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))


def create_key(stack: Stack, wanted: Wanted, now_ms: int) -> tuple[ApiKey, str]:
    """Store a key; the key and its secret. An equal secret that is stored already stays as it is. Raises Failure."""
    _check_scopes(wanted)
    secret = wanted.secret or new_secret(livemode=wanted.livemode, publishable=wanted.publishable)
    secret_hash = security.secret_hash(secret)
    key = ApiKey(
        id=f"key_{secret_hash[:32]}",
        owner=wanted.owner,
        livemode=wanted.livemode,
        publishable=wanted.publishable,
        scopes=frozenset() if wanted.publishable else frozenset(wanted.scopes),
        name=wanted.name,
        expires_at_ms=wanted.expires_at_ms,
    )
    values = items.key_to_values(key, secret_hash, created_at_ms=now_ms, last4=secret[-4:])
    stack.table.put_if_absent(items.packed(values))
    return key, secret


def _check_scopes(wanted: Wanted) -> None:
    unknown = sorted(set(wanted.scopes) - set(SCOPES))
    if unknown:
        raise Failure(
            Exit.USAGE,
            f"scope {unknown[0]} does not exist",
            f"the scopes are {', '.join(SCOPES)}",
            "choose among these",
        )


def list_keys(stack: Stack, owner: str) -> list[dict[str, Any]]:
    """An owner's keys, oldest first, without secrets."""
    expression = Expression()
    clause = expression.equals("day_key", f"{items.KEY}{owner}")
    entries = stack.table.query("by_day", [clause], expression, LISTED_MAX, newest_first=False)
    found = stack.table.read_together([entry["pk"]["S"] for entry in entries])
    stored = [items.unpacked(found[entry["pk"]["S"]]) for entry in entries if entry["pk"]["S"] in found]
    shown = ("id", "name", "owner", "livemode", "publishable", "scopes", "last4", "created_at", "ends_at", "revoked")
    return [{**{name: values.get(name) for name in shown}, "pk": values["pk"]} for values in stored]


def revoke_key(stack: Stack, owner: str, key_id: str) -> None:
    """Refuse it from now on; running functions may know it for another 60 s. Twice is once. Raises Failure."""
    found = [key for key in list_keys(stack, owner) if key["id"] == key_id]
    if not found:
        raise Failure(
            Exit.REFUSED, f"There is no key {key_id}", f"{owner} has none of this id", f"run: keys list --owner {owner}"
        )
    stack.table.change(found[0]["pk"], {("revoked",): True}, {"pk": found[0]["pk"]})
