"""Webhooks from event to shop in memory: virtual time, both queues, the minute sweep, and shops' servers to script."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.domain.events import EmittedEvent, EventType, event_id
from gateway.domain.webhooks import Delivery, Endpoint, Endpoints, new_secret
from gateway.flows.keep import keep
from gateway.flows.settings import FlowSettings
from gateway.flows.webhook_delivery import handle_message
from gateway.flows.webhook_due import bring_due_deliveries
from gateway.flows.webhooks import tell_endpoints
from gateway.ports import PortError, run
from gateway.ports.webhooks import Post
from gateway.web.views import event_view
from tests import gateway_samples as sample
from tests.memory_store import MemoryAmbient, MemoryWorld

OWNER = "shop"
SECRET = new_secret(b"s" * 32)
URL = "https://shop.example/api/mpesa"
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
SETTINGS = FlowSettings()


class SteadyAmbient(MemoryAmbient):
    """Chance that always falls in the middle, so that waits are exactly those of the schedule."""

    def draw(self, size: int, /) -> bytes:
        """Half of everything."""
        return b"\x80" + bytes(size - 1)


class WebhookWorld(MemoryWorld):
    """A shop with endpoints. failed: messages that a function did not take; they come again after a minute."""

    def __init__(self) -> None:
        super().__init__(ambient=SteadyAmbient(left_ms=50_000))
        self.loopback = False
        self.dead: list[str] = []
        self._hidden: list[tuple[int, str, str]] = []
        self._payments = 0

    # --- endpoints and events -----------------------------------------------------------------------------------

    def endpoint(self, name: str = "one", url: str = URL, events: Iterable[str] = ("payment.*",)) -> Endpoint:
        """An endpoint of the shop, stored."""
        made = Endpoint(
            id=f"whe_{name}", owner=OWNER, url=url, events=tuple(events), secret=SECRET, created_at_ms=self.now
        )
        self.keep(made)
        return made

    def keep(self, endpoint: Endpoint) -> None:
        """Store it as it is."""
        before = self.webhooks.read_endpoints(OWNER)
        assert self.webhooks.save_endpoints(before, before.with_one(endpoint))

    def stored(self, name: str = "one") -> Endpoint:
        """The endpoint as it stands."""
        found = self.webhooks.read_endpoints(OWNER).find(f"whe_{name}")
        assert found is not None
        return found

    def stored_endpoints(self) -> Endpoints:
        """All of them."""
        return self.webhooks.read_endpoints(OWNER)

    def payment(self) -> str:
        """A payment that waits to be paid; its id."""
        self._payments += 1
        record = sample.record(self._payments, order=f"order-{self._payments}")
        assert self.store.create_payment(record, sample.due(None)) is None
        return record.id

    def emitted(self, payment_id: str, type_: EventType = EventType.PAID, which: str = "") -> EmittedEvent:
        """An event, stored in the feed."""
        record = self.store.payments[payment_id]
        event = EmittedEvent(
            event_id(payment_id, type_, which), str(type_), OWNER, payment_id, self.now, record.version, which
        )
        self.feed.emit(event)
        return event

    def tell(self, *events: EmittedEvent) -> None:
        """As the publish flow does."""
        run(tell_endpoints(OWNER, events), self)

    def happened(self, type_: EventType = EventType.PAID) -> str:
        """A new payment and an event of it, told; the event's id."""
        event = self.emitted(self.payment(), type_)
        self.tell(event)
        return event.id

    # --- time ---------------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """Milliseconds since the epoch."""
        return self.ambient.at_ms

    def settle(self) -> None:
        """Hand out every message that is visible now; those that fail are hidden for a minute."""
        for _ in range(200):
            self._bring_back()
            if not self.webhooks.queue:
                return
            lane, text = self.webhooks.queue.pop(0)
            self._hand_out(lane, text)

    def _bring_back(self) -> None:
        visible = [text for at, text in self.webhooks.later if at <= self.now]
        self.webhooks.later = [one for one in self.webhooks.later if one[0] > self.now]
        self.webhooks.queue += [("waits", text) for text in visible]
        back = [(lane, text) for at, lane, text in self._hidden if at <= self.now]
        self._hidden = [one for one in self._hidden if one[0] > self.now]
        self.webhooks.queue += back

    def _hand_out(self, lane: str, text: str) -> None:
        try:
            run(handle_message(text, describe, loopback=self.loopback), self)
        except PortError:
            self._hidden.append((self.now + MINUTE_MS, lane, text))

    def pass_time(self, milliseconds: int) -> None:
        """Let time go on: messages when they become visible, the sweep each minute."""
        end = self.now + milliseconds
        self.settle()
        while self.now < end:
            visible = [at for at, _ in self.webhooks.later] + [at for at, _, _ in self._hidden]
            minute = (self.now // MINUTE_MS + 1) * MINUTE_MS
            self.ambient.at_ms = min([end, minute, *(max(at, self.now + 1) for at in visible)])
            if self.now % MINUTE_MS == 0:
                run(bring_due_deliveries(4), self)
            self.settle()

    # --- what shops saw -----------------------------------------------------------------------------------------

    def posts_to(self, host: str = "shop.example") -> list[Post]:
        """Messages that this server got."""
        return [post for post in self.sender.posts if post.target.host == host]

    def delivery(self, event: str, name: str = "one") -> Delivery:
        """What became of an event at an endpoint."""
        [found] = [
            one for one in self.webhooks.deliveries.values() if (one.event_id, one.endpoint) == (event, f"whe_{name}")
        ]
        return found


def describe(record: Any, state: Any) -> Any:
    """As the functions describe a payment."""
    return event_view(record, state, SETTINGS.policy)


def pay(world: WebhookWorld, payment_id: str, receipt: str) -> None:
    """Money comes for it, through the gateway's one way in."""
    run(keep(payment_id, lambda _: (sample.money(receipt),), SETTINGS), world)
