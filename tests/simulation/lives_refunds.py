"""Lives of refunds: a payment is paid, its money goes back whole or in part, and M-Pesa answers in all its ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from daraja.errors import RefusalCause, Refused
from gateway import security
from gateway.domain.facts import MoneyReturned, RefundReserved, Source
from gateway.domain.fold import state_of
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.payment import PaymentRecord
from gateway.domain.refunds import RefundRefused, RefundWanted
from gateway.flows.keep import keep
from gateway.flows.money_out.begin import BegunOutgoing
from gateway.flows.money_out.decide import reject
from gateway.flows.money_out.refund import RefundAsked, begin_refund
from gateway.flows.start_payment import start_payment
from gateway.ports import Flow
from tests.simulation import judge_refunds
from tests.simulation.lives_money_out import person_decides
from tests.simulation.lives_questions import completed
from tests.simulation.payouts import PayoutStory
from tests.simulation.safaricom import Payer
from tests.simulation.world import KEYS, SHORTCODE, World, asked

PHONE = "254712345678"
MINUTE_MS, HOUR_MS = 60_000, 3_600_000


def paid(world: World, order: str = "order-1") -> str:
    """A payment that its payer paid; its id. M-Pesa knows the receipt."""
    world.safaricom.payers[PHONE] = [Payer()]
    request = asked(order)
    for _ in range(3):
        started = start_payment(request, PHONE, SHORTCODE, "key_test", world.settings)
        if world.attempt("start_payment", started) is not None:
            break
        world.pass_time(1_000, sweeps=False)
    world.pass_time(3 * MINUTE_MS)
    for credit in state_of(request, world.store.payments[request.id].facts).credits:
        if credit.receipt:
            world.organisation.transactions[credit.receipt] = completed(world, credit.receipt, credit.amount_kes)
    return request.id


def wish(payment_id: str, key: str, amount: int | None = None, **changed: Any) -> RefundAsked:
    """A request as the API hands it to the flow."""
    plain: dict[str, Any] = {
        "id": security.refund_id(KEYS.id, "shop", "api", key),
        "payment_id": payment_id,
        "owner": "shop",
        "wanted": RefundWanted(amount, "auto"),
        "pays_from": SHORTCODE.number,
        "reason": "Out of stock",
        "created_by": "key_test",
        "fingerprint": f"1:{key}:{amount}",
    }
    return RefundAsked(**{**plain, **changed})


def shop_asks(
    world: World, payment_id: str, key: str = "refund-1", amount: int | None = None, method: str = "auto"
) -> str:
    """The shop's request, repeated with its key while no answer comes; the refund's id."""
    wanted = wish(payment_id, key, amount, wanted=RefundWanted(amount, method))
    for _ in range(3):
        if world.attempt("begin_refund", begun(begin_refund(wanted, world.settings))) is not None:
            break
        world.pass_time(1_000, sweeps=False)
    return wanted.id


def begun(flow: Flow[BegunOutgoing | None]) -> Flow[bool]:
    """True also where there was nothing to refund."""
    try:
        yield from flow
    except RefundRefused:
        return True
    return True


def refund(world: World, *stories: PayoutStory, amount: int | None = None, key: str = "refund-1") -> tuple[str, str]:
    """A payment, its refund asked for and approved, and some minutes later; both ids."""
    payment_id = paid(world)
    world.payouts.stories += stories
    refund_id = shop_asks(world, payment_id, key, amount)
    world.pass_time(3 * MINUTE_MS)
    person_decides(world, refund_id)
    world.pass_time(5 * MINUTE_MS)
    return payment_id, refund_id


def refund_that_goes(world: World) -> None:
    """Taken back by M-Pesa, told twice."""
    refund(world, PayoutStory(times=2))


def refund_of_a_part(world: World) -> None:
    """Paid out, once M-Pesa has shown the receipt; then what is left."""
    payment_id, _ = refund(world, amount=40)
    second = shop_asks(world, payment_id, "refund-2")
    person_decides(world, second)
    world.pass_time(5 * MINUTE_MS)


def refund_that_m_pesa_refuses_to_reverse(world: World) -> None:
    """Paid out instead, after another approval."""
    _, refund_id = refund(world, PayoutStory(code="1"))
    person_decides(world, refund_id)
    world.pass_time(5 * MINUTE_MS)


def refund_whose_answer_is_lost(world: World) -> None:
    """Daraja's answer does not come, the result does, late; the list tells in any case."""
    payment_id, _ = refund(world, PayoutStory(answer_lost=True, after_ms=4 * MINUTE_MS))
    list_shows(world, payment_id)


def refund_that_nobody_answers(world: World) -> None:
    """Neither answer nor result: nothing else is sent, and M-Pesa's own list tells at last."""
    payment_id, _ = refund(world, PayoutStory(answer_lost=True, times=0))
    world.pass_time(20 * MINUTE_MS)
    list_shows(world, payment_id)


def list_shows(world: World, payment_id: str) -> None:
    """M-Pesa's list has the reversals of its books."""
    own = receipts(world, payment_id)
    for booked in (one for one in world.payouts.books if one.phone in own):
        fact = reversal_in_the_list(world, booked.phone, booked.receipt, booked.amount_kes)
        for _ in range(3):
            if world.attempt("keep", keep(payment_id, lambda _, fact=fact: (fact,), world.settings)) is not None:  # type: ignore[misc]  # a default binds it
                break
    world.pass_time(5 * MINUTE_MS)


def refund_that_the_portal_made_first(world: World) -> None:
    """M-Pesa says that the payment is reversed already."""
    payment_id = paid(world)
    refund_id = shop_asks(world, payment_id)
    world.payouts.reversed |= set(receipts(world, payment_id))
    person_decides(world, refund_id)
    world.pass_time(5 * MINUTE_MS)


def refund_that_is_rejected(world: World) -> None:
    """Its money is free for another one."""
    payment_id = paid(world)
    person_decides(world, shop_asks(world, payment_id), reject)
    world.pass_time(3 * MINUTE_MS)
    person_decides(world, shop_asks(world, payment_id, "refund-2"))
    world.pass_time(5 * MINUTE_MS)


def refund_that_m_pesa_does_not_take(world: World) -> None:
    """Refused at the door, and by name a reversal: its money is free for a refund in another way."""
    refusal = Refused("400.002.02", "Bad Request - Invalid Remarks", RefusalCause.INVALID_FIELD)
    world.payouts.stories.append(PayoutStory(turned_away=refusal))
    payment_id = paid(world)
    person_decides(world, shop_asks(world, payment_id, method="reversal"))
    world.pass_time(5 * MINUTE_MS)


def refund_that_nobody_approves(world: World) -> None:
    """It lapses after three days, and its money is free."""
    shop_asks(world, paid(world))
    world.pass_time(73 * HOUR_MS, sweeps=False)
    world.pass_time(5 * MINUTE_MS)


def refund_whose_money_is_gone(world: World) -> None:
    """Reversed at the portal while it waits for its turn: withdrawn before it goes."""
    payment_id = paid(world)
    refund_id = shop_asks(world, payment_id)
    for receipt in receipts(world, payment_id):
        fact = reversal_in_the_list(world, receipt, "UKPPORTAL1", 100)
        world.payouts.reversed.add(receipt)
        world.attempt("keep", keep(payment_id, lambda _, fact=fact: (fact,), world.settings))  # type: ignore[misc]  # as above
    person_decides(world, refund_id)
    world.pass_time(5 * MINUTE_MS)


def refunds_of_one_key_for_two_payments(world: World) -> None:
    """One of them is the refund; the other payment holds nothing for it."""
    first, second = paid(world, "order-1"), paid(world, "order-2")
    shop_asks(world, first)
    shop_asks(world, second)
    world.pass_time(5 * MINUTE_MS)


def refund_whose_key_took_two_places(world: World) -> None:
    """Both requests took a place before either had its item: the one whose item it is not gets its money free again."""
    first, second = paid(world, "order-1"), paid(world, "order-2")
    shop_asks(world, first)
    places = [one for one in world.store.payments[first].facts.values() if isinstance(one, RefundReserved)]
    money = tuple(receipts(world, second))
    twice = [replace(one, receipts=money) for one in places if len(money) == len(one.receipts)]
    world.attempt("keep", keep(second, lambda _: twice, world.settings))
    world.pass_time(5 * MINUTE_MS)


def reversal_in_the_list(world: World, receipt: str, under: str, amount: int) -> MoneyReturned:
    """As the list tells of it."""
    return MoneyReturned(
        told_by=Source.PULL, receipt=receipt, return_receipt=under, amount_kes=amount, external=True,
        said_at_ms=world.now, learned_at_ms=world.now,
    )  # fmt: skip


def receipts(world: World, payment_id: str) -> list[str]:
    """Of the payment."""
    record = world.store.payments[payment_id]
    return sorted(state_of(record.asked, record.facts).receipts)


LIVES: tuple[Callable[[World], None], ...] = (
    refund_that_goes,
    refund_of_a_part,
    refund_that_m_pesa_refuses_to_reverse,
    refund_whose_answer_is_lost,
    refund_that_nobody_answers,
    refund_that_the_portal_made_first,
    refund_that_is_rejected,
    refund_that_m_pesa_does_not_take,
    refund_that_nobody_approves,
    refund_whose_money_is_gone,
    refunds_of_one_key_for_two_payments,
    refund_whose_key_took_two_places,
)


# --- what the judge sees ----------------------------------------------------------------------------------------


def shown(world: World, record: PaymentRecord) -> dict[str, Any]:
    """A payment and its refunds in plain values."""
    state = state_of(record.asked, record.facts)
    return {
        "id": record.id,
        "received": state.received_kes,
        "returned": state.returned_kes,
        "held": state.reserved_kes,
        "status": str(state.status),
        "external": any(isinstance(fact, MoneyReturned) and fact.external for fact in record.facts.values()),
        "refunds": {one.id: one.amount_kes for one in state.refunds},
        "live": [one.id for one in state.refunds if one.is_live],
    }


def items(world: World) -> dict[str, str]:
    """How each refund's own item stands."""
    return {
        record.id: str(outgoing_state(record).status)
        for record in world.store.money_out.outgoings.values()
        if record.asked.kind == "refund"
    }


def broken_now(world: World) -> list[str]:
    """The laws that hold at any time."""
    payments = [shown(world, record) for record in world.store.payments.values()]
    return list(judge_refunds.broken_at_any_time(payments, books(world)))


def broken_at_rest(world: World) -> list[str]:
    """The laws that hold in the end."""
    payments = [shown(world, record) for record in world.store.payments.values()]
    return list(judge_refunds.broken_at_rest(payments, items(world), books(world)))


def books(world: World) -> dict[str, list[int]]:
    """What M-Pesa's books have gone back, by the refund whose transfer it was."""
    found: dict[str, list[int]] = {}
    for record in world.store.money_out.outgoings.values():
        ids = {record.id.partition("_")[2][:18] + digit for digit in "12"}
        booked = [one.amount_kes for one in world.payouts.books if one.id in ids]
        if record.asked.kind == "refund" and booked:
            found[record.id] = booked
    return found
