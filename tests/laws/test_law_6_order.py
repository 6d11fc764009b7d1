"""L6: what a payment is depends on the set of its facts alone, and is what the oracle makes of the same set."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pytest

from gateway.ports import run
from tests.laws import oracle
from tests.laws.alphabets import CASES
from tests.laws.deliveries import AMOUNT_KES, REFERENCE, SHORTCODE, Plain, Process, bring, run_together, shown
from tests.laws.orders import Table, all_orders, beginning, delivered

Case = tuple[list[dict[str, Any]], list[dict[str, Any]]]
SCHEDULES = ((0, 1) * 8, (0, 1, 1, 1, 1, 1, 1, 1), (0, 0, 1, 1, 1, 1, 1, 1, 1), (0, 0, 0, 1, 1, 1, 1, 1, 1, 1))
"""Who makes the next call: turn by turn, or the first process is overtaken after its first, second, third call."""


def expected(start: list[dict[str, Any]], came: Sequence[Plain]) -> dict[str, Any]:
    return oracle.state(AMOUNT_KES, SHORTCODE, REFERENCE, [*start, *came])


def compared(start: list[dict[str, Any]], alphabet: list[dict[str, Any]], table: Table) -> list[str]:
    """Where oracle and gateway differ about this table."""
    came = [alphabet[index] for index in sorted(table.came)]
    should, is_so = expected(start, came), shown(table.record)
    return [
        f"after {[d['name'] for d in came]} {what} should be {should[what]} and is {is_so[what]}"
        for what in should
        if should[what] != is_so[what]
    ]


def differences(case: Case, most: int) -> list[str]:
    """Over every order of at most `most` deliveries."""
    start, alphabet = case
    found: list[str] = []
    for table in all_orders(beginning(*start), alphabet, most):
        found += compared(start, alphabet, table)
    return found


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_law_6_every_order_of_four_deliveries_gives_what_the_oracle_says(case: Case) -> None:
    """All orders of all sets of up to four deliveries end where an independent model of the rules ends."""
    assert [] == differences(case, 4)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_law_6_every_order_of_five_deliveries_gives_what_the_oracle_says(case: Case) -> None:
    """As above, with up to five."""
    assert [] == differences(case, 5)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_law_6_a_delivery_that_comes_again_changes_nothing_at_all(case: Case) -> None:
    """Whatever was delivered may be delivered again at any time: not a byte of the table changes."""
    start, alphabet = case
    changed = [
        (sorted(table.came), again)
        for table in all_orders(beginning(*start), alphabet, 2)
        for again in sorted(table.came)
        if (following := delivered(table, alphabet, again)).content != table.content
        or following.record.version != table.record.version
    ]
    assert [] == changed


def test_law_6_two_processes_at_once_end_where_one_alone_would() -> None:
    """Two deliveries by two processes, call by call in turn or overtaking, lose nothing and double nothing."""
    case = CASES["one prompt"]
    assert [] == together(case, beginning(*case[0]))


def test_law_6_two_processes_at_once_after_the_push_was_answered() -> None:
    """As above, when a success can be believed at once."""
    case = CASES["one prompt"]
    assert [] == together(case, delivered(beginning(*case[0]), case[1], 0))


@pytest.mark.long
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_law_6_two_processes_at_once_on_more_history(case: Case) -> None:
    """As above for every kind of news, after up to two deliveries."""
    assert [] == [trouble for table in all_orders(beginning(*case[0]), case[1], 2) for trouble in together(case, table)]


def together(case: Case, table: Table) -> list[str]:
    """What differs when two processes deliver at once: each pair, under every schedule."""
    left = sorted(set(range(len(case[1]))) - table.came)
    return [
        trouble
        for one, other in combinations(left, 2)
        for schedule in SCHEDULES
        for trouble in split(case, table, ((one,), (other,)), schedule)
    ]


def split(case: Case, table: Table, parts: tuple[tuple[int, ...], ...], schedule: tuple[int, ...] = ()) -> list[str]:
    """The parts, a process each, and what differs from the oracle then."""
    start, alphabet = case
    world = table.world()
    flows = [[bring(table.record.id, alphabet[index]) for index in part] for part in parts]
    run_together([Process(world, part) for part in flows], schedule)
    came = frozenset(index for part in parts for index in part)
    return compared(start, alphabet, table.after(world, table.came | came))


def test_law_6_any_three_deliveries_may_be_split_over_two_processes() -> None:
    """One process brings two of them, the other one, call by call in turn."""
    case = CASES["one prompt"]
    table = beginning(*case[0])
    threes = combinations(range(len(case[1])), 3)
    assert [] == [trouble for a, b, c in threes for trouble in split(case, table, ((a, b), (c,)))]


@pytest.mark.long
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_law_6_any_four_deliveries_may_be_split_over_two_processes(case: Case) -> None:
    """Each process brings two of them, call by call in turn."""
    table = beginning(*case[0])
    fours = combinations(range(len(case[1])), 4)
    assert [] == [trouble for a, b, c, d in fours for trouble in split(case, table, ((a, d), (c, b)))]


def test_law_6_three_processes_share_the_work_in_any_split() -> None:
    """Six deliveries of a paid prompt, split over three processes in turn, end as one process ends."""
    start, alphabet = CASES["one prompt"]
    six = [0, 3, 9, 10, 14, 16]
    case, table = (start, alphabet), beginning(*start)
    turns = [tuple(six[first:] + six[:first]) for first in range(6)]
    assert [] == [
        trouble for t in turns for trouble in split(case, table, (tuple(t[0::3]), tuple(t[1::3]), tuple(t[2::3])))
    ]


def test_law_6_a_known_fact_keeps_the_times_at_which_it_first_came() -> None:
    """A repeated delivery, learned later, does not change when we knew, and costs no write."""
    start, alphabet = CASES["one prompt"]
    table = delivered(beginning(*start), alphabet, 0, 3)
    again = {**alphabet[3], "learned": alphabet[3]["learned"] + 3_600_000}
    world = table.world()
    run(bring(table.record.id, again), world)
    stored = world.store.payments[table.record.id]
    assert (table.record.facts, table.record.version) == (stored.facts, stored.version)
