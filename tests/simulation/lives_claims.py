"""Lives in which a payer says «I have paid»: no reference finds the money; it is claimed before or after it came."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gateway.domain.payment import Asked
from gateway.flows.claims import PAYER, ClaimTaken, claim
from tests.simulation.safaricom import FROM_SAFARICOM, Payer
from tests.simulation.world import World, asked

PHONE = "254712345678"
OTHER_PHONE = "254712345679"
MISTYPED = "NO SUCH ORDER"


def payer_claims(world: World, request: Asked, receipt: str) -> ClaimTaken | None:
    """The page's form, sent again while no answer comes."""
    for _ in range(3):
        taken = world.attempt("claim", claim(request.id, receipt, PAYER, world.settings))
        if taken is not None:
            return taken
        world.pass_time(1_000, sweeps=False)
    return None


def types_by_hand(world: World, amount: int, reference: str, phone: str = PHONE) -> str:
    """The payer types business number and reference; M-PESA books it and confirms with the hash of the number."""
    receipt = world.safaricom.menu_payment(phone, amount, reference, confirmation_after_ms=None)
    body = json.loads(world.safaricom.confirmation(receipt))
    body["MSISDN"] = hashlib.sha256(phone.encode()).hexdigest()
    body["TransTime"] = f"{datetime.fromtimestamp(world.now // 1000, UTC) + timedelta(hours=3):%Y%m%d%H%M%S}"
    world.at(
        world.now + 2_000, lambda: world.deliver(world.safaricom.c2b_path, json.dumps(body).encode(), FROM_SAFARICOM)
    )
    return receipt


def claimed_after_its_money(
    world: World,
    ask: Callable[..., object],
) -> None:
    """The prompt is cancelled, the payer types the number wrongly, and claims the code: the phone proves it."""
    world.safaricom.payers[PHONE] = [Payer(code="1032")]
    request = asked("order-1")
    ask(world, request)
    world.pass_time(60_000)
    receipt = types_by_hand(world, request.amount_kes, MISTYPED)
    world.pass_time(10_000)
    payer_claims(world, request, receipt)


def claimed_before_its_money(world: World, ask: Callable[..., object]) -> None:
    """The claim is faster than M-PESA's confirmation: looked for again, and found."""
    world.safaricom.payers[PHONE] = [Payer(code="1032")]
    request = asked("order-1")
    ask(world, request)
    world.pass_time(60_000)
    receipt = types_by_hand(world, request.amount_kes, MISTYPED)
    payer_claims(world, request, receipt)
    world.pass_time(30_000)


def claimed_by_two(world: World, ask: Callable[..., object]) -> None:
    """Two payers claim one code; both entered the number at some time."""
    world.safaricom.payers[PHONE] = [Payer(code="1032"), Payer(code="1032")]
    first, second = asked("order-1"), asked("order-2")
    ask(world, first)
    world.pass_time(60_000)
    ask(world, second)
    world.pass_time(15 * 60_000)
    receipt = types_by_hand(world, first.amount_kes, MISTYPED)
    world.pass_time(10_000)
    for request in (first, second):
        payer_claims(world, request, receipt)


def claimed_with_a_shared_reference(world: World, ask: Callable[..., object]) -> None:
    """Two payments carry one reference; the sum and the claim say which, and somebody else's code says nothing."""
    request = asked("order-1", reference="SHARED")
    ask(world, request, None)
    ask(world, asked("order-2", request.amount_kes + 50, reference="SHARED"), None)
    receipt = types_by_hand(world, request.amount_kes, "shared", OTHER_PHONE)
    world.pass_time(10_000)
    payer_claims(world, request, receipt)
    payer_claims(world, request, "UKPNOTHING")
