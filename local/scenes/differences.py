"""Seven ways in which M-PESA's book of a day and the gateway's come to differ; each says what was done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple

from local.daraja_simulator.books import Transfer

if TYPE_CHECKING:
    from local.scenes.month import Month

PAYS_BY_ITSELF, PAYS_LATE, SOMEBODY, SOMEBODY_ELSE = "254710999001", "254710999002", "254710999003", "254710999004"
"""All have money enough; the first two answer prompts by themselves."""

PAYS_TWICE = "254700010020"


class Difference(NamedTuple):
    """make: brings it about, for an order number; answers with what was done. at_midnight: happens just before it."""

    make: Callable[[Month, str], Awaitable[str]]
    at_midnight: bool = False


async def slip_in_the_reference(month: Month, order: str) -> str:
    """A payer types the account with two characters changed over."""
    reference = month.reference(1)
    await month.asked(order, 2_450, account_reference=reference)
    typed = reference[:-2] + reference[:-3:-1]
    await month.by_hand(SOMEBODY, typed, 2_450)
    return f"{order}: paid by hand with {typed} instead of {reference}. Its payment waits; give it the money."


async def money_of_a_stranger(month: Month, _order: str) -> str:
    """A payer types an account that no order has."""
    await month.by_hand(SOMEBODY_ELSE, "RENT HSE 4", 1_740)
    return "KSh 1,740 came in for RENT HSE 4, which no order has. Ask the payer, or set it aside."


async def untold_receipt(month: Month, _order: str) -> str:
    """M-PESA's book has money of which no news ever came."""
    world, payer = month.world, month.world.phones.get(SOMEBODY_ELSE)
    at_s = world.clock.now()
    receipt = world.receipts.next(at_s)
    moved = Transfer(
        receipt=receipt, party=payer.number, party_name=payer.name, amount_kes=860, at_s=at_s, kind="drill",
        reference="COUNTER",
    )  # fmt: skip
    world.books.credit(month.shortcode, moved)
    return f"{receipt}: KSh 860 of which M-PESA told nobody; only its book has it."


async def forgotten_receipt(month: Month, order: str) -> str:
    """M-PESA told of a payment, and its book has it no more."""
    payment = await month.paid(order, 1_320, PAYS_BY_ITSELF)
    month.world.books.delete(payment.receipt)
    return f"{order}: paid with {payment.receipt}, which is missing in M-PESA's book. Wait for the statement."


async def other_amount(month: Month, order: str) -> str:
    """The confirmation told a shilling more than M-PESA's book has."""
    reference = month.reference(2)
    await month.asked(order, 1_990, account_reference=reference)
    month.world.faults.order("c2b_confirmation", "wrong_amount", phone=SOMEBODY, count=1)
    await month.by_hand(SOMEBODY, reference, 1_989)
    return f"{order}: M-PESA told KSh 1,990, and its book has KSh 1,989."


async def paid_twice(month: Month, order: str) -> str:
    """The payer answered the prompt and typed the Paybill as well."""
    payment = await month.paid(order, 750, PAYS_TWICE)
    return f"{order}: paid with {payment.receipt} and once more by hand. Give one of the two back."


async def told_after_midnight(month: Month, order: str) -> str:
    """Paid a few seconds before midnight; all news was lost, and a question finds it on the next day."""
    for news in ("stk_callback", "c2b_confirmation"):
        month.world.faults.order(news, "lost", phone=PAYS_LATE, count=1)
    await month.paid(order, 2_980, PAYS_LATE)
    return f"{order}: paid just before midnight, known just after it. Both days show it; book it on this one."


DIFFERENCES = (
    Difference(slip_in_the_reference),
    Difference(forgotten_receipt),
    Difference(other_amount),
    Difference(money_of_a_stranger),
    Difference(paid_twice),
    Difference(untold_receipt),
    Difference(told_after_midnight, at_midnight=True),
)
