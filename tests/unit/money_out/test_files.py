"""Payouts from a file: made once each, whoever dies on the way, and told by how they stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.money_out.files import PayoutFile, PayoutLine, parts_of
from gateway.flows.money_out.file import BegunFile, begin_file, payouts_of_file, sweep_file
from gateway.ports import StoreUnavailable, run
from tests.memory_store import START_MS
from tests.unit.money_out.stage import Stage


def line(number: int) -> PayoutLine:
    return PayoutLine(
        number=number,
        out_id=f"out_{number:032x}",
        phone=f"25472200011{number}",
        amount_kes=100 * number,
        command="SalaryPayment",
        remarks="March",
        order=None,
        fingerprint=f"1:{number}",
    )


LINES = tuple(line(number) for number in (2, 3, 4))
WAGES = PayoutFile(
    id="file_" + "7" * 32,
    owner="shop",
    livemode=False,
    name="Wages",
    shortcode="174379",
    fingerprint="1:wages",
    created_by="key_1",
    created_at_ms=START_MS,
    amount_kes=900,
    out_ids=tuple(one.out_id for one in LINES),
    lines=LINES,
    due_at_ms=START_MS + 120_000,
)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def begin(stage: Stage, file: PayoutFile = WAGES) -> BegunFile:
    return run(begin_file(file, stage.settings), stage.world)


def test_each_line_becomes_a_payout_that_waits_for_a_person(stage: Stage) -> None:
    begun = begin(stage)
    stored = stage.world.outgoings.outgoings
    assert (True, True, set(WAGES.out_ids)) == (begun.created, begun.file.is_complete, set(stored))
    assert {"awaiting_approval"} == {str(stage.state(out_id).status) for out_id in stored}


def test_no_number_stays_in_the_file_once_its_payouts_exist(stage: Stage) -> None:
    begin(stage)
    kept = stage.world.outgoings.files[WAGES.id]
    assert ((), None, WAGES.out_ids) == (kept.lines, kept.due_at_ms, kept.out_ids)


def test_the_same_file_again_makes_nothing_new(stage: Stage) -> None:
    begin(stage)
    stage.approve(WAGES.out_ids[0])
    again = begin(stage)
    assert (False, 3, "approved") == (
        again.created,
        len(stage.world.outgoings.outgoings),
        str(stage.state(WAGES.out_ids[0]).status),
    )


def test_another_content_under_the_same_key_makes_nothing(stage: Stage) -> None:
    begin(stage, replace(WAGES, fingerprint="1:other", lines=LINES[:1]))
    stage.world.outgoings.outgoings.clear()
    assert (False, "1:other", {}) == (
        (again := begin(stage)).created,
        again.file.fingerprint,
        stage.world.outgoings.outgoings,
    )


def test_a_file_whose_maker_died_is_taken_up_by_the_sweep(stage: Stage) -> None:
    stage.meanwhile(
        "Outgoings.create_outgoing",
        lambda: stage.world.fail_next["Outgoings.create_outgoing"].append(StoreUnavailable("away")),
    )
    with pytest.raises(StoreUnavailable):
        begin(stage)
    before = len(stage.world.outgoings.outgoings)
    stage.later(2)
    run(sweep_file(WAGES.id, stage.settings), stage.world)
    assert (1, 3, True) == (
        before,
        len(stage.world.outgoings.outgoings),
        stage.world.outgoings.files[WAGES.id].is_complete,
    )


def test_a_file_that_takes_too_long_is_left_to_the_sweep(stage: Stage) -> None:
    stage.world.ambient.left_ms = 5_000
    assert (False, {}) == (begin(stage).file.is_complete, stage.world.outgoings.outgoings)


def test_a_summary_says_how_many_stand_how_and_what_they_wait_for(stage: Stage) -> None:
    file = begin(stage).file
    stage.world.initiator.credentials.clear()
    stage.approve(WAGES.out_ids[0])
    stage.work(WAGES.out_ids[0])
    statuses, waits = parts_of(run(payouts_of_file(file), stage.world))
    assert {"approved": (1, 200), "awaiting_approval": (2, 700)} == {
        name: (part.count, part.amount_kes) for name, part in statuses.items()
    }
    assert {"credential": (1, 200)} == {name: (part.count, part.amount_kes) for name, part in waits.items()}
