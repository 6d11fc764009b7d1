"""L1 and L2 where claims, money's news and another payment's callback meet: at each step another may be faster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway import security
from gateway.domain.facts import MoneyReceived
from gateway.domain.payment import PaymentRecord
from gateway.flows.claims import PAYER, claim
from gateway.flows.drain import drain
from gateway.flows.publish import ReceiptChange, mend_receipt
from gateway.flows.sweep import check_payment
from gateway.flows.take_money import receive_money
from gateway.ports import Flow, run
from gateway.settings import Settings
from tests.laws.deliveries import (
    AMOUNT_KES,
    IDS,
    PHONE,
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
    told,
)
from tests.laws.profiles import QUICK
from tests.memory_store import KEYS, MemoryAmbient, MemoryStore, MemoryWorld

NOW_MS = T0_MS + 120_000
DAY_S = 86_400


def typed_at_the_till() -> MoneyReceived:
    """100 shillings under R1, without a reference, from PHONE."""
    fact = fact_of(money(R1, 100, "by hand", reference=""))
    assert isinstance(fact, MoneyReceived)
    return replace(fact, payer_key=security.payer_key(KEYS.phone, PHONE))


def stage(store: MemoryStore) -> list[PaymentRecord]:
    """Two payments whose prompts to PHONE failed, and one whose prompt lives and whose echo R1 may be."""
    refused = (begun(), told("refused", 2, n=1, cause="shop_setup"))
    failed = [payment(store, *refused, number=n, account_reference=f"ORDER{n}") for n in (1, 2)]
    return [*failed, payment(store, begun(said_s=1), accepted(2), number=3, account_reference="ORDER3")]


def acts_of(payments: Sequence[PaymentRecord]) -> dict[str, Callable[[], Flow[Any]]]:
    """What may happen, each by a process of its own."""
    first, second, third = payments
    return {
        "first claims": lambda: claim(first.id, R1, PAYER, SETTINGS),
        "second claims": lambda: claim(second.id, R1, PAYER, SETTINGS),
        "money is told": lambda: receive_money(typed_at_the_till(), SETTINGS, by_reference=False),
        "money is told again": lambda: receive_money(typed_at_the_till(), SETTINGS, by_reference=False),
        "third is paid by it": lambda: bring(third.id, callback("0", 110, "paid", ids=IDS)),
    }


@QUICK
@given(
    order=st.permutations(range(5)),
    left_out=st.sets(st.integers(0, 4), max_size=2),
    schedule=st.lists(st.integers(0, 4), max_size=60),
)
def test_law_2_claimed_money_is_credited_once_whoever_is_faster(
    order: list[int], left_out: set[int], schedule: list[int]
) -> None:
    """Nothing is credited twice, the receipt's owner is who credits it, and money that was told is not lost."""
    store = MemoryStore()
    ambient = MemoryAmbient(at_ms=NOW_MS)
    payments = stage(store)
    acts = list(acts_of(payments).values())
    chosen = [acts[index] for index in order if index not in left_out]
    processes = [Process(MemoryWorld(store, ambient), [act()]) for act in chosen]
    run_together(processes, [index % len(processes) for index in schedule])
    _rest(store, ambient, payments)

    standing = {record.id: shown(store.payments[record.id]) for record in payments}
    credited = [owner for owner, state in standing.items() for receipt, _ in state["credits"] if receipt == R1]
    owners = {record.owner for record in store.receipts.values() if record.receipt == R1 and record.owner}
    assert set(credited) == owners
    assert len(credited) <= 1
    assert sum(kes for state in standing.values() for _, kes in state["credits"]) <= AMOUNT_KES
    assert {2, 3} <= left_out or R1 in store.receipts


def _rest(store: MemoryStore, ambient: MemoryAmbient, payments: Sequence[PaymentRecord]) -> None:
    """The stream mends, the queue is drained, and the sweep looks for a day."""
    world = MemoryWorld(store, ambient)
    for record in list(store.receipts.values()):
        run(mend_receipt(ReceiptChange(None, record)), world)
    for text in world.queues.retries:
        run(drain(text, Settings({}), SETTINGS), world)
    for _ in range(24):
        ambient.at_ms += DAY_S * 1000 // 24
        for one in payments:
            run(check_payment(one.id, SETTINGS), world)
