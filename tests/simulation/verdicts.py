"""What the judge says of a world, now and when it has come to rest."""

from __future__ import annotations

from collections.abc import Callable

from gateway.domain.fold import state_of
from gateway.domain.money_out.fold import outgoing_state
from tests.simulation import judge, lives_audit, lives_money_out, lives_questions, lives_refunds, shops_told
from tests.simulation.port_errors import program_error
from tests.simulation.world import SHORTCODE, World

LIFE_MS = 3 * 60_000
LOOKED_AT_WITHIN_MS = 7 * 3_600_000
"""What stands unresolved is asked about every six hours."""


def lived(life: Callable[[World], None], world: World) -> list[str]:
    """Play a life and bring it to rest; every law that broke. A life that ends in an error breaks one, as any other."""
    try:
        life(world)
        return brought_to_rest(world)
    except Exception as error:  # noqa: BLE001  # whatever it is: one life of thousands must not end the matrix
        return [f"P the life ended with {error!r}"]


def brought_to_rest(world: World) -> list[str]:
    """Some minutes with the faults that are still planned, then hours without any; every law that broke."""
    world.pass_time(LIFE_MS)
    broken = broken_now(world)
    before = world.payments()
    world.calm()
    person_looks(world)
    return [*broken, *broken_now(world), *judge.shrunk(before, world.payments()), *broken_at_rest(world)]


def person_looks(world: World) -> None:
    """What no question of ours can settle is listed for a person, who does what the list says; nothing more fails.

    While the operator is stopped nothing is asked, until somebody tests it. Of a reversal whose answer and result were
    both lost M-Pesa is asked in vain, since it carries no id of ours: its list tells.
    """
    unnoticed = lives_money_out.went_unnoticed(world)
    if unnoticed and world.store.circuits[SHORTCODE.number].openings:
        lives_questions.operator_asks(world, is_test=True)
        world.pass_time(LOOKED_AT_WITHIN_MS)
    for record in unnoticed:
        if record.asked.payment and outgoing_state(record).attempts[-1].is_asked_about_by_receipt:
            lives_refunds.list_shows(world, record.asked.payment)


def broken_now(world: World) -> list[str]:
    """The laws that hold at any time, and whether a flow met what only a broken program raises."""
    told = {push.checkout_request_id for push in world.safaricom.pushes if push.code != "0"}
    told |= {push.checkout_request_id for push in world.safaricom.pushes if world.failure_told(push)}
    laws = judge.broken_at_any_time(world.payments(), world.safaricom.books, world.safaricom.pushes, told)
    laws += lives_money_out.broken_now(world)
    laws += lives_refunds.broken_now(world)
    return [*laws, *(f"P {name}: {error}" for name, fields in world.reports if (error := program_error(fields)))]


def broken_at_rest(world: World) -> list[str]:
    """The laws that hold in the end. A delivery that neither table nor queue took: only Pull or a statement tells."""
    apart = world.set_apart() + world.lost_deliveries
    money = judge.broken_in_the_end(
        world.payments(), world.safaricom.books, world.claims(), world.unmatched(), apart, world.now
    )
    money += lives_money_out.broken_at_rest(world)
    money += lives_refunds.broken_at_rest(world)
    return [*money, *orders_that_matter(world), *shops_told.broken(world), *lives_audit.broken(world)]


def orders_that_matter(world: World) -> list[str]:
    """L6: the same facts in another order say the same. Folded afresh, also where folds are remembered."""
    return [
        f"L6 {record.id} depends on the order of its facts"
        for record in world.store.payments.values()
        if state_of(record.asked, dict(reversed(list(record.facts.items())))) != world.settings.state(record)
    ]
