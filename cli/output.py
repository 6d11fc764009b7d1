"""What a command prints: aligned words for people, or JSON and nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.failure import Exit, Failure


@dataclass(frozen=True, slots=True)
class Output:
    """as_json: one object, or one a line for lists."""

    as_json: bool = False

    def result(self, values: Mapping[str, Any], *, note: str = "") -> None:
        """One object. note: a sentence for people only."""
        if self.as_json:
            print(json.dumps(dict(values), ensure_ascii=False))
            return
        width = max((len(name) for name in values), default=0)
        for name, value in values.items():
            print(f"{name.ljust(width)}  {_shown(value)}")
        if note:
            print(f"\n{note}")

    def rows(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, empty: str) -> None:
        """A list. columns: what people see, in this order. empty: said when there is nothing."""
        if self.as_json:
            for row in rows:
                print(json.dumps(dict(row), ensure_ascii=False))
            return
        if not rows:
            print(empty)
            return
        cells = [list(columns), *[[_shown(row.get(column)) for column in columns] for row in rows]]
        widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
        for line in cells:
            print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())

    def line(self, values: Mapping[str, Any], words: str) -> None:
        """One of many that come as they happen, told at once. words: the same for people."""
        print(json.dumps(dict(values), ensure_ascii=False) if self.as_json else words, flush=True)

    def aside(self, words: str) -> None:
        """Something between such lines, for people only, told at once."""
        if not self.as_json:
            print(words, flush=True)

    def progress(self, text: str) -> None:
        """Something on the way; only for a person who watches."""
        if not self.as_json and sys.stderr.isatty():
            print(text, file=sys.stderr)


def confirm(name: str, *, yes: bool) -> None:
    """A person types the environment's name before its settings change. Raises Failure."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Failure(
            Exit.USAGE, f"Nothing was changed in {name}", "nobody is here to confirm it", "add --yes if it is meant"
        )
    print(f"This changes {name}, where real money moves. Type its name to go on: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != name:
        raise Failure(Exit.USAGE, f"Nothing was changed in {name}", "another name was typed", "start again")


def _shown(value: Any) -> str:
    if value is None or value in ([], ""):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return " ".join(_shown(inner) for inner in value)
    if isinstance(value, Mapping):
        return json.dumps(dict(value), ensure_ascii=False)
    return str(value)
