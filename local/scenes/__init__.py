"""Scenes: many payers at once, for looking at what the gateway makes of them. The control panel's buttons call them."""

from local.scenes.app import add_routes

__all__ = ["add_routes"]
