"""The first page that a person sees: the gateway runs, and here is what can be done with it."""

from __future__ import annotations

from local.start_page.app import DoorCard, StartFacts, add_routes

__all__ = ["DoorCard", "StartFacts", "add_routes"]
