"""Where the gateway of this machine is, and the test keys that open it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Addresses:
    """Full addresses without a slash at the end, and the local shop's keys.

    The keys are not shown when the value is printed or logged.
    """

    gateway: str
    """ShopApi: what the shop and its payers call, e.g. `http://localhost:7070`."""
    outside: str
    """Simulator, phones, control panel, demo shop, e.g. `http://localhost:7071`."""
    callback: str
    """CallbackApi: what Safaricom calls, e.g. `http://localhost:7072`."""
    secret_key: str = field(repr=False)
    publishable_key: str = field(repr=False)
    webhook_secret: str = field(default="", repr=False)
