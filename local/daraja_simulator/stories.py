"""Magic of everything but prompts: numbers and references that decide how a request ends, and how it is told.

070000NNNN is the result NNNN, as a phone's number or, where no phone is in the request, as its reference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.daraja_simulator.outbox import Message
    from local.daraja_simulator.world import World

Telling = Literal["once", "lost", "late", "twice", "queue_timeout_then_result"]

LATE_S = 600.0
TWICE_S = 1.0

RESULT_STORIES: Mapping[str, tuple[Telling, str]] = {
    "0700020001": ("lost", "done, the result is lost; only status tells"),
    "0700020002": ("queue_timeout_then_result", "done, a queue time-out is told first"),
    "0700020003": ("twice", "done, the result is told twice"),
}
"""Of payouts, by recipient; of payments to businesses and tax, by reference."""
CALLBACK_STORIES: Mapping[str, tuple[Telling, str]] = {
    "0700030001": ("lost", "allowed, the callback is lost"),
    "0700030002": ("late", "allowed, the callback comes ten minutes late"),
    "0700030003": ("twice", "allowed, the callback comes twice"),
}
"""Of standing orders, by phone; of USSD pushes, by paymentRef."""
POOR_PAYER = "0700030004"
"""Allows a standing order, and never has the money for it."""
SWAPPED_LATELY = "0700040001"
"""Its SIM was swapped an hour ago."""
NO_CUSTOMER = "0700002040"
"""Nobody's number, to payouts (2040) and look-ups."""

_CODE = re.compile(r"070000([0-9]{4})")


def national(number: str) -> str:
    """254712345678 → 0712345678; other texts stay."""
    return f"0{number[3:]}" if re.fullmatch(r"254[17][0-9]{8}", number) else number


def code_of(number: str) -> str | None:
    """The result code that a phone's number, or a reference, asks for; None: it asks for none."""
    found = _CODE.fullmatch(national(number))
    return str(int(found[1])) if found else None


def answer_of(number: str) -> str | None:
    """The code with which a number or reference answers a question by itself; None: a person answers."""
    says_yes = national(number) in CALLBACK_STORIES or national(number) == POOR_PAYER
    return "0" if says_yes else code_of(number)


def result_story(number: str) -> Telling:
    """How a result is told."""
    return RESULT_STORIES.get(national(number), ("once", ""))[0]


def callback_story(number: str) -> Telling:
    """How a callback is told."""
    return CALLBACK_STORIES.get(national(number), ("once", ""))[0]


async def tell(world: World, message: Message, how: Telling) -> None:
    """Send a callback in this way; faults that were ordered come on top."""
    if how == "lost":
        return
    if how == "late":
        await world.clock.sleep(LATE_S)
    await world.outbox.send(message)
    if how == "twice":
        await world.clock.sleep(TWICE_S)
        await world.outbox.send(message)


def table() -> list[dict[str, str]]:
    """All of it as rows: what is asked for, the number, what happens."""
    code, business = "070000NNNN", "payment to a business, tax: reference or PRN"
    rows = [
        ("payout to a phone", code, "refused with the result NNNN"),
        *(("payout to a phone", number, story) for number, (_, story) in RESULT_STORIES.items()),
        ("reversal of a receipt", "…R1", "already reversed"),
        ("reversal of a receipt", "…R2", "too little balance"),
        ("reversal of a receipt", "…R3", "done, the result is lost"),
        (business, code, "refused with the result NNNN"),
        *((business, number, told) for number, (_, told) in RESULT_STORIES.items()),
        ("USSD push: paymentRef", code, "ends with the code NNNN, 0700000000 pays"),
        *(("USSD push: paymentRef", number, told) for number, (_, told) in CALLBACK_STORIES.items()),
        ("standing order of a phone", code, "ends with the code NNNN, 0700000000 allows it"),
        *(("standing order of a phone", number, told) for number, (_, told) in CALLBACK_STORIES.items()),
        ("standing order of a phone", POOR_PAYER, "allowed, and on each day there is too little money"),
        ("look-up of a phone", NO_CUSTOMER, "no customer"),
        ("look-up of a phone", SWAPPED_LATELY, "its SIM was swapped an hour ago"),
    ]
    return [{"of": of, "number": number, "meaning": meaning} for of, number, meaning in rows]
