"""Who acts in a storm: shops and their payers, somebody at the till's menu, attackers, a person, a newer release.

Each has chances of its own, so that leaving one out changes no other's plan. The staff is in `staff.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from gateway.domain.facts import Corrected, Fact, MoneyReturned, ReviewAsked, Source, UnknownFact
from gateway.domain.guard import Guard
from gateway.domain.payment import Asked, PaymentRecord, PaymentState
from gateway.domain.statuses import AttemptStatus, PaymentStatus
from gateway.flows.assign import Person, assign, set_aside
from gateway.flows.check import ask_soon
from gateway.flows.close import cancel
from gateway.flows.keep import keep
from gateway.flows.read import read_payment
from gateway.flows.start_payment import start_attempt, start_payment
from gateway.ports import Flow
from gateway.security import phone_key
from tests.simulation.auditor import MADE_UP
from tests.simulation.bodies import c2b_body, stk_body
from tests.simulation.case import Case
from tests.simulation.mpesa import News
from tests.simulation.processes import End, Process
from tests.simulation.safaricom import FROM_ELSEWHERE, FROM_SAFARICOM
from tests.simulation.script import Actor, Script
from tests.simulation.staff import staff_comes
from tests.simulation.storm import KEYS, STORM_MS, Storm
from tests.simulation.world import SHORTCODE, asked

HOUR_MS = 3_600_000
YEAR_MS = 366 * 24 * HOUR_MS
BOMBED_ORDERS, BOMBS = 3, 10
"""Orders of one bomber, and how often each is to ring again."""

BEGIN_WITHIN_MS = 90 * 60_000
AMOUNTS = (1, 9, 10, 49, 100, 100, 100, 150, 250, 999, 70_000, 249_999, 250_000)
SHARED_PHONES = ("254712000001", "254712000002", "254112000003")
OPEN_TO_ATTEMPTS = (PaymentStatus.FAILED, PaymentStatus.UNRESOLVED, PaymentStatus.OPEN)
LIFTED_KINDS = ("callback", "query", "review_asked", "receipt_contested", "money_received", "push_accepted")


def actors(storm: Storm, case: Case) -> None:
    """Put the actors of a world on the stage: one for each payment, and who comes beside them."""
    storm.consumers.plan_outages(STORM_MS)
    storm.outages.plan()
    storm.consumers.plan_nights()
    storm.lists.plan()
    for number in range(case.payments) if case.only is None else case.only:
        chance = Random(f"{case.seed} actor {number}")
        _old_guard(storm, chance)
        Actor(storm, _order(storm, chance, number))
        for line, script in BESIDE.items():
            if storm.weather.hit(line):
                Actor(storm, script(storm, chance))
    staff_comes(storm)
    for _ in range(6):
        if storm.weather.hit("token_killed"):
            at_ms = storm.agenda.now + storm.chance.randrange(2 * BEGIN_WITHIN_MS)
            storm.agenda.at(at_ms, storm.mpesa.kill_token)


def _old_guard(storm: Storm, chance: Random) -> None:
    """A phone was prompted three days ago; its guard should have expired by now."""
    phone = phone_key(KEYS.phone, chance.choice(SHARED_PHONES))
    at_ms = storm.agenda.now - 3 * 24 * HOUR_MS
    old = Guard(phone_key=phone, payment_id="pay_" + "0" * 32, number=1, sender="old", until_ms=at_ms)
    storm.table.guards.setdefault(phone, old)


# --- a shop and its payer -------------------------------------------------------------------------------------


@dataclass
class _Life:
    """One payment's."""

    storm: Storm
    chance: Random
    request: Asked
    phone: str
    state: PaymentState | None = None

    @property
    def id(self) -> str:
        return self.request.id


def _order(storm: Storm, chance: Random, number: int) -> Script:
    yield chance.randrange(BEGIN_WITHIN_MS)
    hit = storm.weather.hit
    reference = "SHARED" if hit("c2b_shared_reference") else ""
    request = _request(storm, f"order-{number}", chance.choice(AMOUNTS), reference, chance.choice((0.4, 1, 2, 24)))
    own = f"2547{20_000_000 + number}"
    life = _Life(storm, chance, request, own if chance.random() < 0.75 else chance.choice(SHARED_PHONES))
    by_hand = chance.random() < 0.15
    if hit("cancel_at_any_moment"):
        Actor(storm, _cancels(life))
    if by_hand or hit("c2b_double") or hit("c2b_partial") or hit("c2b_typed_other"):
        Actor(storm, _types(life))
    yield from _begins(life, None if by_hand else life.phone)
    if hit("same_key_other_body"):
        yield from _other_body(life)
    for _ in range(chance.choice((1, 2, 3, 4, 6))):
        yield chance.choice((3_000, 8_000, 20_000, 40_000, 150_000, 400_000, 1_200_000))
        yield from _looks(life)
        yield from _tries_again(life)
    if hit("shop_gives_up"):
        yield storm.run("cancel", cancel(life.id, "key", storm.settings))


def _request(storm: Storm, key: str, amount: int, reference: str, hours: float) -> Asked:
    now = storm.agenda.now
    request = asked(key, amount, reference=reference)
    return replace(request, created_at_ms=now, expires_at_ms=now + int(hours * HOUR_MS))


def _begins(life: _Life, phone: str | None) -> Script:
    """The shop asks, perhaps many times at once; while no answer comes it asks again, with the same key."""
    storm = life.storm
    times = life.chance.choice((2, 3, 8)) if storm.weather.hit("same_key_at_once") else 1
    times = 50 if storm.weather.hit("same_key_fifty_times") else times
    for _ in range(4):
        processes = [
            storm.run("start_payment", start_payment(life.request, phone, SHORTCODE, "key", storm.settings))
            for _ in range(times)
        ]
        yield from processes
        if any(process.end is End.DONE for process in processes):
            return
        yield life.chance.randint(500, 6_000)


def _other_body(life: _Life) -> Script:
    """The same key with another amount: names what stands there, and changes nothing."""
    storm = life.storm
    stored = storm.table.payments.get(life.id)
    if stored is None:
        return
    other = replace(life.request, amount_kes=life.request.amount_kes + 1, fingerprint="1:other")
    process = storm.run("start_payment", start_payment(other, life.phone, SHORTCODE, "key", storm.settings))
    yield process
    if process.end is End.DONE and process.value.record.asked != stored.asked:
        storm.auditor.broken.append(f"L13 the key of {life.id} names another payment than at first")


def _looks(life: _Life) -> Script:
    """The payer's page, or the shop, asks how it stands."""
    forced = life.chance.random() < 0.2
    process = life.storm.run("page", _page(life.id, life.storm, forced=forced))
    yield process
    life.state = process.value[1] if process.end is End.DONE and process.value else None


def _page(payment_id: str, storm: Storm, *, forced: bool) -> Flow[tuple[PaymentRecord, PaymentState] | None]:
    found = yield from read_payment(payment_id)
    if found is not None:
        yield from ask_soon(*found, storm.settings, forced=forced)
    return found


def _tries_again(life: _Life) -> Script:
    storm, state, chance = life.storm, life.state, life.chance
    if state is None or state.status not in OPEN_TO_ATTEMPTS or chance.random() < 0.2:
        return
    number = len(state.attempts) + 1
    unresolved = any(attempt.status is AttemptStatus.UNRESOLVED for attempt in state.attempts)
    not_charged = unresolved and storm.weather.hit("not_charged_said")
    times = 2 if storm.weather.hit("attempt_at_once") else 1
    processes = []
    for _ in range(times):
        phone = chance.choice(SHARED_PHONES) if storm.weather.hit("attempt_other_phone") else life.phone
        flow = start_attempt(life.id, number, phone, "payer", storm.settings, not_charged=not_charged)
        processes.append(storm.run("start_attempt", flow))
    yield from processes


def _cancels(life: _Life) -> Script:
    yield life.chance.choice((0, 5, 900, 4_000, 20_000, 300_000, 1_500_000, 5_000_000))
    yield life.storm.run("cancel", cancel(life.id, "key", life.storm.settings))


def _types(life: _Life) -> Script:
    """The payer types the Paybill payment: before the order is there, beside the prompt, in parts, oddly."""
    storm, chance, amount = life.storm, life.chance, life.request.amount_kes
    yield chance.choice((0, 10, 2_000, 9_000, 60_000, 900_000))
    parts = [amount]
    if storm.weather.hit("c2b_partial"):
        first = max(1, amount // chance.choice((2, 3)))
        parts = [first, amount - first] if amount > first else [first]
    for part in parts * (2 if storm.weather.hit("c2b_double") else 1):
        storm.mpesa.menu_payment(life.phone, part, _typed(life))
        yield chance.choice((0, 3_000, 40_000))


def _typed(life: _Life) -> str:
    reference = life.request.account_reference
    if life.storm.weather.hit("c2b_typed_other"):
        return life.chance.choice(("no such order", "", "SHARED"))
    if life.storm.weather.hit("c2b_typed_oddly"):
        return f" {reference[:3].lower()} {reference[3:]} "
    return reference


# --- attackers ------------------------------------------------------------------------------------------------


def _stranger(storm: Storm, chance: Random) -> Script:
    """Knows a callback address and makes up what Safaricom might say."""
    yield chance.randrange(BEGIN_WITHIN_MS)
    for _ in range(chance.randint(1, 5)):
        yield chance.choice((500, 5_000, 60_000))
        if storm.mpesa.pushes:
            push = chance.choice(storm.mpesa.pushes[-8:])
            told = stk_body(push, chance.choice(("0", "1032", "1037")), receipt="FORGED7AAA", amount=push.amount)
            body = json.dumps(told).encode()
            _, path = chance.choice(storm.mpesa.paths[-8:])
            path = push.path if chance.random() < 0.7 else path
            storm.deliver(storm.agenda.now, News(path, chance.choice((body, body, body[:40])), FROM_ELSEWHERE))


def _money_maker(storm: Storm, chance: Random) -> Script:
    """Knows the address of C2B confirmations, and makes up money for an order."""
    yield chance.randrange(BEGIN_WITHIN_MS)
    for _ in range(chance.randint(1, 3)):
        yield chance.choice((500, 5_000, 60_000))
        if storm.auditor.payments:
            shown = chance.choice(list(storm.auditor.payments.values())[-8:])
            made_up = {"amount": shown["amount"], "reference": shown["reference"], "at_ms": storm.agenda.now}
            body = c2b_body(f"{MADE_UP}{storm.steps % 100_000:05d}", made_up)
            storm.deliver(storm.agenda.now, News(storm.mpesa.c2b_path, body, FROM_ELSEWHERE))


def _forger(storm: Storm, chance: Random) -> Script:
    """Knows old tags, or those of other payments."""
    yield chance.randrange(BEGIN_WITHIN_MS)
    for _ in range(chance.randint(1, 5)):
        yield chance.choice((500, 5_000, 60_000))
        if storm.mpesa.pushes:
            push, other = (chance.choice(storm.mpesa.pushes[-8:]) for _ in range(2))
            tag = other.path.rsplit("/", 1)[1] if other is not push else "0" * 32
            path = f"{push.path.rsplit('/', 1)[0]}/{tag}"
            body = json.dumps(stk_body(push, "0", receipt="FORGED8BBB", amount=push.amount)).encode()
            source = chance.choice((FROM_ELSEWHERE, FROM_ELSEWHERE, FROM_SAFARICOM))
            storm.deliver(storm.agenda.now, News(path, body, source))


def _replayer(storm: Storm, chance: Random) -> Script:
    """Says again what Safaricom said, at the same address or at another payment's."""
    yield chance.randrange(BEGIN_WITHIN_MS)
    for _ in range(chance.randint(1, 5)):
        yield chance.choice((500, 5_000, 60_000))
        if storm.news:
            heard = chance.choice(storm.news[-20:])
            path = chance.choice((heard.path, chance.choice(storm.news[-20:]).path))
            storm.deliver(storm.agenda.now, News(path, heard.body, FROM_ELSEWHERE))


# --- persons, later features, a newer release -----------------------------------------------------------------


def _person(storm: Storm, chance: Random) -> Script:
    """Looks at a payment that is held, and lets its doubts go (not those about whose a receipt is)."""
    yield BEGIN_WITHIN_MS // 3 + chance.randrange(2 * BEGIN_WITHIN_MS)
    held = [one for one in storm.auditor.payments.values() if {"contradicted", "needs_review"} & set(one["flags"])]
    if chance.random() < 0.3:
        held = list(storm.auditor.payments.values())
    if held:
        shown = chance.choice(held)
        record = storm.table.payments[shown["id"]]
        lifts = tuple(sorted(fact.id for fact in record.facts.values() if fact.KIND in LIFTED_KINDS))
        storm.words.decided.add(shown["id"].removeprefix("pay_"))
        yield _keeps(storm, shown, Corrected(lifts=lifts, actor="person", note="looked", **_at(storm)))


def _reviewer(storm: Storm, chance: Random) -> Script:
    """Something of ours asks a person to look."""
    yield BEGIN_WITHIN_MS // 6 + chance.randrange(2 * BEGIN_WITHIN_MS)
    if storm.auditor.payments:
        shown = chance.choice(list(storm.auditor.payments.values()))
        yield _keeps(storm, shown, ReviewAsked(reason="asked", **_at(storm)))


def _returner(storm: Storm, chance: Random) -> Script:
    """Money goes back: by a refund of ours, or on Safaricom's portal."""
    yield BEGIN_WITHIN_MS // 3 + chance.randrange(2 * BEGIN_WITHIN_MS)
    payments = storm.auditor.payments
    paid = [(one, c) for one in payments.values() for c in one["credits"] if c["receipt"] is not None]
    if payments and chance.random() < 0.3:
        paid = [(one, {"receipt": "UKP000001A", "amount": one["amount"]}) for one in payments.values()]
    if paid:
        shown, credit = chance.choice(paid)
        returned = MoneyReturned(
            told_by=Source.STATEMENT,
            receipt=credit["receipt"],
            return_receipt=f"UKR{storm.steps % 1_000_000:06d}A",
            amount_kes=chance.choice((credit["amount"], max(1, credit["amount"] // 2))),
            external=chance.random() < 0.5,
            **_at(storm),
        )
        yield _keeps(storm, shown, returned)


def _cashier(storm: Storm, chance: Random) -> Script:
    """Looks through what waits: gives it to some payment, sets it aside, or takes that back; often the wrong one."""
    yield BEGIN_WITHIN_MS // 6 + chance.randrange(2 * BEGIN_WITHIN_MS)
    for _ in range(3):
        yield chance.choice((1, 500, 20_000))
        waiting = sorted(one.receipt for one in storm.table.receipts.values() if one.owner is None)
        if not waiting or not storm.auditor.payments:
            continue
        receipt, person = chance.choice(waiting), Person("cashier", f"{chance.randrange(10**9)}")
        act = chance.random()
        if act < 0.25:
            yield storm.run("set_aside", set_aside(receipt, "not ours", person, aside=chance.random() < 0.6))
            continue
        storm.words.given.add(receipt)
        payment_id = chance.choice(list(storm.auditor.payments))
        given = storm.run("assign", assign(receipt, payment_id, person, storm.settings))
        yield given
        others = given.value.others if given.end is End.DONE else ()
        if others and chance.random() < 0.4:
            yield storm.run("assign", assign(receipt, payment_id, person, storm.settings, not_of=others))


def _newer_release(storm: Storm, chance: Random) -> Script:
    """One function runs a newer release already: it writes a fact of a kind that ours does not know."""
    yield BEGIN_WITHIN_MS // 6 + chance.randrange(2 * BEGIN_WITHIN_MS)
    if storm.auditor.payments and storm.weather.rates:
        payment_id = chance.choice(list(storm.auditor.payments))
        fact = UnknownFact(known_id=f"newer:{storm.steps}", raw='{"kind":"newer"}', **_at(storm))
        storm.table.add_unknown(payment_id, fact)
        storm.table.add_stranger(f"NEWER#{storm.steps}")


def _keeps(storm: Storm, shown: Mapping[str, Any], fact: Fact) -> Process:
    """By the same door as all facts."""
    return storm.run("person", keep(shown["id"], lambda _: (fact,), storm.settings))


def _at(storm: Storm) -> dict[str, Any]:
    return {"said_at_ms": storm.agenda.now, "learned_at_ms": storm.agenda.now}


# --- the rest of the menu -------------------------------------------------------------------------------------


def _at_the_till(storm: Storm, chance: Random) -> Script:
    """Somebody pays at the till, where no reference can be typed."""
    yield chance.randrange(BEGIN_WITHIN_MS)
    storm.mpesa.till_payment(f"2547{chance.randrange(10**8):08d}", chance.choice(AMOUNTS))


def _last_years_key(storm: Storm, chance: Random) -> Script:
    """The shop's order numbers begin anew in January: a key names what it named a year ago."""
    number = chance.randrange(10**9)
    old = replace(
        asked(f"last-year-{number}", chance.choice(AMOUNTS)),
        created_at_ms=storm.agenda.now - YEAR_MS,
        expires_at_ms=storm.agenda.now - YEAR_MS + HOUR_MS,
    )
    record = PaymentRecord(old, {}, version=1, updated_at_ms=old.created_at_ms)
    storm.table.create_payment(record, storm.settings.indexed(record, storm.settings.state(record)))
    yield chance.randrange(BEGIN_WITHIN_MS)
    again = replace(old, created_at_ms=storm.agenda.now, expires_at_ms=storm.agenda.now + HOUR_MS)
    process = storm.run("start_payment", start_payment(again, "254712999999", SHORTCODE, "key", storm.settings))
    yield process
    if process.end is End.DONE and old.id in storm.table.payments and process.value.created:
        storm.auditor.broken.append(f"L13 the key of {old.id} began a new payment a year later")


def _bomber(storm: Storm, chance: Random) -> Script:
    """Wants to make a phone ring: orders and attempts for it, again and again, for hours."""
    phone = f"2547{30_000_000 + chance.randrange(5)}"
    yield chance.randrange(BEGIN_WITHIN_MS)
    for _ in range(BOMBED_ORDERS):
        request = _request(storm, f"bomb-{phone}-{chance.randrange(10**9)}", 1, "", 4)
        yield storm.run("start_payment", start_payment(request, phone, SHORTCODE, "browser", storm.settings))
        for _ in range(BOMBS):
            yield chance.choice((1_000, 60_000, 200_000, 400_000))
            known = storm.auditor.payments.get(request.id)
            number = len(known["attempts"]) + 1 if known else 1
            flow = start_attempt(request.id, number, phone, "browser", storm.settings, not_charged=True)
            yield storm.run("start_attempt", flow)


def _enumerator(storm: Storm, chance: Random) -> Script:
    """Guesses ids of payments, and asks for what is behind them."""
    yield chance.randrange(BEGIN_WITHIN_MS)
    for _ in range(3):
        yield chance.choice((1, 500, 5_000))
        guessed = f"{chance.randrange(16**32):032x}"
        which = storm.weather.sort("enumerator", chance.randrange(3))
        if which == "callback":
            path = f"/in/stk/{guessed}/1/{chance.randrange(16**32):032x}"
            storm.deliver(storm.agenda.now, News(path, b"{}", FROM_ELSEWHERE))
            continue
        process = (
            storm.run("page", _page(f"pay_{guessed}", storm, forced=True))
            if which == "page"
            else storm.run("start_attempt", start_attempt(f"pay_{guessed}", 1, "254712999999", "?", storm.settings))
        )
        yield process
        found = process.value is not None and getattr(process.value, "record", process.value) is not None
        if process.end is End.DONE and found:
            storm.auditor.broken.append(f"L14 a guessed id found {process.value}")


BESIDE: dict[str, Callable[[Storm, Random], Script]] = {
    "stranger_with_tag": _stranger,
    "forger": _forger,
    "replayer": _replayer,
    "person_corrects": _person,
    "review_asked": _reviewer,
    "money_returned": _returner,
    "cashier": _cashier,
    "unknown_fact": _newer_release,
    "stranger_with_c2b_tag": _money_maker,
    "c2b_till_without_reference": _at_the_till,
    "key_of_last_year": _last_years_key,
    "bomber": _bomber,
    "enumerator": _enumerator,
}
"""Who comes beside payments, by fault line."""
