"""The corpus as it lies in the YAML files: bodies that were seen, or documented, with what must come of each.

A case says what arrives, what we answer, and what is left. Whatever it does not name must not have happened.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
FAMILIES = (
    "stk_callbacks",
    "stk_stories",
    "c2b_confirmations",
    "c2b_validations",
    "deliveries",
    "push_answers",
    "query_answers",
    "token_answers",
    "results",
)
FIELDS = frozenset(
    {"case", "trap", "body", "bytes", "long", "steps", "event", "at", "from", "tag", "times", "status",
     "headers", "network", "replies", "answer", "effect"}
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One row. told: its fields as they stand in the file."""

    family: str
    told: Mapping[str, Any] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a field that nobody reads."""
        assert FIELDS.issuperset(self.told), f"{self}: {set(self.told) - FIELDS}"

    def __str__(self) -> str:
        """Family and sentence."""
        return f"{self.family}: {self.name}"

    @property
    def name(self) -> str:
        """What is special about it."""
        return str(self.told["case"])

    @property
    def traps(self) -> tuple[int, ...]:
        """The known traps that it sets."""
        trap = self.told.get("trap", ())
        return (trap,) if isinstance(trap, int) else tuple(trap)

    @property
    def bodies(self) -> int:
        """How many bodies it holds: its own, those of its steps, those of its replies."""
        inner = [*self.told.get("steps", ()), *self.told.get("replies", ())]
        return sum(1 for part in (self.told, *inner) if {"body", "bytes", "long", "event"} & set(part))

    @property
    def event(self) -> dict[str, Any]:
        """Fields of the event that are replaced; JSON in the file, since YAML has no half surrogates."""
        return dict(json.loads(self.told.get("event", "{}")))

    @property
    def effect(self) -> dict[str, Any]:
        """What must be left; "nothing" is written out as that word."""
        told = self.told["effect"]
        return {} if told == "nothing" else dict(told)


def body_of(told: Mapping[str, Any]) -> bytes:
    """The bytes of a case or step. body: text. bytes: base64. long: {before, part, times, after}."""
    if "bytes" in told:
        return bytes(told["bytes"])
    if "long" in told:
        recipe = told["long"]
        text = str(recipe["before"]) + str(recipe["part"]) * int(recipe["times"]) + str(recipe["after"])
        return text.encode()
    return str(told.get("body", "")).encode()


@cache
def cases(*families: str) -> tuple[Case, ...]:
    """All cases of these families."""
    return tuple(Case(family, told) for family in families for told in _table(family))


def _table(family: str) -> Iterable[Mapping[str, Any]]:
    text = (HERE / f"{family}.yaml").read_text(encoding="utf-8")
    rows: list[Mapping[str, Any]] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return rows
