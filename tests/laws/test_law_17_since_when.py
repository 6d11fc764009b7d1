"""L17: from when on the log must tell of everything, so that what no page tells of is named."""

from __future__ import annotations

from gateway.aws import items
from gateway.domain.audit.check import Found
from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.policy import HOUR_MS
from tests import gateway_samples as sample
from tests.audit_stage import AuditStage, lived_through, payment_values

NEW = f"PAY#{sample.payment_id(7)}"


def new_payment(stage: AuditStage) -> None:
    """It is made now."""
    stage.put(items.payment_to_values(sample.record(7, created_at_ms=stage.ambient.at_ms), sample.due(), 4))


def lost_at_six() -> AuditStage:
    """Two nights were checked; at six in the morning a payment is made, and the stream loses it."""
    stage = lived_through()
    stage.tick()
    stage.ambient.at_ms = day_begins_ms(day_of(stage.ambient.at_ms)) + 24 * HOUR_MS + 5 * HOUR_MS
    stage.tick()
    stage.ambient.at_ms += HOUR_MS
    new_payment(stage)
    stage.records.pop()
    return stage


def missed(stage: AuditStage) -> set[tuple[Found, str]]:
    """What the next nightly check finds."""
    stage.tick()
    stage.ambient.at_ms += 15 * 60_000
    stage.tick()
    return {(one.what, one.item) for one in stage.audited.progress.findings}


def test_law_17_what_happened_before_the_first_page_was_written_is_missed_too() -> None:
    """The stream was minutes behind; the second page is taken away, and the next one gets its number."""
    stage = AuditStage()
    stage.put(payment_values(number=1))
    stage.ambient.at_ms += 1_000
    new_payment(stage)
    stage.put(payment_values(number=3))
    stage.ambient.at_ms += 5 * 60_000
    stage.deliver(0, 1)
    stage.deliver(1, 2)
    del stage.auditlog.pages[2]
    stage.deliver(2)

    assert {(Found.ADDED, NEW)} == {(one.what, one.item) for one in stage.found()} == missed(stage)


def test_law_17_what_happened_before_a_days_first_page_is_missed_too() -> None:
    """When nothing else happens at night: the next page is written an hour later."""
    stage = lost_at_six()
    stage.ambient.at_ms += HOUR_MS
    stage.put(payment_values(sample.begun(), number=2))
    stage.deliver(12)
    stage.ambient.at_ms += 23 * HOUR_MS

    assert {(Found.ADDED, NEW)} == missed(stage)


def test_law_17_what_happened_while_no_page_was_written_is_missed_too() -> None:
    """A day on which the stream lost all there was."""
    stage = lost_at_six()
    stage.ambient.at_ms += 24 * HOUR_MS

    assert {(Found.ADDED, NEW)} == missed(stage)
