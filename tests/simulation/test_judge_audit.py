"""The judge of the audit log: it says what is wrong with a log by itself, and nothing of one that is whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.simulation.judge_audit import LogJudge

SHARD = "shardId-1"
DAY_MS = 24 * 3_600_000
Lines = list[dict[str, Any]]


def entry(number: int, item: str, part: str, stands: tuple[str, str], **changed: Any) -> dict[str, Any]:
    """An entry of a part that is new. stands: marks of the item, before and after."""
    usual = {"item": item, "part": part, "now": f"mark {item} {part}", "item_was": stands[0], "item_now": stands[1]}
    said = {
        "source": "api",
        "actor": "key_1",
        "at_ms": 5,
        "sequence": f"{number:021d}",
        "mark": f"line {number} {part}",
    }
    return {**usual, **said, "mark": f"line {number} {part}", **changed}


def page(number: int, before: str, *entries: dict[str, Any]) -> Lines:
    """A page's lines."""
    head = {"page": number, "before": before, "entries": len(entries), "shard": SHARD, "mark": f"head {number}"}
    return [head, *entries]


def whole() -> dict[int, Lines]:
    """Two payments: one is asked for and paid, the other asked for."""
    return {
        1: page(1, "", entry(1, "PAY#1", "asked", ("", "a1"))),
        2: page(2, "line 1 asked", entry(2, "PAY#1", "callback:1", ("a1", "a2"))),
        3: page(3, "line 2 callback:1", entry(3, "PAY#2", "asked", ("", "b1"))),
    }


def judged(pages: Mapping[int, Lines], findings: Lines | None = None, *, judge: LogJudge | None = None) -> str:
    """What the judge says."""
    judge = judge or LogJudge()
    judge.changed(1, "PAY#1", 10, {"asked": ("", "100 shillings")})
    judge.changed(2, "PAY#1", 20, {"callback:1": ("", "paid")})
    judge.changed(3, "PAY#2", 30, {"asked": ("", "200 shillings")})
    judge.told(DAY_MS, "audit_checked", {})
    written = {number: [(40, _bytes_of(lines))] for number, lines in pages.items()}
    return "\n".join(judge.close(written, findings or [], 0, DAY_MS))


def _bytes_of(lines: Lines) -> bytes:
    return "\n".join(map(json.dumps, lines)).encode()


def test_a_log_that_is_whole_is_right() -> None:
    assert "" == judged(whole())


def _without_page_2(pages: dict[int, Lines]) -> None:
    del pages[2]


def _with_page_3_twice(pages: dict[int, Lines]) -> None:
    pages[4] = page(4, "line 3 asked", pages[3][1])


def _with_an_entry_altered(pages: dict[int, Lines]) -> None:
    pages[3][1]["now"] = "mark PAY#1 asked"


def _with_an_entry_of_another_item(pages: dict[int, Lines]) -> None:
    pages[3][1]["item"] = "PAY#3"


def _with_an_entry_left_out(pages: dict[int, Lines]) -> None:
    pages[3] = page(3, "line 2 callback:1")


def _with_a_page_that_hangs_on_nothing(pages: dict[int, Lines]) -> None:
    pages[3][0]["before"] = "line 1 asked"


def _with_an_entry_invented(pages: dict[int, Lines]) -> None:
    pages[4] = page(4, "line 3 asked", entry(9, "PAY#2", "callback:9", ("b1", "b2")))


def _with_a_change_left_out_between(pages: dict[int, Lines]) -> None:
    pages[2][1]["item_was"] = "a9"


def _without_an_actor(pages: dict[int, Lines]) -> None:
    pages[1][1]["actor"] = ""


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_without_page_2, "there is no page 2"),
        (_with_page_3_twice, "a change of PAY#2 asked has 2 entries (record 3)"),
        (_with_an_entry_altered, "is not of its content"),
        (_with_an_entry_of_another_item, "is not of its content"),
        (_with_an_entry_left_out, "a change of PAY#2 asked has 0 entries (record 3)"),
        (_with_a_page_that_hangs_on_nothing, "page 3 does not hang on the page before"),
        (_with_an_entry_invented, "an entry tells of callback:9 in record 9, which changed no such thing"),
        (_with_a_change_left_out_between, "record 2 of PAY#1 begins with what no entry left"),
        (_without_an_actor, "an entry of PAY#1 asked lacks source, time or actor"),
    ],
)
def test_a_log_that_was_spoilt_is_not(spoil: Any, says: str) -> None:
    """Dropped, doubled, altered, invented."""
    pages = whole()
    spoil(pages)
    assert says in judged(pages)


def test_a_change_that_no_page_tells_of_is_named() -> None:
    """An item changed, and nothing was written."""
    judge = LogJudge()
    judge.changed(4, "PAY#2", 35, {"callback:2": ("", "paid")})
    assert "L17 a change of PAY#2 callback:2 has 0 entries (record 4)" == judged(whole(), judge=judge)


def test_a_finding_where_nothing_was_altered_is_a_false_alarm() -> None:
    found = {"what": "differs", "page": 3, "item": "PAY#2", "part": "asked"}
    assert "the check of all found differs PAY#2 asked, and nothing is wrong with it" in judged(whole(), [found])


def test_what_was_altered_must_be_found() -> None:
    judge = LogJudge()
    judge.item_altered(50, "PAY#2")
    assert "L17 PAY#2 was altered, and nobody found it" == judged(whole(), judge=judge)


def test_what_was_altered_and_found_is_right() -> None:
    judge = LogJudge()
    judge.item_altered(50, "PAY#2")
    found = {"what": "differs", "page": 3, "item": "PAY#2", "part": "asked"}
    assert "" == judged(whole(), [found], judge=judge)


def test_a_night_that_adds_to_the_log_tells_of_it() -> None:
    pages = whole()
    late = {"item": "PAY#2", "part": "callback:2", "source": "gateway", "actor": "gateway", "at_ms": 9, "late": True}
    pages[4] = page(4, "line 3 asked", {**late, "mark": "line 4"})
    assert "PAY#2 callback:2 was added to the log, and nobody was told" in judged(pages)


@pytest.mark.parametrize(
    ("changed_at_ms", "says"), [(20, ""), (100_000, "L17 page 2 was altered, and nobody found it")]
)
def test_what_went_with_a_page_that_was_written_anew_must_be_missed_unless_it_is_older_than_the_log(
    changed_at_ms: int, says: str
) -> None:
    """The log begins with the earliest change that its first page tells of."""
    judge = LogJudge()
    judge.changed(1, "PAY#1", 10, {"asked": ("", "100 shillings")})
    judge.changed(2, "PAY#2", changed_at_ms, {"asked": ("", "200 shillings")})
    judge.changed(3, "PAY#3", 200_000, {"asked": ("", "300 shillings")})
    judge.told(DAY_MS, "audit_checked", {})
    first = page(1, "", entry(1, "PAY#1", "asked", ("", "a1"), changed_at_ms=10))
    gone = page(2, "line 1 asked", entry(2, "PAY#2", "asked", ("", "b1")))
    anew = page(2, "line 1 asked", entry(3, "PAY#3", "asked", ("", "c1")))
    judge.page_altered(2, _bytes_of(gone))
    written = {1: [(40, _bytes_of(first))], 2: [(40, _bytes_of(gone)), (50, _bytes_of(anew))]}
    assert says == "\n".join(judge.close(written, [], 0, DAY_MS))
