"""Who plays in a scene: which payments a shop asks for, from which phones, in which order. Chance comes from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import NamedTuple

PAYS_BY_ITSELF = "0710"
"""Numbers 0710 000000 to 0710 999999 pay by themselves."""

UNPAID_PHONES = ("0700001032", "0700000001", "0700002001", "0700001019", "0700001037")
"""Magic numbers: cancelled, too little money, wrong PIN, ran out, no answer."""

AMOUNTS_KES = (60, 100, 150, 250, 350, 500, 850, 1500, 2400)


class Cue(NamedTuple):
    """One payment to ask for."""

    phone: str
    amount_kes: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A button. words: with {payments} and {days} where their number stands. silent: no news of these payments arrives.

    unpaid: one in so many is not paid; 0: everybody pays. days: so many pass meanwhile, with the month's differences
    and its pay day; 0: the clock is left alone.
    """

    key: str
    words: str
    what: str
    payments: int
    unpaid: int = 0
    silent: bool = False
    days: int = 0

    @property
    def title(self) -> str:
        """What is played, with as many payments and days as there are: `Month end, 2 days with 7 differences`."""
        return self.words.format(payments=_counted(self.payments, "payment"), days=_counted(self.days, "day"))


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


SCENES = (
    Scene(
        "busy_saturday",
        "Busy Saturday, {payments}",
        "A thousand payers, one in twelve does not pay.",
        1000,
        unpaid=12,
    ),
    Scene("a_few", "A few, {payments}", "Thirty payers, one in six does not pay.", 30, unpaid=6),
    Scene(
        "callback_outage",
        "Callback outage, {payments}",
        "All pay and M-PESA tells nobody: the status sweep finds out within two minutes.",
        20,
        silent=True,
    ),
    Scene(
        "month_end",
        "Month end, {days} with 7 differences",
        "The clock goes on by ten days of payments, which takes a few minutes. Seven times M-PESA’s book and the "
        "gateway’s come to differ, and on the last day wages wait for a second person.",
        100,
        unpaid=9,
        days=10,
    ),
)


def scene_of(key: str) -> Scene | None:
    """The scene of that key."""
    return next((scene for scene in SCENES if scene.key == key), None)


def cues(scene: Scene, seed: int) -> list[Cue]:
    """The payments of a scene. Payers that pay have phones of their own, so that nobody waits for another."""
    chance = random.Random(seed)
    phones = chance.sample(range(1_000_000), scene.payments)
    return [
        Cue(_phone(scene, number, phone), chance.choice(AMOUNTS_KES)) for number, phone in enumerate(phones, start=1)
    ]


def _phone(scene: Scene, number: int, phone: int) -> str:
    if scene.unpaid and number % scene.unpaid == 0:
        return UNPAID_PHONES[number // scene.unpaid % len(UNPAID_PHONES)]
    return f"{PAYS_BY_ITSELF}{phone:06d}"
