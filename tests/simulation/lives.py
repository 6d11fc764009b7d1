"""Lives of payments: what shop, payer and Safaricom do, from the first request to rest.

Each is a function of a world. A shop repeats a request whose answer it did not get, with the same key, as a shop
should; Safaricom repeats nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from gateway.domain.payment import Asked
from gateway.flows.check import ask_soon
from gateway.flows.close import cancel
from gateway.flows.limits import Limit
from gateway.flows.read import read_payment
from gateway.flows.start_payment import Started, start_attempt, start_payment
from tests.simulation import (
    lives_audit,
    lives_c2b,
    lives_claims,
    lives_events,
    lives_money_out,
    lives_orphans,
    lives_questions,
    lives_reconciliation,
    lives_refunds,
    lives_statement,
    lives_webhooks,
)
from tests.simulation.lives_links import LINK_LIVES
from tests.simulation.lives_staff import STAFF_LIVES
from tests.simulation.safaricom import FROM_ELSEWHERE, FROM_SAFARICOM, Payer, callback_body
from tests.simulation.world import SHORTCODE, World, asked

PHONE = "254712345678"
OTHER_PHONE = "254712345679"
MINUTE_MS = 60_000


def shop_asks(world: World, request: Asked, phone: str | None = PHONE) -> Started | None:
    """The shop's request, repeated while no answer comes."""
    for _ in range(3):
        started = world.attempt("start_payment", start_payment(request, phone, SHORTCODE, "key_test", world.settings))
        if started is not None:
            return started
        world.pass_time(1_000, sweeps=False)
    return None


def payer_tries_again(world: World, request: Asked, number: int, phone: str = PHONE, **said: bool) -> Any:
    """Another attempt, as the payer's page asks for it."""
    limits = (Limit("address:5:1", 50, world.now + 600_000),)
    flow = start_attempt(request.id, number, phone, "payer", world.settings, limits=limits, **said)
    return world.attempt("start_attempt", flow)


def page_polls(world: World, request: Asked, minutes: int) -> None:
    """A waiting payer's page: each poll may queue a check."""
    for _ in range(minutes * 6):
        world.pass_time(10_000, sweeps=False)
        found = world.attempt("read", read_payment(request.id))
        if found is not None:
            world.attempt("ask_soon", ask_soon(*found, world.settings))
        world.settle()


def paid_by_callback(world: World) -> None:
    """The ordinary life."""
    world.safaricom.payers[PHONE] = [Payer()]
    shop_asks(world, asked("order-1"))


def told_three_times(world: World) -> None:
    """Callback twice and the C2B echo between them."""
    world.safaricom.payers[PHONE] = [Payer(callbacks=(1_000, 3_000), echo_after_ms=2_000)]
    shop_asks(world, asked("order-1"))


def echo_comes_first(world: World) -> None:
    """The C2B confirmation of the same receipt arrives before the callback."""
    world.safaricom.payers[PHONE] = [Payer(callbacks=(5_000,), echo_after_ms=500)]
    shop_asks(world, asked("order-1"))


def callback_lost(world: World) -> None:
    """Nobody tells; the queries find it."""
    world.safaricom.payers[PHONE] = [Payer(callbacks=())]
    shop_asks(world, asked("order-1"))


def callback_lost_while_the_page_polls(world: World) -> None:
    """As above, and the payer's page waits."""
    world.safaricom.payers[PHONE] = [Payer(callbacks=())]
    request = asked("order-1")
    shop_asks(world, request)
    page_polls(world, request, 2)


def answer_of_the_push_lost(world: World) -> None:
    """Daraja took the prompt and the connection was cut."""
    world.safaricom.payers[PHONE] = [Payer(answer_lost=True)]
    shop_asks(world, asked("order-1"))


def callback_before_the_answer(world: World) -> None:
    """The payer is faster than Daraja's own answer."""
    world.safaricom.payers[PHONE] = [Payer(callback_before_answer=True)]

    def at_once(push: Any) -> None:
        path = "/in/" + push.url.split("/in/")[1]
        world.deliver(path, callback_body(push, Payer()), FROM_SAFARICOM)

    world.safaricom.at_push = at_once
    shop_asks(world, asked("order-1"))


def cancelled_then_paid(world: World) -> None:
    """The first prompt is cancelled, the second paid."""
    world.safaricom.payers[PHONE] = [Payer(code="1032"), Payer()]
    request = asked("order-1")
    shop_asks(world, request)
    world.pass_time(20_000)
    payer_tries_again(world, request, 2)


def failure_then_success(world: World) -> None:
    """A failure callback, then the success callback of the same prompt."""
    world.safaricom.payers[PHONE] = [Payer(callbacks=(8_000,))]
    request = asked("order-1")
    shop_asks(world, request)
    world.pass_time(7_000)
    for push in world.safaricom.pushes[:1]:
        said = push.code
        push.code = "1032"
        body = callback_body(push, Payer())
        push.code = said
        world.deliver("/in/" + push.url.split("/in/")[1], body, FROM_SAFARICOM)


def nobody_answers(world: World) -> None:
    """The prompt is never answered, and nothing is ever told; later the payer says that no money went."""
    world.safaricom.payers[PHONE] = [Payer(code="never"), Payer()]
    request = asked("order-1")
    shop_asks(world, request)
    world.pass_time(20 * MINUTE_MS)
    payer_tries_again(world, request, 2, not_charged=True)


def typed_at_the_paybill(world: World) -> None:
    """No prompt: the payer types business number and reference, in two parts."""
    request = asked("order-1", 150)
    shop_asks(world, request, phone=None)
    world.safaricom.menu_payment(PHONE, 100, request.account_reference.lower())
    world.pass_time(30_000)
    world.safaricom.menu_payment(PHONE, 50, f" {request.account_reference} ")


def paid_twice(world: World) -> None:
    """Prompt paid, and typed by hand as well."""
    world.safaricom.payers[PHONE] = [Payer(echo_after_ms=3_000)]
    request = asked("order-1")
    shop_asks(world, request)
    world.safaricom.menu_payment(OTHER_PHONE, request.amount_kes, request.account_reference)


def cancelled_by_the_shop_then_paid_by_hand(world: World) -> None:
    """Money that still comes makes it paid."""
    request = asked("order-1")
    shop_asks(world, request, phone=None)
    world.attempt("cancel", cancel(request.id, "key_test", world.settings))
    world.safaricom.menu_payment(PHONE, request.amount_kes, request.account_reference)


def forged_by_somebody_with_the_tag(world: World) -> None:
    """A stranger who knows the URL claims success before the payer cancels."""
    world.safaricom.payers[PHONE] = [Payer(code="1032", after_ms=40_000)]
    shop_asks(world, asked("order-1"))
    for push in world.safaricom.pushes[:1]:
        push.code, push.receipt = "0", "FORGED0001"
        body = callback_body(push, Payer())
        push.code, push.receipt = "1032", None
        world.deliver("/in/" + push.url.split("/in/")[1], body, FROM_ELSEWHERE)


def two_orders_of_one_phone(world: World) -> None:
    """A second order for the phone while its first prompt lives, and again later."""
    world.safaricom.payers[PHONE] = [Payer()]
    second = asked("order-2", 70)
    shop_asks(world, asked("order-1"))
    shop_asks(world, second)
    world.pass_time(60_000)
    payer_tries_again(world, second, 2)


def one_receipt_named_for_two(world: World) -> None:
    """Safaricom names a receipt for a second payment that is another payment's already."""
    world.safaricom.payers[PHONE] = [Payer()]
    shop_asks(world, asked("order-1"))
    world.pass_time(20_000)
    named = next(iter(world.safaricom.books), "")

    def name_it_again(callback: dict[str, Any]) -> None:
        for item in callback["CallbackMetadata"]["Item"]:
            if item["Name"] == "MpesaReceiptNumber":
                item["Value"] = named

    world.safaricom.payers[OTHER_PHONE] = [Payer(callback_changes=name_it_again, query_tells=False)]
    shop_asks(world, asked("order-2"), OTHER_PHONE)


def money_before_its_payment(world: World) -> None:
    """The payer is faster than the shop: money lies unmatched until the payment is there. Other money never matches."""
    request = asked("order-1", reference="INV1042")
    world.safaricom.menu_payment(PHONE, 100, "inv1042")
    world.safaricom.menu_payment(PHONE, 30, "no such order")
    world.pass_time(10_000)
    shop_asks(world, request, phone=None)
    world.pass_time(5 * MINUTE_MS)


def callback_names_unmatched_money(world: World) -> None:
    """Two payments share a reference, so the echo lies unmatched until the callback claims it."""
    world.safaricom.payers[PHONE] = [Payer(callbacks=(9_000,), echo_after_ms=500)]
    shop_asks(world, asked("order-1", reference="SHARED"), phone=None)
    shop_asks(world, asked("order-2", reference="SHARED"))


def unreadable_callback(world: World) -> None:
    """The callback is no JSON; the bytes are kept and a query tells."""
    world.safaricom.payers[PHONE] = [Payer(callbacks=())]
    shop_asks(world, asked("order-1"))
    world.pass_time(8_000)
    for push in world.safaricom.pushes[:1]:
        world.deliver("/in/" + push.url.split("/in/")[1], b"\x1f\x8b{", FROM_SAFARICOM)


def callback_without_its_payment(world: World) -> None:
    """The table lost the payment (a restore): its callback is kept apart.

    Where a process stood still for so long that the payer paid before, nothing is lost: of a restore that takes what
    was told already only M-PESA's list can tell.
    """
    world.safaricom.payers[PHONE] = [Payer()]
    shop_asks(world, asked("order-1"))
    if all((push.ended_at_ms or world.now) >= world.now for push in world.safaricom.pushes):
        world.store.payments.clear()
    world.pass_time(20_000)


def index_shows_what_nobody_understands(world: World) -> None:
    """A due item of a newer release, and one whose payment has settled meanwhile."""
    world.store.strangers_due["NEWER#1"] = world.now
    world.safaricom.payers[PHONE] = [Payer()]
    request = asked("order-1")
    shop_asks(world, request)
    world.pass_time(20_000)
    settled = world.store.payments.get(request.id)
    if settled is not None:
        world.store.payments[request.id] = replace(settled, due_at_ms=world.now)


def restored_with_its_payment(world: World) -> None:
    """A callback while the table had lost its payment."""
    lives_orphans.restored_with_its_payment(world, shop_asks)


def restored_without_its_payment(world: World) -> None:
    """Money told twice, its payment gone in between."""
    lives_orphans.restored_without_its_payment(world, shop_asks)


def claimed_after_its_money(world: World) -> None:
    """«I have paid», and the phone proves it."""
    lives_claims.claimed_after_its_money(world, shop_asks)


def claimed_before_its_money(world: World) -> None:
    """«I have paid», before M-PESA says so."""
    lives_claims.claimed_before_its_money(world, shop_asks)


def claimed_by_two(world: World) -> None:
    """«I have paid», say two of one code."""
    lives_claims.claimed_by_two(world, shop_asks)


def claimed_with_a_shared_reference(world: World) -> None:
    """«I have paid», where two payments carry the reference."""
    lives_claims.claimed_with_a_shared_reference(world, shop_asks)


def told_by_pull_alone(world: World) -> None:
    """Neither callback nor query tells; M-Pesa's list does."""
    lives_reconciliation.told_by_pull_alone(world, shop_asks)


def typed_and_told_by_pull_alone(world: World) -> None:
    """Two parts by hand, both confirmations lost; and money that nobody expects."""
    lives_reconciliation.typed_and_told_by_pull_alone(world, shop_asks)


def reversed_by_pull(world: World) -> None:
    """Paid, and taken back on Safaricom's side; the list shows both."""
    lives_reconciliation.reversed_by_pull(world, shop_asks)


def pulled_with_a_dead_token(world: World) -> None:
    """Somebody else fetched a token when the list is asked for."""
    lives_reconciliation.pulled_with_a_dead_token(world, shop_asks)


def compared_with_the_list(world: World) -> None:
    """A day against M-Pesa's list, twice, and a morning's run."""
    lives_reconciliation.compared_with_the_list(world, shop_asks)


def closed_and_told_of_later(world: World) -> None:
    """A day is explained and closed; money of it is told later, and it is opened again."""
    lives_reconciliation.closed_and_told_of_later(world, shop_asks)


LIVES: dict[str, Callable[[World], None]] = {
    life.__name__: life
    for life in (
        paid_by_callback,
        told_three_times,
        echo_comes_first,
        callback_lost,
        callback_lost_while_the_page_polls,
        answer_of_the_push_lost,
        callback_before_the_answer,
        cancelled_then_paid,
        failure_then_success,
        nobody_answers,
        typed_at_the_paybill,
        paid_twice,
        cancelled_by_the_shop_then_paid_by_hand,
        forged_by_somebody_with_the_tag,
        two_orders_of_one_phone,
        one_receipt_named_for_two,
        money_before_its_payment,
        callback_names_unmatched_money,
        unreadable_callback,
        callback_without_its_payment,
        index_shows_what_nobody_understands,
        restored_with_its_payment,
        restored_without_its_payment,
        claimed_after_its_money,
        claimed_before_its_money,
        claimed_by_two,
        claimed_with_a_shared_reference,
        told_by_pull_alone,
        typed_and_told_by_pull_alone,
        reversed_by_pull,
        pulled_with_a_dead_token,
        compared_with_the_list,
        closed_and_told_of_later,
    )
}
LIVES |= LINK_LIVES | STAFF_LIVES
LIVES |= {life.__name__: life for life in (*lives_questions.LIVES, *lives_money_out.LIVES, *lives_refunds.LIVES)}
LIVES |= {life.__name__: partial(life, shop_asks=shop_asks) for life in (*lives_webhooks.LIVES, *lives_events.LIVES)}
LIVES |= {life.__name__: partial(life, shop_asks=shop_asks) for life in (*lives_c2b.LIVES, *lives_statement.LIVES)}
LIVES |= {life.__name__: partial(life, shop_asks=shop_asks) for life in lives_audit.LIVES}
