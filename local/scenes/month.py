"""Month end: days pass, each with payments. Seven times M-PESA's book and the gateway's come to differ; wages wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, TypeVar

from local.daraja_simulator import c2b
from local.daraja_simulator.times import EAT, eat
from local.demo_shop.gateway import Gateway, GatewayError, Payment
from local.scenes.differences import DIFFERENCES

if TYPE_CHECKING:
    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World
    from local.scenes.casting import Cue

SHORTCODE = "174379"
BUSY_AT = (dt.time(9, 30), dt.time(13, 0), dt.time(18, 15))
DIFFERENCES_AT = dt.time(20, 0)
BEFORE_MIDNIGHT = dt.time(23, 59, 40)
COMPARED_AT = dt.time(5, 30)
"""By then the gateway has compared the day before."""

OVER_S = 75
"""A prompt is answered, or has run out."""

WAGES = (("Amina", 3_400), ("Brian", 2_900), ("Chebet", 4_100), ("Daudi", 2_600), ("Esther", 3_250), ("Fatuma", 3_000))

Kind = TypeVar("Kind")
Asking = Callable[[Sequence["Cue"]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth looking at. day: in Nairobi; address: the page that shows it."""

    day: str
    words: str
    address: str


@dataclass(slots=True)
class Diary:
    """What a month has brought so far. day: the one that is played."""

    day: str = ""
    notes: list[Note] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """As the control API shows it."""
        return {"day": self.day, "notes": [asdict(note) for note in self.notes]}


@dataclass(frozen=True, slots=True)
class Month:
    """A month in this world. console: address of the staff's pages. seed: of its order numbers and references."""

    world: World
    gateway: Gateway
    console: str
    seed: int
    diary: Diary

    async def play(self, days: int, cues: Sequence[Cue], ask: Asking) -> None:
        """Let the days pass, from tomorrow on. ask: asks for payments at once. Then the clock runs as it did before."""
        clock = self.world.clock
        stood_still = clock.frozen
        clock.freeze()
        try:
            first = eat(clock.now()).date() + dt.timedelta(days=1)
            for number in range(days):
                today = first + dt.timedelta(days=number)
                self.diary.day = today.isoformat()
                await self._customers(today, share(cues, number, days), ask)
                if number == days - 1:
                    await self._pay_day(today)
                await self._differences(today, number, days)
            await self._reach(first + dt.timedelta(days=days), COMPARED_AT)
        finally:
            if not stood_still:
                clock.thaw()

    async def _customers(self, today: dt.date, cues: Sequence[Cue], ask: Asking) -> None:
        for part, moment in enumerate(BUSY_AT):
            await self._reach(today, moment)
            await ask(share(cues, part, len(BUSY_AT)))
            await self.world.clock.advance(OVER_S)

    async def _differences(self, today: dt.date, number: int, days: int) -> None:
        for place, difference in enumerate(DIFFERENCES):
            if spread(place, days) != number:
                continue
            await self._reach(today, BEFORE_MIDNIGHT if difference.at_midnight else DIFFERENCES_AT)
            try:
                words = await difference.make(self, f"month-{self.seed}-{place + 1}")
            except GatewayError as error:
                words = f"A difference could not be made: {error.words}"
            self._note(today, words, f"reconciliation/{today}?shortcode={SHORTCODE}")

    async def _pay_day(self, today: dt.date) -> None:
        lines = [f"07220006{place},{wage},salary,{name},E-{place}" for place, (name, wage) in enumerate(WAGES, 51)]
        csv = "\n".join(["phone,amount,purpose,remarks,order", *lines, ""])
        try:
            file = await self.gateway.ask_for_payouts(f"month-{self.seed}-wages", f"Wages {today:%B}", csv)
        except GatewayError as error:
            self._note(today, f"The file of wages was not taken: {error.words}", "payouts")
        else:
            self._note(today, f"Pay day: {len(WAGES)} wages wait for a second person.", f"payouts/files/{file}")

    def _note(self, day: dt.date, words: str, page: str) -> None:
        self.diary.notes.append(Note(day.isoformat(), words, f"{self.console}/{page}"))

    async def _reach(self, day: dt.date, moment: dt.time) -> None:
        """Let time pass until then; nothing if it is later already."""
        wait_s = dt.datetime.combine(day, moment, EAT).timestamp() - self.world.clock.now()
        if wait_s > 0:
            await self.world.clock.advance(wait_s)

    # What differences are made of.

    @property
    def shortcode(self) -> Shortcode:
        """The Paybill that all of it is paid to. Raises LookupError: this world has it not."""
        found = self.world.shortcodes.find(SHORTCODE)
        if found is None:
            raise LookupError(SHORTCODE)
        return found

    def reference(self, number: int) -> str:
        """An account reference of this month."""
        return f"MON{self.seed % 10_000:04d}{number}7"

    async def asked(self, order: str, amount_kes: int, **more: str) -> Payment:
        """A payment that the shop asks for."""
        return await self.gateway.create_payment(order, {"amount": amount_kes, "order": order, **more})

    async def paid(self, order: str, amount_kes: int, phone: str) -> Payment:
        """A payment that was prompted for, a minute later."""
        asked = await self.asked(order, amount_kes, phone=phone)
        await self.world.clock.advance(OVER_S)
        return await self.gateway.payment(asked.id)

    async def by_hand(self, phone: str, account: str, amount_kes: int) -> None:
        """Somebody types a payment at the Paybill, and the confirmation arrives."""
        payment = c2b.MenuPayment(self.world.phones.get(phone), self.shortcode, account, amount_kes)
        with self.world.clock.busy():
            await c2b.pay(self.world, payment)
        await self.world.clock.advance(OVER_S)


def share(everything: Sequence[Kind], part: int, parts: int) -> Sequence[Kind]:
    """One part of so many, all about equally large."""
    count = len(everything)
    return everything[count * part // parts : count * (part + 1) // parts]


def spread(place: int, days: int) -> int:
    """On which day, counted from 0, a difference happens: spread over all of them, in order."""
    return (2 * place + 1) * days // (2 * len(DIFFERENCES))
