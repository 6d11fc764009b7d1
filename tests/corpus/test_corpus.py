"""What the corpus holds, so that it only grows, and results at doors that are not theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.corpus.reading import FAMILIES, HERE, Case, body_of, cases
from tests.corpus.test_callbacks import ANSWERS
from tests.corpus.world import CorpusWorld, told

BODIES = {
    "stk_callbacks": 210,
    "stk_stories": 40,
    "c2b_confirmations": 110,
    "c2b_validations": 17,
    "deliveries": 70,
    "push_answers": 115,
    "query_answers": 65,
    "token_answers": 37,
    "results": 45,
}
"""At least so many in each family. Raise a number when you add; a body is never taken out."""

UNREAD = {"pushed": "pending, needs_review", "facts": "callback_unreadable", "apart": "unreadable"}
ACCOUNTS = {
    "A balance": ("accounts", "Working Account 1000.00, Utility Account 25100.00, Charges Paid Account -154.00"),
    "A balance, one parameter and no list": ("accounts", "Working Account 0.008"),
}
"""What the cases about balances tell, to the last digit."""


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_no_fewer_bodies_than_it_had(family: str) -> None:
    """What was met once is tried for ever."""
    assert BODIES[family] <= sum(case.bodies for case in cases(family))


def test_every_trap_has_a_case_and_every_case_a_trap_that_is_listed() -> None:
    """The 36 that real integrations fell into."""
    listed = set(yaml.safe_load((HERE / "traps.yaml").read_text(encoding="utf-8")))

    assert set(range(1, 37)) == listed == {trap for case in cases(*FAMILIES) for trap in case.traps}


def test_every_file_is_replayed() -> None:
    """A family that nobody reads would prove nothing."""
    files = {path.stem for path in Path(HERE).glob("*.yaml")}

    assert {*FAMILIES, "traps"} == files


def test_no_two_cases_of_a_family_have_one_name() -> None:
    """A failing case is found by its name."""
    names = [str(case) for case in cases(*FAMILIES)]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("case", cases("results"), ids=str)
def test_a_result_at_the_address_of_a_balance_tells_of_accounts_or_of_a_refusal_or_is_kept_apart(case: Case) -> None:
    """200 in each case, and no payment is touched."""
    world = CorpusWorld()

    answer = world.deliver("balance", body_of(case.told))

    (left,) = world.after().items()
    assert ANSWERS["taken"] == told(answer)
    assert ACCOUNTS.get(case.name, left) == left
    assert left in ACCOUNTS.values() or left[0] == "refused" or left == ("apart", "unreadable")
    assert [] == world.leaks()


@pytest.mark.parametrize("case", cases("results"), ids=str)
def test_a_result_at_the_address_of_a_prompt_is_kept_unread(case: Case) -> None:
    """200, the bytes are kept apart, and nothing follows from them."""
    world = CorpusWorld()

    answer = world.deliver("stk", body_of(case.told))

    assert ANSWERS["taken"] == told(answer)
    assert UNREAD == world.after()
    assert [] == world.leaks()


@pytest.mark.parametrize("case", cases("results"), ids=str)
def test_a_result_at_the_address_of_confirmations_is_kept_unread(case: Case) -> None:
    """200, the bytes are kept apart, and no money is made of them."""
    world = CorpusWorld()

    answer = world.deliver("confirmation 174379", body_of(case.told))

    assert (ANSWERS["taken"], {"apart": "unreadable"}) == (told(answer), world.after())


@pytest.mark.parametrize("case", cases("results"), ids=str)
def test_a_result_as_the_answer_to_a_push_is_neither_taken_nor_a_reason_to_send_again(case: Case) -> None:
    """Asked about, or (with a ResponseCode that is not 0) refused."""
    world = CorpusWorld()
    world.safaricom.say("push", {"status": 200, "raw": body_of(case.told)})

    world.ask_for_payment()

    assert "push" == world.safaricom.calls
    assert world.attempt() in ("unknown", "refused, shop_setup")
