"""What M-PESA was asked in the samples of events/: the Paybill's balance, and codes that it knows or does not know."""

from __future__ import annotations

from decimal import Decimal

from gateway import security
from gateway.domain.balances import Account, Balance
from gateway.domain.transactions import Answer, Direction, Question, Transaction
from tests.memory_store import KEYS, START_MS
from tests.unit.web.shop import Gateway

PAYBILL = "174379"
AT_MS = START_MS - 90_000
FOUND, UNKNOWN = "UC2FOUND01", "UC2NOTHERE"


def store(gateway: Gateway) -> None:
    """Answered a minute and a half ago."""
    world = gateway.world
    balance = Balance(
        id=security.balance_id(KEYS.id, "shop", PAYBILL),
        owner="shop",
        shortcode=PAYBILL,
        asked_at_ms=AT_MS,
        accounts=(
            Account(name="Utility Account", currency="KES", current=Decimal("25100.5"), available=Decimal("25100.5")),
            Account(name="Charges Paid Account", currency="KES", current=Decimal(-154), uncleared=Decimal("0.008")),
        ),
        as_of_ms=AT_MS,
        answers_at_ms=AT_MS,
        low_kes=30_000,
    )
    world.balances.all[balance.id] = balance
    found = Answer(
        code="0",
        status="completed",
        amount_kes=70,
        completed_at_ms=AT_MS,
        direction=Direction.IN,
        kind="Pay Bill Online",
        learned_at_ms=AT_MS + 2_000,
    )
    unknown = Answer(code="R000002", not_found=True, learned_at_ms=AT_MS + 2_000)
    for receipt, answer in ((FOUND, found), (UNKNOWN, unknown)):
        last = Question(asked_at_ms=AT_MS, shortcodes=(PAYBILL,))
        asked = Transaction(
            id=security.transaction_id(KEYS.id, "shop", receipt), owner="shop", receipt=receipt, last=last
        )
        known = asked.answered(AT_MS, PAYBILL, answer)
        world.transactions.all[known.id] = known
