"""Every body of the corpus with which Safaricom answers us: what the attempt becomes, and what was sent again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.corpus.reading import Case, body_of, cases
from tests.corpus.world import NOT_FINISHED, CorpusWorld


def replies_of(case: Case) -> list[Mapping[str, Any]]:
    """What Safaricom says, in order."""
    return [{**reply, "raw": body_of(reply)} for reply in case.told.get("replies", [case.told])]


def outcome(world: CorpusWorld) -> dict[str, str]:
    """Ask for a payment with a prompt: what became of its attempt, and what was called for it."""
    world.ask_for_payment()
    return {"attempt": world.attempt(), "calls": world.safaricom.calls}


@pytest.mark.parametrize("case", cases("push_answers"), ids=str)
def test_an_answer_to_a_push_means_what_the_corpus_says(case: Case) -> None:
    """201 for the shop; nothing is credited, and no other payment is touched."""
    world = CorpusWorld()
    world.safaricom.say("push", *replies_of(case))

    assert case.effect == outcome(world)
    assert {} == world.after()
    assert [] == world.leaks()


@pytest.mark.parametrize("case", cases("token_answers"), ids=str)
def test_an_answer_to_the_request_for_a_token_means_what_the_corpus_says(case: Case) -> None:
    """A process that has no token yet."""
    world = CorpusWorld()
    world.forget_token()
    world.safaricom.say("token", *replies_of(case))

    assert case.effect == outcome(world)
    assert {} == world.after()
    assert [] == world.leaks()


@pytest.mark.parametrize("case", cases("query_answers"), ids=str)
def test_an_answer_to_a_query_means_what_the_corpus_says(case: Case) -> None:
    """The minute sweep asks once about a prompt of fifty seconds ago, and gets this."""
    world = CorpusWorld()
    world.world.ambient.at_ms += 30_000
    world.safaricom.say("query", *replies_of(case), NOT_FINISHED)

    swept = world.invoke("status_sweep", {"source": "aws.events"})

    assert 0 == swept["failed"]
    assert case.effect == world.after()
    assert [] == world.leaks()
