"""What in a file of payouts is shown first, since it differs from what was paid out before."""

from __future__ import annotations

import pytest

from gateway.domain.money_out.file_check import LineCheck, Why, checked_lines
from gateway.domain.money_out.outgoing import OutgoingAsked


def line(name: str, phone: str, amount_kes: int) -> OutgoingAsked:
    """A payout to a number."""
    return OutgoingAsked(
        id=name,
        kind="payout",
        owner="shop",
        livemode=False,
        shortcode="600998",
        method="b2c",
        command="SalaryPayment",
        amount_kes=amount_kes,
        remarks="Wages",
        created_by="key",
        created_at_ms=0,
        lapses_at_ms=0,
        fingerprint="1:x",
        phone=phone,
    )


@pytest.mark.parametrize(
    ("lines", "earlier", "whys", "last_kes"),
    [
        ([("A", 500)], [("A", 500)], [], 500),
        ([("A", 500)], [("A", 501), ("A", 500)], [Why.OTHER_AMOUNT], 501),
        ([("A", 500)], [("B", 500)], [Why.NEW], None),
        ([("A", 500)], [], [], None),
        ([("A", 500), ("A", 500)], [("A", 500)], [Why.TWICE], 500),
        ([("A", 1_001)], [("A", 1_001)], [Why.ABOVE_LIMIT], 1_001),
        ([("A", 600), ("A", 401)], [("B", 1)], [Why.NEW, Why.TWICE, Why.ABOVE_LIMIT], None),
        ([("A", 1_000)], [("A", 1_000)], [], 1_000),
    ],
)
def test_the_first_line_is_worth_a_look_for(
    lines: list[tuple[str, int]], earlier: list[tuple[str, int]], whys: list[Why], last_kes: int | None
) -> None:
    """Of earlier payouts the newest stands first and is the one that counts; one number gets 1,000 a day."""
    file = [line(str(place), *one) for place, one in enumerate(lines)]
    before = [line(f"before {place}", *one) for place, one in enumerate(earlier)]
    assert LineCheck(tuple(whys), last_kes) == checked_lines(file, before, 1_000)["0"]
