"""Of the last try it is known by a digest what was posted, so that a person can be told whether it changed since."""

from __future__ import annotations

import pytest

from gateway.domain.webhooks import Outcome, body_digest
from tests.memory_webhooks import Answering, answering, silent
from tests.webhook_world import WebhookWorld

HOST = "shop.example"


@pytest.mark.parametrize(
    ("server", "left"),
    [
        (answering(204), True),
        (answering(500), True),
        (silent(Outcome.TIMED_OUT), True),
        (silent(Outcome.BROKEN_OFF), True),
        (silent(Outcome.NOT_CONNECTED), False),
    ],
    ids=["taken", "refused", "no answer", "broken off", "never left"],
)
def test_what_was_posted_is_known_by_its_digest(server: Answering, left: bool) -> None:
    world = WebhookWorld()
    world.endpoint()
    world.sender.servers[HOST] = server
    event = world.happened()
    world.settle()
    (post, *_), last = world.posts_to(), world.delivery(event).tries[-1]
    assert (body_digest(post.body) if left else "") == last.sent


def test_two_bodies_have_two_digests() -> None:
    assert body_digest(b'{"version":3}') != body_digest(b'{"version":4}')
