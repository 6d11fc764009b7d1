"""L17 where somebody writes into the bucket: the log goes on behind its own last page, and the rest is named."""

from __future__ import annotations

import pytest

from gateway.domain.audit.check import Finding, Found
from gateway.domain.audit.page import opened
from tests.audit_stage import KEY, SHARD, AuditStage, lived_through, payment_values


@pytest.fixture
def stage() -> AuditStage:
    """Five pages, and a table that says the same."""
    return lived_through()


ABSURD = 999_999_999_999


def plant(stage: AuditStage, *numbers: int, copied: int = 0) -> None:
    """Somebody who may write into the bucket puts pages there: nonsense, or copies of a page of the log."""
    content = stage.auditlog.pages[copied] if copied else b"nonsense\n"
    stage.auditlog.pages |= dict.fromkeys(numbers, content)


def goes_on(stage: AuditStage) -> list[int]:
    """Two more changes, and the numbers under which they are told."""
    before = set(stage.auditlog.pages)
    for number in (2, 3):
        stage.put(payment_values(number=number))
        stage.deliver(-1)
    return sorted(set(stage.auditlog.pages) - before)


@pytest.mark.parametrize("copied", [0, 5], ids=["nonsense", "a copy"])
@pytest.mark.parametrize("numbers", [(ABSURD,), (7_000, 9_000), (9,), tuple(range(ABSURD - 40, ABSURD))])
def test_law_17_a_page_under_an_absurd_number_stops_nothing_and_is_named(
    stage: AuditStage, numbers: tuple[int, ...], copied: int
) -> None:
    """The log goes on behind its own last page; so does the check, which does not look for what never was."""
    plant(stage, *numbers, copied=copied)

    assert [6, 7] == goes_on(stage)

    found = stage.found()
    assert ({Found.STRANGE_PAGE}, True) == ({one.what for one in found}, {one.page for one in found} <= set(numbers))


def test_law_17_a_page_just_behind_the_last_one_is_stepped_over_and_named(stage: AuditStage) -> None:
    plant(stage, 6, 8)
    assert [7, 9] == goes_on(stage)
    assert [(Found.PAGE_ALTERED, 6), (Found.PAGE_ALTERED, 8)] == [(one.what, one.page) for one in stage.found()]


def test_law_17_a_name_that_no_page_has_stops_nothing_and_is_named(stage: AuditStage) -> None:
    stage.auditlog.others = 1
    assert ([6, 7], (Finding(what=Found.STRANGE_PAGE),)) == (goes_on(stage), stage.found())


def test_law_17_of_an_empty_log_an_absurd_page_is_not_the_first(stage: AuditStage) -> None:
    stage.auditlog.pages.clear()
    plant(stage, ABSURD)
    assert [1, 2] == goes_on(stage)


def test_law_17_many_strange_pages_hide_the_logs_last_one_from_nobody(stage: AuditStage) -> None:
    """It is followed from where the last check ended, over pages that somebody altered."""
    stage.tick()
    for number in range(2, 12):
        stage.put(payment_values(number=number))
        stage.deliver(-1)
    stage.auditlog.pages |= dict.fromkeys((8, 12), b"altered\n")
    plant(stage, *range(ABSURD - 2_000, ABSURD))
    stage.put(payment_values(number=12))

    stage.deliver(-1)

    head = opened(KEY, stage.auditlog.pages[16]).head
    found = {one.what for one in stage.found()}
    assert (16, True) == (head and head.page, {Found.PAGE_ALTERED, Found.STRANGE_PAGE} <= found)


def test_law_17_where_nothing_of_the_log_is_found_the_batch_comes_again(stage: AuditStage) -> None:
    """No second chain is begun."""
    stage.tick()
    stage.auditlog.pages.clear()
    plant(stage, ABSURD)
    stage.put(payment_values(number=2))

    assert 1 == len(stage.deliver(-1)["batchItemFailures"])
    assert [ABSURD] == list(stage.auditlog.pages)


def test_law_17_a_strange_page_is_told_of_once(stage: AuditStage) -> None:
    """With a lock on the bucket nobody can take it away; each night would tell of it."""
    plant(stage, ABSURD)
    nights = []
    for _ in range(2):
        stage.tick()
        nights.append([one.page for one in stage.audited.progress.findings])
        stage.ambient.at_ms += 24 * 3_600_000
    assert [[ABSURD], []] == nights


def test_law_17_what_was_told_before_an_altered_page_is_not_told_again(stage: AuditStage) -> None:
    """How far each shard is told is carried on from the last page that fits."""
    stage.auditlog.pages[5] = b"altered\n"
    pages = dict(stage.auditlog.pages)
    told = opened(KEY, pages[4]).head
    assert told is not None

    stage.deliver(0, told.told(SHARD))

    assert pages == stage.auditlog.pages
