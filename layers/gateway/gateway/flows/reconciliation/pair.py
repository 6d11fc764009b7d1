"""Gives money without a payment to the one payment that lacks its code; holds one whose money may be another's.

Each night for the day before, and whenever a day is compared.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway import security
from gateway.domain.facts import MoneyReceived, ReviewAsked
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.receipts import Standing
from gateway.domain.reconciliation.pairing import Candidate, Pair, doubles, nameless, pairs
from gateway.flows.keep import claim_receipt, claim_record, keep
from gateway.flows.reconciliation.gather import Changed, Known
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, Secrets, call
from gateway.ports.repairs import Repairs


def pair(known: Known, owner: str, settings: FlowSettings) -> Flow[Changed]:
    """What was paired or held. Raises StoreUnavailable."""
    mine = known.of(owner)
    if not any(nameless(state) for _, state in mine):
        return Changed()
    candidates = yield from _candidates(mine)
    unmatched = [
        told
        for record in known.receipts.values()
        if record.standing is Standing.UNMATCHED and (told := record.money) is not None
    ]
    given: set[Pair] = set()
    for found in pairs(candidates, unmatched):
        money = next(told for told in unmatched if told.receipt == found.receipt)
        if (yield from _give(found, money, settings)):
            given.add(found)
    held: set[Pair] = set()
    for found in doubles(candidates, _labelled(mine)):
        if (yield from _hold(found, settings)):
            held.add(found)
    return Changed(frozenset(one.payment for one in given | held), frozenset(one.receipt for one in given))


def _candidates(mine: Iterable[tuple[PaymentRecord, PaymentState]]) -> Flow[list[Candidate]]:
    """The payments that prompts were sent for."""
    keys = yield from call(Secrets.read_keys)
    return [
        Candidate(record, state, {one.phone: security.payer_key(keys.phone, one.phone) for one in state.attempts})
        for record, state in mine
        if state.attempts
    ]


def _labelled(mine: Iterable[tuple[PaymentRecord, PaymentState]]) -> list[tuple[str, MoneyReceived]]:
    """Money that payments got by their label or a person, and by no prompt of theirs."""
    found = []
    for record, state in mine:
        by_label = {one.receipt for one in state.credits if one.attempt is None}
        told = {fact.receipt: fact for fact in record.facts.values() if isinstance(fact, MoneyReceived)}
        found += [(record.id, fact) for receipt, fact in told.items() if receipt in by_label]
    return found


def _give(found: Pair, money: MoneyReceived, settings: FlowSettings) -> Flow[bool]:
    """First the receipt's own item, as for all money. Nothing where the shortcode is another shop's as well."""
    shops = yield from call(Repairs.shops)
    if sum(shop.shortcode(money.shortcode) is not None for shop in shops) != 1:
        return False
    standing = yield from claim_receipt(claim_record(found.receipt, found.payment, money.shortcode, (money,)))
    if standing.owner != found.payment:
        return False
    yield from keep(found.payment, lambda _: tuple(standing.facts.values()), settings)
    yield from call(Ambient.report, "money_paired", {"payment": found.payment, "receipt": found.receipt})
    return True


def _hold(found: Pair, settings: FlowSettings) -> Flow[bool]:
    """A person looks whether both are one and the same money. Asked once."""
    now_ms = yield from call(Ambient.now_ms)
    fact = ReviewAsked(reason=f"same money as {found.receipt}", said_at_ms=now_ms, learned_at_ms=now_ms)
    kept = yield from keep(found.payment, lambda _: (fact,), settings)
    if kept is None or not kept.changed:
        return False
    yield from call(Ambient.report, "money_may_be_anothers", {"payment": found.payment, "receipt": found.receipt})
    return True
