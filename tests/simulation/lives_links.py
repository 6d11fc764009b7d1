"""Lives of payments that begin from a payment link, and what shops write on payments without moving money."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gateway import security
from gateway.domain.facts import Edited, Noted
from gateway.domain.links import Link
from gateway.domain.payment import Asked
from gateway.domain.shop import ApiKey
from gateway.flows.annotate import edit, note
from gateway.flows.key_uses import note_use
from gateway.flows.limits import Limit
from gateway.flows.pay_link import LinkStarted, Wish, pay_link
from gateway.flows.start_payment import start_payment
from gateway.ports import Flow, call
from gateway.ports.api_keys import ApiKeys, StoredKey
from gateway.ports.links import Links
from tests.simulation.safaricom import Payer
from tests.simulation.world import KEYS, SHORTCODE, START_MS, World, asked

PHONES = ("254712345678", "254712345679", "254712345680")
LINK = Link(
    id="plink_" + "5" * 32,
    owner="shop",
    livemode=False,
    title="Church roof",
    shortcode="174379",
    created_at_ms=START_MS,
    created_by="key_test",
    fingerprint="1:link",
    amount_kes=100,
    max_payments=1,
)


def _made(link: Link) -> Flow[Link]:
    """What `POST /v1/payment-links` does, and the browser's look at it."""
    yield from call(Links.create_link, link)
    return (yield from call(Links.read_link, link.id)) or link


def _wish(world: World, nonce: str, phone: str) -> Wish:
    payment_id = security.payment_id(KEYS.id, "shop", f"link:{LINK.hex}", nonce)
    base = asked(nonce)
    request = replace(base, id=payment_id, link=LINK.id, expires_at_ms=world.now + 30 * 60_000)
    limits = (Limit("link:5:1", 50, world.now + 600_000),)
    return Wish(asked=request, phone=phone, shortcode=SHORTCODE, actor="payer", limits=limits)


def _payer_begins(world: World, nonce: str, phone: str) -> LinkStarted | None:
    """The browser's request, repeated with its nonce while no answer comes."""
    for _ in range(3):
        link = world.attempt("make_link", _made(LINK))
        if link is not None:
            started = world.attempt("pay_link", pay_link(link, _wish(world, nonce, phone), world.settings))
            if started is not None:
                return started
        world.pass_time(1_000, sweeps=False)
    return None


def two_payers_for_one_place(world: World) -> None:
    """The first does not pay and the place comes free; the second comes too early, then gets it."""
    world.safaricom.payers[PHONES[0]] = [Payer(code="1032")]
    world.safaricom.payers[PHONES[1]] = [Payer(), Payer()]
    _payer_begins(world, "first", PHONES[0])
    world.pass_time(20_000)
    _payer_begins(world, "too-early", PHONES[1])
    world.pass_time(40 * 60_000)
    _payer_begins(world, "in-time", PHONES[1])


def begin_again(world: World) -> LinkStarted | None:
    """One more payer."""
    return _payer_begins(world, "one-more", PHONES[2])


def noted_and_edited_while_it_is_paid(world: World) -> None:
    """The shop writes on the payment while Safaricom's news comes in."""
    world.safaricom.payers[PHONES[2]] = [Payer()]
    request = asked("order-1")
    world.attempt("start_payment", start_payment(request, PHONES[2], SHORTCODE, "key_test", world.settings))
    _shop_writes(world, request, 1)
    world.pass_time(20_000)
    _shop_writes(world, request, 2)


def _shop_writes(world: World, request: Asked, number: int) -> None:
    times: dict[str, Any] = {"said_at_ms": world.now, "learned_at_ms": world.now}
    noted = Noted(key=f"note-{number}", actor="key_test", remark="came by", **times)
    edited = Edited(key=f"edit-{number}", actor="key_test", changed=("order",), **times)

    def renamed(one: Asked) -> Asked:
        return replace(one, order=f"order {number}")

    world.attempt("note", note(request.id, "shop", noted, world.settings))
    world.attempt("edit", edit(request.id, "shop", edited, renamed, None, world.settings))


def a_key_is_made_and_ended(world: World) -> None:
    """A shop makes an API key, uses and revokes it; keys and money know nothing of each other."""
    key = ApiKey(id="key_new", owner="shop", livemode=False, publishable=False, scopes=frozenset({"payments:read"}))
    stored = StoredKey(key=key, secret_hash="5" * 64, last4="abcd", created_at_ms=world.now)
    world.attempt("keep_key", call(ApiKeys.keep_key, stored))
    world.safaricom.payers[PHONES[0]] = [Payer()]
    world.attempt("start_payment", start_payment(asked("order-1"), PHONES[0], SHORTCODE, "key_new", world.settings))
    world.attempt("note_use", note_use("key_new"))
    world.attempt("end_key", call(ApiKeys.end_key, stored))


LINK_LIVES: dict[str, Callable[[World], None]] = {
    life.__name__: life
    for life in (two_payers_for_one_place, noted_and_edited_while_it_is_paid, a_key_is_made_and_ended)
}
