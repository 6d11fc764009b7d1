"""Two addresses of a shop: one is on, with deliveries that stand in every way, and one is gone. And a key."""

from __future__ import annotations

from gateway import security
from gateway.domain.shop import ApiKey
from gateway.domain.webhooks import (
    Delivery,
    DeliveryState,
    Disabled,
    Endpoint,
    Endpoints,
    Outcome,
    Try,
    new_secret,
)
from tests.memory_store import START_MS
from tests.unit.console.staff_stage import SHOP, Console

ON, GONE, THEIRS = "whe_" + "1" * 32, "whe_" + "2" * 32, "whe_" + "3" * 32
SECRET, OLD_SECRET = new_secret(b"n" * 32), new_secret(b"o" * 32)
URL = "https://shop.example/api/mpesa"
TAKEN, WAITING, GIVEN_UP, STOPPED = ("dlv_" + digit * 32 for digit in "4567")
KEY, KEY_SECRET = "key_" + "8" * 32, "sk_test_" + "k" * 32
MINUTE_MS = 60_000
ANSWER = 'out of order </pre><script>alert("x")</script>'


def endpoint(name: str, owner: str = SHOP, url: str = URL, disabled: Disabled | None = None) -> Endpoint:
    """An address, made a day ago; a disabled one is so since an hour."""
    since_ms = None if disabled is None else START_MS - 60 * MINUTE_MS
    return Endpoint(
        id=name, owner=owner, url=url, events=("payment.*", "refund.*"), secret=SECRET, old_secret=OLD_SECRET,
        old_secret_until_ms=START_MS + 60 * MINUTE_MS, created_at_ms=START_MS - 1_440 * MINUTE_MS,
        description="Web shop", disabled=disabled, disabled_at_ms=since_ms, failing_since_ms=since_ms,
    )  # fmt: skip


def delivery(
    name: str,
    state: DeliveryState,
    subject: str,
    *tries: Try,
    to: str = ON,
    owner: str = SHOP,
    event: str = "payment.paid",
) -> Delivery:
    """One event to one address."""
    return Delivery(
        id=name, owner=owner, endpoint=to, event_id="evt_" + name[-32:], event_type=event, subject=subject,
        emitted_at_ms=START_MS - 30 * MINUTE_MS, created_at_ms=START_MS - 30 * MINUTE_MS, state=state, tries=tries,
        tries_made=len(tries), due_at_ms=START_MS + 5 * MINUTE_MS if state is DeliveryState.WAITING else None,
    )  # fmt: skip


def tried(outcome: Outcome, status: int | None, answer: str = "") -> Try:
    """One try, twenty minutes ago."""
    return Try(START_MS - 20 * MINUTE_MS, outcome, status, 31, answer)


def store(console: Console, subject: str) -> None:
    """Keep them. subject: the payment that they are about."""
    world = console.world
    world.webhooks.endpoints[SHOP] = Endpoints(
        SHOP, (endpoint(ON), endpoint(GONE, url="https://old.example/hook", disabled=Disabled.GONE)), 1
    )
    world.webhooks.endpoints["other"] = Endpoints("other", (endpoint(THEIRS, "other"),), 1)
    kept = (
        delivery(TAKEN, DeliveryState.DELIVERED, subject, tried(Outcome.DELIVERED, 204)),
        delivery(WAITING, DeliveryState.WAITING, subject, tried(Outcome.REFUSED, 503, ANSWER)),
        delivery(GIVEN_UP, DeliveryState.FAILED, subject, tried(Outcome.TIMED_OUT, None)),
        delivery(STOPPED, DeliveryState.STOPPED, subject, tried(Outcome.REFUSED, 410, "Gone"), to=GONE),
    )
    world.webhooks.deliveries |= {one.id: one for one in kept}
    scopes = frozenset({"payments:read", "keys:write"})
    key = ApiKey(id=KEY, owner=SHOP, livemode=False, publishable=False, scopes=scopes, name="Till 2")
    world.store.keys[security.secret_hash(KEY_SECRET)] = key
