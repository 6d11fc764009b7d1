"""What endpoints for shops' servers share: the owner's settings, the owner's payment, the view of it."""

from __future__ import annotations

from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.shop import ShopSettings
from gateway.flows.read import read_payment
from gateway.ports import Flow, Keys, Secrets, Store, call
from gateway.web.auth import no_such_payment
from gateway.web.errors import ApiError
from gateway.web.serving import Scene
from gateway.web.views import Viewing


def shop_of(owner: str) -> Flow[ShopSettings]:
    """The owner's settings. Raises ApiError while none are stored."""
    shop = yield from call(Store.read_settings, owner)
    if shop is None or not shop.shortcodes:
        raise ApiError(
            "shortcode_unknown",
            "This shop has no shortcode yet. Store its settings with: mpesa-gateway settings put",
            param="shortcode",
        )
    return shop


def payment_of(owner: str, payment_id: str) -> Flow[tuple[PaymentRecord, PaymentState]]:
    """A payment of this owner. Raises ApiError `not_found`, also for somebody else's."""
    found = yield from read_payment(payment_id)
    if found is None or found[0].asked.owner != owner:
        raise no_such_payment()
    return found


def viewing_of(scene: Scene, include: frozenset[str] = frozenset()) -> Flow[Viewing]:
    """What a payment's view needs."""
    keys: Keys = yield from call(Secrets.read_keys)
    return Viewing(base_url=scene.base_url, keys=keys, policy=scene.settings.policy, include=include)
