"""L6: what a payment is depends on the set of its facts alone, and is what the oracle makes of the same set."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from gateway.domain.facts import KINDS
from gateway.domain.payment import PaymentRecord
from gateway.domain.refund_facts import REFUND_FACTS
from gateway.ports import Indexed, run
from tests.laws import every_order
from tests.laws.alphabets import CASES
from tests.laws.deliveries import Process, bring, fact_of, run_together
from tests.laws.every_order import compared
from tests.laws.orders import Table, all_orders, beginning, delivered
from tests.memory_store import MemoryStore

Case = tuple[list[dict[str, Any]], list[dict[str, Any]]]

MOST = {**dict.fromkeys(CASES, 3), "two prompts": 4, "shared receipt": 4}
"""So many deliveries of each alphabet, in the quick tests; `make orders` takes five of all."""

NOTHING_FOLLOWS = {
    "noted": "a remark",
    "edited": "the shop's own fields; no money follows from them",
    "claimed": "by itself it proves nothing; money that fits comes as money",
    "claim_answered": "what the claimer was told",
}
"""Kinds of facts that no law about money speaks of."""

SCHEDULES = ((0, 1) * 8, (0, 1, 1, 1, 1, 1, 1, 1), (0, 0, 1, 1, 1, 1, 1, 1, 1), (0, 0, 0, 1, 1, 1, 1, 1, 1, 1))
"""Who makes the next call: turn by turn, or the first process is overtaken after its first, second, third call."""


def differences(case: Case, most: int) -> list[str]:
    """Over every order of at most `most` deliveries."""
    start, alphabet = case
    found: list[str] = []
    for table in all_orders(beginning(*start), alphabet, most):
        found += compared(case, table)
    return found


@pytest.mark.parametrize("name", CASES)
def test_law_6_every_order_of_a_few_deliveries_gives_what_the_oracle_says(name: str) -> None:
    """All orders of all sets of up to three or four deliveries end where an independent model of the rules ends."""
    assert [] == differences(CASES[name], MOST[name])


@pytest.mark.long
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_law_6_every_order_of_every_multiset_of_five_gives_what_the_oracle_says(case: Case) -> None:
    """As above, with up to five, and each table of four takes everything once more without a change: `make orders`."""
    assert [] == every_order.walk(case, 5, processes=1).troubles


def test_law_6_every_kind_of_fact_is_delivered_beside_every_other() -> None:
    """A new kind joins the alphabet, or is named here as one from which nothing follows."""
    delivered_kinds = {fact_of(d).KIND for name in ("every kind", "a person decides") for d in CASES[name][1]}
    elsewhere = {fact.KIND for fact in REFUND_FACTS}  # walked in every order beside returns: test_law_9_refunds.py
    assert set(KINDS) - set(NOTHING_FOLLOWS) - elsewhere == delivered_kinds & set(KINDS)


def test_law_6_what_the_walk_claims_to_cover_is_what_there_is() -> None:
    """Three letters, at most two of them: 10 multisets in 13 orders, and as many deliveries as sets have ends."""
    start, alphabet = CASES["every kind"]
    walked = every_order.walk((start, alphabet[:3]), 2, processes=1)
    assert (10, 13) == (every_order.multisets(3, 2), every_order.orders(3, 2))
    assert (4, 3 + 3 * 2, 3, []) == (walked.tables, walked.deliveries, walked.again, walked.troubles)


def test_law_6_any_two_of_every_kind_at_once_end_where_one_of_their_orders_ends() -> None:
    """Every interleaving with at most two pre-emptions, once the push was answered; `make orders` has more history."""
    case = CASES["every kind"]
    table = delivered(beginning(*case[0]), case[1], 0)
    left = combinations(range(1, len(case[1])), 2)
    assert [] == [trouble for pair in left for found in every_order.interleaved(case, table, pair) for trouble in found]


def test_law_6_an_order_that_matters_is_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A store that forgets what it held when somebody writes: the command says after what, and exits with 1."""

    def forgetting(store: MemoryStore, before: PaymentRecord, after: PaymentRecord, indexed: Indexed, /) -> bool:
        store.payments[before.id] = replace(after, facts=dict(list(after.facts.items())[-2:]))
        return True

    monkeypatch.setattr(MemoryStore, "save_payment", forgetting)
    assert 1 == every_order.main(["--most", "3", "--case", "shared receipt", "--processes", "1"])
    assert "BROKEN  after [" in capsys.readouterr().out


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
    world = table.world()
    flows = [[bring(table.record.id, case[1][index]) for index in part] for part in parts]
    run_together([Process(world, part) for part in flows], schedule)
    came = frozenset(index for part in parts for index in part)
    return compared(case, table.after(world, table.came | came))


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
