"""The webhook endpoint that the samples speak of, and one delivery to it."""

from __future__ import annotations

from gateway.domain.webhooks import Delivery, DeliveryState, Outcome, Try, delivery_id
from tests.memory_store import START_MS
from tests.unit.web.shop import Gateway

URL = "https://shop.example/api/mpesa"
EVENT = "evt_" + "1c4c2e8f" * 4


def store(gateway: Gateway) -> str:
    """Make it as a shop does; its id follows from the Idempotency-Key."""
    answered = gateway.call("POST", "/v1/webhook-endpoints", {"url": URL}, headers={"idempotency-key": "hooks"})
    endpoint = str(answered.json["id"])
    delivery = Delivery(
        id=delivery_id(EVENT, "sample"),
        owner="shop",
        endpoint=endpoint,
        event_id=EVENT,
        event_type="payment.paid",
        subject="pay_" + "5f0c92aa" * 4,
        emitted_at_ms=START_MS - 60_000,
        created_at_ms=START_MS - 60_000,
        state=DeliveryState.FAILED,
        tries=(Try(START_MS - 60_000, Outcome.REFUSED, 500, 31, "Internal Server Error"),),
        tries_made=10,
    )
    assert gateway.world.webhooks.save_delivery(None, delivery)
    return endpoint
