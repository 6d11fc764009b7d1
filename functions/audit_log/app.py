"""The table's stream → the audit log in S3; each night, whether the log and the table still tell the same."""

from __future__ import annotations

from typing import Any

from gateway.aws.audited import audited_change
from gateway.aws.world import world
from gateway.flows.audit.verify import verify_due
from gateway.observability import observed
from gateway.ports import run
from gateway.web.audit_stream import log_batch


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A batch of the stream → what must come again, if anything; the schedule's tick → what was checked."""
    with observed(context):
        here = world().begin(context)
        if "Records" in event:
            return log_batch(event, audited_change, here)
        done = run(verify_due(), here)
        return {"pages": done.pages, "found": done.found, "next_due_at_ms": done.next_ms}
