"""`mpesa-gateway listen`: a shop's events, read from the feed and posted to the developer's own machine, signed.

For machines that no webhook can reach. The server there verifies them as it will verify webhooks, with a secret that
follows from the API key: the same at each start, and known to nobody who does not have the key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
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
        note="Verify with this secret, as with a webhook's. Events come some seconds after they happen. Stop: Ctrl-C",
    )
    for event in _told(places, since, output):
        if _is_wanted(event["type"], target.wanted):
            output.line(_forwarded(places, target, event))
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


def _forwarded(places: Places, target: Target, event: dict[str, Any]) -> dict[str, Any]:
    """What became of it: the last answer's status, or why there was none."""
    about = {"at": event["timestamp"], "event": event["id"], "type": event["type"]}
    if event["data"] is None:
        return {**about, "subject": None, "answer": "left out: what it is about is gone"}
    answer = _posted(places.shop, target, event)
    for wait_s in PAUSES_S:
        if isinstance(answer, int) and httpx.codes.is_success(answer):
            break
        places.pause(wait_s)
        answer = _posted(places.shop, target, event)
    return {**about, "subject": event["data"]["id"], "answer": answer}


def _posted(http: httpx.Client, target: Target, event: dict[str, Any]) -> int | str:
    """The status of one try, dated anew, or why there was no answer."""
    body = message_body(event["id"], event["type"], event["timestamp"], event["data"])
    at_s = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": event["id"],
        "webhook-timestamp": str(at_s),
        "webhook-signature": signature_header((target.secret,), event["id"], at_s, body),
    }
    try:
        return http.post(target.url, content=body, headers=headers).status_code
    except httpx.ConnectError:
        return "nobody listens there"
    except httpx.HTTPError as error:
        return f"no answer ({type(error).__name__})"


def run(api: Api, key: str, options: Namespace, output: Output) -> Exit:
    """With what was typed. Raises Failure."""
    if not options.forward.startswith(("http://", "https://")):
        raise Failure(
            Exit.USAGE, "Nothing is forwarded", f"{options.forward} is no address", "begin it with http:// or https://"
        )
    target = Target(options.forward, secret_of(key), [one.strip() for one in options.events.split(",")])
    with httpx.Client(timeout=ANSWER_S_MAX, trust_env=False) as shop:
        return listen(Places(api, shop), target, output, options.since)
