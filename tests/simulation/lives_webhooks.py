"""Lives in which a shop is told: its server is up, away, gone; it rotates its secret, tries out and asks again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.domain import webhooks as rules
from gateway.domain.addresses import AddressRefused
from gateway.domain.webhooks import Endpoint
from gateway.flows.webhook_endpoints import change_endpoints, check_url, drawn_secret, switch_on, try_out
from gateway.flows.webhook_replay import deliver_again, replay_since
from gateway.ports import Flow, call
from gateway.ports.webhooks import Webhooks
from tests.simulation.safaricom import Payer
from tests.simulation.shops_told import ShopServer
from tests.simulation.world import START_MS, World, asked

PHONE = "254712345678"
MINUTE_MS = 60_000
HOST, OTHER_HOST = "shop.example", "two.example"
Asks = Callable[..., Any]


def _endpoint(name: str, host: str, *events: str) -> Endpoint:
    secret = rules.new_secret(name.encode() * 32)
    return Endpoint(
        id=f"whe_{name}", owner="shop", url=f"https://{host}/", events=events, secret=secret, created_at_ms=START_MS
    )


def _asked_for(world: World, name: str, flow_of: Callable[[], Flow[Any]]) -> Any:
    """What a shop asks for, repeated while no answer comes."""
    for _ in range(3):
        answered = world.attempt(name, flow_of())
        if answered is not None:
            return answered
        world.pass_time(1_000, sweeps=False)
    return None


def _made(endpoint: Endpoint) -> Flow[Any]:
    """None: the name was not known just now, which the shop is told; it asks again."""
    try:
        yield from check_url(endpoint.url, loopback=False)
    except AddressRefused:
        return None
    return (yield from change_endpoints("shop", lambda before: before.with_one(endpoint)))


def _with_server(world: World, status: int | None = 204) -> ShopServer:
    """The shop's endpoint, and its server."""
    server = ShopServer(status)
    world.sender.servers[HOST] = server
    _asked_for(world, "make_endpoint", lambda: _made(_endpoint("one", HOST, "payment.*")))
    return server


def shop_is_told(world: World, shop_asks: Asks) -> None:
    """Its server is up all the time."""
    _with_server(world)
    world.safaricom.payers[PHONE] = [Payer()]
    shop_asks(world, asked("order-1"))


def shop_was_away(world: World, shop_asks: Asks) -> None:
    """For forty minutes: tries after seconds, minutes, half an hour; the next one waits in the table."""
    server = _with_server(world, None)
    world.safaricom.payers[PHONE] = [Payer()]
    shop_asks(world, asked("order-1"))
    world.pass_time(40 * MINUTE_MS)
    server.status = 204


def shop_is_gone(world: World, shop_asks: Asks) -> None:
    """It answers 410; another endpoint of the shop hears of it."""
    _with_server(world, 410)
    world.sender.servers[OTHER_HOST] = ShopServer()
    other = _endpoint("two", OTHER_HOST, "*")
    _asked_for(world, "make_endpoint", lambda: _made(other))
    world.safaricom.payers[PHONE] = [Payer()]
    shop_asks(world, asked("order-1"))


def shop_asks_for_what_it_missed(world: World, shop_asks: Asks) -> None:
    """Disabled by hand and enabled again, a secret rotated, a test, one event again, then all since the beginning."""
    _with_server(world)
    world.safaricom.payers[PHONE] = [Payer()]
    _asked_for(world, "disable", lambda: _changed(_disabled))
    shop_asks(world, asked("order-1"))
    world.pass_time(MINUTE_MS)
    _asked_for(world, "enable", lambda: switch_on("shop", "whe_one"))
    _asked_for(world, "rotate", _rotated)
    _asked_for(world, "try_out", _tried_out)
    world.pass_time(10_000, sweeps=False)
    _asked_for(world, "redeliver", _newest_again)
    until_ms = world.now
    _asked_for(world, "replay", lambda: _replayed(until_ms))


def _disabled(endpoint: Endpoint) -> Endpoint:
    return rules.health_after(endpoint, rules.Try(START_MS, rules.Outcome.REFUSED, rules.GONE, 1))


def _changed(change: Callable[[Endpoint], Endpoint]) -> Flow[Any]:
    def of_all(before: rules.Endpoints) -> rules.Endpoints:
        found = before.find("whe_one")
        return before if found is None else before.with_one(change(found))

    return (yield from change_endpoints("shop", of_all))


def _rotated() -> Flow[Any]:
    secret = yield from drawn_secret()
    return (yield from _changed(lambda endpoint: rules.rotated(endpoint, secret, START_MS)))


def _tried_out() -> Flow[Any]:
    endpoint = (yield from call(Webhooks.read_endpoints, "shop")).find("whe_one")
    return True if endpoint is None else (yield from try_out(endpoint))


def _newest_again() -> Flow[Any]:
    page = yield from call(Webhooks.list_deliveries, "whe_one", 1, None)
    endpoints = yield from call(Webhooks.read_endpoints, "shop")
    for delivery in page.deliveries:
        yield from deliver_again(delivery.id, endpoints)
    return True


def _replayed(until_ms: int) -> Flow[Any]:
    endpoint = (yield from call(Webhooks.read_endpoints, "shop")).find("whe_one")
    if endpoint is not None:
        yield from replay_since(endpoint, 0, until_ms)
    return True


LIVES = (shop_is_told, shop_was_away, shop_is_gone, shop_asks_for_what_it_missed)
"""Each is given, beside its world, how a shop asks for a payment."""
