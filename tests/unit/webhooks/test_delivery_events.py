"""The samples in events/webhook_delivery/: what a batch of a queue makes the function do.

`<case>.expected.json` holds the function's `answer`; the `posts` that shops got; the state of the delivery and the
outcomes of its tries; how many messages wait afterwards. Shops' servers: refusing.example says 500, gone.example 410,
moved.example 302, inside.example has an inner address, others say 204.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from gateway.domain.events import EmittedEvent
from gateway.domain.webhooks import Endpoint
from gateway.settings import Settings
from tests import gateway_samples as sample
from tests.memory_webhooks import answering
from tests.unit.web.shop import TOP, Context, app_of
from tests.webhook_world import OWNER, SECRET, WebhookWorld

FOLDER = TOP / "events/webhook_delivery"
CASES = sorted(path for path in FOLDER.glob("*.json") if not path.name.endswith(".expected.json"))
HOSTS = ("shop", "refusing", "gone", "moved", "inside")


class HandlerWorld(WebhookWorld):
    """As the function finds it."""

    settings = Settings({"NO_ANSWER_PAUSES_S": "0"})

    def begin(self, context: Any) -> HandlerWorld:
        """A new invocation."""
        return self


def world() -> HandlerWorld:
    """A payment, an event of it an hour ago, and an endpoint on each host."""
    made = HandlerWorld()
    for number, host in enumerate(HOSTS):
        made.keep(_endpoint(number, host))
    record = sample.record(1)
    assert made.store.create_payment(record, sample.due(None)) is None
    made.feed.emit(
        EmittedEvent(
            "evt_" + "1c4c2e8f" * 4, "payment.paid", OWNER, record.id, sample.AT_MS - 3_600_000, record.version
        )
    )
    made.sender.servers |= {f"{host}.example": answering(status) for host, status in SERVERS.items()}
    made.names.known["inside.example"] = ("169.254.169.254",)
    return made


SERVERS = {"refusing": 500, "gone": 410, "moved": 302}


def _endpoint(number: int, host: str) -> Endpoint:
    endpoint = Endpoint(
        id=f"whe_{number:032x}",
        owner=OWNER,
        url=f"https://{host}.example/mpesa",
        events=("payment.*",),
        secret=SECRET,
        created_at_ms=sample.AT_MS,
    )
    return replace(endpoint, description=host)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_sample_batch_does_what_the_file_beside_it_says(path: Path) -> None:
    """Answer, posts, states, messages that wait."""
    here, app = world(), app_of("webhook_delivery")
    with patch.object(app, "world", lambda: here):
        answer = app.handler(json.loads(path.read_text(encoding="utf-8")), Context())

    found = {
        "answer": answer,
        "posts": [
            {"host": post.target.host, "id": post.headers["webhook-id"], "type": json.loads(post.body)["type"]}
            for post in here.sender.posts
        ],
        "deliveries": [
            {"state": str(one.state), "tries": [str(tried.outcome) for tried in one.tries]}
            for one in here.webhooks.deliveries.values()
        ],
        "messages": {"now": len(here.webhooks.queue), "later": len(here.webhooks.later)},
    }
    assert json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8")) == found


def test_the_samples_are_seen() -> None:
    """The test above looks at something."""
    assert len(CASES) >= 10
