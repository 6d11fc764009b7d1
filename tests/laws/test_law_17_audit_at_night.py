"""L17: what the nightly check finds is told, kept and added to the log, whatever becomes of its process."""

from __future__ import annotations

import pytest

from gateway.domain.audit.check import Finding, Found
from gateway.domain.audit.page import opened
from gateway.ports.audit import LogUnavailable
from tests import gateway_samples as sample
from tests.audit_stage import KEY, PAYOUT, AuditStage, lived_through, payment_values


@pytest.fixture
def stage() -> AuditStage:
    """Five pages tell of all that happened."""
    return lived_through()


def test_law_17_what_was_taken_away_is_told_and_its_late_entry_can_be_read(stage: AuditStage) -> None:
    """No part of it stands any more, so the entry is about the whole item; the page is no altered one."""
    del stage.table[PAYOUT]
    stage.tick()
    stage.ambient.at_ms += 15 * 60_000
    stage.tick()
    assert [Finding(what=Found.REMOVED, item=PAYOUT)] == list(stage.audited.progress.findings)
    assert [(Found.LATE, 6, PAYOUT)] == [(one.what, one.page, one.item) for one in stage.found()]


def test_law_17_a_late_entry_has_a_time_though_its_item_has_none(stage: AuditStage) -> None:
    """Settings do not say when they were written."""
    stage.table["SETTINGS#shop"] = {**stage.table["SETTINGS#shop"], "name": {"S": "Another Shop"}}
    stage.tick()
    stage.ambient.at_ms += 15 * 60_000
    stage.tick()
    (entry,) = opened(KEY, stage.auditlog.pages[6]).entries.values()
    assert (True, "settings", stage.ambient.at_ms) == (entry.late, entry.part, entry.at_ms)


def _dies() -> None:
    raise LogUnavailable("the process died here")


@pytest.mark.parametrize("last", ["AuditLog.append_page", "Audited.save_audit_progress"])
def test_law_17_what_was_found_is_told_and_kept_though_the_process_dies_over_it(stage: AuditStage, last: str) -> None:
    """From the moment at which the log has its late entry, nothing differs any more."""
    stage.put(payment_values(sample.begun(), sample.accepted(), sample.success(), sample.money("SGL0000002")))
    stage.records.pop()
    stage.tick()
    stage.ambient.at_ms += 15 * 60_000
    stage.after[last] = _dies
    with pytest.raises(LogUnavailable):
        stage.tick()
    ended = stage.tick()
    told = {name for name, _ in stage.ambient.reports}
    assert (1, {"audit_broken", "audit_checked"}) == (ended.found, told & {"audit_broken", "audit_checked"})


def test_law_17_a_check_that_came_to_its_end_is_told_though_its_process_dies_over_it(stage: AuditStage) -> None:
    """The next one is a day away, and an alarm rings where none has ended for longer than that."""
    stage.after["Audited.save_audit_progress"] = _dies
    with pytest.raises(LogUnavailable):
        stage.tick()
    assert ["audit_checked"] == [name for name, _ in stage.ambient.reports if name == "audit_checked"]
