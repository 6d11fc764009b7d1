"""A file of three payouts that a shop's key asked for, as the API stores it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.domain.money_out.files import PayoutFile, PayoutLine
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OutgoingAsked, OutgoingRecord, OutgoingState
from gateway.flows.money_out.file import begin_file
from gateway.flows.settings import FlowSettings
from gateway.ports import Indexed, run
from tests.memory_store import START_MS
from tests.unit.console.staff_stage import SHOP, Console

FILE_ID = "file_" + "8" * 32
ADDRESS = f"/console/payouts/files/{FILE_ID}"
OUT_IDS = tuple(f"out_{number}" + "8" * 31 for number in (1, 2, 3))
AMOUNTS = (500, 600, 700)


def line(number: int, out_id: str, amount_kes: int) -> PayoutLine:
    """One of them."""
    return PayoutLine(
        number=number + 1,
        out_id=out_id,
        phone=f"25471122233{number}",
        amount_kes=amount_kes,
        command="SalaryPayment",
        remarks="Wages of March",
        order=f"W-{number}",
        fingerprint=f"1:{number}",
    )


def payout_file(**changed: Any) -> PayoutFile:
    """The file before its payouts are made."""
    lines = tuple(line(number, *one) for number, one in enumerate(zip(OUT_IDS, AMOUNTS, strict=True), start=1))
    plain: dict[str, Any] = {
        "id": FILE_ID,
        "owner": SHOP,
        "livemode": False,
        "name": "Wages March",
        "shortcode": "600998",
        "fingerprint": "1:file",
        "created_by": "key_shop",
        "created_at_ms": START_MS,
        "amount_kes": sum(AMOUNTS),
        "out_ids": OUT_IDS,
        "lines": lines,
        "due_at_ms": START_MS + 120_000,
    }
    return PayoutFile(**{**plain, **changed})


def keep_file(console: Console, **changed: Any) -> None:
    """The file and its payouts."""
    settings = console.world.store.settings
    settings[SHOP] = replace(settings[SHOP], payout_shortcode="600998")
    run(begin_file(payout_file(**changed), FlowSettings()), console.world)


def states(console: Console) -> list[OutgoingState]:
    """How the lines stand, in their order."""
    return [outgoing_state(console.world.outgoings.outgoings[out_id]) for out_id in OUT_IDS]


def paid_before(console: Console, phone: str, amount_kes: int) -> None:
    """A payout to this number that M-Pesa has carried out."""
    outgoings = console.world.outgoings
    out_id = f"out_{len(outgoings.outgoings):032x}"
    asked = OutgoingAsked(
        id=out_id,
        kind="payout",
        owner=SHOP,
        livemode=False,
        shortcode="600998",
        method="b2c",
        command="SalaryPayment",
        amount_kes=amount_kes,
        remarks="Wages of February",
        created_by="key_shop",
        created_at_ms=START_MS - 86_400_000,
        lapses_at_ms=START_MS,
        fingerprint="1:before",
        phone=phone,
    )
    indexed = Indexed(due_at_ms=None, summary={"status": "succeeded"})
    outgoings.create_outgoing(OutgoingRecord(asked, {}, 1), indexed)
