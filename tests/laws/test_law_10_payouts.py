"""L3, L4, L6 and L10 for payouts: what one is depends on the set of its facts; what went, went; nothing goes twice.

Every subset of the facts that a payout can meet is folded, in two orders, and held against an oracle that is written
from the rules and not from the fold.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations

import pytest

from gateway.domain.fact import Fact, as_plain
from gateway.domain.money_out.facts import OUT_CODEC, OUT_KINDS, OutDeadline, StatusFound
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.limits import Limit, Place, with_end, with_place
from gateway.domain.money_out.outgoing import OUTGOING, OutgoingRecord, OutgoingStatus
from tests import outgoing_samples as told

PROVES_SUCCESS = {"done", "status done", "statement"}
PROVES_FAILURE = {"no money", "status ended"}
ALPHABET: dict[str, Fact] = {
    "accepted": told.accepted(),
    "lost": told.lost(),
    "taken": told.taken(),
    "not sent": told.not_sent(),
    "refused": told.refused(),
    "done": told.result(),
    "done, unlisted": told.result(from_safaricom=False),
    "done, other amount": told.result(amount_kes=1),
    "no money": told.result("1", 40),
    "no money, unlisted": told.result("1", 41, from_safaricom=False),
    "busy": told.result("26000", 42),
    "status done": told.status(second=70),
    "status ended": told.status(StatusFound.ENDED, 71),
    "not found": told.status(StatusFound.NOT_FOUND, 72),
    "not found later": told.status(StatusFound.NOT_FOUND, 900),
    "timed out": told.timed_out(),
    "unreadable": told.unreadable(),
    "statement": told.seen(),
    "sender silent": told.passed(OutDeadline.SEND_WINDOW, second=60),
    "nobody told": told.passed(OutDeadline.ANSWER),
    "lapsed": told.lapsed(),
}
START = (told.approved(), told.begun())
TIMERS = {"sender silent", "nobody told", "lapsed"}
MOST = 4


def subsets() -> Iterator[frozenset[str]]:
    """Up to four facts beside those of every send."""
    for size in range(MOST + 1):
        yield from map(frozenset, combinations(ALPHABET, size))


def record_of(names: frozenset[str], order: random.Random) -> OutgoingRecord:
    """The payout with these facts, in an order of chance."""
    facts = [*START, *(ALPHABET[name] for name in names)]
    order.shuffle(facts)
    return told.record(*facts)


def oracle(names: frozenset[str]) -> str:
    """went, did not go, may have gone, is still here: from the rules alone."""
    heard = names & {"accepted", "lost", "taken", "timed out", "unreadable"} or any(
        name.startswith(("done", "no money", "busy")) for name in names
    )
    if names & PROVES_SUCCESS:
        return "went"
    if names & PROVES_FAILURE or (names & {"refused"} and not heard and "not sent" not in names):
        return "did not go"
    if "not sent" in names and not heard:
        return "did not go" if "refused" in names else "is still here"
    return "may have gone"


def found(status: OutgoingStatus) -> str:
    """The same four words, for a status."""
    if status is OutgoingStatus.SUCCEEDED:
        return "went"
    if status is OutgoingStatus.FAILED:
        return "did not go"
    return "may have gone" if OUTGOING[status].money_may_have_moved else "is still here"


def difference(names: frozenset[str], order: random.Random) -> tuple[str, ...]:
    """What differs between two orders of one set, or from the oracle; nothing: all is well."""
    one, other = (outgoing_state(record_of(names, order)) for _ in range(2))
    same = one == other and oracle(names) == found(one.status)
    return () if same else (*sorted(names), "gives", str(one.status), str(other.status), "and not", oracle(names))


def lowered(names: frozenset[str]) -> list[str]:
    """The facts that take a success away from a set that shows it."""
    states = {name: told.state(*START, *(ALPHABET[one] for one in names | {name})) for name in ALPHABET}
    standing = (OutgoingStatus.SUCCEEDED, told.RECEIPT)
    return [name for name, state in states.items() if (state.status, state.receipt) != standing]


def test_law_6_a_payout_is_what_the_oracle_makes_of_the_set_of_its_facts() -> None:
    """Each subset of up to four, in two orders of chance."""
    order = random.Random(7)
    assert [] == [told for names in subsets() if (told := difference(names, order))][:5]


def test_law_3_once_the_money_went_nothing_takes_that_back() -> None:
    """Each fact on top of each set of up to three that shows a success; the receipt stays as well."""
    showing = [names for names in subsets() if len(names) < MOST and names & PROVES_SUCCESS]
    assert [] == [(sorted(names), taken) for names in showing if (taken := lowered(names))][:5]


def test_law_4_time_alone_never_makes_a_payout_fail() -> None:
    silent = {told.state(*START, *(ALPHABET[one] for one in names)).status for names in subsets() if names <= TIMERS}
    assert {OutgoingStatus.SENDING, OutgoingStatus.UNKNOWN, OutgoingStatus.UNRESOLVED} == silent


def test_law_10_what_may_have_gone_is_never_sent_again_by_the_same_approval() -> None:
    """Whatever else is told: only where it certainly did not leave may another send begin."""
    states = {names: told.state(*START, *(ALPHABET[one] for one in names)) for names in subsets()}
    sendable = [names for names, state in states.items() if state.may_be_sent]
    assert {"is still here"} == {oracle(names) for names in sendable}


def test_law_10_another_approval_is_asked_for_only_where_m_pesa_never_knew_it() -> None:
    """It said so for more than ten minutes, and nothing shows that it took the transfer."""
    offered = {
        names for names in subsets() if told.state(*START, *(ALPHABET[one] for one in names)).terms == told.terms(2)
    }
    allowed_beside = {"lost", "not sent", "refused", "not found", "not found later", *TIMERS}
    assert offered
    assert {True} == {{"not found", "not found later"} <= names for names in offered}
    assert set() == {name for names in offered for name in names} - allowed_beside


@pytest.mark.parametrize("fact", [*START, *ALPHABET.values(), told.rejected(), told.by_policy()], ids=lambda f: f.id)
def test_a_fact_comes_back_from_storage_as_it_was(fact: Fact) -> None:
    assert fact == OUT_CODEC.from_plain(fact.id, as_plain(fact))


def test_every_kind_of_fact_is_tried_here() -> None:
    """A correction is the payment's own kind, tried there."""
    kinds = {fact.KIND for fact in (*START, *ALPHABET.values(), told.rejected(), told.by_policy())}
    assert set(OUT_KINDS) == kinds | {"corrected"}


IDENTITIES = {
    "approved": told.approved(),
    "send_begun": told.begun(),
    "result": told.result(),
    "status": told.status(),
    "send_not_sent": told.not_sent(),
}


def test_identities_of_stored_facts_never_change() -> None:
    assert {
        "approved": "approved:c41f37320b89c2663fa5",
        "send_begun": "send_begun:f0f846d48987c548b4b0",
        "result": "result:70cace8a1146cda1be2a",
        "status": "status:2805ad5d1f1d1f568bbb",
        "send_not_sent": "send_not_sent:7320d3ccf0dfe78fc158",
    } == {name: fact.id for name, fact in IDENTITIES.items()}


# --- limits -----------------------------------------------------------------------------------------------------


def most_used(chance: random.Random) -> int:
    """Places are taken and ended by chance, again and late; the most that the limit ever counted."""
    limit, sent, worst = Limit(name="shop#2026-03-02"), set[str](), 0
    for _ in range(40):
        number = chance.randrange(12)
        out_id = f"out_{number}"
        if chance.random() < 0.6 and out_id not in sent:
            place, limit = with_place(limit, out_id, 100 * (1 + number % 4), 1_000)
            sent |= {out_id} if place is Place.TAKEN and chance.random() < 0.5 else set()
        else:
            limit = with_end(limit, out_id, went=out_id in sent)
        worst = max(worst, limit.used_kes)
    return worst


def test_law_10_a_limit_is_never_passed_in_any_order_of_taking_and_ending() -> None:
    chance = random.Random(11)
    assert 1_000 == max(most_used(chance) for _ in range(300))


def test_law_10_the_same_place_taken_and_ended_twice_counts_once() -> None:
    _, once = with_place(Limit(name="x"), "out_1", 300, 1_000)
    place, twice = with_place(once, "out_1", 300, 1_000)
    ended = with_end(with_end(twice, "out_1", went=True), "out_1", went=True)
    assert (Place.TAKEN, 300, 300, {}) == (place, twice.used_kes, ended.settled_kes, dict(ended.in_flight))


def test_a_place_given_back_is_free_again() -> None:
    _, limit = with_place(Limit(name="x"), "out_1", 1_000, 1_000)
    assert Place.USED_UP == with_place(limit, "out_2", 1, 1_000)[0]
    assert Place.TAKEN == with_place(with_end(limit, "out_1", went=False), "out_2", 1, 1_000)[0]


def test_a_limit_holds_so_many_at_a_time() -> None:
    """Beyond that they wait for their turn, so that the item stays small."""
    crowd = Limit(name="x", in_flight={f"out_{number}": 1 for number in range(200)})
    assert Place.CROWDED == with_place(crowd, "out_new", 1, 1_000)[0]
