"""The load tests that need everything: the local world of `make run`, over HTTP on this machine alone."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.end_to_end.local_world import LocalWorld
from tests.load.machine_time import Patience
from tests.load.verdict import Verdict, loopback_only, ratio

PROBES = 16
STEADY_S = 12
SHARE_OF_CAPACITY = 5
"""The steady rate is a fifth of what this machine takes; a burst is ten times as much in one second, twice too much."""

REPEATED = 5
"""Every fifth request is sent twice at once."""

SENDERS = 48
DRAINED_S_MAX = 120
FLOODERS = 6
FLOOD_CALLBACKS = 24
STALLED_PAYMENTS = 8
STRANGER = "127.0.0.9"


@dataclass
class Load:
    """A running world and the numbers of phones and keys that are still free in it."""

    world: LocalWorld
    used: int = 0
    statuses: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Nothing is sent anywhere else."""
        for address in (self.world.gateway, self.world.callback, self.world.outside):
            loopback_only(address)
        self.client = httpx.Client(timeout=60, limits=httpx.Limits(max_connections=SENDERS))
        self.headers = {"Authorization": f"Bearer {self.world.run['secret_key']}"}

    def orders(self, count: int) -> list[int]:
        """Numbers of orders that nobody has used."""
        first, self.used = self.used, self.used + count
        return list(range(first, first + count))

    def ask(self, order: int, phone: str | None = None) -> float:
        """`POST /v1/payments`. Seconds until it was answered."""
        began_s = time.monotonic()
        answer = self.client.post(
            self.world.gateway + "/v1/payments",
            json={"amount": 100, "phone": phone or f"0710{order:06d}", "order": f"load-{order}"},
            headers={**self.headers, "Idempotency-Key": f"load-{order}"},
        )
        self.statuses.append(answer.status_code)
        return time.monotonic() - began_s

    def payments_of(self, order: int) -> list[dict[str, Any]]:
        """What stands in the table under an order number."""
        answer = self.client.get(f"{self.world.gateway}/v1/payments?order=load-{order}", headers=self.headers)
        return list(answer.json()["data"])

    def unpaid(self, orders: Sequence[int]) -> list[int]:
        """Orders that are not one payment with one credit, `paid`."""
        return [order for order in orders if _summary(self.payments_of(order)) != [("paid", 1)]]

    def unpaid_in_the_end(self, orders: Sequence[int]) -> tuple[list[int], float]:
        """The same once all came to rest, or after two minutes of a free machine; and how many seconds it took."""
        began_s = time.monotonic()
        left, patience = list(orders), Patience(DRAINED_S_MAX)
        while left and not patience.is_over():
            left = self.unpaid(left)
            time.sleep(0.2)
        return left, time.monotonic() - began_s


def _summary(payments: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(one["status"], len(one["credits"])) for one in payments]


def at_a_rate(
    pool: ThreadPoolExecutor, send: Callable[[int], float], orders: Sequence[int], rate: float
) -> list[float]:
    """Send at this many a second, whether answers come or not; every fifth twice at once. Seconds of each answer."""
    began_s = time.monotonic()
    waiting: list[Future[float]] = []
    for place, order in enumerate(orders):
        time.sleep(max(0.0, began_s + place / rate - time.monotonic()))
        waiting += [pool.submit(send, order) for _ in range(2 if place % REPEATED == 0 else 1)]
    return [one.result() for one in waiting]


def burst(load: Load) -> list[Verdict]:
    """Steady, then ten times as much in one second; a fifth of the requests and of the callbacks come twice."""
    load.world.control("POST", "faults", {"call": "stk_callback", "fault": "twice", "rate": 0.2, "seed": 1})
    with ThreadPoolExecutor(SENDERS) as pool:
        probes = load.orders(PROBES)
        began_s = time.monotonic()
        list(pool.map(load.ask, probes))
        rate = max(0.5, PROBES / (time.monotonic() - began_s) / SHARE_OF_CAPACITY)
        load.statuses.clear()
        steady = load.orders(max(6, round(rate * STEADY_S)))
        slow = at_a_rate(pool, load.ask, steady, rate)
        crowd = load.orders(max(10, round(rate * 10)))
        fast = at_a_rate(pool, load.ask, crowd, max(10.0, rate * 10))
    lost, drained_s = load.unpaid_in_the_end([*probes, *steady, *crowd])
    load.world.control("POST", "reset", {"what": "faults"})
    errors = [status for status in load.statuses if status >= 500]
    name = "burst 10×, a fifth of it twice"
    found = f"{len(steady)} + {len(crowd)} orders, {len(load.statuses)} requests"
    ratios = f"{ratio(fast, slow, 50):.1f} × / {ratio(fast, slow, 99):.1f} ×"
    return [
        Verdict(name, "0 lost, each one payment with one credit", f"{found}, {len(lost)} lost", not lost),
        Verdict(name, "no 5xx", f"{len(errors)}", not errors),
        Verdict(name, "drained", f"the last one {drained_s:.0f} s after the burst", not lost),
        Verdict(name, "", f"p50 / p99 of answers, burst to steady: {ratios}"),
    ]


# --- a flood of forgeries -------------------------------------------------------------------------------------


def flood(load: Load) -> list[Verdict]:
    """Genuine callbacks alone, and beside strangers who post forgeries without a pause."""
    calm, lost_calm = _callbacks(load)
    with _flooding(load) as sent:
        wet, lost_wet = _callbacks(load)
    name = "forged flood beside genuine callbacks"
    lost = lost_calm + lost_wet
    wrong = [status for status in sent if status != 404]
    return [
        Verdict(name, "0 genuine lost", f"{2 * FLOOD_CALLBACKS} genuine, {len(lost)} lost", not lost),
        Verdict(name, "every forgery 404", f"{len(sent)} forged, {len(wrong)} others", bool(sent) and not wrong),
        Verdict(name, "", f"genuine p50 with to without flood: {ratio(wet, calm, 50):.1f} ×"),
    ]


def _callbacks(load: Load) -> tuple[list[float], list[int]]:
    """Prompts whose payers never act, and a success callback for each as Safaricom sends it."""
    orders = load.orders(FLOOD_CALLBACKS)
    phones = {order: f"07001{order:05d}" for order in orders}
    for order in orders:
        load.ask(order, phones[order])
    taken = []
    for order in orders:
        push = load.world.pushes("254" + phones[order][1:])[-1]
        began_s = time.monotonic()
        answer = load.client.post(push["callback_url"], json=_success(push, f"LOAD{order:06d}"))
        taken += [time.monotonic() - began_s] if answer.status_code == 200 else []
    lost, _ = load.unpaid_in_the_end(orders)
    return taken or [60.0], lost


def _success(push: dict[str, Any], receipt: str) -> dict[str, Any]:
    items = [{"Name": "Amount", "Value": 100.0}, {"Name": "MpesaReceiptNumber", "Value": receipt}]
    said = {
        "MerchantRequestID": push["merchant_request_id"],
        "CheckoutRequestID": push["checkout_request_id"],
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "CallbackMetadata": {"Item": items},
    }
    return {"Body": {"stkCallback": said}}


@contextmanager
def _flooding(load: Load) -> Iterator[list[int]]:
    """While this lasts, strangers post forgeries; the statuses that they got."""
    sent: list[int] = []
    ending = False

    def forge() -> None:
        with httpx.Client(transport=httpx.HTTPTransport(local_address=STRANGER), timeout=60) as stranger:
            while not ending:
                path = f"/in/stk/{len(sent):032x}/1/{len(sent) + 1:032x}"
                sent.append(stranger.post(load.world.callback + path, content=b"{}").status_code)

    with ThreadPoolExecutor(FLOODERS) as pool:
        for _ in range(FLOODERS):
            pool.submit(forge)
        try:
            yield sent
        finally:
            ending = True


# --- a consumer that stands still -----------------------------------------------------------------------------


def stalled_consumer(load: Load) -> list[Verdict]:
    """Whoever reads the stream (events, webhooks, read models) stands still: payments do not wait for it.

    Endpoints of webhooks are behind the same stream: "one endpoint at 15 s beside 50 healthy ones" belongs here.
    """
    usual, lost_before = _times_to_paid(load)
    with _standing_still(load.world, "publish_events"):
        beside, lost = _times_to_paid(load)
    told = _told_in_the_end(load)
    name = "the stream's consumer stands still"
    return [
        Verdict(name, "payments are paid all the same", f"{len(lost_before + lost)} lost", not lost_before + lost),
        Verdict(name, "events follow once it goes on", "all told" if told else "some untold", told),
        Verdict(name, "", f"time to paid, with to without: {ratio(beside, usual, 50):.1f} × (p50)"),
    ]


def _times_to_paid(load: Load) -> tuple[list[float], list[int]]:
    took: list[float] = []
    lost: list[int] = []
    for order in load.orders(STALLED_PAYMENTS):
        load.ask(order)
        left, seconds = load.unpaid_in_the_end([order])
        took.append(seconds)
        lost += left
    return took, lost


@contextmanager
def _standing_still(world: LocalWorld, function: str) -> Iterator[None]:
    """The function's workers are stopped as by a debugger, and go on afterwards."""
    workers = _workers_of(world, function)
    if not workers:
        raise RuntimeError(f"No process of {function} was found, so none can be stopped.")
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGCONT)


def _workers_of(world: LocalWorld, function: str) -> list[int]:
    """Process ids of the world's own children that run this function."""
    shown = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in shown.splitlines()]
    return [int(pid) for pid, parent, what in rows if int(parent) == world.process.pid and function in what]


def _told_in_the_end(load: Load) -> bool:
    """Whether the bus got a `payment.paid` for each of the last orders."""
    wanted = {f"load-{order}" for order in range(load.used - STALLED_PAYMENTS, load.used)}
    patience = Patience(DRAINED_S_MAX)
    while not patience.is_over():
        events = [event["detail"] for event in load.world.control("GET", "events")["events"]]
        told = {event["data"].get("order") for event in events if event["type"] == "payment.paid"}
        if wanted <= told:
            return True
        time.sleep(0.5)
    return False
