"""L2 against a payer who claims what another payment's prompt has taken: the phone's guard is read with suspicion."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway import security
from gateway.domain.claims import ClaimState
from gateway.domain.due import ASK_AFTER_S
from gateway.domain.facts import MoneyReceived
from gateway.domain.guard import Guard
from gateway.domain.payment import PaymentRecord
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.flows.claims import PAYER, ClaimRefused, ClaimTaken, claim
from gateway.flows.sweep import check_payment
from gateway.flows.take_money import receive_money
from gateway.ports import run
from gateway.security import phone_key
from tests.laws.deliveries import (
    AMOUNT_KES,
    PHONE,
    R1,
    SETTINGS,
    T0_MS,
    accepted,
    begun,
    bring,
    fact_of,
    money,
    payment,
    query,
    shown,
    told,
)
from tests.memory_store import KEYS, MemoryWorld

GUARD_KEY = phone_key(KEYS.phone, PHONE)
MINUTE_S = 60
DAY_S = 86_400
SHARED = "SHOPNAME"
"""A reference that each of a shop's payments carries, so that nothing is matched by it."""


def echo(said_s: float) -> MoneyReceived:
    """The confirmation of money that a prompt to PHONE took."""
    fact = fact_of(money(R1, said_s, "echo", reference=SHARED))
    assert isinstance(fact, MoneyReceived)
    return replace(fact, payer_key=security.payer_key(KEYS.phone, PHONE))


def guarded(world: MemoryWorld, owner: PaymentRecord, *prompted_s: float) -> None:
    """The phone's guard after prompts at these seconds, the last of them of `owner`."""
    times = tuple(T0_MS + int(at_s * 1000) for at_s in prompted_s)
    guard = Guard(
        phone_key=GUARD_KEY,
        payment_id=owner.id,
        number=1,
        sender="s",
        until_ms=times[-1] + 200_000,
        prompted_ms={"shop": times},
    )
    assert world.store.save_guard(world.store.read_guard(GUARD_KEY), guard)


def claimed(world: MemoryWorld, record: PaymentRecord, at_s: float, by: str = PAYER) -> ClaimTaken:
    """The code is claimed so long after the start."""
    world.ambient.at_ms = T0_MS + int(at_s * 1000)
    return run(claim(record.id, R1, by, SETTINGS), world)


def credited(world: MemoryWorld) -> int:
    """Over all payments."""
    return sum(kes for record in world.store.payments.values() for _, kes in shown(record)["credits"])


def test_law_2_the_guard_names_the_newest_prompt_and_the_money_may_be_an_older_ones() -> None:
    """A's prompt took the money and its callback was lost; B and C prompted the same phone since. B claims."""
    world = MemoryWorld()
    first = payment(world.store, begun(said_s=0), accepted(1), number=1, account_reference=SHARED)
    second = payment(
        world.store,
        begun(said_s=900),
        told("refused", 902, n=1, cause="shop_setup"),
        number=2,
        account_reference=SHARED,
    )
    third = payment(world.store, begun(said_s=1200), accepted(1201), number=3, account_reference=SHARED)
    guarded(world, third, 0.2, 900.2, 1200.2)
    run(receive_money(echo(30), SETTINGS), world)
    told_to_payer = claimed(world, second, 1300).told
    for at_s in (1310, 1330):
        run(bring(first.id, query("0", at_s)), world)
    assert (ClaimState.TO_SHOP, AMOUNT_KES) == (told_to_payer, credited(world))


def test_law_2_an_attempt_that_lost_the_phone_to_another_explains_no_prompt() -> None:
    """Two tabs at once: B's attempt was refused, the prompt a moment later was A's, and so is the money."""
    world = MemoryWorld()
    first = payment(world.store, begun(said_s=1), accepted(2), number=1, account_reference=SHARED)
    second = payment(
        world.store,
        begun(said_s=0),
        told("not_sent", 2, n=1, cause="phone_busy"),
        number=2,
        account_reference=SHARED,
    )
    guarded(world, first, 1.2)
    run(receive_money(echo(30), SETTINGS), world)
    told_to_payer = claimed(world, second, 60).told
    for at_s in (70, 90):
        run(bring(first.id, query("0", at_s)), world)
    assert (ClaimState.TO_SHOP, AMOUNT_KES) == (told_to_payer, credited(world))


def test_law_2_a_prompt_that_the_guard_has_just_forgotten_may_have_taken_the_money() -> None:
    """Windows are kept for a day; the money came minutes after the forgotten prompt, so it is for a person."""
    world = MemoryWorld()
    payment(world.store, begun(said_s=0), accepted(1), number=1, account_reference=SHARED)
    late_s = DAY_S + 30
    expires = T0_MS + 3 * DAY_S * 1000
    second = payment(
        world.store,
        begun(said_s=late_s),
        told("refused", late_s + 2, n=1, cause="shop_setup"),
        number=2,
        account_reference=SHARED,
        expires_at_ms=expires,
    )
    guarded(world, second, late_s + 0.2)
    run(receive_money(echo(5 * MINUTE_S), SETTINGS), world)
    assert ClaimState.TO_SHOP == claimed(world, second, late_s + 30).told


@pytest.mark.parametrize("cause", ["phone_busy", "too_many_prompts", "sender_stopped"])
def test_law_7_a_number_that_was_entered_and_never_prompted_proves_nothing(cause: str) -> None:
    """Somebody who reads a code over a shoulder enters the number while it is busy: its owner never sees that."""
    world = MemoryWorld()
    thief = payment(world.store, begun(), told("not_sent", 2, n=1, cause=cause), account_reference=SHARED)
    till = replace(echo(30), reference="")
    run(receive_money(till, SETTINGS, by_reference=False), world)
    taken = claimed(world, thief, 60)
    assert (ClaimState.TO_SHOP, 0) == (taken.told, credited(world))


def test_law_18_claiming_one_code_again_and_again_asks_mpesa_no_more_than_the_schedule_does() -> None:
    """The first claim may ask before its time; a payer who repeats it gets what every waiting page gets."""
    world = MemoryWorld()
    code = Shortcode(number="174379", kind="paybill", name="Corner Shop")
    world.store.settings["shop"] = ShopSettings(owner="shop", name="Corner Shop", shortcodes=(code,))
    record = payment(world.store, begun(), accepted())
    for at_s in range(100, 800, 10):
        before = len(world.queues.checks)
        claimed(world, record, at_s)
        for _ in range(len(world.queues.checks) - before):
            run(check_payment(record.id, SETTINGS, asked_for=True), world)
    assert len(world.daraja.queries) <= len(ASK_AFTER_S) + 1


# --- receipts of other shops ------------------------------------------------------------------------------------

PROBES = {"matched elsewhere": "OTHERSHOP1", "unmatched elsewhere": "NOBODYS"}


def two_shops(reference: str) -> tuple[MemoryWorld, PaymentRecord]:
    """A payment of the shop, and money that came to another shop's shortcode."""
    world = MemoryWorld()
    codes = {"shop": "174379", "other": "4000001"}
    for owner, number in codes.items():
        code = Shortcode(number=number, kind="paybill", name=owner)
        world.store.settings[owner] = ShopSettings(owner=owner, name=owner, shortcodes=(code,))
    payment(world.store, number=9, owner="other", shortcode="4000001", account_reference="OTHERSHOP1")
    record = payment(world.store, told("not_charged", 1, n=1), number=1)
    strange = fact_of(money(R1, 30, "elsewhere", shortcode="4000001", reference=reference))
    assert isinstance(strange, MoneyReceived)
    run(receive_money(strange, SETTINGS), world)
    return world, record


def answer_to(world: MemoryWorld, record: PaymentRecord, by: str) -> tuple[ClaimRefused | None, ClaimState | None]:
    taken = claimed(world, record, 60, by)
    return taken.refused, taken.told


@pytest.mark.parametrize("by", [PAYER, "key_shop"])
@pytest.mark.parametrize("money_is", PROBES)
def test_law_14_a_claim_tells_nothing_of_receipts_at_another_shop(money_is: str, by: str) -> None:
    """Money at another shop's shortcode reads like a code that nobody knows."""
    nobody = MemoryWorld()
    unknown: Any = answer_to(nobody, payment(nobody.store), by)
    world, record = two_shops(PROBES[money_is])
    assert unknown == answer_to(world, record, by)
