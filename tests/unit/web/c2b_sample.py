"""Money by hand of which the samples in events/ speak: one that waits, one set aside, one another payment's."""

from __future__ import annotations

from gateway.domain.facts import MoneyReceived, Source
from gateway.flows.assign import Person, set_aside
from gateway.flows.settings import FlowSettings
from gateway.flows.take_money import receive_money
from gateway.ports import run
from tests.memory_store import START_MS
from tests.unit.web.shop import Gateway

WAITING, ASIDE, TYPED = "SGK70PQ1AB", "SGK88PQ2CD", "SGK99PQ3EF"


def money(
    receipt: str, reference: str, amount: int = 1500, *, shortcode: str = "174379", at_ms: int = START_MS
) -> MoneyReceived:
    """A confirmation, as it is kept."""
    return MoneyReceived(
        told_by=Source.C2B,
        receipt=receipt,
        amount_kes=amount,
        shortcode=shortcode,
        reference=reference,
        completed_at_ms=at_ms,
        payer_name="John K.",
        phone_ending="126",
        said_at_ms=at_ms,
        learned_at_ms=at_ms,
    )


def tell(gateway: Gateway, fact: MoneyReceived) -> None:
    """Safaricom confirms."""
    run(receive_money(fact, FlowSettings()), gateway.world)


def store(gateway: Gateway) -> None:
    """HAND1 is mistyped once, typed rightly once; 80 shillings at the till are for nobody."""
    gateway.pay("by hand", account_reference="HAND1")
    tell(gateway, money(WAITING, "HNAD1"))
    tell(gateway, money(ASIDE, "", 80, shortcode="4000000"))
    tell(gateway, money(TYPED, " hand1 ", 500))
    run(set_aside(ASIDE, "sent to us by mistake", Person("key_shop"), aside=True), gateway.world)
