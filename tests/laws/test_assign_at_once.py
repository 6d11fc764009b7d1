"""L1 and L2 where people, money's news and a callback meet: at each step another may be faster."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.facts import MoneyReceived
from gateway.domain.payment import PaymentRecord
from gateway.domain.receipts import Standing
from gateway.flows.assign import Person, assign, set_aside
from gateway.flows.drain import drain
from gateway.flows.publish import PaymentChange, ReceiptChange, mend_receipt, publish_payment
from gateway.flows.take_money import receive_money
from gateway.ports import Flow, run
from gateway.settings import Settings
from tests.laws.deliveries import (
    R1,
    SETTINGS,
    T0_MS,
    Process,
    accepted,
    begun,
    bring,
    callback,
    fact_of,
    money,
    payment,
    run_together,
    shown,
)
from tests.laws.profiles import QUICK
from tests.memory_store import MemoryAmbient, MemoryStore, MemoryWorld

Act = Callable[[], Flow[Any]]
NOW_MS = T0_MS + 7_200_000
AMINA, BRIAN = Person("amina", "a"), Person("brian", "b")


def typed(said_s: float = 3_600) -> MoneyReceived:
    """100 shillings under R1, an hour after the prompts, under a reference that nobody has."""
    fact = fact_of(money(R1, said_s, "by hand", reference="NO SUCH ORDER"))
    assert isinstance(fact, MoneyReceived)
    return fact


def stage(store: MemoryStore, ambient: MemoryAmbient) -> list[PaymentRecord]:
    """Two open payments, one whose prompt R1 may be after all; money that lies there already."""
    payments = [payment(store, number=n, account_reference=f"ORDER{n}") for n in (1, 2)]
    payments.append(payment(store, begun(said_s=1), accepted(2), number=3, account_reference="ORDER3"))
    run(receive_money(typed(), SETTINGS), MemoryWorld(store, ambient))
    return payments


def acts_of(payments: Sequence[PaymentRecord]) -> dict[str, Act]:
    """What may happen, each by a process of its own."""
    first, second, third = payments
    return {
        "amina gives it to the first": lambda: assign(R1, first.id, AMINA, SETTINGS),
        "brian gives it to the second": lambda: assign(R1, second.id, BRIAN, SETTINGS),
        "the third is paid by it": lambda: bring(third.id, callback("0", 110, "paid")),
        "brian sets it aside": lambda: set_aside(R1, "not ours", BRIAN, aside=True),
        "amina takes it back": lambda: set_aside(R1, "", AMINA, aside=False),
        "money is told again": lambda: receive_money(typed(said_s=3_601), SETTINGS),
    }


def rest(store: MemoryStore, ambient: MemoryAmbient, payments: Sequence[PaymentRecord]) -> None:
    """The stream mends and tells, the queue is drained."""
    world = MemoryWorld(store, ambient)
    run(mend_receipt(ReceiptChange(None, store.receipts[R1])), world)
    for before in payments:
        run(publish_payment(PaymentChange(before, store.payments[before.id]), lambda *_: {}), world)
    for text in world.queues.retries:
        run(drain(text, Settings({}), SETTINGS), world)


def broken(store: MemoryStore, payments: Sequence[PaymentRecord]) -> list[str]:
    """What must not be."""
    standing: Mapping[str, Mapping[str, Any]] = {one.id: shown(store.payments[one.id]) for one in payments}
    credited = [owner for owner, state in standing.items() for receipt, _ in state["credits"] if receipt == R1]
    record = store.receipts[R1]
    owners = {record.owner} - {None}
    safe = [owner for owner, state in standing.items() if state["safe"]]
    return [
        *(["credited twice"] if len(credited) > 1 else []),
        *([f"owned by {owners}, credited to {credited}"] if set(credited) != owners else []),
        *(["goods go out twice for one receipt"] if len(safe) > 1 else []),
        *(["neither a payment's nor on a list"] if record.standing is Standing.MATCHED and not credited else []),
    ]


PAIRS = list(combinations(range(6), 2))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]}{pair[1]}")
def test_law_2_any_two_at_once_in_every_schedule_of_one_overtaking(pair: tuple[int, int]) -> None:
    """The one goes n steps, then the other to its end, then the one on: for every n, and either way round."""
    troubles = []
    for first, second in (pair, pair[::-1]):
        for steps in range(10):
            store, ambient = MemoryStore(), MemoryAmbient(at_ms=NOW_MS)
            payments = stage(store, ambient)
            acts = list(acts_of(payments).values())
            processes = [Process(MemoryWorld(store, ambient), [acts[index]()]) for index in (first, second)]
            run_together(processes, [0] * steps + [1] * 30)
            rest(store, ambient, payments)
            troubles += broken(store, payments)
    assert [] == troubles


@QUICK
@given(
    order=st.permutations(range(6)),
    left_out=st.sets(st.integers(0, 5), max_size=3),
    schedule=st.lists(st.integers(0, 5), max_size=80),
)
def test_law_2_money_is_credited_once_whoever_decides_and_whoever_is_faster(
    order: list[int], left_out: set[int], schedule: list[int]
) -> None:
    """Nothing is credited twice, the receipt's owner is who credits it, and money that was told is not lost."""
    store, ambient = MemoryStore(), MemoryAmbient(at_ms=NOW_MS)
    payments = stage(store, ambient)
    acts = list(acts_of(payments).values())
    processes = [Process(MemoryWorld(store, ambient), [acts[index]()]) for index in order if index not in left_out]
    run_together(processes, [index % len(processes) for index in schedule])
    rest(store, ambient, payments)
    assert [] == broken(store, payments)
