"""Every body of the corpus that comes in at a callback address: our answer, and all that is left of it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.ports import StoreUnavailable
from tests.corpus.reading import Case, body_of, cases
from tests.corpus.world import CorpusWorld, told
from tests.unit.intake_world import fail

ANSWERS: dict[str, Any] = {
    "taken": (200, {"ResultCode": 0, "ResultDesc": "Accepted"}),
    "accepted": (200, {"ResultCode": "0", "ResultDesc": "Accepted"}),
    "stranger": (404, {"message": "Not Found"}),
    "comes_again": {"batchItemFailures": [{"itemIdentifier": "1"}]},
}
"""By the words of the files."""


@pytest.mark.parametrize("case", cases("stk_callbacks", "c2b_confirmations", "c2b_validations"), ids=str)
def test_a_body_gets_its_answer_and_leaves_what_the_corpus_says(case: Case) -> None:
    """From Safaricom's address, with the right tag."""
    world = CorpusWorld()

    answer = world.deliver(case.told.get("at", "stk"), body_of(case.told))

    assert (ANSWERS[case.told["answer"]], case.effect) == (told(answer), world.after())
    assert [] == world.leaks()


@pytest.mark.parametrize("case", cases("stk_callbacks", "c2b_confirmations"), ids=str)
def test_a_body_told_five_times_leaves_what_it_leaves_once(case: Case) -> None:
    """Safaricom, relays and replayers repeat."""
    world = CorpusWorld()

    answers = [world.deliver(case.told.get("at", "stk"), body_of(case.told)) for _ in range(5)]

    assert [ANSWERS[case.told["answer"]]] * 5 == [told(answer) for answer in answers]
    assert case.effect == world.after()


@pytest.mark.parametrize("case", cases("stk_callbacks", "c2b_confirmations"), ids=str)
def test_a_body_from_a_stranger_leaves_nothing(case: Case) -> None:
    """A wrong tag from an address on no list: 404, and neither table nor queue is asked."""
    world = CorpusWorld()

    answer = world.deliver(case.told.get("at", "stk"), body_of(case.told), tag="zeros", source="elsewhere")

    assert (ANSWERS["stranger"], {}) == (told(answer), world.after())
    assert [] == [call for call in world.world.boundaries if call.startswith(("Store.", "Queues."))]


@pytest.mark.parametrize("case", cases("stk_stories"), ids=str)
def test_a_story_ends_as_the_corpus_says(case: Case) -> None:
    """Each message of it is answered 200 at a callback address."""
    world = CorpusWorld()

    for step in case.told["steps"]:
        world.step(step)

    assert case.effect == world.after()
    assert {200} == {answer.get("statusCode", 200) for answer in world.answers}
    assert [] == world.leaks()


@pytest.mark.parametrize("case", cases("deliveries"), ids=str)
def test_an_odd_delivery_gets_its_answer_and_leaves_what_the_corpus_says(case: Case) -> None:
    """Tags, addresses, encodings, headers, and the queue."""
    world = CorpusWorld()
    told_of = case.told

    answer = world.deliver(
        told_of["at"],
        body_of(told_of),
        tag=told_of.get("tag", "right"),
        source=told_of.get("from", "safaricom"),
        changes=case.event,
    )

    assert (ANSWERS[told_of["answer"]], case.effect) == (told(answer), world.after())
    assert [] == world.leaks()


@pytest.mark.parametrize("at", ["stk", "confirmation 600111"])
def test_a_body_that_no_queue_takes_waits_with_its_beginning_while_the_table_is_away(at: str) -> None:
    """200 for Safaricom, and kept unread later: better than lost."""
    world = CorpusWorld()
    fail(world.world, "Store.read_payment", "Store.keep_orphan", error=StoreUnavailable("away"))

    answer = world.deliver(at, b'{"x":"' + b"A" * 1_000_000)
    world.world.fail_next.clear()
    drained = world.drain()

    assert (ANSWERS["taken"], []) == (told(answer), drained)
    assert "unreadable" == world.after()["apart"]
