"""What a person sees of the simulator: phones, control panel, magic numbers."""

from __future__ import annotations

from local.daraja_simulator.pages.app import add_routes

__all__ = ["add_routes"]
