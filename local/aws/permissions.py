"""A function's IAM policies, and whether they cover a call: by action, resource and leading keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from local.aws.errors import TemplateError
from local.aws.known_properties import refuse_unknown

LEADING_KEYS = "dynamodb:LeadingKeys"
OPERATORS = {"ForAllValues:StringLike", "ForAllValues:StringEquals"}
STATEMENT_KEYS = {"Sid", "Effect", "Action", "Resource", "Condition"}


@dataclass(frozen=True)
class Need:
    """One permission that a call needs."""

    action: str
    resource: str
    leading_keys: tuple[str, ...] = ()
    """Partition keys of the items that the call touches."""


@dataclass(frozen=True)
class Statement:
    """One statement of a policy."""

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    leading_keys: tuple[str, ...] | None
    """Patterns that every partition key must match, or None for any key."""

    def covers(self, need: Need) -> bool:
        """Whether the statement speaks of this permission."""
        return (
            _any_matches(self.actions, need.action, ignore_case=True)
            and _any_matches(self.resources, need.resource)
            and (self.leading_keys is None or all(_any_matches(self.leading_keys, key) for key in need.leading_keys))
        )


class Permissions:
    """All statements of one function."""

    def __init__(self, policies: Iterable[Mapping[str, Any]], place: str) -> None:
        self.statements = [one for policy in policies for one in _statements(policy, place)]

    def missing(self, needs: Iterable[Need]) -> Need | None:
        """The first permission that no statement allows or that one denies; None if all are given."""
        return next((need for need in needs if not self._allowed(need)), None)

    def _allowed(self, need: Need) -> bool:
        speaking = [statement for statement in self.statements if statement.covers(need)]
        return bool(speaking) and all(statement.allows for statement in speaking)


def _statements(policy: Mapping[str, Any] | str, place: str) -> Iterable[Statement]:
    if isinstance(policy, str) or "Statement" not in policy:
        raise TemplateError(f"{place}.Policies: only policies written out are run here, not {policy!r}.")
    refuse_unknown(policy, {"Version", "Statement"}, f"{place}.Policies")
    return [_statement(one, place) for one in _listed(policy["Statement"])]


def _statement(raw: Mapping[str, Any], place: str) -> Statement:
    refuse_unknown(raw, STATEMENT_KEYS, f"{place}.Policies {raw.get('Sid', '')}")
    return Statement(
        allows=raw["Effect"] == "Allow",
        actions=tuple(_listed(raw["Action"])),
        resources=tuple(_listed(raw["Resource"])),
        leading_keys=_leading_keys(raw.get("Condition", {}), place),
    )


def _leading_keys(condition: Mapping[str, Mapping[str, Any]], place: str) -> tuple[str, ...] | None:
    found: tuple[str, ...] | None = None
    for operator, keys in condition.items():
        if operator not in OPERATORS or set(keys) != {LEADING_KEYS}:
            raise TemplateError(f"{place}.Policies: the condition {operator} {sorted(keys)} is not run here.")
        found = tuple(_listed(keys[LEADING_KEYS]))
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _any_matches(patterns: Iterable[str], value: str, *, ignore_case: bool = False) -> bool:
    given = value.lower() if ignore_case else value
    return any(fnmatchcase(given, _plain(one.lower() if ignore_case else one)) for one in patterns)


def _plain(pattern: str) -> str:
    """IAM knows `*` and `?` only; brackets stand for themselves."""
    return pattern.replace("[", "[[]")
