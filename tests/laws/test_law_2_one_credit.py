"""L2: a receipt is credited once, over all payments, whoever tells of it, however often, and however many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from gateway.domain.payment import PaymentRecord
from gateway.domain.telling import LOOK_AFTER_MS
from gateway.flows.drain import drain
from gateway.flows.publish import PaymentChange, ReceiptChange, mend_receipt, publish_payment
from gateway.flows.sweep import sweep
from gateway.ports import StoreUnavailable, run
from gateway.settings import Settings
from tests import gateway_samples as sample
from tests.laws.deliveries import (
    OTHER_IDS,
    R1,
    R2,
    SETTINGS,
    Process,
    accepted,
    begun,
    bring,
    callback,
    money,
    payment,
    query,
    run_together,
    shown,
)
from tests.laws.orders import Table, all_orders
from tests.memory_store import MemoryWorld

SECOND = "INV2000"

TWO_PAYMENTS: list[dict[str, Any]] = [
    callback("0", 12, "first paid by R1"),
    callback("0", 13, "second paid by R1 too", to=2, ids=OTHER_IDS),
    callback("0", 14, "second paid by R2", to=2, ids=OTHER_IDS, receipt=R2),
    money(R1, 15, "R1 with the first's reference"),
    money(R1, 16, "R1 with the second's reference", by="pull", reference=SECOND),
    money(R1, 17, "R1 without reference", by="statement", reference=""),
    money(R2, 18, "R2 with the first's reference"),
    query("0", 30),
    query("0", 45),
    query("0", 31, to=2, checkout=OTHER_IDS[0]),
]
"""Two payments whose prompts were taken; receipts that are told for the one, the other, both or neither."""


def two_payments() -> Table:
    world = MemoryWorld()
    payment(world.store, begun(), accepted())
    payment(world.store, begun(), accepted(ids=OTHER_IDS), number=2, account_reference=SECOND)
    return Table(frozenset(), dict(world.store.payments), dict(world.store.receipts))


def credited(records: dict[str, PaymentRecord]) -> Iterator[tuple[str, str, int]]:
    """(receipt, payment, amount) of every credit; receipt empty where none is known yet."""
    for payment_id, record in sorted(records.items()):
        for receipt, amount in shown(record)["credits"]:
            yield receipt, payment_id, amount


def broken(table: Table) -> list[str]:
    """What L2 forbids: a receipt credited twice, or credited where it is not owned; two nameless credits an attempt."""
    found = list(credited(table.payments))
    times = Counter(receipt for receipt, _, _ in found if receipt)
    owners = {receipt: record.owner for receipt, record in table.receipts.items()}
    nameless = Counter(payment_id for receipt, payment_id, _ in found if not receipt)
    return [
        *(f"{receipt} credited {count} times" for receipt, count in times.items() if count > 1),
        *(f"{receipt} is not {where}'s" for receipt, where, _ in found if receipt and owners.get(receipt) != where),
        *(f"{where} has {count} credits without receipt" for where, count in nameless.items() if count > 1),
    ]


def test_law_2_in_every_order_a_receipt_is_credited_once_and_where_it_is_owned() -> None:
    """Two payments, two receipts, ten deliveries: all orders of up to four."""
    assert [] == [trouble for table in all_orders(two_payments(), TWO_PAYMENTS, 4) for trouble in broken(table)]


@pytest.mark.parametrize("start", [(), (5,), (3,)], ids=["nothing known", "R1 lies unmatched", "R1 is the first's"])
def test_law_2_two_processes_that_claim_at_once_credit_once(start: tuple[int, ...]) -> None:
    """Any two deliveries by two processes, whichever makes which call first."""
    table = two_payments()
    for index in start:
        world = table.world()
        run(bring(sample.payment_id(1), TWO_PAYMENTS[index]), world)
        table = table.after(world, frozenset())
    assert [] == [
        trouble
        for pair in combinations(range(len(TWO_PAYMENTS)), 2)
        for lead in range(6)
        for trouble in broken(overlapped(table, pair, lead))
    ]


def overlapped(table: Table, pair: tuple[int, int], lead: int) -> Table:
    """The first process makes `lead` calls, then the second runs to its end, then the first goes on."""
    world = table.world()
    first, second = (Process(world, [bring(sample.payment_id(1), TWO_PAYMENTS[index])]) for index in pair)
    run_together([first, second], (*[0] * lead, *[1] * 12))
    return table.after(world, frozenset(pair))


def test_law_2_unmatched_money_joins_the_payment_whose_callback_names_its_receipt() -> None:
    """A till's confirmation names no payment; the callback does, and brings the confirmation along."""
    world = MemoryWorld()
    record = payment(world.store, begun(), accepted())
    for delivery in (money(R1, 11, "till", reference=""), callback("0", 12, "paid")):
        run(bring(record.id, delivery), world)
    kinds = sorted(fact.KIND for fact in world.store.payments[record.id].facts.values())
    assert ["attempt_begun", "callback", "money_received", "push_accepted"] == kinds
    assert [record.id] == [receipt.owner for receipt in world.store.receipts.values()]


def test_law_2_fifty_copies_of_one_callback_at_once_are_one_credit() -> None:
    """Fifty processes, call by call in turn: one credit, and one write that counted."""
    world = MemoryWorld()
    record = payment(world.store, begun(), accepted())
    copies = [Process(world, [bring(record.id, callback("0", 12, "paid"))]) for _ in range(50)]
    run_together(copies, ())
    assert [(R1, 100)] == shown(world.store.payments[record.id])["credits"]
    assert record.version + 1 == world.store.payments[record.id].version


def test_law_2_stk_callback_c2b_echo_and_queries_are_one_credit_in_all_orders() -> None:
    """Four tellings of one payment's money."""
    world = MemoryWorld()
    payment(world.store, begun(), accepted())
    start = Table(frozenset(), dict(world.store.payments), dict(world.store.receipts))
    tellings = [callback("0", 12, "paid"), money(R1, 13, "echo"), query("0", 30), query("0", 45)]
    ends = [shown(table.record) for table in all_orders(start, tellings, 4) if len(table.came) == 4]
    assert [] == [end for end in ends if (end["credits"], end["flags"]) != ([(R1, 100)], [])]
    assert ends


def test_law_2_a_crash_between_claim_and_write_is_mended_by_the_stream() -> None:
    """The receipt is owned, the payment does not know: the kept fact goes to it through the retry queue."""
    world = MemoryWorld()
    record = payment(world.store, begun(), accepted())
    dies = Process(world, [bring(record.id, callback("0", 12, "paid"))])
    dies.step()
    dies.step()
    assert {R1: record.id} == {r.receipt: r.owner for r in world.store.receipts.values()}
    assert [] == shown(world.store.payments[record.id])["credits"]

    assert run(mend_receipt(ReceiptChange(None, world.store.receipts[R1])), world)
    run(drain(world.queues.retries[0], Settings({}), SETTINGS), world)
    assert [(R1, 100)] == shown(world.store.payments[record.id])["credits"]


def test_law_2_a_crash_after_a_callback_owned_unmatched_money_is_mended_by_the_sweep() -> None:
    """The stream tells nothing, and the till stands in no shop's settings: no night goes through its receipts."""
    world = MemoryWorld()
    record = payment(world.store, begun(), accepted())
    run(bring(record.id, money(R1, 9, "at the till", shortcode="600998", reference="")), world)
    world.fail_next["Store.save_payment"].append(StoreUnavailable("away"))
    with pytest.raises(StoreUnavailable):
        run(bring(record.id, callback("0", 12, "paid")), world)
    world.ambient.at_ms += LOOK_AFTER_MS
    run(sweep(SETTINGS), world)
    run(drain(world.queues.retries[-1], Settings({}), SETTINGS), world)
    assert [(R1, 100)] == shown(world.store.payments[record.id])["credits"]
    assert world.store.receipts[R1].due_at_ms is None


def test_law_2_both_payments_that_name_one_receipt_are_held() -> None:
    """The second has `receipt_taken` and no credit; the stream tells the owner, who then needs review."""
    world = MemoryWorld()
    payment(world.store, begun(), accepted())
    late = payment(world.store, begun(), accepted(ids=OTHER_IDS), number=2, account_reference=SECOND)
    for delivery in TWO_PAYMENTS[:2]:
        run(bring(sample.payment_id(1), delivery), world)
    taken = world.store.payments[late.id]
    run(publish_payment(PaymentChange(late, taken), lambda record, _: {"id": record.id}), world)
    for message in world.queues.retries:
        run(drain(message, Settings({}), SETTINGS), world)
    first, second = (shown(record) for _, record in sorted(world.store.payments.items()))
    assert ([(R1, 100)], ["needs_review"], False) == (first["credits"], first["flags"], first["safe"])
    assert ([], ["receipt_taken"], False) == (second["credits"], second["flags"], second["safe"])


def test_law_2_money_is_the_sum_of_distinct_receipts_and_one_nameless_credit_an_attempt() -> None:
    """Over all tables of two payments: received = receipts credited here + at most one credit without a receipt."""
    for table in all_orders(two_payments(), TWO_PAYMENTS, 2):
        for record in table.payments.values():
            amounts = [amount for _, amount in shown(record)["credits"]]
            assert 100 * len(amounts) == sum(amounts)
