"""What health tells of the audit log: what the nightly check came to."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.audit.check import Finding, Found
from gateway.domain.audit.progress import AuditProgress
from gateway.domain.policy import HOUR_MS
from gateway.ports import StoreUnavailable
from tests.memory_store import START_MS
from tests.unit.web.shop import Gateway

ENDED_MS = START_MS - HOUR_MS
ALTERED = Finding(what=Found.PAGE_ALTERED, page=3, line=2)


def told(gateway: Gateway) -> Any:
    """The part of the audit log."""
    return gateway.call("GET", "/v1/health").json["parts"]["audit_log"]


@pytest.mark.parametrize(
    ("progress", "state", "words"),
    [
        (AuditProgress(), "unknown", "was not checked yet"),
        (AuditProgress(began_ms=ENDED_MS, ended_ms=ENDED_MS), "ok", "told the same"),
        (AuditProgress(began_ms=1, ended_ms=START_MS - 36 * HOUR_MS - 1), "degraded", "has not ended since"),
        (AuditProgress(began_ms=ENDED_MS, at=7).with_findings([ALTERED]), "degraded", "the same: 1 findings"),
        (
            AuditProgress(began_ms=ENDED_MS, ended_ms=ENDED_MS).with_findings([Finding(what=Found.LATE)]),
            "ok",
            "told the same",
        ),
    ],
    ids=["never", "holds", "late", "found", "late-entries-alone"],
)
def test_health_tells_what_the_check_came_to(progress: AuditProgress, state: str, words: str) -> None:
    gateway = Gateway()
    gateway.world.audited.progress = progress
    part = told(gateway)
    assert (state, True) == (part["state"], words in part["detail"])


def test_a_table_that_does_not_answer_hides_no_other_part() -> None:
    gateway = Gateway()
    gateway.world.fail_next["Audited.read_audit_progress"].append(StoreUnavailable("away"))
    assert "unknown" == told(gateway)["state"]
