"""A fact: one piece of evidence with a source, two times and an identity of its own; and how it is written down.

What facts there are of a payment stands in `facts.py`, of money that goes out in `money_out/facts.py`. Here is what
they have in common: two deliveries with the same content are one fact, and a fact of a newer release is kept as it is.

`said_at_ms` is when the source spoke (for a query: when we asked), `learned_at_ms` when the fact first reached us,
kept through every queue. Both are milliseconds since the epoch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import MISSING, Field, dataclass, fields
from enum import StrEnum
from typing import Any, ClassVar

IDENTITY_HEX = 20
"""Hex characters of a fact's identity: 80 bits, within one aggregate."""


class Source(StrEnum):
    """Who told us. The values are those of `history[].source` in the API."""

    API = "api"
    PUSH = "push"
    CALLBACK = "callback"
    QUERY = "query"
    STATUS = "status"
    C2B = "c2b"
    PULL = "pull"
    STATEMENT = "statement"
    OPERATOR = "operator"
    TIMER = "timer"
    GATEWAY = "gateway"


class _Identified:
    """Room for an identity once it was asked for: one fold asks each fact many times, and hashing takes long."""

    __slots__ = ("_id",)
    _id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(_Identified):
    """One piece of evidence. Subclasses say of what."""

    KIND: ClassVar[str] = ""
    SOURCE: ClassVar[Source] = Source.GATEWAY
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms"})
    """Fields that do not make two deliveries different facts."""

    said_at_ms: int
    learned_at_ms: int

    @property
    def id(self) -> str:
        """Identity within its aggregate: the kind and a hash of the content that makes it this fact."""
        try:
            return self._id
        except AttributeError:
            object.__setattr__(self, "_id", _identity(self))
            return self._id

    @property
    def source(self) -> Source:
        """Who told us."""
        return self.SOURCE


_CANONICAL = json.JSONEncoder(separators=(",", ":"), sort_keys=True, default=str)


def _identity(fact: Fact) -> str:
    names = [field.name for field in fields_of(type(fact)) if field.name not in fact.NOT_IDENTITY]
    content = [[name, getattr(fact, name)] for name in names]
    text = _CANONICAL.encode(content)
    return f"{fact.KIND}:{hashlib.sha256(text.encode()).hexdigest()[:IDENTITY_HEX]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownFact(Fact):
    """A fact of a newer release. Kept as it is; this release draws no conclusion from it."""

    KIND: ClassVar[str] = "unknown"

    known_id: str
    raw: str

    @property
    def id(self) -> str:
        """The identity its own release gave it."""
        return self.known_id


_FIELDS: dict[type[Fact], tuple[Field[Any], ...]] = {}


def fields_of(kind: type[Fact]) -> tuple[Field[Any], ...]:
    """The fields of a kind of fact, in their order. Remembered, since reading an item asks for each fact's."""
    found = _FIELDS.get(kind)
    if found is None:
        found = _FIELDS[kind] = fields(kind)
    return found


class FactCodec:
    """Facts of one aggregate as JSON-safe values and back.

    kinds: every kind of fact that the aggregate knows; names in storage are never reused. enums: the types that fields
    are declared with and that are more than text.
    """

    def __init__(self, kinds: Iterable[type[Fact]], enums: Iterable[type[StrEnum]]) -> None:
        self.kinds: dict[str, type[Fact]] = {kind.KIND: kind for kind in kinds}
        by_name = {enum.__name__: enum for enum in enums}
        self._enums: dict[str, dict[str, type[StrEnum]]] = {
            name: {field.name: by_name[str(field.type)] for field in fields_of(kind) if str(field.type) in by_name}
            for name, kind in self.kinds.items()
        }

    def from_plain(self, fact_id: str, plain: dict[str, Any]) -> Fact:
        """Read a stored fact. A kind, field or value that this release does not know gives an `UnknownFact`."""
        kind = self.kinds.get(str(plain.get("kind")))
        known = {field.name for field in fields_of(kind)} if kind else set()
        if kind is None or not set(plain) - {"kind"} <= known:
            return _of_a_newer_release(fact_id, plain)
        try:
            values = {name: self._typed(kind, name, plain.get(name)) for name in known}
        except ValueError:  # a reason, deadline or source that only a newer release has
            return _of_a_newer_release(fact_id, plain)
        given = {name: value for name, value in values.items() if name in plain or value is not None}
        return kind(**_with_absent(kind, given))

    def _typed(self, kind: type[Fact], name: str, value: Any) -> Any:
        enum = self._enums[kind.KIND].get(name)
        if enum is not None and value is not None:
            return enum(value)
        return tuple(value) if isinstance(value, list) else value


def as_plain(fact: Fact) -> dict[str, Any]:
    """The fact as JSON-safe values, without what equals its default. Inverse: `FactCodec.from_plain`."""
    if isinstance(fact, UnknownFact):
        return dict(json.loads(fact.raw))
    plain: dict[str, Any] = {"kind": fact.KIND}
    for field in fields_of(type(fact)):
        value = getattr(fact, field.name)
        if value is not None and value != field.default:
            plain[field.name] = list(value) if isinstance(value, tuple) else value
    return plain


def _of_a_newer_release(fact_id: str, plain: dict[str, Any]) -> UnknownFact:
    return UnknownFact(
        said_at_ms=int(plain.get("said_at_ms", 0)),
        learned_at_ms=int(plain.get("learned_at_ms", 0)),
        known_id=fact_id,
        raw=json.dumps(plain, sort_keys=True),
    )


def _with_absent(kind: type[Fact], given: dict[str, Any]) -> dict[str, Any]:
    """Fields without a default that were None when stored."""
    required = [field.name for field in fields_of(kind) if field.name not in given and field.default is MISSING]
    return given | dict.fromkeys(required)
