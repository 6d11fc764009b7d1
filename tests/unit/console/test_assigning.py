"""Money that waits for its payment, given to one by hand."""

from __future__ import annotations

import re
from html import unescape

import pytest

from gateway.web.console.unmatched import LISTED_MAX
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


def test_each_sum_stands_on_one_page_of_the_list(console: Console) -> None:
    """However many wait: the newest page first, and a way to the older ones as long as there are any."""
    codes = [f"SGL41QW{number:03d}" for number in range(LISTED_MAX + 3)]
    for code in codes:
        console.later(1)
        money_at_the_till(console.gateway, code)
    browser = console.browser("wanjiku")
    first = browser.get("/console/unmatched").body
    (older,) = re.findall(r'href="(/console/unmatched\?after=[^"]+)"', first)
    second = browser.get(unescape(older))
    listed = [re.findall(r'href="/console/unmatched/(\w+)"', body) for body in (first, second.body)]
    assert [codes[:2:-1], codes[2::-1]] == listed
    assert [True, False] == ["Older ones" in body for body in (first, second.body)]
    assert "On this page: 3, " in words(second)
