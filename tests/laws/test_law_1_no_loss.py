"""L1: whatever M-PESA booked to our shortcode stands in exactly one place: a credit, or a list that a person reads."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from gateway.flows.messages import Delivery
from gateway.flows.take_callback import take_stk_callback
from gateway.ports import Call, QueueUnavailable, SecretsUnavailable, StoreUnavailable
from tests.laws.profiles import LONG, QUICK
from tests.laws.random_lives import Life, broken_by, lives
from tests.simulation.fold_memory import remembered_folds
from tests.simulation.lives import PHONE, shop_asks
from tests.simulation.safaricom import FROM_SAFARICOM, Payer, callback_body
from tests.simulation.world import Fault, World, asked


@remembered_folds()
@QUICK
@given(lives())
def test_law_1_no_life_with_up_to_four_faults_loses_money(life: Life) -> None:
    """Random shops, payers and faults; after half a day of calm the books and our credits and lists agree."""
    assert [] == broken_by(life, "L1")


@pytest.mark.long
@LONG
@given(lives())
def test_law_1_no_life_loses_money_in_thousands(life: Life) -> None:
    """As above, with fresh lives each time."""
    assert [] == broken_by(life, "L1")


@remembered_folds()
@QUICK
@given(lives(faults=False))
def test_law_1_without_faults_of_ours_nothing_is_lost_either(life: Life) -> None:
    """Only Safaricom and the payers are difficult."""
    assert [] == broken_by(life, "L1")


def paid_world(**payer: object) -> World:
    """A payment whose payer has entered the PIN, at the moment before its callback comes."""
    world = World()
    world.safaricom.payers[PHONE] = [Payer(callbacks=(), query_tells=False, **payer)]  # type: ignore[arg-type]  # by name
    shop_asks(world, asked("order-1"))
    world.pass_time(8_000)
    return world


def deliver(world: World) -> object:
    """Its callback."""
    (push,) = world.safaricom.pushes
    return world.deliver("/in/" + push.url.split("/in/")[1], callback_body(push, Payer()), FROM_SAFARICOM)


def deliver_bytes(world: World, body: bytes) -> object:
    """These bytes, to the address of its callback."""
    target, number, tag = world.safaricom.pushes[0].url.split("/")[-3:]
    delivery = Delivery(
        kind="stk",
        target=target,
        number=int(number),
        tag=tag,
        source_address=FROM_SAFARICOM,
        body=body,
        learned_at_ms=world.now,
    )
    return world.attempt("callback", take_stk_callback(delivery, world.env, world.settings))


def test_law_1_while_the_table_is_away_a_callback_waits_in_the_queue_and_is_kept_then() -> None:
    """The drain takes it through the same door, with the time at which it first came."""
    world = paid_world()
    read_payment = world.store.read_payment
    world.store.read_payment = _away  # type: ignore[method-assign]  # the table is away
    deliver(world)
    assert 1 == len(world.retry_queue)
    came_at = world.now
    world.store.read_payment = read_payment  # type: ignore[method-assign]  # and back
    world.pass_time(60_000)
    (record,) = world.store.payments.values()
    assert ["paid"] == [payment["status"] for payment in world.payments()]
    assert came_at in {fact.learned_at_ms for fact in record.facts.values()}


def _away(*_: object) -> None:
    raise StoreUnavailable("away")


def test_law_1_when_neither_table_nor_queue_takes_a_callback_safaricom_is_not_told_that_we_did() -> None:
    """The flow raises, so that the handler answers 5xx and writes its last line."""
    world = paid_world()
    world.store.read_payment = _away  # type: ignore[method-assign]  # the table is away
    world.port_queues = _queue_away  # type: ignore[method-assign]  # and the queue
    assert deliver(world) is None
    assert 1 == world.lost_deliveries


def _queue_away(call: Call) -> None:
    raise QueueUnavailable("away")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\x00\xff", b"[]", b'{"Body":{}}', b'{"Body":{"stkCallback":{"ResultCode":null}}}', b"[" * 5_000],
    ids=["nothing", "cut off", "no text", "a list", "an empty body", "no code", "deep"],
)
def test_law_1_an_authentic_body_that_cannot_be_read_is_kept_byte_for_byte(body: bytes) -> None:
    """It lies apart, and the payment knows that it came."""
    world = paid_world()
    deliver_bytes(world, body)
    assert [body] == [orphan.body for orphan in world.store.orphans.values()]
    (record,) = world.store.payments.values()
    assert 1 == sum(fact.KIND == "callback_unreadable" for fact in record.facts.values())


def test_law_1_a_callback_without_its_payment_is_kept_apart() -> None:
    """After a restore the payment may be missing: the news is not."""
    world = paid_world()
    world.store.payments.clear()
    deliver(world)
    (orphan,) = world.store.orphans.values()
    assert "UKP0000001" in json.dumps(json.loads(orphan.body))


def test_law_1_while_the_tag_keys_are_away_the_raw_delivery_waits() -> None:
    """Whether it is authentic is judged when the keys are back."""
    world = paid_world()
    port_secrets = world.port_secrets
    world.port_secrets = _keys_away  # type: ignore[method-assign]  # SSM is away
    deliver(world)
    assert 1 == len(world.retry_queue)
    world.port_secrets = port_secrets  # type: ignore[method-assign]  # and back
    world.pass_time(60_000)
    assert ["paid"] == [payment["status"] for payment in world.payments()]


def _keys_away(call: Call) -> None:
    raise SecretsUnavailable("away")


def test_law_1_the_pushs_answer_goes_to_the_queue_when_its_write_fails() -> None:
    """Otherwise nobody would know the prompt's id, and M-PESA could not be asked about it."""
    first = World()
    shop_asks(first, asked("order-1"))
    (written, *_) = (b.index for b in first.boundaries if b.name == "Store.save_payment")
    world = World(faults={written: Fault.ERROR})
    world.safaricom.payers[PHONE] = [Payer(code="never", callbacks=())]
    shop_asks(world, asked("order-1"))
    assert 1 == len(world.retry_queue)
    world.settle()
    assert ["prompted"] == [one["status"] for payment in world.payments() for one in payment["attempts"]]


def test_law_1_money_that_matches_nothing_stays_on_the_list() -> None:
    """A payer types a reference that nobody knows: the receipt lies unmatched, and stays there."""
    world = World()
    receipt = world.safaricom.menu_payment(PHONE, 70, "NOSUCH1")
    world.pass_time(48 * 3_600_000)
    assert {receipt} == world.unmatched()


def test_law_1_a_flow_that_loses_eight_races_says_so_and_the_fact_goes_to_the_queue() -> None:
    """A storm of writers on one payment ends in the retry queue, not in nothing."""
    world = paid_world()
    save_payment = world.store.save_payment
    world.store.save_payment = lambda *_: False  # type: ignore[method-assign]  # somebody is always faster
    deliver(world)
    assert 1 == len(world.retry_queue)
    world.store.save_payment = save_payment  # type: ignore[method-assign]  # the storm is over
    world.settle()
    assert ["paid"] == [payment["status"] for payment in world.payments()]
