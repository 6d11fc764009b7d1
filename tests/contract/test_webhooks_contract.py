"""What the store of webhooks must do: over DynamoDB and SQS (moto) and in memory, the same tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from gateway.aws.clients import ELSEWHERE, queue_client, table_client
from gateway.aws.table import Table
from gateway.aws.webhooks import AwsWebhooks
from gateway.domain import webhooks as rules
from gateway.domain.webhooks import Delivery, DeliveryState, Endpoint, Endpoints, Outcome, Try, delivery_id
from gateway.flows.webhooks import Waited, errand_for, read_text
from gateway.ports import QueueUnavailable, StoreUnavailable
from gateway.ports.webhooks import Errand, Replay, Webhooks
from gateway.settings import Settings
from tests.dynamo_table import TABLE, create_table
from tests.gateway_samples import AT_MS, payment_id
from tests.memory_webhooks import MemoryWebhooks

SECRET = rules.new_secret(b"s" * 32)
FIFO = {"FifoQueue": "true", "FifoThroughputLimit": "perMessageGroupId", "DeduplicationScope": "messageGroup"}


@dataclass
class Stand:
    """The port, and what lies in its two queues: (group, body) and (delay in seconds, body)."""

    port: Webhooks
    now: Any
    later: Any


@pytest.fixture(params=["aws", "memory"])
def stand(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    """Nothing is stored."""
    yield from {"aws": _aws, "memory": _memory}[request.param](monkeypatch)


def _memory(_: pytest.MonkeyPatch) -> Iterator[Stand]:
    port = MemoryWebhooks(lambda: AT_MS)
    yield Stand(port, lambda: port.queue, lambda: [((at - AT_MS) // 1000, text) for at, text in port.later])


def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        create_table(table_client(ELSEWHERE.table))
        client = queue_client(ELSEWHERE.queue)
        now = client.create_queue(QueueName="webhooks.fifo", Attributes=FIFO)["QueueUrl"]  # type: ignore[arg-type]  # names are AWS's own
        later = client.create_queue(QueueName="waits")["QueueUrl"]
        settings = Settings({"WEBHOOKS_QUEUE_URL": now, "WEBHOOK_WAITS_QUEUE_URL": later, "DUE_SHARDS": "4"})
        sent: list[tuple[int, str]] = []
        client.meta.events.register(
            "before-parameter-build.sqs.SendMessage",
            lambda params, **_: sent.append((params["DelaySeconds"], params["MessageBody"])),
        )
        table = Table(table_client(ELSEWHERE.table), TABLE)
        yield Stand(AwsWebhooks(table, lambda: client, settings), lambda: _received(client, now), lambda: sent)


def _received(client: Any, url: str) -> list[tuple[str, str]]:
    answer = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])
    return [(one["Attributes"]["MessageGroupId"], one["Body"]) for one in answer.get("Messages", [])]


def endpoint(number: int = 1, **changes: Any) -> Endpoint:
    values: dict[str, Any] = {
        "id": f"whe_{number:032x}",
        "owner": "shop",
        "url": "https://shop.example/mpesa",
        "events": ("payment.*",),
        "secret": SECRET,
        "created_at_ms": AT_MS,
    }
    return Endpoint(**(values | changes))


def delivery(number: int = 1, **changes: Any) -> Delivery:
    event = f"evt_{number:032x}"
    values: dict[str, Any] = {
        "id": delivery_id(event, endpoint().id),
        "owner": "shop",
        "endpoint": endpoint().id,
        "event_id": event,
        "event_type": "payment.paid",
        "subject": payment_id(number),
        "emitted_at_ms": AT_MS,
        "created_at_ms": AT_MS + number,
    }
    return Delivery(**(values | changes))


def test_endpoints_are_read_as_they_were_written(stand: Stand) -> None:
    """All fields, set and unset."""
    full = endpoint(
        2,
        description="Second",
        old_secret=rules.new_secret(b"o" * 32),
        old_secret_until_ms=AT_MS + 5,
        disabled=rules.Disabled.FAILING,
        disabled_at_ms=AT_MS + 6,
        failing_since_ms=AT_MS + 7,
        resting_until_ms=AT_MS + 8,
        slow=True,
    )
    nobody = stand.port.read_endpoints("shop")
    assert stand.port.save_endpoints(nobody, Endpoints("shop", (endpoint(), full)))

    assert Endpoints("shop") == nobody
    assert Endpoints("shop", (endpoint(), full), 1) == stand.port.read_endpoints("shop")
    assert Endpoints("other") == stand.port.read_endpoints("other")


def test_of_two_who_change_endpoints_at_once_one_is_told_so(stand: Stand) -> None:
    """By version, also for the first write."""
    nobody = stand.port.read_endpoints("shop")
    assert stand.port.save_endpoints(nobody, Endpoints("shop", (endpoint(),)))
    first = stand.port.read_endpoints("shop")

    assert not stand.port.save_endpoints(nobody, Endpoints("shop", (endpoint(2),)))
    assert stand.port.save_endpoints(first, first.without(endpoint().id))
    assert not stand.port.save_endpoints(first, first.with_one(endpoint(2)))
    assert () == stand.port.read_endpoints("shop").every


def test_a_delivery_is_read_as_it_was_written(stand: Stand) -> None:
    """Its log, too."""
    tries = (Try(AT_MS, Outcome.REFUSED, 500, 31, "Oh — no"), Try(AT_MS + 1, Outcome.TIMED_OUT, None, 15_000))
    full = delivery(tries=tries, tries_made=14, round_began=10, due_at_ms=AT_MS + 9)
    assert stand.port.save_delivery(None, full)

    assert replace(full, version=1) == stand.port.read_delivery(full.id)
    assert stand.port.read_delivery("dlv_none") is None


def test_of_the_last_try_it_is_known_what_was_sent(stand: Stand) -> None:
    """By its digest; one that never left has none."""
    tries = (Try(AT_MS, Outcome.REFUSED, 500, 31, "no"), Try(AT_MS + 1, Outcome.REFUSED, 500, 31, "no", "0f" * 8))
    assert stand.port.save_delivery(None, delivery(tries=tries, tries_made=2))
    stored = stand.port.read_delivery(delivery().id)
    assert stored is not None
    never_left = Try(AT_MS + 2, Outcome.NOT_CONNECTED, None, 5_000)
    assert stand.port.save_delivery(stored, replace(stored, tries=(*tries, never_left), tries_made=3))
    after = stand.port.read_delivery(delivery().id)
    assert after is not None
    assert ("0f" * 8, "") == (stored.tries[-1].sent, after.tries[-1].sent)


def test_of_two_who_mark_a_delivery_at_once_one_is_told_so(stand: Stand) -> None:
    """By version, also for the first write."""
    assert stand.port.save_delivery(None, delivery())
    stored = stand.port.read_delivery(delivery().id)
    assert stored is not None
    delivered = replace(stored, state=DeliveryState.DELIVERED)

    assert not stand.port.save_delivery(None, delivery())
    assert stand.port.save_delivery(stored, delivered)
    assert not stand.port.save_delivery(stored, stored)
    assert replace(delivered, version=2) == stand.port.read_delivery(delivery().id)


def test_what_is_due_is_found_and_what_is_settled_is_not(stand: Stand) -> None:
    """Oldest first within a shard; one that was delivered leaves the index."""
    for number in range(1, 9):
        assert stand.port.save_delivery(None, delivery(number, due_at_ms=AT_MS + number))
    settled = stand.port.read_delivery(delivery(3).id)
    assert settled is not None
    assert stand.port.save_delivery(settled, replace(settled, due_at_ms=None, state=DeliveryState.DELIVERED))

    found = [item for shard in range(4) for item in stand.port.due_deliveries(shard, AT_MS + 6, 50)]
    assert {(delivery(number).id, AT_MS + number) for number in (1, 2, 4, 5, 6)} == set(found)
    for shard in range(4):
        here = stand.port.due_deliveries(shard, AT_MS + 8, 50)
        assert sorted(here, key=lambda item: item.due_at_ms) == list(here)
        assert here[:1] == stand.port.due_deliveries(shard, AT_MS + 8, 1)


def test_deliveries_of_an_endpoint_come_in_pages_newest_first(stand: Stand) -> None:
    """And none of another endpoint."""
    for number in range(1, 6):
        assert stand.port.save_delivery(None, delivery(number))
    assert stand.port.save_delivery(None, delivery(9, endpoint="whe_other"))
    first = stand.port.list_deliveries(endpoint().id, 3, None)
    second = stand.port.list_deliveries(endpoint().id, 3, first.cursor)

    assert [delivery(number).id for number in (5, 4, 3)] == [one.id for one in first.deliveries]
    assert [delivery(number).id for number in (2, 1)] == [one.id for one in second.deliveries]
    assert second.cursor is None


def errand(number: int = 1, **changes: Any) -> Errand:
    owned = Endpoints("shop", (endpoint(),))
    return replace(errand_for(delivery(number), owned), **changes)


def test_errands_go_into_the_lane_that_they_name(stand: Stand) -> None:
    """More than one batch of them, and each once."""
    errands = tuple(errand(number, lane=f"lane.{number % 10}") for number in range(1, 13))
    stand.port.send_errands(errands)
    stand.port.send_errands(errands[:1])
    found = stand.now()

    sent = {read_text(text) for _, text in found}
    assert sent <= set(errands)
    assert {f"lane.{number}" for number in range(10)} == {lane for lane, _ in found}


def test_what_waits_says_for_how_long_and_comes_back_as_an_errand(stand: Stand) -> None:
    """A redelivery waits for nothing."""
    replay = Replay(owner="shop", endpoint=endpoint().id, after_ms=1, until_ms=2)
    stand.port.send_later(errand(), 270)
    stand.port.send_replay(replay)

    [(delay_s, waiting), (none_s, replaying)] = stand.later()
    assert (270, 0) == (delay_s, none_s)
    assert (Waited(errand()), replay) == (read_text(waiting), read_text(replaying))


# --- AWS alone --------------------------------------------------------------------------------------------------------


def aws_port(monkeypatch: pytest.MonkeyPatch, client: Any) -> AwsWebhooks:
    settings = Settings({"WEBHOOKS_QUEUE_URL": "https://q/1.fifo", "WEBHOOK_WAITS_QUEUE_URL": "https://q/2"})
    return AwsWebhooks(Table(table_client(ELSEWHERE.table), TABLE), lambda: client, settings)


@pytest.fixture
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of nobody."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def test_one_errand_of_a_batch_that_was_not_taken_is_an_error(region: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """SendMessageBatch answers 200 all the same."""
    client = queue_client(ELSEWHERE.queue)
    failed = {"Id": "0", "SenderFault": False, "Code": "InternalError"}
    with Stubber(client) as stub:
        stub.add_response("send_message_batch", {"Successful": [], "Failed": [failed]})
        with pytest.raises(QueueUnavailable):
            aws_port(monkeypatch, client).send_errands((errand(),))


def test_a_queue_that_refuses_is_an_error_without_the_message_in_it(
    region: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids are no secret, but nothing of a message belongs into an error."""
    client = queue_client(ELSEWHERE.queue)
    with Stubber(client) as stub:
        stub.add_client_error("send_message", "KmsThrottled", errand().delivery)
        with pytest.raises(QueueUnavailable) as refused:
            aws_port(monkeypatch, client).send_later(errand(), 5)

    assert "SendMessage: KmsThrottled" == str(refused.value)


def test_a_table_that_is_away_is_an_error(region: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere."""
    with mock_aws(), pytest.raises(StoreUnavailable):
        aws_port(monkeypatch, None).read_endpoints("shop")


def test_no_secret_is_shown_when_an_endpoint_is_printed() -> None:
    """A line of a log or a traceback may print one."""
    shown = repr(Endpoints("shop", (endpoint(old_secret=rules.new_secret(b"o" * 32)),)))
    assert "whsec_" not in shown
    assert json.dumps(SECRET)[1:-1] not in shown
