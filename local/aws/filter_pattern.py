"""Filter patterns of event source mappings: which records reach the function."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.aws.errors import TemplateError
from local.aws.known_properties import refuse_unknown

ABSENT: Final = object()
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
RULES = {"prefix", "suffix", "exists", "anything-but", "numeric", "equals-ignore-case"}


def read_filters(criteria: Mapping[str, Any], place: str) -> list[Any]:
    """The patterns of a FilterCriteria. Raises TemplateError for one that is not understood."""
    refuse_unknown(criteria, {"Filters"}, f"{place}.FilterCriteria")
    patterns = []
    for one in criteria.get("Filters", []):
        refuse_unknown(one, {"Pattern"}, f"{place}.FilterCriteria.Filters")
        try:
            pattern = json.loads(one["Pattern"])
        except json.JSONDecodeError as broken:
            raise TemplateError(f"{place}: the filter pattern is not JSON: {broken}") from broken
        _check(pattern, place)
        patterns.append(pattern)
    return patterns


def passes(patterns: list[Any], record: Any) -> bool:
    """Whether a record matches one of the patterns; without patterns every record does."""
    return not patterns or any(matches(pattern, record) for pattern in patterns)


def matches(pattern: Any, value: Any) -> bool:
    """A map asks for all of its keys; a list is satisfied by one of its rules."""
    if isinstance(pattern, dict):
        inner = value if isinstance(value, dict) else {}
        return all(matches(part, inner.get(key, ABSENT)) for key, part in pattern.items())
    return any(_satisfies(rule, value) for rule in pattern)


def _check(pattern: Any, place: str) -> None:
    if isinstance(pattern, dict):
        for part in pattern.values():
            _check(part, place)
        return
    if not isinstance(pattern, list):
        raise TemplateError(f"{place}: in a filter pattern {pattern!r} must be a list.")
    for rule in pattern:
        if isinstance(rule, dict) and (len(rule) != 1 or not set(rule) <= RULES):
            raise TemplateError(f"{place}: the filter rule {rule!r} is not run here. Known: {sorted(RULES)}.")


def _satisfies(rule: Any, value: Any) -> bool:
    if not isinstance(rule, dict):
        return value is not ABSENT and type(rule) is type(value) and bool(rule == value)
    name, wanted = next(iter(rule.items()))
    if name == "exists":
        return (value is not ABSENT) is bool(wanted)
    if value is ABSENT:
        return False
    match name:
        case "prefix":
            return isinstance(value, str) and value.startswith(wanted)
        case "suffix":
            return isinstance(value, str) and value.endswith(wanted)
        case "equals-ignore-case":
            return isinstance(value, str) and value.lower() == wanted.lower()
        case "anything-but":
            return not _satisfies_any(wanted, value)
        case _:
            return _is_number_between(wanted, value)


def _satisfies_any(wanted: Any, value: Any) -> bool:
    rules = wanted if isinstance(wanted, list) else [wanted]
    return any(_satisfies(rule, value) for rule in rules)


def _is_number_between(wanted: list[Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    pairs = zip(wanted[::2], wanted[1::2], strict=True)
    return all(COMPARISONS[sign](value, bound) for sign, bound in pairs)
