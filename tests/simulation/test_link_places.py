"""A link with one place is paid once, whatever call dies, fails or stalls; and it is never blocked for ever."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.crash_matrix import boundaries_of
from tests.simulation.fold_memory import remembered_folds
from tests.simulation.lives_links import LINK, PHONES, begin_again, two_payers_for_one_place
from tests.simulation.safaricom import Payer
from tests.simulation.world import Fault, World

LIFE = two_payers_for_one_place
HOUR_MS = 3_600_000


@pytest.fixture(autouse=True)
def _folds() -> Iterator[None]:
    """The lives are much alike."""
    with remembered_folds():
        yield


def lived(index: int, fault: Fault) -> World:
    """The life with one fault, an hour later."""
    world = World(faults={index: fault})
    LIFE(world)
    world.faults = {}
    world.pass_time(HOUR_MS)
    return world


@pytest.mark.parametrize("fault", list(Fault))
def test_no_fault_sells_a_place_twice(fault: Fault) -> None:
    """At every port call: at most one payment of the link got money, and no more than one place is taken."""
    worlds = [lived(boundary.index, fault) for boundary in boundaries_of(LIFE.__name__)]
    paid = [sum(bool(payment["credits"]) for payment in world.payments()) for world in worlds]
    taken = [link.paid + len(link.held) for world in worlds for link in world.links.links.values()]
    assert {*paid, *taken} <= {0, 1}
    assert 1 in paid


@pytest.mark.parametrize("fault", list(Fault))
def test_no_fault_blocks_an_unpaid_link_for_ever(fault: Fault) -> None:
    """Where nobody paid, or nobody knows, the next payer gets the place after a day at the latest."""
    worlds = [lived(boundary.index, fault) for boundary in boundaries_of(LIFE.__name__)]
    unpaid = [
        world for world in worlds if LINK.id in world.links.links and not any(p["credits"] for p in world.payments())
    ]
    for world in unpaid:
        world.pass_time(26 * HOUR_MS)
        world.safaricom.payers[PHONES[2]] = [Payer()]
        begin_again(world)
        world.pass_time(60_000)
    assert [1] * len(unpaid) == [sum(bool(p["credits"]) for p in world.payments()) for world in unpaid]
