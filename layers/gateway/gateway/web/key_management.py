"""`/v1/keys`: a key with the scope `keys:write` makes, lists and revokes keys of its own shop.

No key can make one that may do more, or lasts longer, than itself; what a person's key makes is that person's. When a
key was last used is told to the day, so that it costs a write a day and not one for each call.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from gateway import security
from gateway.domain.shop import ApiKey
from gateway.ports import Ambient, Flow, Secrets, call
from gateway.ports.api_keys import ApiKeys, StoredKey
from gateway.ports.key_uses import KeyUses
from gateway.web.auth import authenticate_shop
from gateway.web.bodies import read_object
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.http import Answer, json_answer
from gateway.web.idempotency import optional_key
from gateway.web.key_models import KeyRequest
from gateway.web.key_routes import SCOPE
from gateway.web.requests import read_model
from gateway.web.serving import Scene
from gateway.web.views import rfc3339

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
SECRET_LENGTH = 32
DRAWN_BYTES = 32
"""Far more chance than 32 characters take, so that none of them is likelier than others."""


class Made(NamedTuple):
    """A key. secret None: it was made before, by the same request, and a secret is told once."""

    stored: StoredKey
    secret: str | None


def create_key(scene: Scene) -> Flow[Answer]:
    """201 with the secret. 200 without it: this Idempotency-Key made the key before, and a secret is told once."""
    maker = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    given = optional_key(scene.request)
    wanted = read_model(KeyRequest, read_object(scene.request))
    made = yield from make_key(wanted, maker, given)
    if made.secret is None:
        return json_answer(200, key_view(made.stored), {"Idempotency-Replayed": "true"})
    return json_answer(201, {**key_view(made.stored), "secret": made.secret})


def make_key(wanted: KeyRequest, maker: ApiKey, given: str | None) -> Flow[Made]:
    """Make it, for who asks with a key or as a key of his own would. given: makes a repetition the same key.

    Raises ApiError, StoreUnavailable.
    """
    now_ms = yield from call(Ambient.now_ms)
    _check(wanted, maker, now_ms)
    every = yield from call(ApiKeys.list_keys, maker.owner)
    _check_stands(maker, every)
    made, secret = yield from _made(wanted, maker, given, now_ms)
    before = next((one for one in every if given is not None and one.key.id == made.key.id), None)
    if before is not None:
        return _replayed(before, made)
    yield from call(ApiKeys.keep_key, made)
    yield from call(Ambient.report, "api_key_made", {"key": made.key.id, "by": maker.id})
    return Made(made, secret)


def list_keys(scene: Scene) -> Flow[Answer]:
    """All of the shop's keys, revoked ones too."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    stored = yield from call(ApiKeys.list_keys, key.owner)
    used = yield from call(KeyUses.read_uses, tuple(one.key.id for one in stored))
    data = [key_view(one, used.get(one.key.id)) for one in stored]
    return json_answer(200, {"object": "list", "data": data, "has_more": False})


def revoke_key(scene: Scene) -> Flow[Answer]:
    """200, also the second time."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    ended = yield from end_key(key, scene.request.path_parameters.get("key", ""))
    used = yield from call(KeyUses.read_uses, (ended.key.id,))
    return json_answer(200, {**key_view(ended, used.get(ended.key.id)), "revoked": True})


def end_key(key: ApiKey, key_id: str) -> Flow[StoredKey]:
    """The key with this id as it stood; it is ended. key: who asks, or as what a person asks.

    The last key that can make keys stays: without it nobody could make another by the API. Raises ApiError.
    """
    every = yield from call(ApiKeys.list_keys, key.owner)
    _check_stands(key, every)
    named = [one for one in every if one.key.id == key_id]
    if not named:
        raise ApiError("not_found", "There is no key with this id.")
    now_ms = yield from call(Ambient.now_ms)
    makers = {one.key.id for one in every if _makes_keys(one, now_ms)}
    if makers == {named[0].key.id}:
        detail = f"This is the last key with {SCOPE}. Make another one first, or use the command mpesa-gateway."
        raise ApiError("last_key", detail)
    for one in named:  # two requests at once may have made two secrets under one Idempotency-Key
        yield from call(ApiKeys.end_key, replace(one, changed_by=key.id))
    yield from call(Ambient.report, "api_key_revoked", {"key": named[0].key.id, "by": key.id})
    return named[0]


def key_view(stored: StoredKey, last_used_on: str | None = None) -> dict[str, Any]:
    """The key of the API, without its secret. last_used_on: a day in Nairobi; None: never, as far as is known."""
    key = stored.key
    return {
        "id": key.id,
        "object": "api_key",
        "kind": "publishable" if key.publishable else "secret",
        "name": key.name,
        "scopes": sorted(key.scopes),
        "livemode": key.livemode,
        "last4": stored.last4,
        "revoked": key.revoked,
        "expires_at": rfc3339(key.expires_at_ms) if key.expires_at_ms is not None else None,
        "created_at": rfc3339(stored.created_at_ms),
        "last_used_on": last_used_on,
    }


def _check_stands(key: ApiKey, every: tuple[StoredKey, ...]) -> None:
    """What was read of the key that asks may be a minute old; here it must not be. Raises ApiError."""
    if any(one.key.revoked for one in every if one.key.id == key.id):
        raise ApiError("key_revoked", "This key was revoked.")


def _check(wanted: KeyRequest, maker: ApiKey, now_ms: int) -> None:
    """What depends on the key that asks. Raises ApiError."""
    bad = []
    if wanted.kind == "publishable" and wanted.scopes:
        bad.append(BadField("scopes", "field_invalid", "A publishable key has no scopes."))
    if wanted.kind == "secret" and not wanted.scopes:
        bad.append(BadField("scopes", "field_missing", "A secret key needs one scope at least."))
    if wanted.expires_at is not None and wanted.expires_at <= now_ms:
        bad.append(BadField("expires_at", "field_invalid", "expires_at has passed already."))
    if maker.expires_at_ms is not None and (wanted.expires_at is None or wanted.expires_at > maker.expires_at_ms):
        detail = f"expires_at may be {rfc3339(maker.expires_at_ms)} at the latest, when the key that asks ends."
        bad.append(BadField("expires_at", "field_invalid", detail))
    if bad:
        raise bad_fields(bad)
    more = [scope for scope in wanted.scopes if scope not in maker.scopes]
    if more:
        detail = f"A key can give only scopes that it has; this one lacks {', '.join(more)[:200]}."
        raise ApiError("scope_missing", detail)


def _made(wanted: KeyRequest, maker: ApiKey, given: str | None, now_ms: int) -> Flow[tuple[StoredKey, str]]:
    """The key as it will be stored, and its secret."""
    secret = _secret(wanted, maker, (yield from call(Ambient.draw, DRAWN_BYTES)))
    secret_hash = security.secret_hash(secret)
    name = secret_hash[: security.TAG_HEX]
    if given is not None:
        name = security.signature((yield from call(Secrets.read_keys)).id, "api-key", maker.owner, given)
    key = ApiKey(
        id=f"key_{name}",
        owner=maker.owner,
        livemode=maker.livemode,
        publishable=wanted.kind == "publishable",
        scopes=frozenset(wanted.scopes),
        name=wanted.name,
        expires_at_ms=wanted.expires_at,
        maker=maker.maker,
    )
    made = StoredKey(key=key, secret_hash=secret_hash, last4=secret[-4:], created_at_ms=now_ms, changed_by=maker.id)
    return made, secret


def _secret(wanted: KeyRequest, maker: ApiKey, drawn: bytes) -> str:
    """`sk_test_` or one of its sisters, and 32 base62 characters: 190 bits."""
    number = int.from_bytes(drawn, "big")
    characters = []
    for _ in range(SECRET_LENGTH):
        number, place = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[place])
    mode = "live" if maker.livemode else "test"
    return f"{'pk' if wanted.kind == 'publishable' else 'sk'}_{mode}_{''.join(characters)}"


def _replayed(before: StoredKey, made: StoredKey) -> Made:
    """The key that this Idempotency-Key made. Raises ApiError where it was asked for otherwise."""
    asked, stands = ((one.name, one.publishable, one.scopes, one.expires_at_ms) for one in (made.key, before.key))
    if asked != stands:
        detail = f"This key names {before.key.id}, which was asked for with other fields."
        raise ApiError("idempotency_key_reused", detail, param="Idempotency-Key")
    return Made(before, None)


def _makes_keys(stored: StoredKey, now_ms: int) -> bool:
    """Whether it can make keys, now and for as long as it lasts."""
    ends_at_ms = stored.key.expires_at_ms
    alive = not stored.key.revoked and (ends_at_ms is None or now_ms < ends_at_ms)
    return alive and SCOPE in stored.key.scopes
