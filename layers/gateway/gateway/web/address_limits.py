"""How many prompts browsers at one address may have sent. The address is hashed with a key, and never stored plain."""

from __future__ import annotations

from gateway import security
from gateway.domain.policy import MINUTE_MS
from gateway.flows.limits import Limit
from gateway.ports import Keys
from gateway.settings import Settings

WINDOW_MS = 10 * MINUTE_MS
"""Each window begins at a round time."""


def limit_of_address(owner: str, address: str, keys: Keys, settings: Settings, now_ms: int) -> Limit:
    """What one address may have sent at one shop: from links, pages and the shop's own pages together."""
    window = now_ms // WINDOW_MS
    key = security.address_key(keys.phone, owner, address)
    return Limit(f"address:{key}:{window}", settings.number("PROMPTS_PER_ADDRESS"), (window + 1) * WINDOW_MS)


def limit_of_link(link_hex: str, settings: Settings, now_ms: int) -> Limit:
    """What one link may begin, from wherever."""
    window = now_ms // WINDOW_MS
    return Limit(f"link:{link_hex}:{window}", settings.number("PAYMENTS_PER_LINK"), (window + 1) * WINDOW_MS)


def wait_s(until_ms: int, now_ms: int) -> int:
    """Whole seconds until then, for Retry-After."""
    return max(1, -(-(until_ms - now_ms) // 1000))
