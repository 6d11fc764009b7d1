"""Money that waits for its payment, given to one by hand."""

from __future__ import annotations

import pytest

from tests.unit.console.staff_stage import Console, words
from tests.unit.web.test_claims import money_at_the_till


@pytest.fixture
def console() -> Console:
    return Console()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (" ", "Type what finds the payment: its order, its id or a phone number."),
        ("NOBODYS-ORDER", "No payment of this shop fits that."),
    ],
)
def test_what_finds_no_payment_says_what_to_type(typed: str, said: str, console: Console) -> None:
    money_at_the_till(console.gateway, "SGL41QW9XZ")
    answer = console.browser("wanjiku").send("/console/unmatched/SGL41QW9XZ/assign", what=typed)
    assert said in words(answer)
