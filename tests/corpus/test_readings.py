"""Every result body of the corpus and what is read in it: each field that it tells, and none that it does not."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from daraja.results import (
    Parameters,
    Unreadable,
    balance_of,
    business_payment_of,
    parse_queue_timeout,
    parse_result,
    payout_of,
    reversal_of,
    status_of,
)
from tests.corpus.reading import body_of

FIELDS = frozenset({"case", "trap", "body", "bytes", "long", "at", "reads"})
READERS: dict[str, Callable[[bytes], object]] = {
    "payout": lambda body: payout_of(parse_result(body)),
    "business payment": lambda body: business_payment_of(parse_result(body)),
    "reversal": lambda body: reversal_of(parse_result(body)),
    "status": lambda body: status_of(parse_result(body)),
    "balance": lambda body: balance_of(parse_result(body)),
    "queue time-out": parse_queue_timeout,
}
AT_LEAST = {
    "payout": 46,
    "business payment": 8,
    "reversal": 10,
    "status": 18,
    "balance": 12,
    "queue time-out": 7,
}
"""Bodies of each kind. Raise a number when you add; a body is never taken out."""

ROWS: list[Mapping[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "readings" / "results.yaml").read_text(encoding="utf-8")
)


def reading(at: str, body: bytes) -> object:
    """All that is told, or why it has no single meaning."""
    try:
        return shown(READERS[at](body))
    except Unreadable as unreadable:
        return f"unreadable: {unreadable.reason}"


def shown(value: object) -> object:
    """As the file writes it: what is not told is left out."""
    if isinstance(value, Decimal | str):
        return str(value)
    if isinstance(value, tuple):
        return [shown(one) for one in value]
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    told = {name: shown(inner) for name, inner in fields.items() if not _is_plain(name, inner)}
    return {name: found for name, found in told.items() if found not in (None, "", [], {})}


def _is_plain(name: str, value: object) -> bool:
    """Parameters as they came, and the last word, which all but one are."""
    return isinstance(value, Parameters) or (name, value) == ("is_last", True)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["case"])
def test_a_body_is_read_as_the_corpus_says(row: Mapping[str, Any]) -> None:
    """What `reads` does not name is not told."""
    assert FIELDS.issuperset(row)
    assert row["reads"] == reading(row["at"], body_of(row))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["case"])
def test_no_reading_shows_a_number_when_it_is_printed(row: Mapping[str, Any]) -> None:
    """The recipient's number stands in it, and in no log of it."""
    try:
        printed = repr(READERS[row["at"]](body_of(row)))
    except Unreadable as unreadable:
        printed = str(unreadable)

    assert [] == [number for number in ("711000111", "722000222", "OTIENO", "Otieno") if number in printed]


def test_there_are_no_fewer_bodies_than_there_were() -> None:
    """What was met once is read for ever."""
    assert {} == Counter(AT_LEAST) - Counter(row["at"] for row in ROWS)


def test_each_body_has_a_name_of_its_own() -> None:
    """A failing case is found by its name."""
    assert len(ROWS) == len({row["case"] for row in ROWS})
