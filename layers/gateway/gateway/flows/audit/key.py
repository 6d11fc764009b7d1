"""The key of the audit log, from the gateway's own."""

from __future__ import annotations

from gateway import security
from gateway.ports import Flow, Secrets, call


def read_log_key() -> Flow[bytes]:
    """Raises SecretsUnavailable."""
    keys = yield from call(Secrets.read_keys)
    return security.audit_key(keys.id)
