"""Whether the audit log still holds: what the nightly check came to, from its own item."""

from __future__ import annotations

from gateway.domain.policy import HOUR_MS
from gateway.ports import Flow, PortError, call
from gateway.ports.audit import Audited
from gateway.web.health import Part, State

RUNBOOK = "audit_log"
LATE_MS = 36 * HOUR_MS
"""A check ends each night."""


def audit_log(now_ms: int) -> Flow[Part]:
    """Of all shops together: a log has one chain."""
    try:
        progress = yield from call(Audited.read_audit_progress)
    except PortError:
        return Part(State.UNKNOWN, None, "not_known", RUNBOOK)
    if progress.found:
        since_ms = progress.ended_ms or progress.began_ms
        return Part(State.DEGRADED, since_ms, "audit_found", RUNBOOK, {"count": progress.found})
    if not progress.ended_ms:
        return Part(State.UNKNOWN, None, "audit_never", RUNBOOK)
    if now_ms - progress.ended_ms > LATE_MS:
        return Part(State.DEGRADED, progress.ended_ms, "audit_late", RUNBOOK)
    return Part(State.OK, progress.ended_ms, "audit_holds", RUNBOOK)
