"""What API keys can do. Apart from all else, so that `--help` names it without loading what makes keys."""

from __future__ import annotations

SCOPES = (
    "payments:read",
    "payments:write",
    "c2b:read",
    "c2b:write",
    "balance:read",
    "payouts:create",
    "payouts:read",
    "refunds:write",
    "reconciliation:read",
    "reconciliation:run",
    "reconciliation:close",
    "events:read",
    "webhooks:write",
    "keys:write",
)
"""What keys can do in this release."""

EVERYDAY = tuple(scope for scope in SCOPES if scope != "keys:write")
"""What a key may do unless said otherwise: all but making other keys."""
