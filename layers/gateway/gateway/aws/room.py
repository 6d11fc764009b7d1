"""How large a payment's item may grow, and what gives way.

DynamoDB bills every write by the size of the whole item and refuses one over 400 KB. Money facts must never meet
that wall, so everything else stops long before. Above the soft cap free texts are not stored, and what decides
nothing by itself (callbacks from unlisted addresses, unreadable ones) is left out: whoever got hold of an address
cannot fill the item. Above the hard cap no new attempt begins and what only explains is left out. Above the last cap
only money gets in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from gateway.domain.facts import (
    AttemptBegun,
    CallbackReceived,
    CallbackUnreadable,
    Fact,
    NotCharged,
    PushLost,
    QueryAnswered,
)
from gateway.ports import StoreUnavailable

SOFT_BYTES = 16 * 1024
HARD_BYTES = 32 * 1024

LAST_BYTES = 128 * 1024
"""Far enough from DynamoDB's 400 KB for hundreds of money facts."""

EXPLAINING = (NotCharged, PushLost)
"""Left out above the hard cap. They decide what may be tried next, never whether money came."""

FREE_TEXTS = ("text", "payer_name", "note")
"""Fields for people; none of them is part of a fact's identity but `note`, which stays."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """facts: what is stored. left_out: how many were only counted."""

    facts: tuple[Fact, ...]
    left_out: int


def admitted(size: int, facts: Iterable[Fact]) -> Admitted:
    """What of these new facts an item of this size takes. Raises StoreUnavailable for an attempt above the hard cap."""
    new = tuple(facts)
    if size <= SOFT_BYTES:
        return Admitted(new, 0)
    if size > HARD_BYTES and any(isinstance(fact, AttemptBegun) for fact in new):
        raise StoreUnavailable("The payment's item is at its size limit: no further attempt is stored.")
    kept = tuple(_without_texts(fact) for fact in new if _has_room(size, fact))
    return Admitted(kept, len(new) - len(kept))


def earliest(*times_ms: int | None) -> int | None:
    """When an item is due of which something was left out: what was worked out from the whole may come too late.

    A failure that found no room would else settle a payment whose stored facts say that it still waits.
    """
    return min((at_ms for at_ms in times_ms if at_ms is not None), default=None)


def _has_room(size: int, fact: Fact) -> bool:
    """Whether an item above the soft cap still takes this fact."""
    if _decides_nothing(fact):
        return False
    if size <= HARD_BYTES:
        return True
    if isinstance(fact, EXPLAINING) or _only_waits(fact):
        return False
    return size <= LAST_BYTES or not _says_no(fact)


def _decides_nothing(fact: Fact) -> bool:
    """At most a reason to ask, and the schedule asks anyway."""
    return isinstance(fact, CallbackUnreadable) or (isinstance(fact, CallbackReceived) and not fact.from_safaricom)


def _without_texts(fact: Fact) -> Fact:
    blank: dict[str, Any] = {
        field.name: "" for field in fields(fact) if field.name in FREE_TEXTS and field.name in fact.NOT_IDENTITY
    }
    return replace(fact, **blank) if blank else fact


def _says_no(fact: Fact) -> bool:
    """A callback without money. Safaricom sends one or two, never a hundred kilobytes of them."""
    return isinstance(fact, CallbackReceived) and fact.result_code != "0"


def _only_waits(fact: Fact) -> bool:
    """A query's failure code told once more; its success counts as money."""
    return isinstance(fact, QueryAnswered) and fact.result_code != "0"
