"""Lives that nobody wrote: what shops and payers do, what gets through, and what breaks, drawn by hypothesis.

Played on the simulated world; the judge of the simulation, who knows M-PESA's books, says which laws broke.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from gateway.domain.payment import Asked
from gateway.flows.close import cancel
from tests.simulation import judge
from tests.simulation.lives import OTHER_PHONE, PHONE, page_polls, payer_tries_again, shop_asks
from tests.simulation.safaricom import FROM_ELSEWHERE, FROM_SAFARICOM, Payer
from tests.simulation.world import Fault, World, asked

ORDERS = ("order-1", "order-2")
PHONES = (PHONE, OTHER_PHONE)
FAULTS_MAX = 4
BOUNDARY_MAX = 90

Act = tuple[str, Any, Any]
"""What is done, to which order, and with what."""


@dataclass(frozen=True)
class Life:
    """payers: the plans of each phone, one for each prompt. faults: by the index of the port call."""

    payers: tuple[tuple[Payer, ...], tuple[Payer, ...]]
    acts: tuple[Act, ...]
    faults: dict[int, Fault]


PAYERS = st.builds(
    Payer,
    code=st.sampled_from(["0", "0", "0", "1032", "1037", "2001", "1", "never"]),
    after_ms=st.sampled_from([3_000, 20_000, 70_000]),
    callbacks=st.sampled_from([(1_000,), (1_000,), (), (1_000, 4_000), (90_000,), (40_000_000,)]),
    query_tells=st.sampled_from([True, True, False]),
    echo_after_ms=st.sampled_from([None, None, 500, 5_000]),
    callback_from=st.sampled_from([FROM_SAFARICOM, FROM_SAFARICOM, FROM_SAFARICOM, FROM_ELSEWHERE]),
    answer_lost=st.sampled_from([False, False, False, True]),
)

ACTS = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(ORDERS), st.sampled_from([*PHONES, None])),
    st.tuples(st.just("again"), st.sampled_from(ORDERS), st.sampled_from(PHONES)),
    st.tuples(st.just("cancel"), st.sampled_from(ORDERS), st.none()),
    st.tuples(st.just("poll"), st.sampled_from(ORDERS), st.none()),
    st.tuples(st.just("typed"), st.sampled_from(ORDERS), st.sampled_from([30, 45])),
    st.tuples(st.just("wait"), st.none(), st.sampled_from([2, 15, 65, 240, 1_200])),
)


def lives(*, faults: bool = True) -> st.SearchStrategy[Life]:
    """Up to six acts, and up to four faults at any port call."""
    plans = st.lists(PAYERS, min_size=1, max_size=3).map(tuple)
    none: st.SearchStrategy[dict[int, Fault]] = st.just({})
    drawn = st.dictionaries(st.integers(0, BOUNDARY_MAX), st.sampled_from(list(Fault)), max_size=FAULTS_MAX)
    return st.builds(
        Life,
        payers=st.tuples(plans, plans),
        acts=st.lists(ACTS, min_size=1, max_size=6).map(lambda acts: (("ask", ORDERS[0], PHONE), *acts)),
        faults=drawn if faults else none,
    )


def played(life: Life) -> tuple[World, list[str]]:
    """The world after the life and its calm, and every law that broke on the way, checked after each act."""
    world = World(faults=life.faults)
    world.safaricom.payers = {
        phone: [replace(payer) for payer in plans] for phone, plans in zip(PHONES, life.payers, strict=True)
    }
    broken: list[str] = []
    for act in life.acts:
        before = world.payments()
        _do(world, act)
        broken += [*_now(world), *judge.shrunk(before, world.payments())]
    before = world.payments()
    world.calm(hours=12)
    return world, [*broken, *_now(world), *judge.shrunk(before, world.payments()), *_finally(world)]


def _do(world: World, act: Act) -> None:
    what, order, value = act
    request = asked(order) if order else asked("none")
    if what == "ask":
        shop_asks(world, request, value)
    elif what == "again":
        payer_tries_again(world, request, _next_number(world, request), value, not_charged=True)
    elif what == "cancel":
        world.attempt("cancel", cancel(request.id, "key_test", world.settings))
    elif what == "poll":
        page_polls(world, request, 1)
    elif what == "typed":
        world.safaricom.menu_payment(OTHER_PHONE, value, request.account_reference)
    else:
        world.pass_time(value * 1_000)


def _next_number(world: World, request: Asked) -> int:
    return next((len(p["attempts"]) + 1 for p in world.payments() if p["id"] == request.id), 1)


def _now(world: World) -> list[str]:
    told = {push.checkout_request_id for push in world.safaricom.pushes if push.code != "0"}
    told |= {push.checkout_request_id for push in world.safaricom.pushes if world.failure_told(push)}
    return judge.broken_at_any_time(world.payments(), world.safaricom.books, world.safaricom.pushes, told)


def _finally(world: World) -> list[str]:
    untold = world.set_apart() + world.lost_deliveries
    return judge.broken_in_the_end(
        world.payments(), world.safaricom.books, world.claims(), world.unmatched(), untold, world.now
    )


def broken_by(life: Life, law: str) -> list[str]:
    """What a life broke of one law."""
    return sorted({line for line in played(life)[1] if line.startswith(f"{law} ")})
