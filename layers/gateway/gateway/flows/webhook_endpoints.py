"""What a shop does with its endpoints: make, change, try out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.domain import webhooks as rules
from gateway.domain.addresses import AddressRefused, check_address, target_of
from gateway.domain.event_types import EndpointEvent
from gateway.domain.webhooks import Delivery, Endpoint, Endpoints
from gateway.flows.webhook_replay import LOST_AFTER_MS
from gateway.flows.webhooks import errand_for
from gateway.ports import Ambient, Flow, StoreUnavailable, call
from gateway.ports.webhooks import Names, NameUnknown, Webhooks

ROUNDS_MAX = 5


def change_endpoints(owner: str, change: Callable[[Endpoints], Endpoints], by: str = "") -> Flow[Endpoints]:
    """The owner's endpoints after a change, which is drawn anew where somebody else wrote meanwhile.

    by: id of the key or person who changes them, for the audit log.
    What `change` raises is raised, and nothing is written. Raises StoreUnavailable.
    """
    for _ in range(ROUNDS_MAX):
        before = yield from call(Webhooks.read_endpoints, owner)
        after = change(before)
        if after == before:
            return after
        if (yield from call(Webhooks.save_endpoints, before, replace(after, changed_by=by))):
            return after
    raise StoreUnavailable(f"{ROUNDS_MAX} writes of endpoints lost against others")


def switch_on(owner: str, endpoint_id: str, by: str = "") -> Flow[Endpoint | None]:
    """The endpoint, enabled again if it was not. None: there is none of this id. by: as above. Raises as above."""

    def change(before: Endpoints) -> Endpoints:
        found = before.find(endpoint_id)
        if found is None or found.disabled is None:
            return before
        return before.with_one(rules.enabled_again(found))

    return (yield from change_endpoints(owner, change, by)).find(endpoint_id)


def check_url(url: str, *, loopback: bool) -> Flow[None]:
    """Whether a webhook may be sent there, by text and by every address of its name. Raises AddressRefused."""
    target = target_of(url, loopback=loopback)
    try:
        addresses = yield from call(Names.addresses, target.host, target.port)
    except NameUnknown:
        raise AddressRefused("its name is not known in the internet's directory") from None
    for address in addresses:
        check_address(address, loopback=loopback)


def drawn_secret() -> Flow[str]:
    """A new secret."""
    return rules.new_secret((yield from call(Ambient.draw, rules.SECRET_BYTES)))


def try_out(endpoint: Endpoint) -> Flow[Delivery]:
    """Send a test event, now. Its delivery is stored at once, so that the shop can watch it."""
    now_ms = yield from call(Ambient.now_ms)
    event_id = "evt_" + (yield from call(Ambient.draw, 16)).hex()
    delivery = Delivery(
        id=rules.delivery_id(event_id, endpoint.id),
        owner=endpoint.owner,
        endpoint=endpoint.id,
        event_id=event_id,
        event_type=str(EndpointEvent.TEST),
        subject=endpoint.id,
        emitted_at_ms=now_ms,
        created_at_ms=now_ms,
        due_at_ms=now_ms + LOST_AFTER_MS,
    )
    yield from call(Webhooks.save_delivery, None, delivery)
    errand = errand_for(delivery, Endpoints(endpoint.owner, (endpoint,)), forced=True)
    yield from call(Webhooks.send_errands, (errand,))
    return delivery
