"""The access token: memory, then SSM, then OAuth under a lease, so that one process refreshes and none kills another's.

The lease item in DynamoDB holds the truth of the generation; a token in SSM of another generation is ignored. A
refresh that failed is an error of the kind "not sent", never a stale token.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace

from daraja.errors import NotSent, NotSentReason
from gateway.flows.keep import pause_with_jitter
from gateway.ports import (
    Ambient,
    Daraja,
    Flow,
    Secrets,
    SecretsUnavailable,
    Store,
    StoredToken,
    StoreUnavailable,
    TokenLease,
    call,
)

LEASE_MS = 10_000
"""Longer than the one OAuth call under it may take (seven seconds), and no longer: should its holder die, nobody else
gets a token before its end.
"""

WRITTEN_BY_MS = 10_000
"""So long others wait for a fetched token to be written, should its holder die now."""

CLOCKS_APART_MS = 10_000
"""A lease that ends later than any right clock could have written it holds nobody up."""

RETRY_AFTER_FAILURE_MS = 5_000
"""After a failed OAuth call nobody tries again for this long."""

USABLE_UNTIL_MS = 60_000
"""A token is no longer used when this much of its life is left."""

REFRESH_EARLY_MS = 5 * 60_000
"""The sweep refreshes when this much is left, so that no payer waits for it."""

YOUNG_MS = 10 * 60_000
"""A token rejected so soon after it was obtained was killed by somebody else with the same consumer key."""

WAITS_MAX = 12
LOOK_ANYWAY = 4
"""While the lease stands as it stood, SSM is read each fourth time only: it takes few calls a second for all of us."""

WAIT_MS_MAX = 400


def access_token() -> Flow[StoredToken]:
    """A token to use now. Raises NotSent (of Daraja's errors), StoreUnavailable or SecretsUnavailable."""
    now_ms = yield from call(Ambient.now_ms)
    remembered = yield from call(Secrets.remembered_token)
    if remembered and _usable(remembered, now_ms):
        return remembered
    return (yield from _shared_or_fresh(rejected=None, early_ms=USABLE_UNTIL_MS))


def replace_rejected(rejected: StoredToken) -> Flow[StoredToken]:
    """Another token than the one that Daraja refused: somebody else's newer one, or a fresh one."""
    now_ms = yield from call(Ambient.now_ms)
    young = now_ms - rejected.obtained_at_ms < YOUNG_MS
    yield from call(Ambient.report, "token_rejected", {"generation": rejected.generation, "young": young})
    yield from call(Secrets.remember_token, None)
    return (yield from _shared_or_fresh(rejected=rejected, early_ms=USABLE_UNTIL_MS))


def keep_token_fresh() -> Flow[None]:
    """Refresh before the token's end. For the sweep; raises as `access_token`."""
    now_ms = yield from call(Ambient.now_ms)
    remembered = yield from call(Secrets.remembered_token)
    if remembered is None or remembered.expires_at_ms - REFRESH_EARLY_MS <= now_ms:
        yield from _shared_or_fresh(rejected=None, early_ms=REFRESH_EARLY_MS)


def _shared_or_fresh(rejected: StoredToken | None, early_ms: int) -> Flow[StoredToken]:
    seen: TokenLease | None = None
    for waited in range(WAITS_MAX):
        lease = yield from call(Store.read_token_lease)
        now_ms = yield from call(Ambient.now_ms)
        held = lease is not None and now_ms < lease.until_ms <= now_ms + LEASE_MS + CLOCKS_APART_MS
        if not held or lease != seen or waited % LOOK_ANYWAY == 0:
            shared = yield from _shared(lease, rejected, early_ms)
            seen = lease
            if shared is not None:
                yield from call(Secrets.remember_token, shared)
                return shared
        if not held:
            mine = yield from _take(lease)
            if mine is not None:
                return (yield from _refresh(mine))
        yield from pause_with_jitter(WAIT_MS_MAX)
    raise NotSent(
        NotSentReason.TOKEN_NOT_OBTAINED,
        retryable=True,
        text="another function is still refreshing the token",
    )


def _shared(lease: TokenLease | None, rejected: StoredToken | None, early_ms: int) -> Flow[StoredToken | None]:
    """The token in SSM, if it is the current one, lives long enough, and is not the one that was refused."""
    try:
        stored = yield from call(Secrets.read_token)
        if lease is not None and (stored.generation if stored else 0) < lease.generation:
            # What came with a cold start may be older than the lease, and its successor be there already.
            stored = yield from call(Secrets.read_token)
    except SecretsUnavailable:
        return None
    now_ms = yield from call(Ambient.now_ms)
    current = stored is not None and lease is not None and stored.generation == lease.generation
    refused = rejected is not None and stored is not None and stored.value == rejected.value
    if stored is None or not current or refused or stored.expires_at_ms - early_ms <= now_ms:
        return None
    return stored


def _take(lease: TokenLease | None) -> Flow[TokenLease | None]:
    """Become the one refresher. None: somebody else was faster."""
    now_ms = yield from call(Ambient.now_ms)
    drawn = yield from call(Ambient.draw, 12)
    generation, version = (lease.generation, lease.version) if lease else (0, 0)
    mine = TokenLease(holder=drawn.hex(), until_ms=now_ms + LEASE_MS, generation=generation, version=version + 1)
    saved = yield from call(Store.save_token_lease, lease, mine)
    return mine if saved else None


def _refresh(mine: TokenLease) -> Flow[StoredToken]:
    """One OAuth call; the new generation is in the lease before the token is in SSM."""
    credentials = yield from call(Secrets.read_credentials)
    try:
        fresh = yield from call(Daraja.fetch_token, credentials)
    except NotSent:
        now_ms = yield from call(Ambient.now_ms)
        gone = replace(mine, until_ms=now_ms + RETRY_AFTER_FAILURE_MS, version=mine.version + 1)
        yield from call(Store.save_token_lease, mine, gone)
        raise
    now_ms = yield from call(Ambient.now_ms)
    held_until_ms = min(mine.until_ms, now_ms + WRITTEN_BY_MS)
    ours = replace(mine, until_ms=held_until_ms, generation=mine.generation + 1, version=mine.version + 1)
    token = StoredToken(fresh.value, ours.generation, now_ms, now_ms + fresh.expires_in_s * 1_000)
    if not (yield from call(Store.save_token_lease, mine, ours)):
        raise NotSent(NotSentReason.TOKEN_NOT_OBTAINED, retryable=True, text="the lease was lost meanwhile")
    yield from call(Secrets.remember_token, token)
    yield from call(Ambient.report, "token_refreshed", {"generation": token.generation})
    try:
        yield from call(Secrets.write_token, token)
    except SecretsUnavailable:
        yield from call(Ambient.report, "token_not_shared", {"generation": token.generation})
    yield from _release(ours)
    return token


def _release(lease: TokenLease) -> Flow[None]:
    """Free before its time: the token lies where everybody finds it, and may be refused at once."""
    now_ms = yield from call(Ambient.now_ms)
    with contextlib.suppress(StoreUnavailable):
        yield from call(Store.save_token_lease, lease, replace(lease, until_ms=now_ms, version=lease.version + 1))


def _usable(token: StoredToken, now_ms: int) -> bool:
    return token.expires_at_ms - USABLE_UNTIL_MS > now_ms
