"""`mpesa-gateway listen`: a shop's events, read from the feed and posted to the developer's own machine, signed.

For machines that no webhook can reach. The server there verifies them as it will verify webhooks, with a secret that
follows from the API key: the same at each start, and known to nobody who does not have the key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from cli.failure import Exit, Failure
from cli.output import Output
from cli.payments import Api
from gateway.domain.webhooks import SECRET_PREFIX, message_body, signature_header

LOOK_EVERY_S = 2.0
PAUSES_S = (1.0, 2.0, 4.0, 8.0)
"""Between tries of one event: a server that is being edited starts anew meanwhile. Then it is left out, and told."""

ANSWER_S_MAX = 15.0
EVENTS_A_LOOK = 100
EVENTS = "/v1/events"
EVENT_WIDTH = len("payment.unresolved")
SAID_MAX = 60
REFUSALS = frozenset({400, 401, 403})
"""How a server answers whose secret is another one."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where events go. wanted: types, families like payment.*, or * for all."""

    url: str
    secret: str
    wanted: Sequence[str]


def secret_of(key: str) -> str:
    """`whsec_…` that follows from an API key."""
    return SECRET_PREFIX + base64.b64encode(hmac.new(key.encode(), b"listen", hashlib.sha256).digest()).decode()


@dataclass(frozen=True, slots=True)
class Places:
    """The gateway that is read, the shop's server that is told, and how to wait in between."""

    gateway: Api
    shop: httpx.Client
    pause: Callable[[float], None] = time.sleep


def listen(places: Places, target: Target, output: Output, since: str) -> Exit:
    """Forward until interrupted. since: a time like 2026-03-02T09:15:04Z, or `now`. Raises Failure."""
    output.result(
        {"forwarding": ", ".join(target.wanted), "to": target.url, "secret": target.secret},
        note="Your server verifies with this secret, as with a webhook's. Events come some seconds after they happen.\n"
        "2xx: taken, signature and all. Stop: Ctrl-C\n",
    )
    sys.stdout.flush()
    for event in _told(places, since, output):
        if _is_wanted(event["type"], target.wanted):
            _forward(places, target, event, output)
    return Exit.DONE


def _told(places: Places, since: str, output: Output) -> Iterator[dict[str, Any]]:
    """Each event once, in order. A gateway that does not answer for a while is asked again."""
    place = {"since": since}
    while True:
        try:
            page = places.gateway.call("GET", EVENTS, params={"limit": EVENTS_A_LOOK, **place})
        except Failure as failure:
            if failure.code is not Exit.UNREACHABLE:
                raise
            output.progress(f"{failure.line}; looking again")
            places.pause(PAUSES_S[-1])
            continue
        yield from page["data"]
        if page["data"]:
            place = {"after": page["data"][-1]["id"]}
        if page["next_cursor"]:
            place = {"cursor": page["next_cursor"]}
        if not page["has_more"]:
            places.pause(LOOK_EVERY_S)


def _is_wanted(event_type: str, wanted: Sequence[str]) -> bool:
    family = event_type.partition(".")[0] + ".*"
    return any(one in ("*", family, event_type) for one in wanted)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one try. status None: there was no answer, and `said` tells why; else the first line of it."""

    status: int | None
    said: str
    ms: int = 0

    @property
    def is_taken(self) -> bool:
        """Whether the server has it."""
        return self.status is not None and httpx.codes.is_success(self.status)

    @property
    def words(self) -> str:
        """For people."""
        if self.status is None:
            return self.said
        return f"{self.status} in {self.ms} ms" + (f" “{self.said}”" if self.said and not self.is_taken else "")


def _forward(places: Places, target: Target, event: dict[str, Any], output: Output) -> None:
    """Post it, again and again if it must be, and tell of each try; the JSON line tells of the last one."""
    about = {"at": event["timestamp"], "event": event["id"], "type": event["type"]}
    if event["data"] is None:
        gone = "left out: what it is about is gone"
        output.line({**about, "subject": None, "answer": gone}, f"{_begin(event)}  {gone}")
        return
    answered = _posted(places.shop, target, event)
    for wait_s in PAUSES_S:
        if answered.is_taken:
            break
        output.aside(f"{_begin(event)}  {answered.words}; again in {wait_s:.0f} s")
        places.pause(wait_s)
        answered = _posted(places.shop, target, event)
    words = answered.words if answered.is_taken else f"{answered.words}; left out. {_remedy(answered, event)}"
    told = {**about, "subject": event["data"]["id"], "answer": answered.status or answered.said}
    output.line(told, f"{_begin(event)}  {words}")


def _begin(event: dict[str, Any]) -> str:
    about = event["data"] or {}
    order = f"  order {about['order']}" if about.get("order") else ""
    return f"{event['timestamp'][11:19]}  {event['type'].ljust(EVENT_WIDTH)}  {about.get('id', event['id'])}{order}"


def _remedy(answered: Answered, event: dict[str, Any]) -> str:
    again = f"Begin again with --since {event['timestamp']}"
    if answered.status in REFUSALS:
        return f"Does your server verify with the secret above? {again}"
    return again


def _posted(http: httpx.Client, target: Target, event: dict[str, Any]) -> Answered:
    """One try, dated anew."""
    body = message_body(event["id"], event["type"], event["timestamp"], event["data"])
    at_s = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": event["id"],
        "webhook-timestamp": str(at_s),
        "webhook-signature": signature_header((target.secret,), event["id"], at_s, body),
    }
    began_s = time.monotonic()
    try:
        answer = http.post(target.url, content=body, headers=headers)
    except httpx.ConnectError:
        return Answered(None, "nobody listens there")
    except httpx.HTTPError as error:
        return Answered(None, f"no answer ({type(error).__name__})")
    said = next(iter(answer.text[: 4 * SAID_MAX].strip().splitlines()), "")[:SAID_MAX]
    return Answered(answer.status_code, said if said.isprintable() else "", round(1000 * (time.monotonic() - began_s)))


STANDS_STILL = "The local world's clock stands still, and events are shown once they are 5 seconds old: let it run."


def warn_of_a_standing_clock(http: httpx.Client, control: str, output: Output) -> None:
    """Say it where the local world's clock is frozen. control: address of its control API."""
    try:
        frozen = http.get(f"{control}/clock").json()["frozen"] is True
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return
    if frozen:
        output.aside(STANDS_STILL)


def run(api: Api, key: str, options: Namespace, output: Output, control: str | None = None) -> Exit:
    """With what was typed. control: of the local world that is listened to, if it is one. Raises Failure."""
    if not options.forward.startswith(("http://", "https://")):
        raise Failure(
            Exit.USAGE, "Nothing is forwarded", f"{options.forward} is no address", "begin it with http:// or https://"
        )
    target = Target(options.forward, secret_of(key), [one.strip() for one in options.events.split(",")])
    with httpx.Client(timeout=ANSWER_S_MAX, trust_env=False) as shop:
        if control:
            warn_of_a_standing_clock(shop, control, output)
        return listen(Places(api, shop), target, output, options.since)
