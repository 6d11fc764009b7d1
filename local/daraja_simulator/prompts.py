"""The life of a prompt: from the push to the payer's answer, or to the end of its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.daraja_simulator import c2b, callbacks, invoices, outcomes
from local.daraja_simulator.books import Transfer
from local.daraja_simulator.outcomes import AtPush, Callback
from local.daraja_simulator.phones import Phone, Prompt, PromptState
from local.daraja_simulator.times import eat, iso

if TYPE_CHECKING:
    from local.daraja_simulator.pushes import Push
    from local.daraja_simulator.world import World

DAY_LIMIT_KES = 500_000
SAME_AMOUNT_S = 120.0
PROMPT_LENGTH_MAX = 182
STATES: dict[str, PromptState] = {"0": "paid", "1032": "cancelled", "1037": "expired", "2001": "wrong_pin"}


def begin(world: World, push: Push) -> None:
    """The push is accepted: send the prompt to the phone, by and by."""
    world.spawn(_live(world, push))


def rule_result(world: World, push: Push) -> str | None:
    """The result that comes without any prompt: 17, 1001 or 1025, or None."""
    phone = world.phones.get(push.phone)
    if len(prompt_text(push, phone)) > PROMPT_LENGTH_MAX:
        return "1025"
    if phone.free_of_rules:
        return None
    if _same_amount_lately(world, push):
        return "17"
    busy = world.options.second_prompt == "busy" and _other_live(world, push) is not None
    asked_something_else = phone.switches.ussd_session or world.asks.open_on(phone.number)
    return "1001" if busy or asked_something_else else None


def prompt_text(push: Push, phone: Phone) -> str:
    """What the screen asks. With Fuliza the organisation's number stands for its name."""
    to = push.shortcode.party if phone.switches.fuliza else push.shortcode.name
    account = f" account {push.reference}" if push.shortcode.kind == "paybill" else ""
    return f"Do you want to pay KSh {push.amount_kes:,} to {to}{account}?"


def answer(world: World, push: Push, pin: str | None) -> None:
    """The payer's answer: a PIN, or None for cancel."""
    if push.is_open:
        finish(world, push, "1032" if pin is None else _result_of_pin(world, push, pin))


def finish(world: World, push: Push, code: str) -> None:
    """End a push with this result: money moves if it is 0, then the organisation is told."""
    settle(world, push, code)
    world.spawn(callbacks.tell(world, push))


def settle(world: World, push: Push, code: str, state: PromptState | None = None) -> None:
    """End a push without telling anyone."""
    push.code = code
    push.ended_at_s = world.clock.now()
    phone = world.phones.get(push.phone)
    for prompt in phone.prompts:
        if prompt.id == push.id and prompt.state in ("live", "cancelled"):
            prompt.state, prompt.code = state or STATES.get(code, "failed"), code
    if code == "0":
        _take_money(world, push, phone)


def live_push(world: World, phone: Phone, prompt_id: int | None = None) -> Push | None:
    """The push whose prompt stands on this screen: the newest, or the one asked for."""
    wanted = (prompt for prompt in phone.prompts if prompt_id in (None, prompt.id))
    live = {prompt.id for prompt in wanted if prompt.state == "live"}
    return next((push for push in world.pushes.of_phone(phone.number) if push.id in live), None)


async def _live(world: World, push: Push) -> None:
    if (result := rule_result(world, push)) is not None:
        await world.clock.sleep(world.options.answer_after_s)
        finish(world, push, result)
        return
    await world.clock.sleep(world.options.prompt_after_s)
    phone = world.phones.get(push.phone)
    if push.outcome is None and not phone.reachable:
        await _end_at(world, push, push.at_s + world.options.unreachable_after_s, "1037")
        return
    _show(world, push, phone)
    await _wait_for_answer(world, push, phone)


async def _wait_for_answer(world: World, push: Push, phone: Phone) -> None:
    shown_at_s = world.clock.now()
    if push.outcome is not None:
        await _play(world, push, push.outcome, shown_at_s)
        return
    default = world.default_answer
    answering = "pay" if phone.pays_by_itself else default.answer
    if answering != "wait":
        wait_s = world.options.answer_after_s if phone.pays_by_itself else default.after_s
        await world.clock.sleep_until(shown_at_s + wait_s)
        answer(world, push, phone.pin if answering == "pay" else None)
    await _end_at(world, push, shown_at_s + world.options.prompt_life_s, phone.switches.timeout_code)


async def _end_at(world: World, push: Push, at_s: float, code: str) -> None:
    await world.clock.sleep_until(at_s)
    if push.is_open:
        settle(world, push, code, "expired")
        await callbacks.tell(world, push)


async def _play(world: World, push: Push, outcome: outcomes.Outcome, shown_at_s: float) -> None:
    if outcome.code is None or not push.is_open:
        return
    if outcome.at_push is not AtPush.CALLBACK_FIRST:
        usual_s = world.options.answer_after_s
        wait_s = usual_s if outcome.answer_after_s is None else outcome.answer_after_s
        await world.clock.sleep_until(shown_at_s + wait_s)
    settle(world, push, push.setup_error or outcome.code)
    if outcome.types_paybill_too:
        world.spawn(_type_paybill(world, push))
    await callbacks.tell(world, push)
    if outcome.callback is Callback.FAILURE_THEN_SUCCESS:
        await world.clock.sleep(outcomes.SUCCESS_AFTER_FAILURE_S)
        settle(world, push, "0")
        await callbacks.tell(world, push)


async def play_at_once(world: World, push: Push) -> None:
    """Prompt, answer and callback before the push itself is answered."""
    phone = world.phones.get(push.phone)
    _show(world, push, phone)
    settle(world, push, push.setup_error or "0")
    await callbacks.call_back(world, push)
    world.spawn(callbacks.echo(world, push, outcomes.Echo.AFTER_CALLBACK))


async def _type_paybill(world: World, push: Push) -> None:
    phone = world.phones.get(push.phone)
    payment = c2b.MenuPayment(phone, push.shortcode, push.reference, push.amount_kes)
    await c2b.pay(world, payment)


def _show(world: World, push: Push, phone: Phone) -> None:
    now_s = world.clock.now()
    if world.options.second_prompt == "kills_first" and not phone.free_of_rules:
        _kill_older(world, push)
    push.prompted_at_s = now_s
    prompt = Prompt(
        id=push.id,
        text=prompt_text(push, phone),
        to=push.shortcode.name,
        account=push.reference,
        amount=push.amount_kes,
        at=iso(now_s),
        ends_at=iso(now_s + world.options.prompt_life_s),
    )
    phone.prompts.append(prompt)


def _kill_older(world: World, push: Push) -> None:
    older = _other_live(world, push)
    if older is not None and older.prompted_at_s is not None:
        settle(world, older, "1001", "killed")
        world.spawn(callbacks.tell(world, older))


def _other_live(world: World, push: Push) -> Push | None:
    others = (other for other in world.pushes.of_phone(push.phone) if other is not push)
    return next((other for other in others if other.is_open), None)


def _same_amount_lately(world: World, push: Push) -> bool:
    return any(
        other.accepted
        and other is not push
        and other.shortcode is push.shortcode
        and other.amount_kes == push.amount_kes
        and 0 <= push.at_s - other.at_s < SAME_AMOUNT_S
        for other in world.pushes.of_phone(push.phone)
    )


def _result_of_pin(world: World, push: Push, pin: str) -> str:
    phone = world.phones.get(push.phone)
    if not phone.pin_is_right(pin):
        return "8006" if phone.locked else "2001"
    if push.setup_error is not None:
        return push.setup_error
    if not phone.can_spend(push.amount_kes):
        return "1"
    today_kes = world.books.paid_on_day(phone.number, world.clock.now())
    return "4" if today_kes + push.amount_kes > DAY_LIMIT_KES and not phone.bottomless else "0"


def _take_money(world: World, push: Push, phone: Phone) -> None:
    now_s = world.clock.now()
    phone.spend(push.amount_kes)
    push.receipt = world.receipts.next(now_s)
    entry = world.books.credit(
        push.shortcode,
        Transfer(
            receipt=push.receipt,
            party=phone.number,
            party_name=phone.name,
            amount_kes=push.amount_kes,
            at_s=now_s,
            kind="stk",
            reference=push.reference,
        ),
    )
    account = push.reference if push.shortcode.kind == "paybill" else ""
    text = c2b.sms_text(phone, push.shortcode.name, account, push.amount_kes, push.receipt, eat(now_s))
    phone.receive_sms(now_s, text, push.receipt)
    invoices.note_payment(world, entry)
