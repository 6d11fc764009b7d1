"""Our own callback API as it answers when the gateway calls it from outside: the self-test of a registration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.domain.validation import ValidationPolicy
from gateway.flows.messages import Delivery
from gateway.flows.strangers import Taken
from gateway.flows.take_money import take_c2b_confirmation
from gateway.flows.validate_money import validate_money
from gateway.ports.registration import OwnAnswer

if TYPE_CHECKING:
    from tests.simulation.world import World

SOMEWHERE = "203.0.113.9"
"""Where a function of ours calls from: no address of Safaricom's."""


def answered_by_ourselves(world: World, url: str, body: bytes) -> OwnAnswer:
    """What the function behind this address answers; nobody does where it died."""
    shortcode, tag, name = url.rsplit("/", 3)[1:]
    delivery = Delivery(
        kind="c2b_confirmation",
        target=shortcode,
        number=0,
        tag=tag,
        source_address=SOMEWHERE,
        body=body,
        learned_at_ms=world.ambient_now_ms(),
    )
    if name == "validation":
        verdict = world.attempt("validation", validate_money(delivery, ValidationPolicy.ACCEPT))
        told = {"ResultCode": "0", "ThirdPartyTransID": verdict.mark} if verdict is not None else None
    else:
        taken = world.attempt("c2b", take_c2b_confirmation(delivery, world.env, world.settings))
        told = {"ResultCode": "0"} if taken in (Taken.KEPT, Taken.QUEUED) else None
    return OwnAnswer(200, json.dumps(told).encode()) if told is not None else OwnAnswer(503, b"")
