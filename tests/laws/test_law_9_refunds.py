"""L9: held and given back never come to more than was received, and money leaves for a refund at most once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import combinations, permutations
from typing import Any

from gateway.domain.facts import Fact, MoneyReturned, RefundReleased, RefundReserved, Source
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentState
from gateway.domain.refunds import RefundRefused
from gateway.domain.statuses import Flag, PaymentStatus
from gateway.flows.money_out.refund import begin_refund
from gateway.ports import StoreUnavailable, run
from tests import gateway_samples as samples
from tests.unit.money_out.refund_stage import AT_MS, RECEIPT, RefundStage, paid_by_prompt

PAID = {fact.id: fact for fact in paid_by_prompt()}
ASKED = samples.asked(1, amount_kes=1_500)


def at(second: int) -> dict[str, Any]:
    """Both times of a fact."""
    return {"said_at_ms": AT_MS + second * 1_000, "learned_at_ms": AT_MS + second * 1_000}


def reserved(number: int, amount: int, second: int) -> RefundReserved:
    """Refund `number` takes its place."""
    return RefundReserved(
        refund_id=f"ref_{number:032x}", amount_kes=amount, receipts=(RECEIPT,), amounts_kes=(amount,),
        method="b2c", reason="Refund", created_by="key_1", fingerprint="1:a", **at(second),
    )  # fmt: skip


def released(number: int, second: int) -> RefundReleased:
    """It does not go."""
    return RefundReleased(refund_id=f"ref_{number:032x}", why="rejected", **at(second))


def returned(number: int, amount: int, second: int) -> MoneyReturned:
    """It went."""
    return MoneyReturned(
        told_by=Source.CALLBACK, receipt=RECEIPT, return_receipt=f"SGMRET{number}", amount_kes=amount,
        external=False, refund_id=f"ref_{number:032x}", paid_out=True, **at(second),
    )  # fmt: skip


def reversal(under: str, second: int, *, external: bool = True) -> MoneyReturned:
    """M-Pesa took the whole payment back."""
    return MoneyReturned(
        told_by=Source.PULL, receipt=RECEIPT, return_receipt=under, amount_kes=1_500, external=external, **at(second)
    )


ALPHABET: dict[str, Fact] = {
    "first held": reserved(1, 1_000, 100),
    "first given back": released(1, 200),
    "first went": returned(1, 1_000, 210),
    "second held": reserved(2, 500, 110),
    "second went": returned(2, 500, 220),
    "reversed": reversal("SGMREVERSE", 300),
    "reversed, ours": reversal("SGMREVERSE", 301, external=False),
    "reversed, not named": reversal("", 302),
}


def folded(names: tuple[str, ...]) -> PaymentState:
    """The payment with these facts, in this order."""
    return state_of(ASKED, PAID | {ALPHABET[name].id: ALPHABET[name] for name in names})


def every_set() -> Iterator[tuple[str, ...]]:
    """Each subset of the alphabet."""
    for size in range(len(ALPHABET) + 1):
        yield from combinations(ALPHABET, size)


def oracle(names: frozenset[str]) -> tuple[int, int]:
    """(what went back, what is held), from the rules and not from the fold."""
    went = 1_000 * ("first went" in names) + 500 * ("second went" in names)
    went += 1_500 * bool(names & {"reversed", "reversed, ours", "reversed, not named"})
    held = 1_000 * ("first held" in names and not names & {"first given back", "first went"})
    return went, held + 500 * ("second held" in names and "second went" not in names)


def status_for(went: int) -> PaymentStatus:
    """How the payment stands."""
    if not went:
        return PaymentStatus.PAID
    return PaymentStatus.REFUNDED if went >= 1_500 else PaymentStatus.PARTIALLY_REFUNDED


def test_law_9_every_set_of_a_refunds_facts_is_what_the_oracle_makes_of_it() -> None:
    different = []
    for names in every_set():
        state = folded(names)
        went, held = oracle(frozenset(names))
        found = (state.returned_kes, state.reserved_kes, state.status)
        different += [(names, found)] if found != (went, held, status_for(went)) else []
    assert [] == different


def test_law_9_goods_go_out_only_while_the_price_stays_here_and_nothing_holds_it() -> None:
    """A refund of it, from the request on, is a no; a refund that ended without money is none any more."""
    different = []
    for names in every_set():
        state = folded(names)
        safe = oracle(frozenset(names)) == (0, 0)
        different += [(names, state.unsafe_because)] if state.safe_to_fulfil != safe else []
    assert [] == different


def test_law_9_no_order_of_a_refunds_facts_matters() -> None:
    """Every order of every set of three, and a hundred orders of all."""
    order = random.Random(9)
    everything = [tuple(order.sample(sorted(ALPHABET), len(ALPHABET))) for _ in range(100)]
    sets = [names for names in every_set() if len(names) == 3]
    different = [names for names in sets if len({repr(folded(one)) for one in permutations(names)}) > 1]
    assert ([], 1) == (different, len({repr(folded(names)) for names in everything}))


def test_law_9_more_given_back_and_held_than_was_received_asks_for_a_person() -> None:
    """A reversal at the portal beside refunds: nobody could stop it, so it is listed."""
    unlisted = []
    for names in every_set():
        went, held = oracle(frozenset(names))
        flagged = Flag.NEEDS_REVIEW in folded(names).flags
        unlisted += [names] if flagged != (went > 0 and went + held > 1_500) else []
    assert [] == unlisted


def test_law_6_a_refund_that_is_reserved_twice_is_one() -> None:
    """Its identity is the refund's id alone: two senders of one request cannot hold the money twice."""
    first = reserved(1, 1_000, 100)
    assert first.id == replace(first, amount_kes=900, amounts_kes=(900,), reason="x", **at(400)).id


def test_identities_of_stored_facts_never_change() -> None:
    """The fields that came later are no part of them."""
    plain = reversal("SGMREVERSE", 300)
    named = replace(plain, refund_id="ref_1", paid_out=True)
    assert ("money_returned:" + IDENTITY, True) == (plain.id, plain.id == named.id)


IDENTITY = "9383e3d0a8e80dbe1a53"


def wishes(stage: RefundStage, count: int, amount: int) -> list[str]:
    """So many refunds asked for at once; how each ended."""

    def one(number: int) -> str:
        try:
            run(begin_refund(stage.wish(amount, f"r{number}"), stage.settings), stage.world)
        except (RefundRefused, StoreUnavailable) as refused:
            return type(refused).__name__
        return "begun"

    with ThreadPoolExecutor(25) as pool:
        return list(pool.map(one, range(count)))


def test_law_9_fifty_refunds_at_once_never_hold_more_than_was_received() -> None:
    """Of 100 shillings each, of 1,500: each that was begun has its place and its item, and no other has either."""
    stage = RefundStage()
    stage.paid()
    begun = wishes(stage, 50, 100).count("begun")

    assert 1_500 >= stage.of_payment.reserved_kes == 100 * begun
    assert begun == len(stage.world.outgoings.outgoings)
    assert begun >= 1


def test_law_9_of_fifty_whole_refunds_at_once_one_is_begun() -> None:
    stage = RefundStage()
    stage.paid()
    assert (1, 1_500) == (wishes(stage, 50, 1_500).count("begun"), stage.of_payment.reserved_kes)
