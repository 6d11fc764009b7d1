"""Webhooks from payment to shop: the deployed handlers, real HTTP, a shop's server that this test runs."""

from __future__ import annotations

import http.server
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from tests.end_to_end.local_world import LocalWorld

SOON_S = 20
PATH = "/v1/webhook-endpoints"
Message = tuple[Mapping[str, str], bytes]


class ShopServer(http.server.ThreadingHTTPServer):
    """A shop. got: its messages. behave: what it does with each, and the status that it answers."""

    def __init__(self, behave: Callable[[], int]) -> None:
        super().__init__(("127.0.0.1", 0), Taker)
        self.behave = behave
        self.got: Queue[Message] = Queue()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/mpesa"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is no error here."""


class Taker(http.server.BaseHTTPRequestHandler):
    """Takes one message."""

    def do_POST(self) -> None:
        """A webhook."""
        assert isinstance(self.server, ShopServer)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.put(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.behave())
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """Nothing."""


@contextmanager
def told(world: LocalWorld, *events: str, behave: Callable[[], int] = lambda: 204) -> Iterator[tuple[ShopServer, Any]]:
    """A server, and its endpoint while the block runs."""
    server = ShopServer(behave)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    made = world.api("POST", PATH, {"url": server.url, "events": list(events)}).json()
    try:
        yield server, made
    finally:
        world.api("DELETE", f"{PATH}/{made['id']}")
        server.shutdown()
        server.server_close()


@pytest.fixture
def running(world: LocalWorld) -> LocalWorld:
    """The world with its clock running."""
    return world


def test_a_paid_payment_is_told_signed_and_as_the_api_shows_it(running: LocalWorld) -> None:
    """Verified by the standard's library, which looks at this machine's clock while the world's is ten minutes ahead.

    Data equal to the API but for what only the API may show.
    """
    running.advance(600)
    with told(running, "payment.paid") as (server, endpoint):
        payment = running.pay("webhook-paid", phone="0710000811")
        headers, body = server.got.get(timeout=SOON_S)

    event = Webhook(endpoint["secret"]).verify(body, dict(headers))
    assert ("payment.paid", payment["id"], True) == (
        event["type"],
        event["data"]["id"],
        event["data"]["safe_to_fulfil"],
    )
    assert ["callback"] == [one["source"] for one in event["data"]["evidence"]][:1]
    shown = running.payment(payment["id"])
    assert event["data"]["receipt"] == shown["receipt"] is not None


def test_while_one_endpoint_is_slow_the_others_are_told(running: LocalWorld) -> None:
    """A server that says nothing for as long as the test wants: it holds its own messages, and nobody else's."""
    released = threading.Event()
    phones = [f"07100008{number}" for number in range(20, 26)]

    def slow() -> int:
        released.wait(14)
        return 204

    with told(running, "payment.paid", behave=slow) as (slow_server, _), told(running, "payment.paid") as (server, _):
        paid = {running.pay(f"webhook-slow-{phone}", phone=phone)["id"] for phone in phones}
        found = {json.loads(server.got.get(timeout=SOON_S)[1])["data"]["id"] for _ in phones}
        held = slow_server.got.qsize()
        released.set()

    assert paid == found
    assert 1 <= held <= 3


FOUR_TRIES_S = 2_400
"""So long after the first the fourth has failed too, whatever chance adds to the waits: 5 s, 5 and 30 minutes."""

AT_ONCE_S = 100
"""Less than any rest."""


def test_after_a_failing_server_and_a_clock_that_is_put_right_again_events_are_told_at_once(tmp_path: Path) -> None:
    """The rest that the endpoint was given does not last until the clock is there again."""
    statuses = [500] * 4
    own = LocalWorld.start(tmp_path)
    try:
        with told(own, "payment.paid", behave=lambda: statuses.pop() if statuses else 204) as (server, _):
            own.pay("first", phone="0710000841")
            server.got.get(timeout=SOON_S)
            own.advance(FOUR_TRIES_S)
            own.control("POST", "reset", {"what": "clock"})
            later = own.pay("later", phone="0710000842")["id"]
            ends_s = time.monotonic() + AT_ONCE_S
            found = {json.loads(server.got.get(timeout=AT_ONCE_S)[1])["data"]["id"] for _ in range(4)}
            in_time = time.monotonic() < ends_s
    finally:
        own.stop()
    assert (True, True) == (later in found, in_time)


def test_the_demo_shops_order_goes_out_by_webhook_without_a_look(running: LocalWorld) -> None:
    """Nobody opens the order; the counter, which asks the gateway nothing, shows it paid."""
    ordered = httpx.post(
        f"{running.outside}/shop/orders", data={"good": "chai", "way": "phone", "phone": "0710000831"}, timeout=40
    )
    number = ordered.headers["location"].rpartition("/")[2]

    assert released_at_the_counter(running, number)


def released_at_the_counter(world: LocalWorld, number: str) -> bool:
    """Whether the counter says so within SOON_S."""
    ends_s = time.monotonic() + SOON_S
    while time.monotonic() < ends_s:
        counter = httpx.get(f"{world.outside}/shop", timeout=40).text
        [row] = re.findall(rf"<tr>(?:(?!</tr>).)*{number}.*?</tr>", counter)
        if "out, paid" in row:
            return True
        time.sleep(0.2)
    return False


def test_a_message_that_somebody_made_up_changes_nothing_in_the_demo_shop(running: LocalWorld) -> None:
    """401, with no word of what was wrong; so does one without headers."""
    body = json.dumps({"id": "evt_1", "type": "payment.paid", "data": {"order": "X", "safe_to_fulfil": True}})
    signed = {
        "webhook-id": "evt_1",
        "webhook-timestamp": "1772442904",
        "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    }
    answers = [
        httpx.post(f"{running.outside}/shop/webhooks", content=body, headers=headers)
        for headers in (signed, {}, {**signed, "webhook-signature": "nonsense"})
    ]

    assert [(401, "bad signature")] * 3 == [(one.status_code, one.text) for one in answers]
