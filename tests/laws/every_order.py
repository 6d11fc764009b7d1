"""L6 in full: `python -m tests.laws.every_order [--most 5] [--case "every kind"] [--writers]` prints what was walked.

All orders of all multisets of at most five deliveries of an alphabet, through `keep()`, against the oracle. How the
cases are made fewer without leaving one out:

* An order is a walk from table to table; orders that reach the same table go on as one (`orders.py`).
* A delivery that comes again leaves the table as it is, byte for byte. That is tried at every table of up to four
  deliveries with each of them. So a multiset ends where its set ends, in every order, and sets are enough.
* The last delivery of five is followed by nothing: it is brought to every table of four and compared, not walked on.

What the gateway says of a table is folded afresh, in the order in which the facts came; only what the flows fold on
their way is remembered.

`--writers`: the last two of five are brought by two processes at once, every interleaving with at most two
pre-emptions, at every table of up to three deliveries. Both must end at a table that one of their two orders ends at.
So whatever overlaps before ends at a table that was walked, and what comes next starts from there.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, count
from math import comb
from typing import Any

from gateway.domain.fact import Fact
from tests.laws import oracle
from tests.laws.alphabets import CASES
from tests.laws.deliveries import AMOUNT_KES, REFERENCE, SHORTCODE, Process, bring, run_together, shown
from tests.laws.orders import Table, all_orders, beginning, delivered
from tests.simulation.every_processor import everywhere
from tests.simulation.fold_memory import remembered_folds

MOST = 5
TABLES_AT_ONCE = 40
CALLS_MAX = 50
"""More than any delivery makes."""

Case = tuple[list[dict[str, Any]], list[dict[str, Any]]]


@dataclass
class Walked:
    """What was tried. troubles: where something differed, one sentence each."""

    tables: int = 0
    deliveries: int = 0
    again: int = 0
    together: int = 0
    troubles: list[str] = field(default_factory=list)

    def add(self, other: Walked) -> None:
        """Add another's counts."""
        for name in ("tables", "deliveries", "again", "together"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.troubles += other.troubles


def compared(case: Case, table: Table) -> list[str]:
    """Where oracle and gateway differ about this table."""
    start, alphabet = case
    came = [alphabet[index] for index in sorted(table.came)]
    should = oracle.state(AMOUNT_KES, SHORTCODE, REFERENCE, [*start, *came])
    is_so = shown(table.record)
    return [
        f"after {[d['name'] for d in came]} {what} should be {should[what]} and is {is_so[what]}"
        for what in should
        if should[what] != is_so[what]
    ]


def changed_by_repetition(case: Case, table: Table) -> list[str]:
    """Deliveries that change something when they come once more."""
    again = [(index, delivered(table, case[1], index)) for index in sorted(table.came)]
    return [
        f"after {_names(case, table.came)} {case[1][index]['name']} came again and changed the table"
        for index, after in again
        if after.content != table.content or after.record.version != table.record.version
    ]


def interleaved(case: Case, table: Table, pair: tuple[int, int]) -> Iterator[list[str]]:
    """One verdict for each interleaving of two deliveries with at most two pre-emptions.

    Most end with the same facts in the same order: those are held against the oracle once.
    """
    one, other = pair
    ends = {delivered(table, case[1], one, other).content, delivered(table, case[1], other, one).content}
    known: list[tuple[list[tuple[str, Fact]], list[str]]] = []
    for after in (*_every_cut(case, table, one, other), *_every_cut(case, table, other, one)):
        facts = list(after.record.facts.items())
        found = next((troubles for others, troubles in known if others == facts), None)
        if found is None:
            found = compared(case, after)
            known.append((facts, found))
        astray = after.content not in ends
        yield [*found, *([f"after {_names(case, table.came)} {_names(case, pair)} at once end astray"] * astray)]


def _every_cut(case: Case, table: Table, first: int, second: int) -> Iterator[Table]:
    """Every number of calls of the first one, then of the second one; then both end, the first one first.

    No call of the first one: that is the second one, pre-empted once by all of the first one; it is among those where
    the two have changed places.
    """
    for calls in count(1):
        first_ended = False
        for more_calls in count(1):
            world = table.world()
            one, other = (Process(world, [bring(table.record.id, case[1][index])]) for index in (first, second))
            first_ended, other_ended = _step(one, calls), _step(other, more_calls)
            run_together((one, other), [0] * CALLS_MAX)
            yield table.after(world, table.came | {first, second})
            if first_ended or other_ended:
                break
        if first_ended:
            return


def _step(process: Process, calls: int) -> bool:
    """So many calls; whether it has ended."""
    for _ in range(calls):
        if not process.done:
            process.step()
    return process.done


def _names(case: Case, which: Any) -> list[str]:
    return [case[1][index]["name"] for index in sorted(which)]


# --- the walk, on all processors ------------------------------------------------------------------------------


def walk(case: Case, most: int, processes: int) -> Walked:
    """All orders of all multisets of at most `most` deliveries."""
    whole = Walked()
    frontier: dict[Hashable, Table] = {beginning(*case[0]).content: beginning(*case[0])}
    for size in range(most):
        last = size + 1 == most
        reached: dict[Hashable, Table] = {}
        parts = _in_parts(list(frontier.values()))
        for walked, tables in everywhere(_Step(case, keep_tables=not last), parts, processes):
            whole.add(walked)
            reached.update(tables)
        frontier = reached
    return whole


@dataclass(frozen=True)
class _Step:
    """From some tables, one delivery on."""

    case: Case
    keep_tables: bool

    def __call__(self, tables: Sequence[Table]) -> tuple[Walked, dict[Hashable, Table]]:
        with remembered_folds():
            return self._from(tables)

    def _from(self, tables: Sequence[Table]) -> tuple[Walked, dict[Hashable, Table]]:
        walked = Walked()
        reached: dict[Hashable, Table] = {}
        for table in tables:
            walked.tables += 1
            walked.again += len(table.came)
            walked.troubles += changed_by_repetition(self.case, table)
            for index in set(range(len(self.case[1]))) - table.came:
                following = delivered(table, self.case[1], index)
                walked.deliveries += 1
                walked.troubles += compared(self.case, following)
                if self.keep_tables:
                    reached.setdefault(following.content, following)
        return walked, reached


@dataclass(frozen=True)
class _Together:
    """At some tables, each pair of what is left at once."""

    case: Case

    def __call__(self, tables: Sequence[Table]) -> tuple[Walked, dict[Hashable, Table]]:
        walked = Walked()
        for table in tables:
            walked.tables += 1
            with remembered_folds():
                self._at(table, walked)
        return walked, {}

    def _at(self, table: Table, walked: Walked) -> None:
        for pair in combinations(sorted(set(range(len(self.case[1]))) - table.came), 2):
            for troubles in interleaved(self.case, table, pair):
                walked.together += 1
                walked.troubles += troubles


def at_once(case: Case, most: int, processes: int) -> Walked:
    """The last two of at most `most` deliveries by two processes."""
    whole = Walked()
    tables = list(all_orders(beginning(*case[0]), case[1], most - 2))
    for walked, _ in everywhere(_Together(case), _in_parts(tables), processes):
        whole.add(walked)
    return whole


def _in_parts(tables: list[Table]) -> list[list[Table]]:
    return [tables[first : first + TABLES_AT_ONCE] for first in range(0, len(tables), TABLES_AT_ONCE)]


# --- the command ----------------------------------------------------------------------------------------------


def multisets(letters: int, most: int) -> int:
    """How many multisets of at most so many of so many letters there are."""
    return sum(comb(letters + size - 1, size) for size in range(most + 1))


def orders(letters: int, most: int) -> int:
    """In how many orders they can come, all together: each sequence is one."""
    return sum(letters**size for size in range(most + 1))


def main(arguments: Sequence[str] | None = None) -> int:
    """Walk, print what was walked; exit 1 when something differed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=MOST, help=f"so many deliveries ({MOST})")
    parser.add_argument("--case", choices=sorted(CASES), action="append", help="only these alphabets")
    parser.add_argument("--writers", action="store_true", help="the last two by two processes at once")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args(arguments)
    troubles = 0
    for name in chosen.case or CASES:
        began = time.perf_counter()
        case, letters = CASES[name], len(CASES[name][1])
        walked = (at_once if chosen.writers else walk)(case, chosen.most, chosen.processes)
        troubles += len(walked.troubles)
        for trouble in walked.troubles[:10]:
            _tell(f"BROKEN  {trouble}")
        what = (
            f"{walked.together} interleavings at {walked.tables} tables"
            if chosen.writers
            else f"{walked.deliveries} deliveries and {walked.again} repetitions from {walked.tables} tables"
        )
        _tell(
            f"{name}: {letters} deliveries, {multisets(letters, chosen.most)} multisets of at most {chosen.most} in "
            f"{orders(letters, chosen.most)} orders; walked {what}; {len(walked.troubles)} differences; "
            f"{time.perf_counter() - began:.0f} s"
        )
    return 1 if troubles else 0


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
