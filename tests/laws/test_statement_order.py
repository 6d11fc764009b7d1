"""L1, L2, L4, L6: callbacks, confirmations, Pull rows and statements in any order, and again, end in M-Pesa's truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.days import day_begins_ms
from gateway.domain.facts import Deadline, Fact, MoneyReceived, Source, TimerPassed
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.flows.keep import keep
from gateway.flows.reconciliation.pull import take_rows
from gateway.flows.reconciliation.run import reconcile_day
from gateway.flows.take_money import receive_money
from gateway.ports import run
from tests import gateway_samples as sample
from tests.laws.profiles import QUICK
from tests.memory_store import MemoryWorld
from tests.statement_files import Entry, portal_file
from tests.unit.reconciliation.pull_world import PAYBILL, SETTINGS, payment
from tests.unit.reconciliation.statement_world import DAY, read, sent, statement_world

BEGINS_MS = day_begins_ms(DAY)
ENDS_MS = BEGINS_MS + DAY_MS - 1_000
PAYMENTS = (1, 2, 3)
AMOUNT = "100.00"

Deliver = Callable[[MemoryWorld], object]


def receipt(number: int) -> str:
    """M-Pesa's code of a payment that was paid."""
    return f"SGL000000{number}"


def reference(number: int) -> str:
    """What its prompt carries."""
    return f"ORDER{number}"


def begun_at_ms(number: int) -> int:
    """An hour apart."""
    return BEGINS_MS + (8 + number) * HOUR_MS


def prompted(world: MemoryWorld, number: int) -> None:
    """A prompt that nobody answered for in time."""
    at_ms = begun_at_ms(number)
    begun = replace(sample.begun(), said_at_ms=at_ms, learned_at_ms=at_ms, send_before_ms=at_ms + 8_000)
    passed_ms = at_ms + 15 * MINUTE_MS
    silent = TimerPassed(deadline=Deadline.ANSWER, number=1, said_at_ms=passed_ms, learned_at_ms=passed_ms)
    payment(world, begun, sample.accepted(), silent, number=number, account_reference=reference(number))


def told(number: int, source: Source) -> MoneyReceived:
    """The payment's money, as this source tells of it."""
    at_ms = begun_at_ms(number) + 30_000
    return replace(
        sample.money(receipt(number)),
        told_by=source,
        reference=reference(number),
        completed_at_ms=at_ms,
        said_at_ms=at_ms,
        learned_at_ms=at_ms,
    )


def calls_back(number: int) -> Deliver:
    """Safaricom's callback of a success."""
    at_ms = begun_at_ms(number) + 31_000
    fact: Fact = replace(
        sample.success(receipt=receipt(number)),
        completed_at_ms=at_ms - 1_000,
        said_at_ms=at_ms,
        learned_at_ms=at_ms,
    )
    return lambda world: run(keep(sample.payment_id(number), lambda _: (fact,), SETTINGS), world)


def confirms(number: int) -> Deliver:
    """Safaricom's confirmation."""
    return lambda world: run(receive_money(told(number, Source.C2B), SETTINGS), world)


def pulls(number: int) -> Deliver:
    """A row of Pull."""
    return lambda world: run(take_rows((), [told(number, Source.PULL)], SETTINGS), world)


def states(paid: frozenset[int], from_ms: int, until_ms: int) -> Deliver:
    """A statement of a part of the day, true to M-Pesa's books."""
    entries = [
        Entry(receipt(number), begun_at_ms(number) + 30_000, AMOUNT, reference=reference(number))
        for number in sorted(paid)
        if from_ms <= begun_at_ms(number) + 30_000 <= until_ms
    ]
    file = portal_file(entries, from_ms, until_ms)
    return lambda world: read(world, sent(world, file))


def compares(world: MemoryWorld) -> object:
    """The day is compared, and its silence judged as far as it is proven by now."""
    return run(reconcile_day("shop", PAYBILL, DAY, SETTINGS), world)


@st.composite
def lives(draw: st.DrawFn) -> tuple[frozenset[int], list[Deliver]]:
    """Who paid, and what is told of it in which order: anything any number of times, also never."""
    paid = draw(st.frozensets(st.sampled_from(PAYMENTS)))
    noon_ms = BEGINS_MS + 12 * HOUR_MS
    news: list[Deliver] = [compares, *(states(paid, *times) for times in ((BEGINS_MS, noon_ms), (noon_ms, ENDS_MS)))]
    news += [tell(number) for number in sorted(paid) for tell in (calls_back, confirms, pulls)]
    return paid, draw(st.lists(st.sampled_from(news), max_size=12))


@QUICK
@given(life=lives())
def test_any_order_and_repetition_of_news_ends_in_the_truth(life: tuple[frozenset[int], list[Deliver]]) -> None:
    """The whole statement comes last: who paid is paid, once; who did not was not; and nobody is contradicted."""
    paid, news = life
    world = statement_world()
    for number in PAYMENTS:
        prompted(world, number)

    for deliver in (*news, states(paid, BEGINS_MS, ENDS_MS), compares):
        deliver(world)

    assert {number: _expected(number, paid) for number in PAYMENTS} == {
        number: _standing(world, number) for number in PAYMENTS
    }


def _expected(number: int, paid: frozenset[int]) -> tuple[str, tuple[str, ...], frozenset[str]]:
    return ("paid", (receipt(number),), frozenset()) if number in paid else ("failed", (), frozenset())


def _standing(world: MemoryWorld, number: int) -> tuple[str, tuple[str, ...], frozenset[str]]:
    """Status, what is credited, and flags that hold goods back."""
    record = world.store.read_payment(sample.payment_id(number))
    assert record is not None
    state = SETTINGS.state(record)
    held = frozenset(str(flag) for flag in state.flags) - {"late_success"}
    return str(state.status), tuple(str(credit.receipt) for credit in state.credits), held
