"""Note that an API key is in use, so that its owner knows which ones can go."""

from __future__ import annotations

from contextlib import suppress

from gateway.domain.days import day_of
from gateway.ports import Ambient, Flow, StoreUnavailable, call
from gateway.ports.key_uses import KeyUses


def note_use(key_id: str) -> Flow[None]:
    """Today, in Nairobi. Rather no note than no answer: what fails is noted by a later call."""
    now_ms = yield from call(Ambient.now_ms)
    with suppress(StoreUnavailable):
        yield from call(KeyUses.note_use, key_id, day_of(now_ms))
