"""What a phone is asked besides STK prompts: to allow a standing order, or to pay out of a till (USSD push).

The screen, the PIN and the switches are the same; what differs is which code each end has, and what a yes does.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.daraja_simulator.phones import Prompt, PromptKind, PromptState
from local.daraja_simulator.times import iso

if TYPE_CHECKING:
    from local.daraja_simulator.phones import Phone
    from local.daraja_simulator.world import World


@dataclass(frozen=True, slots=True)
class Codes:
    """How each end is called."""

    cancelled: str
    expired: str
    unreachable: str
    busy: str
    wrong_pin: str
    locked: str


@dataclass(slots=True, kw_only=True)
class Ask:
    """One question. id: of its prompt. allow: does what was asked for once the PIN was right, and gives the code.

    tell: sends the callback with the code. decided: the code that a magic number gives without a person.
    """

    id: int
    kind: PromptKind
    phone: str
    text: str
    to: str
    account: str
    amount_kes: int
    codes: Codes
    allow: Callable[[], str]
    tell: Callable[[str], Coroutine[object, object, None]]
    decided: str | None = None
    code: str | None = None
    receipt: str | None = None


class Asks:
    """All questions by the id of their prompt."""

    def __init__(self) -> None:
        self._asks: dict[int, Ask] = {}

    def add(self, ask: Ask) -> None:
        """Remember one."""
        self._asks[ask.id] = ask

    def find(self, prompt_id: int) -> Ask | None:
        """The question behind a prompt; None: it is an STK prompt."""
        return self._asks.get(prompt_id)

    def open_on(self, phone: str) -> bool:
        """Whether one waits on this phone."""
        return any(ask.phone == phone and ask.code is None for ask in self._asks.values())


def begin(world: World, ask: Ask) -> None:
    """Ask the phone, by and by."""
    is_busy = _is_busy(world, world.phones.get(ask.phone))
    world.asks.add(ask)
    world.spawn(_live(world, ask, is_busy=is_busy))


def answer(world: World, ask: Ask, pin: str | None) -> None:
    """What a person says: a PIN, or None for cancel."""
    if ask.code is not None:
        return
    phone = world.phones.get(ask.phone)
    if pin is None:
        _end(world, ask, ask.codes.cancelled, "cancelled")
    elif phone.pin_is_right(pin):
        code = ask.allow()
        _end(world, ask, code, "allowed" if code == "0" else "failed")
    else:
        _end(world, ask, ask.codes.locked if phone.locked else ask.codes.wrong_pin, "wrong_pin")


async def _live(world: World, ask: Ask, *, is_busy: bool) -> None:
    phone = world.phones.get(ask.phone)
    if ask.decided is not None:
        _show(world, ask, phone)
        await world.clock.sleep(world.options.answer_after_s)
        _play(world, ask, ask.decided)
        return
    await world.clock.sleep(world.options.prompt_after_s)
    if not phone.reachable:
        await world.clock.sleep(world.options.unreachable_after_s)
        _end(world, ask, ask.codes.unreachable, "expired")
        return
    if is_busy:
        await world.clock.sleep(world.options.answer_after_s)
        _end(world, ask, ask.codes.busy, "failed")
        return
    _show(world, ask, phone)
    await _wait_for_answer(world, ask, phone)


async def _wait_for_answer(world: World, ask: Ask, phone: Phone) -> None:
    ends_at_s = world.clock.now() + world.options.prompt_life_s
    default = world.default_answer
    answering = "pay" if phone.pays_by_itself else default.answer
    if answering != "wait":
        await world.clock.sleep(world.options.answer_after_s if phone.pays_by_itself else default.after_s)
        answer(world, ask, phone.pin if answering == "pay" else None)
    await world.clock.sleep_until(ends_at_s)
    _end(world, ask, ask.codes.expired, "expired")


def _play(world: World, ask: Ask, decided: str) -> None:
    code = ask.allow() if decided == "0" else decided
    _end(world, ask, code, "allowed" if code == "0" else "failed")


def _end(world: World, ask: Ask, code: str, state: PromptState) -> None:
    """The first end holds."""
    if ask.code is not None:
        return
    ask.code = code
    for prompt in world.phones.get(ask.phone).prompts:
        if prompt.id == ask.id:
            prompt.state, prompt.code = state, code
    world.spawn(ask.tell(code))


def _show(world: World, ask: Ask, phone: Phone) -> None:
    now_s = world.clock.now()
    shown = Prompt(
        id=ask.id,
        text=ask.text,
        to=ask.to,
        account=ask.account,
        amount=ask.amount_kes,
        at=iso(now_s),
        ends_at=iso(now_s + world.options.prompt_life_s),
        kind=ask.kind,
    )
    phone.prompts.append(shown)


def _is_busy(world: World, phone: Phone) -> bool:
    """One menu or prompt at a time, but for numbers that are free of the rules."""
    if phone.free_of_rules:
        return False
    waits = world.pushes.open_on(phone.number) is not None or world.asks.open_on(phone.number)
    return phone.switches.ussd_session or waits
