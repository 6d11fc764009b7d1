"""Bodies of the corpus, spoilt: parts dropped, doubled, retyped, nested, made huge; bytes cut, packed, recoded.

A JSON value is held as written, so that what no parser gives back (1e400, a key twice, -0) can be put in.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.corpus.reading import body_of, cases

TREE_BYTES_MAX = 100_000
SMALL_BYTES_MAX = 20_000
SHOWN_BYTES_MAX = 2_000


class Body(bytes):
    """Bytes whose repr stays short."""

    def __repr__(self) -> str:
        """The beginning, and how much there is."""
        return bytes(self).__repr__() if len(self) <= SHOWN_BYTES_MAX else f"{bytes(self[:300])!r}… {len(self)} bytes"


@dataclass(frozen=True)
class Raw:
    """A piece of JSON text that stands as it is."""

    text: str


@dataclass(frozen=True)
class Pairs:
    """An object as its pairs, so that a name may stand twice."""

    pairs: tuple[tuple[str, Any], ...]


Tree = Any
"""Pairs, list, or Raw."""

TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", " ", "\u0000", "\ud800", "\u202e", "٠١٢", "\uff21\uff22", "💰" * 50, "PAY#1", "RCPT#1", "'--", "{{7*7}}"]
    ),
)
LITERALS = (
    "1e400", "-1e400", "-0", "-0.0", "NaN", "Infinity", "-Infinity", "0", "1", "250", "250.00", "1032", "4999",
    "true", "false", "null", "9" * 400, "0." + "0" * 400 + "1", "1E+2", "00", "+1", ".5", "1.", "0x10",
    "[]", "{}", "[[]]", '""', "'x'", "undefined",
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(LITERALS).map(Raw),
    TEXTS.map(lambda text: Raw(json.dumps(text))),
    st.integers(-(10**20), 10**20).map(lambda number: Raw(str(number))),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: Raw(repr(number))),
    st.sampled_from([30, 300, 3_000]).map(lambda depth: Raw("[" * depth + "]" * depth)),
    st.sampled_from([100, 1_000, 100_000]).map(lambda size: Raw(json.dumps("x" * size))),
)
NAMES = st.one_of(
    st.sampled_from(
        ["ResultCode", "resultcode", "Amount", "Value", "Name", "Item", "Body", "TransID", "TransAmount", "__proto__"]
    ),
    TEXTS,
)


def tree_of(text: str) -> Tree:
    """JSON text as a tree. Raises ValueError for what is no JSON."""
    return json.loads(text, object_pairs_hook=lambda pairs: Pairs(tuple(pairs)), parse_float=Raw, parse_int=Raw)


def written(tree: Tree) -> str:
    """The tree as text."""
    if isinstance(tree, Raw):
        return tree.text
    if isinstance(tree, Pairs):
        return "{" + ",".join(f"{json.dumps(name)}:{written(value)}" for name, value in tree.pairs) + "}"
    if isinstance(tree, list):
        return "[" + ",".join(written(value) for value in tree) + "]"
    return json.dumps(tree)


def _children(tree: Tree) -> list[Any]:
    if isinstance(tree, Pairs):
        return [value for _, value in tree.pairs]
    return list(tree) if isinstance(tree, list) else []


def _with_children(tree: Tree, children: Iterable[Any]) -> Tree:
    if isinstance(tree, Pairs):
        return Pairs(tuple((name, value) for (name, _), value in zip(tree.pairs, children, strict=True)))
    return list(children)


def _places(tree: Tree, path: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    return [path] + [place for at, child in enumerate(_children(tree)) for place in _places(child, (*path, at))]


def _at(tree: Tree, path: tuple[int, ...], change: Callable[[Tree], Tree]) -> Tree:
    if not path:
        return change(tree)
    children = _children(tree)
    children[path[0]] = _at(children[path[0]], path[1:], change)
    return _with_children(tree, children)


def _drop(tree: Tree, at: int) -> Tree:
    parts = list(tree.pairs if isinstance(tree, Pairs) else tree)
    parts.pop(at % len(parts))
    return Pairs(tuple(parts)) if isinstance(tree, Pairs) else parts


def _double(tree: Tree, at: int, value: Tree | None) -> Tree:
    """A part a second time; with a value: the name again with another value."""
    parts: list[Any] = list(tree.pairs if isinstance(tree, Pairs) else tree)
    again = parts[at % len(parts)]
    if value is not None:
        again = (again[0], value) if isinstance(tree, Pairs) else value
    parts.insert((at * 7) % (len(parts) + 1), again)
    return Pairs(tuple(parts)) if isinstance(tree, Pairs) else parts


@st.composite
def spoilt_tree(draw: st.DrawFn, tree: Tree) -> Tree:
    """One change somewhere in the tree."""
    path = draw(st.sampled_from(_places(tree)))
    kind = draw(st.sampled_from(["replace", "drop", "double", "rename", "nest", "as_text"]))
    at, value = draw(st.integers(0, 9)), draw(st.none() | VALUES)
    name = draw(NAMES)

    def change(inner: Tree) -> Tree:
        holds = bool(_children(inner))
        match kind:
            case "drop" if holds:
                return _drop(inner, at)
            case "double" if holds:
                return _double(inner, at, value)
            case "rename" if holds and isinstance(inner, Pairs):
                pairs = list(inner.pairs)
                pairs[at % len(pairs)] = (name, pairs[at % len(pairs)][1])
                return Pairs(tuple(pairs))
            case "nest":
                return [inner] if at % 2 else Pairs(((name, inner),))
            case "as_text":
                return Raw(json.dumps(written(inner)))
            case _:
                return value if value is not None else Raw("null")

    return _at(tree, path, change)


@st.composite
def spoilt_bytes(draw: st.DrawFn, body: bytes) -> bytes:
    """One change of the bytes, whatever they mean."""
    at = draw(st.integers(0, max(0, len(body))))
    some = draw(st.binary(min_size=1, max_size=8))
    kinds: dict[str, Callable[[], bytes]] = {
        "cut": lambda: body[:at],
        "cut_front": lambda: body[at:],
        "insert": lambda: body[:at] + some + body[at:],
        "overwrite": lambda: body[:at] + some + body[at + len(some) :],
        "bom": lambda: b"\xef\xbb\xbf" + body,
        "two_boms": lambda: b"\xef\xbb\xbf\xef\xbb\xbf" + body,
        "utf16": lambda: body.decode("utf-8", "replace").encode("utf-16"),
        "utf32": lambda: body.decode("utf-8", "replace").encode("utf-32-be"),
        "latin1": lambda: body.decode("utf-8", "replace").encode("latin-1", "replace") + b"\xe9",
        "gzip": lambda: gzip.compress(body, mtime=0),
        "twice": lambda: body + body,
        "blanks": lambda: b" \t\r\n" * 50 + body + b"\n" * 100,
        "nul": lambda: body[:at] + b"\x00" + body[at:],
        "megabyte": lambda: body + b" " * 1_048_576,
        "megabyte_of_text": lambda: b'{"x":"' + b"A" * 1_048_576 + b'",' + body[1:],
        "form": lambda: b"body=" + body,
        "nothing": lambda: b"",
        "noise": lambda: some * (at + 1),
    }
    return kinds[draw(st.sampled_from(sorted(kinds)))]()


@st.composite
def bodies(draw: st.DrawFn, *families: str) -> bytes:
    """A body of these families of the corpus after up to four changes; now and then plain noise."""
    if draw(st.integers(0, 19)) == 0:
        return Body(draw(st.binary(max_size=200)))
    body = draw(st.sampled_from(_seeds(families)))
    if len(body) <= TREE_BYTES_MAX:
        body = draw(_spoilt_as_json(body))
    if len(body) <= SMALL_BYTES_MAX and draw(st.integers(0, 3)) == 0:
        body = draw(spoilt_bytes(body))
    return Body(body)


@st.composite
def _spoilt_as_json(draw: st.DrawFn, body: bytes) -> bytes:
    try:
        tree = tree_of(body.decode())
    except (ValueError, RecursionError):
        return body
    for _ in range(draw(st.integers(0, 3))):
        tree = draw(spoilt_tree(tree))
    return written(tree).encode("utf-8", "surrogatepass")


@cache
def _seeds(families: tuple[str, ...]) -> list[bytes]:
    """Good bodies stand first: what fails shrinks towards them. Read once, and drawn from thousands of times."""
    told = [case.told for case in cases(*families)]
    inner = [part for row in told for part in (row, *row.get("steps", ()), *row.get("replies", ()))]
    return list(dict.fromkeys(body_of(part) for part in inner if {"body", "bytes"} & set(part)))
