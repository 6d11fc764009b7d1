"""What stands behind each port and how it fails; and which reported errors are not of a port but of the program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from daraja.errors import DarajaError, MaybeSent, MaybeSentReason, NotSent, NotSentReason
from gateway.flows.messages import MessageUnreadable
from gateway.ports import BusUnavailable, Call, PortError, QueueUnavailable, SecretsUnavailable, StoreUnavailable
from gateway.ports.audit import LogUnavailable
from gateway.ports.identity import IdentityUnavailable
from gateway.ports.statements import FilesUnavailable
from gateway.ports.webhooks import NameUnknown

OF_PORTS: Mapping[str, type[Exception]] = {
    "Store": StoreUnavailable,
    "Orphans": StoreUnavailable,
    "Feed": StoreUnavailable,
    "Days": StoreUnavailable,
    "Repairs": StoreUnavailable,
    "Received": StoreUnavailable,
    "Registrations": StoreUnavailable,
    "Registrar": MaybeSent,
    "PublicAddress": StoreUnavailable,
    "Webhooks": StoreUnavailable,
    "Names": NameUnknown,
    "Sender": StoreUnavailable,
    "Queues": QueueUnavailable,
    "Secrets": SecretsUnavailable,
    "Bus": BusUnavailable,
    "Links": StoreUnavailable,
    "ApiKeys": StoreUnavailable,
    "Counts": StoreUnavailable,
    "KeyUses": StoreUnavailable,
    "Staff": StoreUnavailable,
    "Identity": IdentityUnavailable,
    "Balances": StoreUnavailable,
    "Initiator": StoreUnavailable,
    "Questions": MaybeSent,
    "Outgoings": StoreUnavailable,
    "Transfers": MaybeSent,
    "Transactions": StoreUnavailable,
    "MpesaQr": NotSent,
    "Books": StoreUnavailable,
    "Reconciliations": StoreUnavailable,
    "AuditLog": LogUnavailable,
    "Audited": StoreUnavailable,
    "Pull": NotSent,
    "Statements": StoreUnavailable,
    "StatementFiles": FilesUnavailable,
}

BEHIND: Mapping[str, str] = {
    "ApiKeys": "api_keys",
    "AuditLog": "audit_log",
    "Audited": "audited",
    "Balances": "balances",
    "Books": "books",
    "Counts": "counts",
    "Daraja": "safaricom",
    "Days": "days",
    "Feed": "feed",
    "Identity": "identity",
    "Initiator": "initiator",
    "KeyUses": "key_uses",
    "Links": "links",
    "MpesaQr": "qr",
    "Names": "names",
    "Orphans": "orphans",
    "Questions": "organisation",
    "Received": "received",
    "Reconciliations": "reconciliations",
    "Registrar": "registrar",
    "Registrations": "registrations",
    "Repairs": "repairs",
    "Staff": "staff",
    "StatementFiles": "statement_files",
    "Statements": "statements",
    "Transactions": "transactions",
    "Transfers": "payouts",
    "Webhooks": "webhooks",
}
"""What of the simulated world stands behind a port, where a call of it is no more than that."""


def error_of(call: Call) -> Exception:
    """How this port fails."""
    if call.port in {"Daraja", "MpesaQr", "Pull", "Questions", "Transfers"}:
        if call.method in {"push", "ask_balance", "ask_status", "hand_over"}:
            return MaybeSent(MaybeSentReason.READ_TIMEOUT)
        return NotSent(NotSentReason.UNREACHABLE, retryable=True)
    return OF_PORTS[call.port]("away")


def program_error(fields: Mapping[str, Any]) -> str | None:
    """The error in a report that a flow made of it, if nothing outside can have raised it."""
    error = fields.get("error")
    return error if isinstance(error, str) and error not in EXPECTED else None


def _names(error: type[Exception]) -> Iterator[str]:
    yield error.__name__
    for narrower in error.__subclasses__():
        yield from _names(narrower)


EXPECTED = frozenset(
    {name for error in (PortError, DarajaError, NameUnknown, MessageUnreadable) for name in _names(error)}
)
"""Errors by which ports fail, and what a message that nobody can read raises."""
