"""The journal of queues when the local clock is put back: what waits in a queue waits as long as it would have."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from local.aws.backing import Backing, Call
from local.aws.queue_journal import QueueJournal
from local.clock import Clock
from tests.own_loop import in_own_loop

WAITS, ORDERED = "http://queues/waits", "http://queues/ordered.fifo"
DAY_S = 86_400


class Queues:
    """Notes what is asked of SQS."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str | None, int | None]] = []

    async def call(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        """One call: of which service, which operation, which queue, the body, and the delay."""
        assert service == "sqs"
        queue = request["QueueUrl"]
        self.asked.append((operation, queue, request.get("MessageBody"), request.get("DelaySeconds")))
        return {}


async def sent(journal: QueueJournal, name: str, queue: str, **more: Any) -> None:
    """A function sent this message."""
    request = {"QueueUrl": queue, "MessageBody": name, **more}
    await journal.take(Call("sqs", "SendMessage", request), {"MessageId": name})


def put_back_after(folder: Path, messages: list[tuple[str, str, dict[str, Any]]]) -> list[Any]:
    """What is asked of the queues when a clock that was moved by a day is put back, with these messages in them."""

    async def story() -> list[Any]:
        clock, queues = Clock(offset_s=DAY_S), Queues()
        clock.freeze()
        journal = QueueJournal(folder / "queues.jsonl", cast("Backing", queues), clock)
        journal.open()
        for name, queue, more in messages:
            await sent(journal, name, queue, **more)
        clock.reset()
        clock.freeze()
        await journal.put_back(DAY_S)
        journal.close()
        return queues.asked

    return in_own_loop(story())


def test_a_delayed_message_is_sent_again_with_the_rest_of_its_delay(tmp_path: Path) -> None:
    """The emulator would hide it for a day more; whatever else is in its queue goes with it."""
    asked = put_back_after(tmp_path, [("late", WAITS, {"DelaySeconds": 300}), ("soon", WAITS, {})])
    assert [("PurgeQueue", WAITS, None, None)] == asked[:1]
    assert ["late", "soon"] == [body for _, _, body, _ in asked[1:]]
    assert [True, 0] == [298 <= asked[1][3] <= 301, asked[2][3]]


def test_queues_without_a_delayed_message_are_left_alone(tmp_path: Path) -> None:
    """And those that keep an order, whose messages have no delays of their own."""
    asked = put_back_after(tmp_path, [("soon", WAITS, {}), ("ordered", ORDERED, {"MessageGroupId": "g"})])
    assert [] == asked
