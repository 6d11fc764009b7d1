"""Plain values ↔ DynamoDB's typed ones. Text, whole numbers, bytes, true and false, None, lists and maps.

Numbers of ours are whole, so nothing here makes a Decimal. A number with a fraction, which only newer code could
have written, is read as its text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Typed = dict[str, Any]
"""One typed value, like {"S": "text"}."""

Item = dict[str, Any]
"""Attribute names to typed values."""


def typed(value: Any) -> Typed:
    """The value as DynamoDB takes it. Raises TypeError for a kind that is not stored."""
    if isinstance(value, str):
        return {"S": str(value)}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if value is None:
        return {"NULL": True}
    if isinstance(value, Mapping):
        return {"M": {str(name): typed(inner) for name, inner in value.items()}}
    if isinstance(value, list | tuple):
        return {"L": [typed(inner) for inner in value]}
    if isinstance(value, bytes):
        return {"B": value}
    raise TypeError(f"A {type(value).__name__} is not stored: use text, whole numbers, bytes, lists or maps.")


def plain(value: Typed) -> Any:
    """The value behind DynamoDB's type. Inverse of `typed`; sets of text and numbers come as lists."""
    kind, content = next(iter(value.items()))
    match kind:
        case "S" | "BOOL" | "B":
            return content
        case "N":
            return _number(content)
        case "NULL":
            return None
        case "M":
            return {name: plain(inner) for name, inner in content.items()}
        case "L":
            return [plain(inner) for inner in content]
        case "NS":
            return [_number(inner) for inner in content]
        case _:
            return list(content)


def _number(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text


def size_of(value: Typed) -> int:
    """Bytes of a typed value by DynamoDB's published rules (names of attributes are counted by their owner)."""
    kind, content = next(iter(value.items()))
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return _number_size(content)
        case "B":
            return len(content)
        case "M":
            return 3 + len(content) + item_size(content)
        case "L":
            return 3 + len(content) + sum(size_of(inner) for inner in content)
        case _:
            return 1


def item_size(item: Item) -> int:
    """Bytes of an item or of a map's content: names and values."""
    return sum(len(name.encode()) + size_of(value) for name, value in item.items())


def _number_size(text: str) -> int:
    """One byte for each two digits, one more, and one for a minus sign; zeros at the end are free."""
    digits = text.lstrip("-").rstrip("0")
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")
