"""`GET /v1/events` and `GET /v1/summary`, asked as a shop's server does; each answer is held against the OpenAPI."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from gateway.domain.event_types import EndpointEvent
from gateway.domain.events import EmittedEvent
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.policy import Policy
from gateway.domain.webhooks import endpoint_event_id
from gateway.flows.publish import Change, PaymentChange
from gateway.flows.publish_batch import Streamed, publish_batch
from gateway.ports import run
from gateway.web.views import event_view
from tests.unit.web.shop import OTHER_SECRET, SECRET, Gateway

SETTLED_MS = 5_000


class Streaming(Gateway):
    """A gateway whose stream is told by `paid`."""

    told = 0

    def paid(self, key: str) -> str:
        """A paid payment; the stream tells it in one record."""
        payment_id: str = self.pay(key, phone="0712345678").json["id"]
        self.callback(payment_id, receipt=f"SGL31QW9X{self.told}")
        change = PaymentChange(None, self.world.store.payments[payment_id])
        self.told += 1
        streamed = Streamed(str(self.told), partial(_itself, change))
        assert "" == run(publish_batch([streamed], "shardId-1", _as_told), self.world)
        return payment_id

    def read(self, query: str = "", secret: str = SECRET) -> Any:
        """A page of the feed."""
        return self.call("GET", f"/v1/events{query}", secret=secret)

    def pass_time(self, milliseconds: int) -> None:
        """Wait."""
        self.world.ambient.at_ms += milliseconds


def _as_told(record: PaymentRecord, state: PaymentState) -> dict[str, Any]:
    return event_view(record, state, Policy())


def _itself(change: Change) -> Change:
    return change


@pytest.fixture
def gateway() -> Streaming:
    return Streaming()


def test_the_feed_tells_in_order_with_the_payment_as_it_stands(gateway: Streaming) -> None:
    """Masked, with the reason to believe in the money, and in the version of now."""
    payment_id = gateway.paid("order-1")
    gateway.pass_time(SETTLED_MS + 3)
    gateway.callback(payment_id, code="1032", receipt=None)
    events = gateway.read().json["data"]

    assert ["payment.created", "payment.prompted", "payment.paid"] == [event["type"] for event in events][:3]
    paid = events[2]["data"]
    assert (payment_id, "paid", ["callback"]) == (
        paid["id"],
        paid["status"],
        [one["source"] for one in paid["evidence"]],
    )
    assert gateway.world.store.payments[payment_id].version == paid["version"]
    assert "254712345678" not in gateway.read().body


def test_the_feed_begins_at_a_moment(gateway: Streaming) -> None:
    """What was told since then, and no more."""
    gateway.paid("order-1")
    gateway.pass_time(60_000)
    second = gateway.paid("order-2")
    gateway.pass_time(SETTLED_MS + 3)
    events = gateway.read("?since=2026-03-02T09:15:34Z").json["data"]
    assert {second} == {event["data"]["id"] for event in events}


def test_who_begins_now_is_led_on_although_nothing_is_there_yet(gateway: Streaming) -> None:
    """An empty page with a cursor; behind it comes what is told later."""
    gateway.paid("order-1")
    gateway.pass_time(60_000)
    begun = gateway.read("?since=now").json
    later = gateway.paid("order-2")
    gateway.pass_time(SETTLED_MS + 3)
    events = gateway.read(f"?cursor={begun['next_cursor']}").json["data"]
    assert ([], False, {later}) == (begun["data"], begun["has_more"], {event["data"]["id"] for event in events})


@pytest.mark.parametrize("since", ["2026-13-02T09:00:00Z", "2026-03-02T10:15:05Z", "2025-11-30T09:00:00Z", "then"])
def test_a_moment_that_is_none_or_too_long_ago_is_told(gateway: Streaming, since: str) -> None:
    """90 days are kept."""
    answer = gateway.read(f"?since={since}")
    assert (422, "field_invalid", "since") == (answer.status, answer.code, answer.json["param"])


def test_only_one_beginning_can_be_given(gateway: Streaming) -> None:
    answer = gateway.read(f"?since=now&after=evt_{'0' * 32}")
    assert (422, "since") == (answer.status, answer.json["param"])


def endpoint_fails(gateway: Streaming) -> str:
    """An endpoint of the shop that is told of as failing; its id."""
    made = gateway.call("POST", "/v1/webhook-endpoints", {"url": "https://shop.example/mpesa"}).json
    gateway.pass_time(1_000)
    at_ms = gateway.world.ambient.at_ms
    event_id = endpoint_event_id(made["id"], EndpointEvent.FAILING, "1")
    gateway.world.feed.emit(EmittedEvent(event_id, "webhook_endpoint.failing", "shop", made["id"], at_ms, 0, "1"))
    gateway.pass_time(SETTLED_MS + 3)
    return str(made["id"])


def test_the_feed_tells_of_an_endpoint_that_fails(gateway: Streaming) -> None:
    """Beside payments and by its type; as the API shows it, without its secret."""
    gateway.paid("order-1")
    endpoint = endpoint_fails(gateway)
    by_type = gateway.read("?type=webhook_endpoint.failing")
    assert "webhook_endpoint.failing" == gateway.read().json["data"][-1]["type"]
    [event] = by_type.json["data"]
    assert (endpoint, "webhook_endpoint", "enabled") == tuple(
        event["data"][name] for name in ("id", "object", "status")
    )
    assert "whsec_" not in by_type.body


def test_of_an_endpoint_that_is_gone_the_feed_says_that_it_failed_and_no_more(gateway: Streaming) -> None:
    gateway.call("DELETE", f"/v1/webhook-endpoints/{endpoint_fails(gateway)}")
    [event] = gateway.read().json["data"]
    assert ("webhook_endpoint.failing", None) == (event["type"], event["data"])


def test_an_event_is_shown_when_it_is_five_seconds_old(gateway: Streaming) -> None:
    gateway.paid("order-1")
    gateway.pass_time(SETTLED_MS)
    before = gateway.read().json["data"]
    gateway.pass_time(3)

    assert ([], 3) == (before, len(gateway.read().json["data"]))


def test_who_follows_after_reads_everything_once(gateway: Streaming) -> None:
    """Two events a page, by the last id, while more is told."""
    read: list[str] = []
    for number in range(3):
        gateway.paid(f"order-{number}")
        gateway.pass_time(60_000)
        while page := gateway.read(f"?limit=2&after={read[-1]}" if read else "?limit=2").json["data"]:
            read += [event["id"] for event in page]

    assert [event["id"] for event in gateway.read("?limit=100").json["data"]] == read
    assert 9 == len(set(read))


def test_a_cursor_goes_on_where_after_would(gateway: Streaming) -> None:
    gateway.paid("order-1")
    gateway.pass_time(60_000)
    first = gateway.read("?limit=2").json
    second = gateway.read(f"?limit=2&cursor={first['next_cursor']}").json

    assert (True, ["payment.paid"], False, None) == (
        first["has_more"],
        [event["type"] for event in second["data"]],
        second["has_more"],
        second["next_cursor"],
    )


def test_only_one_type_is_read(gateway: Streaming) -> None:
    gateway.paid("order-1")
    gateway.pass_time(60_000)

    assert ["payment.paid"] == [event["type"] for event in gateway.read("?type=payment.paid").json["data"]]


def test_another_shop_reads_nothing_of_it(gateway: Streaming) -> None:
    """Neither the feed, nor a place in it, nor the sums."""
    gateway.paid("order-1")
    gateway.pass_time(60_000)
    event_id = gateway.read().json["data"][0]["id"]
    cursor = gateway.read("?limit=1").json["next_cursor"]

    assert [] == gateway.read(secret=OTHER_SECRET).json["data"]
    assert ["cursor_invalid"] * 2 == [
        gateway.read(query, OTHER_SECRET).code for query in (f"?after={event_id}", f"?cursor={cursor}")
    ]
    assert 0 == gateway.call("GET", "/v1/summary", secret=OTHER_SECRET).json["total"]["count"]


def test_after_and_cursor_do_not_go_together(gateway: Streaming) -> None:
    assert "field_invalid" == gateway.read(f"?after=evt_{'0' * 32}&cursor=x").code


def test_a_day_is_summed_up_by_status_failure_and_hour(gateway: Streaming) -> None:
    """START_MS lies at noon in Nairobi."""
    gateway.paid("order-1")
    summary = gateway.call("GET", "/v1/summary?day=2026-03-02").json

    assert {"count": 1, "amount": 1500, "received": 1500, "returned": 0} == summary["total"]
    assert [("paid", 1)] == [(one["status"], one["count"]) for one in summary["statuses"] if one["count"]]
    assert [(12, 1, 1500)] == [(one["hour"], one["paid"], one["received"]) for one in summary["hours"] if one["count"]]
    assert ("2026-03-02", []) == (summary["day"], summary["failures"])
    assert summary["as_of"]
