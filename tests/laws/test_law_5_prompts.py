"""L5: no two prompts of ours live on one phone, none is sent late or twice, and never more than allowed."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given

from daraja.errors import DarajaError, MaybeSent, MaybeSentReason, NotSent, NotSentReason, RefusalCause, Refused
from gateway.domain.facts import Fact
from gateway.domain.policy import Policy
from gateway.flows.settings import FlowSettings
from gateway.flows.start_payment import start_attempt, start_payment
from gateway.ports import Call, run
from tests.laws.deliveries import Process, run_together
from tests.laws.profiles import LONG, QUICK
from tests.laws.random_lives import Life, broken_by, lives
from tests.memory_store import MemoryWorld
from tests.simulation.fold_memory import remembered_folds
from tests.simulation.lives import OTHER_PHONE, PHONE, payer_tries_again, shop_asks
from tests.simulation.safaricom import Payer
from tests.simulation.world import SHOP, SHORTCODE, Fault, World, asked

SETTINGS = FlowSettings(callback_base_url="https://pay.example")
MINUTE_MS = 60_000
CALLS_OF_A_START = 16


@remembered_folds()
@QUICK
@given(lives())
def test_law_5_no_life_prompts_twice_or_too_late(life: Life) -> None:
    """Random shops, payers and faults, stalls of 45 seconds among them."""
    assert [] == broken_by(life, "L5")


@pytest.mark.long
@LONG
@given(lives())
def test_law_5_no_life_prompts_twice_or_too_late_in_thousands(life: Life) -> None:
    """As above, with fresh lives each time."""
    assert [] == broken_by(life, "L5")


def starts(key: str, phone: str = PHONE) -> Any:
    return start_payment(asked(key), phone, SHORTCODE, "key_test", SETTINGS)


def test_law_5_of_two_payments_for_one_phone_at_once_one_prompts() -> None:
    """Whichever process is overtaken at whichever call, and for how long: one push."""
    pushes = set()
    for lead in range(CALLS_OF_A_START):
        for other in range(CALLS_OF_A_START):
            world = MemoryWorld()
            both = [Process(world, [starts("order-1")]), Process(world, [starts("order-2")])]
            run_together(both, (*[0] * lead, *[1] * other, *[0] * CALLS_OF_A_START))
            pushes.add(len(world.daraja.pushes))
    assert {1} == pushes


def test_law_5_of_two_wishes_for_attempt_two_at_once_one_prompts() -> None:
    """Shop and page both ask for attempt 2, at every overlap of their calls: one push more, and no word against it."""
    pushes = set()
    for lead in range(CALLS_OF_A_START):
        world = MemoryWorld()
        world.store.settings[SHOP.owner] = SHOP
        world.daraja.push_answers.append(NotSent(NotSentReason.MAINTENANCE, retryable=False))
        run(starts("order-1"), world)
        world.ambient.at_ms += 2 * MINUTE_MS
        flows = [start_attempt(asked("order-1").id, 2, PHONE, who, SETTINGS) for who in ("key_test", "payer")]
        run_together([Process(world, [flow]) for flow in flows], (*[0] * lead, *[1] * 20))
        pushes.add(len(world.daraja.pushes))
        assert [] == [fact for fact in facts(world) if (fact.KIND, getattr(fact, "number", 0)) == ("not_sent", 2)]
    assert {2} == pushes


class ForgetfulTable(MemoryWorld):
    """Takes the next write of a payment, and says that somebody else was faster."""

    forgets = False

    def perform(self, call: Call, /) -> Any:
        """Carry out one call."""
        answer = super().perform(call)
        if self.forgets and call.boundary == "Store.save_payment":
            self.forgets = False
            return False
        return answer


def test_law_5_a_sender_that_finds_its_own_attempt_goes_on_with_it() -> None:
    """Only the answer of its write was lost: the payer gets this prompt, and no other one."""
    world = ForgetfulTable()
    world.store.settings[SHOP.owner] = SHOP
    world.daraja.push_answers.append(NotSent(NotSentReason.MAINTENANCE, retryable=False))
    run(starts("order-1"), world)
    world.ambient.at_ms += 2 * MINUTE_MS
    world.forgets = True
    begun = run(start_attempt(asked("order-1").id, 2, PHONE, "payer", SETTINGS), world)
    assert (["refused", "prompted"], 2) == (
        [str(one.status) for one in begun.state.attempts] if begun.state else None,
        len(world.daraja.pushes),
    )


def facts(world: MemoryWorld) -> list[Fact]:
    return [fact for record in world.store.payments.values() for fact in record.facts.values()]


@pytest.mark.parametrize("boundary", ["Store.create_payment", "Store.save_guard", "Secrets.read_credentials"])
def test_law_5_a_sender_that_wakes_too_late_sends_nothing(boundary: str) -> None:
    """The process stands still for 45 seconds at this call; its time to send has passed."""
    first = World()
    shop_asks(first, asked("order-1"))
    world = World(faults={next(b.index for b in first.boundaries if b.name == boundary): Fault.STALL})
    shop_asks(world, asked("order-1"))
    assert [] == world.safaricom.pushes


def test_law_5_the_fence_is_looked_at_directly_before_the_push() -> None:
    """The credentials took 45 seconds to come: no call to Safaricom at all."""
    world = MemoryWorld()
    world.after["Secrets.read_credentials"] = lambda: world.ambient.pause(45_000)
    run(starts("order-1"), world)
    assert [] == world.daraja.pushes


def test_law_5_a_sender_that_died_behind_its_push_may_have_prompted() -> None:
    """The guard is its own, so the attempt is `unknown` and not `refused`: nobody prompts the phone again yet."""
    first = World()
    shop_asks(first, asked("order-1"))
    died = next(b.index for b in first.boundaries if b.name == "Daraja.push")
    world = World(faults={died: Fault.AFTER})
    world.safaricom.payers[PHONE] = [Payer(code="never", callbacks=())]
    world.attempt("start_payment", starts("order-1"))
    world.pass_time(2 * MINUTE_MS)
    assert ["unknown"] == [one["status"] for payment in world.payments() for one in payment["attempts"]]
    shop_asks(world, asked("order-2"))
    assert 1 == len(world.safaricom.pushes)


def test_law_5_a_sender_that_died_before_its_guard_prompted_nobody() -> None:
    """The payer need not wait three minutes for a prompt that never left."""
    world = World(faults={1: Fault.BEFORE})
    world.attempt("start_payment", starts("order-1"))
    world.pass_time(2 * MINUTE_MS)
    assert ["refused"] == [one["status"] for payment in world.payments() for one in payment["attempts"]]


@pytest.mark.parametrize(
    "error",
    [
        MaybeSent(MaybeSentReason.READ_TIMEOUT),
        MaybeSent(MaybeSentReason.SERVER_ERROR),
        MaybeSent(MaybeSentReason.UNKNOWN_ANSWER),
        Refused("400.002.02", "Bad Request", RefusalCause.INVALID_FIELD),
    ],
    ids=["read timeout", "server error", "unknown answer", "refused"],
)
def test_law_5_what_may_have_been_sent_is_not_sent_again(error: DarajaError) -> None:
    """One push, whatever becomes of the payment."""
    world = MemoryWorld()
    world.daraja.push_answers.append(error)
    run(starts("order-1"), world)
    assert 1 == len(world.daraja.pushes)


def test_law_5_what_was_certainly_not_taken_is_sent_again_while_there_is_time() -> None:
    """Spike arrest twice, then taken; never after `send_before`."""
    world = MemoryWorld()
    world.daraja.push_answers.extend([NotSent(NotSentReason.RATE_LIMITED, retryable=True)] * 2)
    run(starts("order-1"), world)
    (record,) = world.store.payments.values()
    assert 3 == len(world.daraja.pushes)
    assert ["prompted"] == [str(one.status) for one in SETTINGS.state(record).attempts]
    assert all(push.at_ms < push.send_before_ms for push in world.daraja.pushes)


def test_law_5_between_two_tries_there_is_a_pause() -> None:
    """Who is told that there are too many calls at once does not call again at once."""
    world = MemoryWorld()
    world.daraja.push_answers.extend([NotSent(NotSentReason.RATE_LIMITED, retryable=True)] * 2)
    run(starts("order-1"), world)
    assert 3 == len({push.at_ms for push in world.daraja.pushes})


def test_law_5_a_prompt_that_may_still_live_holds_the_phone_for_everybody() -> None:
    """After 1037 the old prompt may come up again: no other payment gets the phone before the guard has run out."""
    world = World()
    world.safaricom.payers[PHONE] = [Payer(code="1037", after_ms=20_000), Payer()]
    shop_asks(world, asked("order-1"))
    world.pass_time(60_000)
    shop_asks(world, asked("order-2"))
    assert 1 == len(world.safaricom.pushes)
    world.pass_time(150_000)
    payer_tries_again(world, asked("order-2"), 2)
    assert 2 == len(world.safaricom.pushes)


def test_law_5_a_prompt_that_was_cancelled_frees_the_phone_at_once() -> None:
    """Another payment may prompt while the first guard has not run out, since its owner has ended."""
    world = World()
    world.safaricom.payers[PHONE] = [Payer(code="1032", after_ms=5_000), Payer()]
    shop_asks(world, asked("order-1"))
    world.pass_time(10_000)
    shop_asks(world, asked("order-2"))
    assert 2 == len(world.safaricom.pushes)


def bombed(*, code: str, policy: Policy, every_ms: int, hours: int) -> list[int]:
    """When a shop that asks again and again, with a new payment each time, really prompted the phone."""
    world = World(settings=FlowSettings(policy=policy, callback_base_url="https://pay.example"))
    world.safaricom.payers[PHONE] = [Payer(code=code, after_ms=3_000)]
    for number in range(hours * 3_600_000 // every_ms):
        shop_asks(world, asked(f"bomb-{number}"))
        world.pass_time(every_ms, sweeps=False)
    return [push.at_ms for push in world.safaricom.pushes]


def most_within(times: list[int], window_ms: int) -> int:
    return max(sum(start <= at < start + window_ms for at in times) for start in times)


def test_law_5_a_bomber_prompts_a_phone_three_times_in_ten_minutes_and_ten_times_a_day() -> None:
    """Whatever the payer does with the prompts."""
    times = bombed(code="1", policy=Policy(), every_ms=120_000, hours=26)
    assert (3, 10) == (most_within(times, 10 * MINUTE_MS), most_within(times, 24 * 60 * MINUTE_MS))


def test_law_5_unanswered_prompts_in_a_row_bring_growing_pauses() -> None:
    """After the third cancelled prompt ten minutes, after the fourth an hour, after the fifth a day."""
    times = bombed(code="1032", policy=Policy(), every_ms=60_000, hours=4)
    pauses = [(later - earlier) // MINUTE_MS for earlier, later in pairwise(times)]
    assert [1, 1, 10, 60] == pauses


def test_law_5_another_phone_is_not_held_back() -> None:
    """The guard is the phone's, not the shop's."""
    world = World()
    world.safaricom.payers = {PHONE: [Payer(code="never")], OTHER_PHONE: [Payer()]}
    shop_asks(world, asked("order-1"))
    shop_asks(world, asked("order-2"), OTHER_PHONE)
    assert 2 == len(world.safaricom.pushes)
