"""Lives in which the stream's consumer, or the bus, is away for longer than the stream remembers; then a night."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.domain.facts import ReviewAsked
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.flows.feed import place_of_event, read_feed
from gateway.flows.keep import keep
from gateway.flows.repair import repair
from gateway.ports import BusUnavailable, Call
from tests.simulation.safaricom import Payer
from tests.simulation.shown import described
from tests.simulation.world import World, asked

PHONE = "254712345678"
TICK_MS = 900_000
TICKS = 6
"""Enough for one night, also when one of them is cut off."""


def stream_forgets(world: World, shop_asks: Callable[..., Any]) -> None:
    """Nobody reads the stream for 26 hours; the first two of them are forgotten."""
    world.safaricom.payers[PHONE] = [Payer(echo_after_ms=2_000)]
    world.stream.telling = True
    shop_asks(world, asked("order-1"))
    world.pass_time(2 * HOUR_MS)
    world.stream.waiting.clear()
    shop_asks(world, asked("order-2", 70), phone=None)
    world.pass_time(24 * HOUR_MS)
    world.stream.telling = False
    world.settle()
    night(world)
    somebody_reads(world)


def bus_is_away(world: World, shop_asks: Callable[..., Any]) -> None:
    """The bus takes nothing until the stream gives the record up."""
    world.safaricom.payers[PHONE] = [Payer()]
    world.port_bus = _away  # type: ignore[assignment,method-assign]  # until it comes back
    shop_asks(world, asked("order-1"))
    world.pass_time(60_000)
    world.stream.waiting.clear()
    del world.port_bus
    world.pass_time(24 * HOUR_MS)
    night(world)


def changed_after_the_nights(world: World, shop_asks: Callable[..., Any]) -> None:
    """Paid and told; five days later a review is asked for, and the stream forgets that and the first look for it."""
    world.safaricom.payers[PHONE] = [Payer()]
    request = asked("order-1")
    shop_asks(world, request)
    world.pass_time(3 * MINUTE_MS)
    world.now += 5 * DAY_MS
    world.stream.telling = True
    review = ReviewAsked(reason="asked", said_at_ms=world.now, learned_at_ms=world.now)
    for _ in range(3):
        if world.attempt("review", keep(request.id, lambda _: (review,), world.settings)) is not None:
            break
    world.pass_time(HOUR_MS)
    world.stream.look()
    world.stream.waiting.clear()
    world.stream.telling = False
    world.pass_time(2 * HOUR_MS)


def somebody_reads(world: World) -> None:
    """A shop follows the feed: a page, and what lies behind its last event."""
    page = world.attempt("feed", read_feed("shop", None, None, 2))
    for told in page.told[-1:] if page else ():
        place = world.attempt("feed", place_of_event("shop", told.event.id))
        world.attempt("feed", read_feed("shop", place, None, 100))


def night(world: World) -> None:
    """The ticks of a night's repair."""
    for _ in range(TICKS):
        world.attempt("repair", repair(described))
        world.pass_time(TICK_MS)


def _away(_: Call) -> None:
    raise BusUnavailable("away")


LIVES = (stream_forgets, bus_is_away, changed_after_the_nights)
