"""API keys of shops: made, listed, revoked. The secret is shown once and stored as its SHA-256."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from typing import Any

from cli.failure import Exit, Failure
from cli.scopes import EVERYDAY, SCOPES
from cli.stack import Stack
from cli.staff import BY_COMMAND
from gateway import security
from gateway.aws import items
from gateway.aws.key_uses import DynamoKeyUses
from gateway.aws.staff import DynamoStaff
from gateway.aws.table import Expression
from gateway.domain.shop import ApiKey
from gateway.domain.staff import normalised_email

ALPHABET = string.digits + string.ascii_letters
SECRET_LENGTH = 32
LISTED_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A key to be made. secret None: a random one. of: e-mail of the staff member whose key it is; empty: nobody's."""

    owner: str
    name: str = ""
    scopes: tuple[str, ...] = EVERYDAY
    livemode: bool = False
    publishable: bool = False
    expires_at_ms: int | None = None
    secret: str | None = None
    of: str = ""


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
        maker=_person(stack, wanted.owner, wanted.of) if wanted.of else "",
    )
    values = items.key_to_values(key, secret_hash, created_at_ms=now_ms, last4=secret[-4:])
    stack.table.put_if_absent(items.packed({**values, "changed_by": BY_COMMAND}))
    return key, secret


def _person(stack: Stack, owner: str, email: str) -> str:
    """The id of a staff member who has signed in before: only then it is known who that is. Raises Failure."""
    member = DynamoStaff(stack.table).read_member(owner, normalised_email(email) or "")
    if member is None or not member.may_enter or not member.person:
        raise Failure(
            Exit.REFUSED,
            f"{email} is nobody's at {owner} who has signed in",
            "whose key it is must be known, so that this person cannot agree to what it asks for",
            "run: staff list, and let the person sign in to the console once",
        )
    return member.person


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
    used = DynamoKeyUses(stack.table).read_uses(tuple(values["id"] for values in stored))
    shown = ("id", "name", "owner", "livemode", "publishable", "scopes", "last4", "created_at", "ends_at", "revoked")
    return [
        {**{name: values.get(name) for name in shown}, "last_used_on": used.get(values["id"]), "pk": values["pk"]}
        for values in stored
    ]


def revoke_key(stack: Stack, owner: str, key_id: str) -> None:
    """Refuse it from now on; running functions may know it for another 60 s. Twice is once. Raises Failure."""
    found = [key for key in list_keys(stack, owner) if key["id"] == key_id]
    if not found:
        raise Failure(
            Exit.REFUSED, f"There is no key {key_id}", f"{owner} has none of this id", f"run: keys list --owner {owner}"
        )
    stack.table.change(found[0]["pk"], {("revoked",): True, ("changed_by",): BY_COMMAND}, {"pk": found[0]["pk"]})
