"""What a payment costs in DynamoDB: writes, reads and units, by kind of life.

`python -m benchmarks.capacity` prints each call. Items are as large as they really are, indexes are counted, and so is
what the stream writes: a record for each event, and the sums of the day once for each batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from benchmarks.counted_world import CountedWorld, counted_world
from benchmarks.figures import Figure, at_most, told
from benchmarks.meter import Counted, Sum, summed
from tests.simulation.safaricom import Payer

COMMAND = "python -m benchmarks.capacity"
PHONE, OTHER_PHONE = "254712345678", "254712345679"
POLLS = 5
WRITES_MAX, READS_MAX, WRITE_UNITS_MAX = 5, 3, 22
"""22 units: decision 0013 has the arithmetic. 14 are the payment's own."""

BY_CLOCK_OR_STREAM = frozenset({"sweep", "publish"})
"""Doings that no request and no callback waits for."""


@dataclass(frozen=True, slots=True)
class Life:
    """A measured life. status: how it ended. events: told to the bus. lines: of the log. batches: of the stream."""

    name: str
    calls: tuple[Counted, ...]
    status: str
    events: int
    lines: int
    batches: int

    @property
    def stream_records(self) -> int:
        """Changes that the stream tells to `publish_events`: of payments and receipts."""
        return sum(call.is_write and not call.refused and call.about in ("PAY", "RCPT") for call in self.calls)

    @property
    def whole(self) -> Sum:
        """All that it cost."""
        return summed(self.calls)

    @property
    def asked_for(self) -> Sum:
        """What requests and callbacks cost, without sweep and stream."""
        return summed(call for call in self.calls if call.doing not in BY_CLOCK_OR_STREAM)


def plain(world: CountedWorld) -> str:
    """Asked for, prompted, paid; the callback comes."""
    payment: str = world.shop_asks("order-1", PHONE)["id"]
    world.pass_time(10_000)
    return payment


def with_polls(world: CountedWorld) -> str:
    """As plain, while the payer's page asks five times."""
    payment: str = world.shop_asks("order-1", PHONE)["id"]
    for _ in range(POLLS):
        world.pass_time(2_000)
        world.payer_polls(payment)
    return payment


def with_echo(world: CountedWorld) -> str:
    """As plain, and a C2B confirmation tells of the same receipt."""
    world.safaricom.payers[PHONE] = [Payer(echo_after_ms=3_000)]
    return plain(world)


def with_metadata(world: CountedWorld) -> str:
    """As plain, with two kilobytes of the shop's own notes."""
    payment: str = world.shop_asks("order-1", PHONE, metadata={f"key{n}": "x" * 480 for n in range(4)})["id"]
    world.pass_time(10_000)
    return payment


def callback_lost(world: CountedWorld) -> str:
    """No callback: sweep and queries find it."""
    world.safaricom.payers[PHONE] = [Payer(callbacks=())]
    payment: str = world.shop_asks("order-1", PHONE)["id"]
    world.pass_time(180_000, sweeps=True)
    return payment


def cancelled_and_tried_again(world: CountedWorld) -> str:
    """The first prompt is cancelled; the second is paid."""
    world.safaricom.payers[PHONE] = [Payer(code="1032"), Payer()]
    payment: str = world.shop_asks("order-1", PHONE)["id"]
    world.pass_time(150_000)
    world.shop_asks("warm-2", OTHER_PHONE)
    world.pass_time(20_000)
    begun = len(world.meter.calls)
    world.shop_tries_again(payment, 2, PHONE)
    world.pass_time(10_000)
    world.meter.calls[:] = _without_the_other(world.meter.calls, begun)
    return payment


def _without_the_other(calls: list[Counted], begun: int) -> list[Counted]:
    """Without the payment of another phone, whose only task was to keep the process warm."""
    first = next(index for index, call in enumerate(calls) if index and call.about == "KEY")
    return calls[:first] + calls[begun:]


LIVES: dict[str, Callable[[CountedWorld], str]] = {
    "plain": plain,
    "five polls": with_polls,
    "C2B echo": with_echo,
    "2 KB metadata": with_metadata,
    "callback lost": callback_lost,
    "cancelled, tried again": cancelled_and_tried_again,
}


@cache
def measured(name: str) -> Life:
    """Play one life after the process is warm and the phone has paid before."""
    with counted_world() as world:
        world.shop_asks("before", PHONE)
        world.pass_time(3_600_000)
        world.shop_asks("warm", OTHER_PHONE)
        world.pass_time(30_000)
        world.meter.calls.clear()
        world.bus.published.clear()
        world.ambient.reports.clear()
        world.batches = 0
        payment = LIVES[name](world)
        calls, events, lines = tuple(world.meter.calls), len(world.bus.published), len(world.ambient.reports)
        return Life(name, calls, world.payer_polls(payment)["status"], events, lines, world.batches)


def figures() -> list[Figure]:
    """The figures of the table."""
    ordinary = measured("plain")
    asked_for, whole = ordinary.asked_for, ordinary.whole
    found = [
        at_most("base writes of a paid payment", asked_for.writes, WRITES_MAX, COMMAND, digits=0),
        at_most("reads of a paid payment", asked_for.reads, READS_MAX, COMMAND, digits=0),
        at_most("write units, indexes counted", whole.all_write_units, WRITE_UNITS_MAX, COMMAND, digits=0),
    ]
    others = [measured(name) for name in LIVES if name != "plain"]
    return found + [told(f"… {life.name}", _short(life), COMMAND) for life in others]


def _short(life: Life) -> str:
    whole = life.whole
    return f"{whole.writes} writes, {whole.reads} reads, {whole.all_write_units} + {whole.read_units:g} units"


def main() -> None:
    """Print each life call by call."""
    for name, told_so in LIVES.items():
        life = measured(name)
        whole, asked_for = life.whole, life.asked_for
        print(f"\n{name}: {told_so.__doc__} → {life.status}")
        for call, count in Counter(life.calls).items():
            print(
                f"  {count} × {call.operation:10} {call.about:12} {call.size:5} bytes  "
                f"{call.write_units} + {call.index_units} write, {call.read_units:g} read units  {call.doing}"
                f"{'  refused' if call.refused else ''}"
            )
        print(
            f"  {whole.writes} base writes, {whole.reads} reads ({asked_for.reads} without sweep and stream), "
            f"{whole.write_units} + {whole.index_units} = {whole.all_write_units} write units, "
            f"{whole.read_units:g} read units, {life.events} events"
        )


if __name__ == "__main__":
    main()
