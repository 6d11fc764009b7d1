"""Where the staff prove who they are: an issuer of OpenID Connect, as strict as a real one, without passwords."""

from __future__ import annotations

from local.sign_in.app import add_routes

__all__ = ["add_routes"]
