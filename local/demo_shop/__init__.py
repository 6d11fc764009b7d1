"""A little shop that uses the gateway exactly as a customer's backend would.

It asks for a payment with its secret key, sends the browser to the payment's page (or gives the
phone number along), and lets goods out only when the payment says `safe_to_fulfil`.
"""

from __future__ import annotations

from local.demo_shop.app import add_routes

__all__ = ["add_routes"]
