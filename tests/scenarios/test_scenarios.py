"""Stories as tables: each line is a time, an actor, an act, and what must be so right after it.

    # What the story is about.
    0:00   shop   asks 500 from 0712345678       pending; attempt 1 prompted
    0:09   mpesa  takes the money, receipt SLU1
    0:10   daraja calls back 0                   paid; SLU1 500; goods go

Columns are two or more blanks apart. Times are minutes and seconds (or hours, minutes and seconds) since the start;
between two lines the world goes on by itself: sweeps each minute, queues, stream. What must be so, apart by `;`:

    paid + late_success    status and all flags of the order in question (`B: paid` for another one)
    attempt 2 failed wrong_pin · SLU1 500, ? 30 (all credits; `?`: receipt not known) · no money
    2 prompts · goods go / goods wait · unmatched SLU1 · kept apart 1 · told prompt_live (the answer to this act)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.stage import FIRST, NotUnderstood, Stage
from tests.simulation.world import START_MS

STORIES = sorted(Path(__file__).parent.glob("*.txt"))


@dataclass(frozen=True)
class Line:
    """One line of a story."""

    number: int
    at_ms: int
    actor: str
    act: str
    expected: tuple[str, ...]


def lines_of(text: str) -> Iterator[Line]:
    """The acts of a story. Raises NotUnderstood with the line's number."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            time, actor, rest = (*re.split(r"\s+", line.strip(), maxsplit=2), "")[:3]
            act, _, expected = (part.strip() for part in re.sub(r"\s{2,}", "\t", rest).partition("\t"))
            if not re.fullmatch(r"(\d+:)?\d+:\d\d", time) or not act:
                raise NotUnderstood(f"line {number}: {line}")
            yield Line(number, _ms(time), actor, act, tuple(_clauses(expected)))


def _ms(time: str) -> int:
    seconds = 0
    for part in time.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds * 1_000


def _clauses(expected: str) -> list[str]:
    return [part.strip() for part in expected.split(";") if part.strip()]


def told_wrong(text: str) -> list[str]:
    """Play the story; where the world is not as the line says."""
    stage = Stage()
    wrong = []
    for line in lines_of(text):
        stage.world.pass_time(line.at_ms - (stage.world.now - START_MS))
        stage.act(line.actor, line.act)
        wrong += [
            f"line {line.number}: {clause}, but it is: {is_so}"
            for clause in line.expected
            if (is_so := difference(stage, clause)) is not None
        ]
    return wrong


def difference(stage: Stage, clause: str) -> str | None:
    """How it is instead, if not as the clause says."""
    order, _, said = clause.rpartition(": ")
    payments = {name: _payment(stage, asked.id) for name, asked in stage.orders.items()}
    payment = payments.get(order or FIRST) or {}
    for pattern, look in _LOOKS:
        found = re.fullmatch(pattern, said)
        if found:
            should, is_so = look(stage, payment, *found.groups())
            return None if should == is_so else str(is_so)
    raise NotUnderstood(clause)


def _payment(stage: Stage, payment_id: str) -> dict[str, Any] | None:
    return next((payment for payment in stage.world.payments() if payment["id"] == payment_id), None)


Look = Callable[..., tuple[Any, Any]]


def _attempt(_: Stage, payment: dict[str, Any], number: str, status: str, failure: str | None) -> tuple[Any, Any]:
    found = {str(one["number"]): (one["status"], one["failure"]) for one in payment["attempts"]}
    return (status, failure), found.get(number)


def _credits(_: Stage, payment: dict[str, Any], told: str) -> tuple[Any, Any]:
    should = [] if told == "no money" else sorted(told.split(", "))
    return should, sorted(f"{credit['receipt'] or '?'} {credit['amount']}" for credit in payment["credits"])


def _status(_: Stage, payment: dict[str, Any], told: str) -> tuple[Any, Any]:
    status, *flags = told.split(" + ")
    return (status, sorted(flags)), (payment["status"], payment["flags"])


_LOOKS: tuple[tuple[str, Look], ...] = (
    (r"attempt (\d) (\w+)(?: (\w+))?", _attempt),
    (r"(\d+) prompts?", lambda stage, _, count: (int(count), len(stage.world.safaricom.pushes))),
    (r"goods (go|wait)", lambda _, payment, word: (word == "go", payment["safe"])),
    (r"unmatched (\w+)", lambda stage, _, receipt: (True, receipt in stage.world.unmatched())),
    (r"nothing unmatched", lambda stage, _: (set(), stage.world.unmatched())),
    (r"kept apart (\d+)", lambda stage, _, count: (int(count), stage.world.set_apart())),
    (r"waiting (\d+)", lambda stage, _, count: (int(count), len(stage.world.retry_queue))),
    (r"told (\w+)", lambda stage, _, hindrance: (hindrance, stage.answer)),
    (r"(no money|[\w?]+ \d+(?:, [\w?]+ \d+)*)", _credits),
    (r"(\w+(?: \+ \w+)*)", _status),
)


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_the_story_happens_as_it_is_told(story: Path) -> None:
    """After each line, payment, attempts, money and prompts are as the line says."""
    assert [] == told_wrong(story.read_text(encoding="utf-8"))


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_the_story_says_what_it_is_about_and_how_it_ends(story: Path) -> None:
    """A comment on top; something that must be so on the last line."""
    text = story.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert list(lines_of(text))[-1].expected


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("0:00  shop  asks 500 from 0712345678  paid", 1),
        ("0:00  shop  asks 500 from 0712345678  pending; goods go; 2 prompts; SLU1 500; attempt 1 failed", 4),
        ("0:00  shop  asks 500 from 0712345678  pending; goods wait; 1 prompt; no money; attempt 1 prompted", 0),
    ],
)
def test_a_story_that_is_told_wrong_is_found_out(line: str, wrong: int) -> None:
    """Each clause that is not so is named."""
    assert wrong == len(told_wrong(line))


@pytest.mark.parametrize(
    "line", ["0:00  shop  dances", "later  shop  asks 500", "0:00  shop", "0:00  shop  asks 500  is it so?"]
)
def test_a_line_that_nobody_understands_stops_the_story(line: str) -> None:
    """Nothing in a story is passed over."""
    with pytest.raises(NotUnderstood):
        told_wrong(line)
