"""Whatever Safaricom, or something in its place, answers: no crash, no credit, and never a second prompt in doubt."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from daraja.result_codes import find
from gateway.domain.facts import QueryAnswered
from tests.corpus.world import NETWORK, CorpusWorld
from tests.fuzz.certain import is_certainly_not_taken, is_taken
from tests.fuzz.mutators import TEXTS, bodies
from tests.fuzz.profiles import PROFILE

HTTP = st.sampled_from([200, 200, 200, 201, 204, 301, 302, 400, 401, 403, 404, 405, 429, 500, 502, 503, 504, 999])
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "content-encoding", "retry-after", "location", "content-length"]),
    st.sampled_from(
        ["text/html", "application/json", "gzip", "br", "1", "-1", "60", "x", "http://evil.example/", "9" * 30]
    ),
    max_size=2,
)


def replies(*families: str) -> st.SearchStrategy[dict[str, Any]]:
    """An answer whose body is of these families, spoilt."""
    return st.fixed_dictionaries({"status": HTTP, "headers": HEADERS, "raw": bodies(*families)})


PUSH_REPLIES = replies("push_answers", "query_answers", "token_answers", "results")
QUERY_REPLIES = replies("query_answers", "push_answers", "results")
TOKEN_REPLIES = replies("token_answers", "push_answers")
BROKEN = st.sampled_from([{"network": name} for name in NETWORK])


@PROFILE
@given(PUSH_REPLIES)
def test_a_prompt_is_sent_again_or_refused_only_where_it_certainly_was_not_taken(reply: dict[str, Any]) -> None:
    """All else is unknown: asked about, never sent again."""
    world = CorpusWorld()
    world.safaricom.say("push", reply)
    body = seen_by_us(reply)

    world.ask_for_payment()

    event(f"attempt: {world.attempt()}")
    certain = is_certainly_not_taken(reply["status"], body)
    assert world.safaricom.calls == "push" or certain
    assert world.attempt() in ("prompted", "unknown") or certain
    assert world.attempt() != "prompted" or is_taken(reply["status"], body)
    assert {} == world.after()
    assert [] == world.leaks()


def seen_by_us(reply: dict[str, Any]) -> bytes:
    """The body behind its encoding: what only says that it is packed is nothing."""
    if reply["headers"].get("content-encoding") != "gzip":
        return bytes(reply["raw"])
    try:
        return gzip.decompress(reply["raw"])
    except (OSError, EOFError, zlib.error):
        return b""


@PROFILE
@given(st.lists(PUSH_REPLIES | BROKEN, min_size=2, max_size=4))
def test_no_push_follows_one_that_may_have_been_taken(several: list[dict[str, Any]]) -> None:
    """Answers one after the other; the last one stays."""
    world = CorpusWorld()
    world.safaricom.say("push", *several)

    world.ask_for_payment()

    pushes = world.safaricom.called.count("push")
    before_the_last = [several[min(at, len(several) - 1)] for at in range(pushes - 1)]
    assert all(may_be_sent_again(reply) for reply in before_the_last)
    assert {} == world.after()


def may_be_sent_again(reply: dict[str, Any]) -> bool:
    """Nothing of it can have reached M-Pesa."""
    if "network" in reply:
        return str(reply["network"]) in ("refused", "no_connection_in_time")
    return is_certainly_not_taken(reply["status"], seen_by_us(reply))


@PROFILE
@given(QUERY_REPLIES)
def test_one_answer_to_a_query_credits_nothing_and_fails_only_by_a_final_code(reply: dict[str, Any]) -> None:
    """Paid needs two answers, failed a code of the closed list."""
    world = CorpusWorld()
    world.world.ambient.at_ms += 30_000
    world.safaricom.say("query", reply, {"status": 500, "headers": {}, "raw": b""})

    swept = world.invoke("status_sweep", {"source": "aws.events"})

    codes = [fact.result_code for fact in world.new_facts() if isinstance(fact, QueryAnswered)]
    event(f"codes: {codes[:1]}")
    assert 0 == swept["failed"]
    assert [] == world.credits_of(world.pushed.id)
    assert world.shown(world.pushed.id, "pending") in (("", "failed") if has_final(codes) else ("",))
    assert [] == world.leaks()


def has_final(codes: list[str]) -> bool:
    """Whether one of them stands on the list of codes that end a prompt."""
    rows = [find("stk", code) for code in codes]
    return any(row is not None and row.code not in ("0", "4999") for row in rows)


@PROFILE
@given(TOKEN_REPLIES | BROKEN)
def test_whatever_is_no_token_means_that_nothing_was_sent(reply: dict[str, Any]) -> None:
    """No token, no push; the shop is told 201 with a prompt that did not leave."""
    world = CorpusWorld()
    world.forget_token()
    world.safaricom.say("token", {"headers": {}, **reply})

    world.ask_for_payment()

    event(f"calls: {world.safaricom.calls}")
    assert ("prompted" == world.attempt()) is ("push" in world.safaricom.called)
    assert world.attempt() in ("prompted", "refused, mpesa_unavailable")
    assert [] == world.leaks()


@PROFILE
@given(TEXTS, TEXTS, st.sampled_from(["500.001.1001", "500.003.02", "400.002.02", "404.001.03"]))
def test_texts_of_safaricom_neither_break_nor_leave_the_house_whole(code_text: str, text: str, code: str) -> None:
    """A phone number, a name or a token in an error text is scrubbed on its way to answers and lines."""
    world = CorpusWorld()
    said = f"{text} 254711000111 aB3dE5fG7hJ9kL1mN3pQ5rS7tU9v {code_text}"
    raw = json.dumps({"requestId": said, "errorCode": code, "errorMessage": said}).encode()
    world.safaricom.say("push", {"status": 500, "headers": {}, "raw": raw})

    world.ask_for_payment()

    assert [] == world.leaks()
