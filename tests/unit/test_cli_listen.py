"""`mpesa-gateway listen`: what it reads, what it posts, and that the posts verify as webhooks do."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from cli.failure import Exit, Failure
from cli.listen import PAUSES_S, STANDS_STILL, Places, Target, listen, run, secret_of, warn_of_a_standing_clock
from cli.output import Output
from cli.payments import Api

KEY = "sk_test_0123456789abcdefghijklmnopqrstuv"
AWAY = 0
SHOP = "http://localhost:3000/api/mpesa"


class Enough(Exception):
    """The listening would go on for ever."""


def event(number: int, type_: str = "payment.paid") -> dict[str, Any]:
    """An event as the feed has it."""
    data = {"id": f"pay_{number}", "object": "payment", "status": "paid"}
    return {"id": f"evt_{number}", "type": type_, "timestamp": "2026-03-02T09:15:04Z", "data": data}


def page(*events: dict[str, Any], cursor: str | None = None, more: bool = False) -> tuple[int, dict[str, Any]]:
    """A page of the feed."""
    return 200, {"object": "list", "data": list(events), "has_more": more, "next_cursor": cursor}


class Stage:
    """A gateway with these pages, a shop with these answers; what they are asked, and what is waited."""

    def __init__(self, pages: list[Any], answers: list[Any]) -> None:
        self.asked: list[str] = []
        self.posts: list[httpx.Request] = []
        self.pauses: list[float] = []
        self._pages, self._answers = iter(pages), iter(answers)

    def _gateway(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.query.decode())
        status, content = next(self._pages, (0, None))
        if not status:
            raise Enough
        return httpx.Response(status, json=content)

    def _shop(self, request: httpx.Request) -> httpx.Response:
        self.posts.append(request)
        status = next(self._answers)
        if status == AWAY:
            raise httpx.ConnectError("refused")
        return httpx.Response(status, text="" if status == 204 else "bad signature\nand more")

    def listens(self, *events: str, since: str = "now", as_json: bool = True) -> None:
        """Until the pages are used up."""
        gateway = httpx.Client(base_url="https://gateway", transport=httpx.MockTransport(self._gateway))
        shop = httpx.Client(transport=httpx.MockTransport(self._shop))
        places = Places(Api(gateway), shop, self.pauses.append)
        with pytest.raises(Enough):
            listen(places, Target(SHOP, secret_of(KEY), events or ("payment.*",)), Output(as_json=as_json), since)


def test_what_is_posted_verifies_as_a_webhook_does() -> None:
    """With the secret that is shown at the start, by the standard's library; the body is the event."""
    stage = Stage([page(event(1))], [204])
    stage.listens()
    [post] = stage.posts
    told: Any = Webhook(secret_of(KEY)).verify(post.content, dict(post.headers))
    assert (SHOP, {name: event(1)[name] for name in ("id", "type", "timestamp", "data")}) == (str(post.url), told)


def test_it_begins_now_and_follows_the_feed() -> None:
    """By the cursor where there is one, else behind the last event; it waits only where nothing more is there."""
    pages = [page(cursor="c1"), page(event(1), cursor="c2", more=True), page(event(2)), page()]
    stage = Stage(pages, [204, 204])
    stage.listens()
    asked = ["since=now", "cursor=c1", "cursor=c2", "after=evt_2", "after=evt_2"]
    assert [f"limit=100&{place}" for place in asked] == stage.asked
    assert [2.0, 2.0, 2.0] == stage.pauses


def test_events_that_nobody_asked_for_are_left_out() -> None:
    """By type and by family, as with an endpoint."""
    pages = [page(event(1, "webhook_endpoint.failing"), event(2, "payment.failed"), event(3))]
    stage = Stage(pages, [204, 204])
    stage.listens("payment.paid", "webhook_endpoint.*")
    assert ["evt_1", "evt_3"] == [post.headers["webhook-id"] for post in stage.posts]


def test_a_server_that_starts_anew_is_tried_again_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    """The next event waits for it."""
    stage = Stage([page(event(1), event(2))], [AWAY, 500, 204, 204])
    stage.listens()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()][1:]
    assert ["evt_1", "evt_1", "evt_1", "evt_2"] == [post.headers["webhook-id"] for post in stage.posts]
    assert [("evt_1", 204), ("evt_2", 204)] == [(line["event"], line["answer"]) for line in lines]


def test_what_the_server_never_takes_is_told_and_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """After five tries; and so is an event whose payment is gone."""
    tries = 1 + len(PAUSES_S)
    pages = [page(event(1), {**event(2), "data": None})]
    stage = Stage(pages, [AWAY] * tries)
    stage.listens()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()][1:]
    assert (tries, ["nobody listens there", "left out: what it is about is gone"]) == (
        len(stage.posts),
        [line["answer"] for line in lines],
    )


def test_a_person_sees_each_try_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """While it happens: whose payment, what the server said, when it is tried again, and whether it took it."""
    Stage([page(event(1)), page(event(2))], [AWAY, 401, 204, *[401] * 5]).listens(as_json=False)
    shown = re.sub(r"in \d+ ms", "in 0 ms", capsys.readouterr().out)
    lines = shown[shown.index("Ctrl-C") :].splitlines()[2:]
    first = "09:15:04  payment.paid        pay_1  "
    assert [f"{first}nobody listens there; again in 1 s", f"{first}401 in 0 ms “bad signature”; again in 2 s"] == lines[
        :2
    ]
    assert lines[2].startswith(f"{first}204 in ")
    assert lines[-1].endswith(
        "Does your server verify with the secret above? Begin again with --since 2026-03-02T09:15:04Z"
    )


def test_a_gateway_that_is_away_is_asked_again() -> None:
    """From the same place."""
    stage = Stage([(503, {}), page(event(1))], [204])
    stage.listens(since="2026-03-02T09:00:00Z")
    assert ["limit=100&since=2026-03-02T09%3A00%3A00Z"] * 2 == stage.asked[:2]


@pytest.mark.parametrize(
    ("clock", "told"), [({"frozen": True}, STANDS_STILL), ({"frozen": False}, ""), ([], "")], ids=repr
)
def test_a_local_clock_that_stands_still_is_told(clock: Any, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No event gets old enough then, and a person would wait for nothing."""
    answers = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=clock)))
    warn_of_a_standing_clock(answers, "http://localhost:7071/control/api", Output())
    assert told == capsys.readouterr().out.strip()


def test_the_secret_is_the_keys_own_and_tells_nothing_of_it() -> None:
    """The same at each start."""
    assert secret_of(KEY) == secret_of(KEY) != secret_of(KEY + "x")
    assert KEY not in secret_of(KEY)


def test_an_address_that_is_none_is_refused() -> None:
    """Before anything is read."""
    options = Namespace(forward="localhost:3000", events="*", since="now")
    with pytest.raises(Failure) as refused:
        run(Api(httpx.Client()), KEY, options, Output())
    assert Exit.USAGE is refused.value.code
