"""What a payment costs in DynamoDB stays within its budget, counted call by call from the real sizes of items."""

from __future__ import annotations

import pytest

from benchmarks import capacity, capacity_units, cost
from benchmarks.capacity_units import Index
from benchmarks.meter import summed
from gateway.aws.values import Item, typed

DUE = Index("due", ("due_shard", "due_at", "pk"))
EACH_CALL = frozenset({"GetItem", "PutItem", "UpdateItem"})


@pytest.fixture(scope="module")
def plain() -> capacity.Life:
    """The ordinary life: asked for, prompted, paid by callback; the phone has paid before."""
    return capacity.measured("plain")


def test_a_paid_payment_is_five_writes_and_three_reads(plain: capacity.Life) -> None:
    """Put, guard, answer, receipt, callback; read guard, its last payment, payment."""
    assert ("paid", 5, 3) == (plain.status, plain.asked_for.writes, plain.asked_for.reads)


def test_a_paid_payment_takes_twenty_two_write_units_at_most(plain: capacity.Life) -> None:
    """Indexes counted: four entries made, the due one moved and dropped, the receipt's and three events' made."""
    own = [call for call in plain.calls if call.about not in ("EVT", "DAY")]
    assert plain.whole.all_write_units <= capacity.WRITE_UNITS_MAX
    assert 11 == plain.whole.index_units
    assert 14 == summed(own).all_write_units


def test_a_paid_payment_needs_no_scan_no_query_and_no_transaction(plain: capacity.Life) -> None:
    """Items are read and written by their keys alone."""
    assert plain.whole.operations == EACH_CALL


def test_the_stream_reads_one_item_of_a_paid_payment_and_writes_what_it_tells(plain: capacity.Life) -> None:
    """The owner of the new receipt is read. A record for each event, and the day's sums once for each batch."""
    published = [call for call in plain.calls if call.doing == "publish"]
    assert 1 == summed(published).reads
    assert ["DAY", "DAY", "EVT", "EVT", "EVT"] == sorted(call.about for call in published if call.is_write)
    assert 2 == plain.batches


def test_a_poll_reads_one_item_and_writes_none() -> None:
    """Five polls of a waiting page are five reads more than none."""
    polls = summed(call for call in capacity.measured("five polls").calls if call.doing.startswith("GET "))
    assert (0, 5, 5.0) == (polls.writes, polls.reads, polls.read_units)


def test_a_confirmation_of_known_money_moves_no_index() -> None:
    """The C2B echo: one refused put, one read, one write."""
    echo = summed(call for call in capacity.measured("C2B echo").calls if call.doing == "POST c2b_confirmation")
    assert (2, 1, 0) == (echo.writes, echo.reads, echo.index_units)


@pytest.mark.parametrize("name", ["callback lost", "cancelled, tried again"])
def test_a_harder_life_ends_paid_and_scans_nothing(name: str) -> None:
    """Where sweep or shop must try again, the table is still met by keys and by the due index alone."""
    life = capacity.measured(name)
    assert "paid" == life.status
    assert life.whole.operations <= EACH_CALL | {"Query"}


def test_a_thousand_paid_payments_cost_four_cents_at_most() -> None:
    """With five polls each, at the prices of the list."""
    assert cost.total(cost.bill(capacity.measured("five polls"))) <= cost.DOLLARS_MAX


def test_the_document_tells_what_was_counted() -> None:
    """`python -m benchmarks.cost --write` writes the tables of docs/operations.md anew."""
    assert cost.tables() == cost.standing(cost.DOCUMENT.read_text(encoding="utf-8"))


# --- the rules themselves, against Amazon's examples ------------------------------------------------------------------


def item(size: int = 0, **values: object) -> Item:
    """An item with these attributes, and `filler` of this size."""
    return {name: typed(value) for name, value in {"pk": "PAY#1", "filler": "x" * size, **values}.items()}


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1_000, 1), (1_024, 2), (3_500, 4)])
def test_a_write_is_billed_by_each_kilobyte_begun(size: int, units: int) -> None:
    assert units == capacity_units.write_units(None, item(size))


def test_a_write_that_shrinks_an_item_is_billed_by_the_larger_image() -> None:
    assert 3 == capacity_units.write_units(item(2_500), item(0))


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, {"due_shard": "1", "due_at": 5}, 1),
        ({"due_shard": "1", "due_at": 5}, {"due_shard": "1", "due_at": 6}, 2),
        ({"due_shard": "1", "due_at": 5}, {}, 1),
        ({"due_shard": "1", "due_at": 5}, {"due_shard": "1", "due_at": 5, "status": "paid"}, 0),
        ({}, {"due_shard": "1"}, 0),
    ],
    ids=["comes", "moves", "goes", "stays", "lacks a key"],
)
def test_an_index_entry_costs_when_it_comes_goes_or_moves(
    before: dict[str, object] | None, after: dict[str, object], units: int
) -> None:
    old = None if before is None else item(**before)  # type: ignore[arg-type]  # names of attributes, none is `size`
    new = item(**after)  # type: ignore[arg-type]  # as above
    assert units == capacity_units.index_write_units(old, new, (DUE,))


@pytest.mark.parametrize(("size", "consistent", "units"), [(0, True, 1.0), (4_097, True, 2.0), (4_096, False, 0.5)])
def test_a_read_is_billed_by_four_kilobytes_and_half_when_it_may_be_old(
    size: int, consistent: bool, units: float
) -> None:
    assert units == capacity_units.read_units(size, consistent=consistent)
