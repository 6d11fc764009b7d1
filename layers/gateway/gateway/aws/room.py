"""How large a payment's item may grow, and what gives way.

DynamoDB bills every write by the size of the whole item and refuses one over 400 KB. Money facts must never meet
that wall, so everything else stops long before: above the soft cap free texts are not stored and what only explains
is counted instead of kept; above the hard cap no new attempt begins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from gateway.domain.facts import AttemptBegun, CallbackUnreadable, Fact, NotCharged, PushLost, QueryAnswered
from gateway.ports import StoreUnavailable

SOFT_BYTES = 16 * 1024
HARD_BYTES = 32 * 1024

EXPLAINING = (CallbackUnreadable, NotCharged, PushLost)
"""Counted, not kept, above the hard cap. They decide what may be tried next, never whether money came."""

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
    short = tuple(_without_texts(fact) for fact in new)
    if size <= HARD_BYTES:
        return Admitted(short, 0)
    if any(isinstance(fact, AttemptBegun) for fact in new):
        raise StoreUnavailable("The payment's item is at its size limit: no further attempt is stored.")
    kept = tuple(fact for fact in short if not isinstance(fact, EXPLAINING) and not _only_waits(fact))
    return Admitted(kept, len(short) - len(kept))


def _without_texts(fact: Fact) -> Fact:
    blank: dict[str, Any] = {
        field.name: "" for field in fields(fact) if field.name in FREE_TEXTS and field.name in fact.NOT_IDENTITY
    }
    return replace(fact, **blank) if blank else fact


def _only_waits(fact: Fact) -> bool:
    """A query's failure code told once more; its success counts as money."""
    return isinstance(fact, QueryAnswered) and fact.result_code != "0"
