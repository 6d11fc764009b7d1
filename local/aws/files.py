"""Files of `.local/` that must be whole after a crash, and readable by their owner only."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

OWNER_ONLY = 0o600


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step: readers and a crash see the old one or the new one."""
    write_bytes_whole(path, text.encode())


def write_bytes_whole(path: Path, content: bytes) -> None:
    """The same with bytes."""
    fresh = path.with_name("." + path.name + ".new")
    with open_private(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
        file.write(content)
    fresh.replace(path)


def open_private(path: Path, flags: int) -> BinaryIO:
    """Open for writing with mode 0600, unbuffered, so that a killed process loses no line."""
    return os.fdopen(os.open(path, flags, OWNER_ONLY), "wb", buffering=0)


def open_for_appending(path: Path) -> BinaryIO:
    """A journal: each write is one whole line."""
    return open_private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def append_line(file: BinaryIO, value: Any) -> None:
    """One JSON value as one line, in one write."""
    file.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")


def read_lines(path: Path) -> Iterator[Any]:
    """All whole lines of a journal. A last one that a crash cut off is left out."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)


def read_json(path: Path, otherwise: Any) -> Any:
    """A file's value, or `otherwise` without the file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else otherwise
