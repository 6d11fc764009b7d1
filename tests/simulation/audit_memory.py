"""What the audit log works out of images, remembered: pure functions, asked for the same images again and again.

Only speed changes: the judge of the log holds each mark against the content of which it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from gateway.aws import audited
from gateway.aws.values import Item, plain
from gateway.domain.audit import entry, page
from gateway.domain.audit.entry import Entry, ItemChange, Part, Parts
from gateway.domain.audit.page import Opened

OPENS = ("flows.audit.newest", "flows.audit.pages", "flows.audit.verify", "domain.audit.check")


@contextmanager
def remembered_marks() -> Iterator[None]:
    """While this lasts, no image is read twice and no part marked twice. What an answer is of is held on to."""
    instead: dict[str, Any] = {
        "gateway.aws.audited.parts_of": _by_content(audited.parts_of),
        "gateway.aws.items.unpacked": _unpacked(),
        "gateway.aws.audited._facts": _facts(),
        "gateway.aws.audited._asked": _asked(),
        "gateway.domain.audit.entry.part_mark": _part_mark(),
        "gateway.flows.audit.write.entries_of": _entries_of(),
    }
    for name in ("marks_of", "item_mark"):
        remembered = _of_item(getattr(entry, name))
        instead |= {f"gateway.domain.audit.{module}.{name}": remembered for module in ("entry", "check")}
    opened = _opened()
    instead |= {f"gateway.{module}.opened": opened for module in OPENS}
    with ExitStack() as patches:
        for name, function in instead.items():
            patches.enter_context(patch(name, function))
        yield


def _by_content(read: Callable[[Item], Parts]) -> Callable[[Item], Parts]:
    """Of a payment that was only leased, nothing that is audited is another."""
    known: dict[tuple[int, int], tuple[Parts, Item]] = {}

    def remembered(item: Item) -> Parts:
        key = (id(item["asked"]), id(item["facts"])) if "asked" in item else (id(item), 0)
        found = known.get(key)
        if found is None:
            found = known[key] = (read(item), item)
        return found[0]

    return remembered


def _unpacked() -> Callable[[Item], dict[str, Any]]:
    known: dict[int, tuple[Any, Any]] = {}

    def of_map(value: Any) -> Any:
        found = known.get(id(value))
        if found is None:
            found = known[id(value)] = (plain(value), value)
        return found[0]

    def unpacked(item: Item) -> dict[str, Any]:
        values = {name: plain(value) for name, value in item.items() if "M" not in value}
        for name, value in item.items():
            if name == "facts":
                values[name] = {fact_id: of_map(fact) for fact_id, fact in value["M"].items()}
            elif "M" in value:
                values[name] = of_map(value)
        return values

    return unpacked


def _facts() -> Callable[..., dict[str, Part]]:
    read_all, known = audited._facts, dict[int, tuple[Part, Any]]()

    def facts(stored: Mapping[str, Any], read: Any) -> dict[str, Part]:
        parts = {}
        for fact_id, content in stored.items():
            found = known.get(id(content))
            if found is None:
                found = known[id(content)] = (read_all({fact_id: content}, read)[fact_id], content)
            parts[fact_id] = found[0]
        return parts

    return facts


def _asked() -> Callable[..., Part]:
    read, known = audited._asked, dict[tuple[int, int], tuple[Part, Any]]()

    def asked(values: Mapping[str, Any], content: Mapping[str, Any]) -> Part:
        key = (id(values), len(content))
        found = known.get(key)
        if found is None:
            found = known[key] = (read(values, content), values)
        return found[0]

    return asked


def _part_mark() -> Callable[..., str]:
    mark, known = entry.part_mark, dict[tuple[int, str], tuple[str, Part]]()

    def part_mark(key: bytes, item: str, name: str, part: Part) -> str:
        found = known.get((id(part), item))
        if found is None:
            found = known[id(part), item] = (mark(key, item, name, part), part)
        return found[0]

    return part_mark


def _entries_of() -> Callable[[bytes, ItemChange], list[Entry]]:
    read, known = entry.entries_of, dict[int, tuple[list[Entry], ItemChange]]()

    def entries_of(key: bytes, change: ItemChange) -> list[Entry]:
        found = known.get(id(change))
        if found is None:
            found = known[id(change)] = (read(key, change), change)
        return found[0]

    return entries_of


def _of_item(work_out: Callable[..., Any]) -> Callable[..., Any]:
    known: dict[tuple[int, str], tuple[Any, Parts]] = {}

    def of_item(key: bytes, item: str, parts: Parts | None) -> Any:
        if parts is None:
            return work_out(key, item, parts)
        found = known.get((id(parts), item))
        if found is None:
            found = known[id(parts), item] = (work_out(key, item, parts), parts)
        return found[0]

    return of_item


def _opened() -> Callable[[bytes, bytes], Opened]:
    read, known = page.opened, dict[bytes, Opened]()

    def opened(key: bytes, data: bytes) -> Opened:
        found = known.get(data)
        if found is None:
            found = known[data] = read(key, data)
        return found

    return opened
