"""What shops are told of their accounts: once each, at the moment that it becomes so, and to nobody else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.aws import balances, initiator, transactions
from gateway.aws.items import packed
from gateway.aws.stream import change_of
from gateway.aws.values import Item
from gateway.domain.account_events import AccountItem, account_news
from gateway.domain.balances import Account, Balance
from gateway.domain.circuit import Circuit, Opening
from gateway.domain.transactions import Answer, Direction, Question, Transaction
from gateway.flows.emit_account import AccountChange, read_account, tell_of_account
from gateway.flows.publish import publish_change
from gateway.ports import run
from tests.memory_store import START_MS, MemoryWorld

ASKED = Balance(id=f"bal_{'b' * 32}", owner="shop", shortcode="600998", asked_at_ms=START_MS, low_kes=500)


def holding(amount: str, before: Balance = ASKED, at_ms: int = START_MS) -> Balance:
    """After M-PESA said that so much is in the account that pays out."""
    account = Account(name="Utility Account", currency="KES", current=Decimal(amount))
    return before.answered((account,), at_ms, at_ms)


def told(before: AccountItem | None, after: AccountItem) -> list[str]:
    return [str(news.type) for news in account_news(before, after, "shop")]


OPEN = Circuit(shortcode="600998", owners=("shop", "other"), openings={"*": Opening("2001", "pay_out", START_MS)})
QUESTION = Transaction(
    id=f"txn_{'c' * 32}",
    owner="shop",
    receipt="SGL31QW9XY",
    last=Question(asked_at_ms=START_MS, shortcodes=("174379", "600998")),
)
FOUND = Answer(code="0", status="completed", amount_kes=70, direction=Direction.IN)
UNKNOWN = Answer(code="R000002", not_found=True)


def test_a_question_alone_is_no_news() -> None:
    assert [[], []] == [told(None, ASKED), told(None, QUESTION)]


def test_each_answer_is_told_and_being_asked_again_is_not() -> None:
    known = holding("900")

    assert (["balance.updated"], []) == (told(ASKED, known), told(known, known.asked(START_MS + 1, 500)))


def test_low_is_told_when_it_becomes_so_and_again_only_after_it_was_well() -> None:
    well, low = holding("900"), holding("499.99", at_ms=START_MS + 1)
    lower = holding("20", low, START_MS + 2)
    well_again = holding("500", lower, START_MS + 3)
    low_again = holding("1", well_again, START_MS + 4)

    pairs = ((well, low), (low, lower), (lower, well_again), (well_again, low_again))
    assert [True, False, False, True] == ["balance.low" in told(*pair) for pair in pairs]


def test_an_answer_that_is_the_first_and_low_is_told_as_both() -> None:
    assert ["balance.updated", "balance.low"] == told(ASKED, holding("20"))


def test_a_code_is_told_once_it_is_known_or_all_have_answered() -> None:
    one = QUESTION.answered(START_MS, "174379", UNKNOWN)
    none = one.answered(START_MS, "600998", UNKNOWN)
    found = one.answered(START_MS, "600998", FOUND)

    assert ([], ["transaction.checked"], ["transaction.checked"]) == (
        told(QUESTION, one),
        told(one, none),
        told(one, found),
    )


def test_a_stop_is_told_once_and_letting_go_is_not() -> None:
    again = OPEN.opened(Opening("8006", "ask_status", START_MS + 1), for_all=True)

    assert (["gateway.alert"], [], []) == (
        told(replace(OPEN, openings={}), OPEN),
        told(OPEN, again),
        told(OPEN, OPEN.proven(START_MS + 1, START_MS + 2)),
    )


def test_an_event_has_one_id_for_ever() -> None:
    first, second = (account_news(before, holding("20"), "shop") for before in (None, ASKED))

    assert [news.id for news in first] == [news.id for news in second]


@pytest.mark.parametrize("times", [1, 3])
def test_a_change_that_comes_again_is_told_under_the_same_id(times: int) -> None:
    world = MemoryWorld()

    for _ in range(times):
        run(publish_change(AccountChange(ASKED, holding("20")), lambda *_: {}), world)

    assert 2 == len({event["id"] for event in world.bus.published})
    assert {"balance"} == {event["data"]["object"] for event in world.bus.published}


def test_each_shop_that_shares_an_operator_is_told_that_it_is_stopped() -> None:
    """Each under an id of its own: an event has one owner."""
    world = MemoryWorld()

    run(tell_of_account(AccountChange(None, OPEN)), world)

    assert {"shop", "other"} == {event.owner for event in world.feed.events.values()}


def test_what_belongs_to_no_shop_is_told_to_nobody() -> None:
    world = MemoryWorld()

    run(tell_of_account(AccountChange(None, replace(OPEN, owners=()))), world)

    assert [] == world.bus.published


def images(before: Item, after: Item) -> dict[str, object]:
    """As the stream hands them over."""
    return {"dynamodb": {"Keys": {"pk": after["pk"]}, "OldImage": before, "NewImage": after}}


def values_of(one: AccountItem) -> dict[str, Any]:
    """As its port writes it."""
    if isinstance(one, Balance):
        return balances.balance_to_values(one, 4)
    if isinstance(one, Transaction):
        return transactions.transaction_to_values(one)
    return initiator.circuit_to_values(one)


def test_the_streams_images_are_read_back_as_they_were_written() -> None:
    pairs: tuple[tuple[AccountItem, AccountItem], ...] = (
        (ASKED, holding("20")),
        (QUESTION, QUESTION.answered(START_MS, "174379", FOUND)),
        (replace(OPEN, openings={}), OPEN),
    )
    written = [[packed(values_of(one)) for one in pair] for pair in pairs]

    assert [AccountChange(*pair) for pair in pairs] == [change_of(images(*pair)) for pair in written]


def test_an_event_shows_what_it_is_about_as_it_stands() -> None:
    world = MemoryWorld()
    known = QUESTION.answered(START_MS, "174379", FOUND)
    world.transactions.all[known.id] = known
    world.balances.all[ASKED.id] = holding("20")
    world.initiator.circuits["600998"] = OPEN

    shown = [
        run(read_account(type_, subject), world)
        for type_, subject in (
            ("transaction.checked", known.id),
            ("balance.low", ASKED.id),
            ("gateway.alert", "600998"),
            ("balance.low", "bal_gone"),
        )
    ]

    assert ["transaction_check", "balance", "alert", None] == [one and one["object"] for one in shown]
