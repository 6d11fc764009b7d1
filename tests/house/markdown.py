"""Documents as the house rules read them: tables between marks, links, headings, commands in code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.house.tree import TOP

Row = tuple[str, ...]

BLOCK = re.compile(r"<!-- table: ([a-z0-9-]+) -->\n(.*?)<!-- end -->", re.DOTALL)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
CELL = re.compile(r"(?<!\\)\|")


@cache
def text_of(document: str) -> str:
    """A document by its path from the repository's root."""
    return (TOP / document).read_text(encoding="utf-8")


def documents() -> list[str]:
    """README and all of docs/, as paths from the root."""
    found = (path.relative_to(TOP).as_posix() for path in (TOP / "docs").rglob("*.md") if not _installed(path))
    return ["README.md", *sorted(found)]


def _installed(path: Path) -> bool:
    """Whether it came with a package that an example shop installed in its own folder."""
    return "node_modules" in path.parts


def tables_in(document: str) -> dict[str, list[Row]]:
    """Name → rows (head first, without the line of dashes) of the tables between marks."""
    return {name: rows_of(body) for name, body in BLOCK.findall(text_of(document))}


def rows_of(body: str) -> list[Row]:
    """The rows of a Markdown table, cells stripped."""
    lines = [line.strip() for line in body.strip().splitlines()]
    rows = [tuple(cell.strip() for cell in CELL.split(line.strip("|"))) for line in lines]
    return [row for row in rows if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]


def table_text(head: Row, rows: list[Row]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def with_table(text: str, name: str, table: str) -> str:
    """The document's text with the table of this name replaced."""
    mark = f"<!-- table: {name} -->\n"
    return BLOCK.sub(lambda found: f"{mark}{table}<!-- end -->" if found[1] == name else found[0], text)


def code_blocks(document: str, language: str) -> list[str]:
    """The fenced blocks in one language."""
    return [body for kind, body in FENCE.findall(text_of(document)) if kind == language]


def prose_of(document: str) -> str:
    """The text without its fenced blocks."""
    return FENCE.sub("", text_of(document))


def links_in(document: str) -> list[str]:
    """Targets of all links that lead somewhere in the repository."""
    return [target for target in LINK.findall(prose_of(document)) if not re.match(r"[a-z]+:", target)]


def anchors_of(document: str) -> set[str]:
    """Anchors of the headings, as GitHub makes them."""
    return {_slug(heading) for heading in HEADING.findall(prose_of(document))}


def typed_commands(document: str, program: str) -> Iterator[list[str]]:
    """The words behind a program's name wherever the document has it typed: in code between backticks or fences."""
    lines = [line for body in (found[1] for found in FENCE.findall(text_of(document))) for line in body.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", prose_of(document))
    pattern = re.compile(rf"(?:^|[\s;&|(/]){re.escape(program)} +([^;&|)#]+)")
    for line in lines:
        yield from (found.split() for found in pattern.findall(line))


def resolved(document: str, target: str) -> tuple[Path, str]:
    """File and anchor that a link of the document leads to."""
    place, _, anchor = target.partition("#")
    return ((TOP / document).parent / place if place else TOP / document), anchor


def _slug(heading: str) -> str:
    text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
