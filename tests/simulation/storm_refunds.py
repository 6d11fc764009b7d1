"""A storm over refunds: paid payments, shops that refund them at once and in parts, persons, the portal, M-Pesa.

The machinery is that of `storm_money_out.py`: each process is a flow, chance says who goes on and what fails. M-Pesa's
books are held against what the payments say (`judge_refunds.py`), during the storm and after days of calm.

`python -m tests.simulation.swarm_money_out` plays many.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from gateway.domain.facts import AttemptBegun, CallbackReceived, MoneyReturned, PushAccepted, Source
from gateway.domain.fold import state_of
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import Method, OutgoingState, OutgoingStatus
from gateway.domain.payment import PaymentRecord
from gateway.domain.refunds import RefundWanted
from gateway.flows.keep import keep
from gateway.flows.money_out.decide import approve, reject
from gateway.flows.money_out.refund import begin_refund
from tests.simulation import lives_refunds
from tests.simulation.lives_money_out import broken_at_rest, broken_now
from tests.simulation.lives_questions import completed
from tests.simulation.port_errors import program_error
from tests.simulation.storm_money_out import CALM_MS, HOUR_MS, MINUTE_MS, STORM_MS, MoneyOutStorm
from tests.simulation.world import START_MS, asked

PAYMENTS = 6
REFUNDS_EACH = 4
AMOUNT_KES = 300
LIST_AFTER_MS = 20 * MINUTE_MS
BY_THE_PORTAL = "UKX"
"""What the receipts of a person's reversals begin with."""


class RefundStorm(MoneyOutStorm):
    """Payments in place of payouts. The list shows each reversal some minutes after it happened."""

    _judged: Any = None
    """What the judge saw the last time it looked."""

    def play(self) -> list[str]:
        """The storm, the calm, and every law that broke."""
        for number in range(PAYMENTS):
            self._paid(number)
        for _ in range(PAYMENTS):
            self.at(START_MS + self.chance.randrange(STORM_MS), self._forger)
        self._minutes(START_MS, START_MS + STORM_MS)
        for at_ms in range(START_MS, START_MS + STORM_MS, LIST_AFTER_MS):
            self.at(at_ms, self._list)
        self._run_until(START_MS + STORM_MS)
        self.broken += self._broken_now()
        self.calm()
        self.broken += [*self._broken_now(), *lives_refunds.broken_at_rest(self.world)]
        self.broken += self._but_the_portals(broken_at_rest(self.world))
        self.broken += [f"P {name}: {error}" for name, fields in self.world.reports if (error := program_error(fields))]
        return self.broken

    def calm(self) -> None:
        """The list goes on: what waited for another day's limit goes only now, and its answer may get lost as well."""
        for at_ms in range(self.world.now, self.world.now + CALM_MS, HOUR_MS):
            self.at(at_ms, self._list)
        super().calm()

    def _broken_now(self) -> list[str]:
        return [*lives_refunds.broken_now(self.world), *self._but_the_portals(broken_now(self.world))]

    def _but_the_portals(self, broken: list[str]) -> list[str]:
        """A refund of which nobody heard takes the portal's reversal for its own: the money is back, once.

        Where its payout may be on its way all the same, M-Pesa is asked about that for its week: it would be a second
        one, and a person's.
        """
        states = {one.id: outgoing_state(one) for one in self.world.store.money_out.outgoings.values()}
        taken = {one: state for one, state in states.items() if (state.receipt or "").startswith(BY_THE_PORTAL)}
        self.met["took the portal's reversal for its own"] += len(taken)
        known = {f"L7 {one} stands succeeded and was not paid" for one in taken}
        known |= {f"L8 {one} stands succeeded and is still due" for one in taken if _has_open_payout(taken[one])}
        return [line for line in broken if line not in known and not (taken and line.startswith("L10 the limit"))]

    def _paid(self, number: int) -> None:
        """A payment that stands paid, some with two receipts; then its shop refunds it."""
        world, key = self.world, f"order-{number}"
        request = asked(key, AMOUNT_KES)
        count = 2 if self.chance.random() < 0.2 else 1
        facts = [fact for one in range(1, count + 1) for fact in _prompt(number, one)]
        record = PaymentRecord(request, {fact.id: fact for fact in facts}, version=1, updated_at_ms=START_MS)
        world.store.payments[request.id] = record
        for credit in state_of(request, record.facts).credits:
            world.organisation.transactions[credit.receipt or ""] = completed(
                world, credit.receipt or "", credit.amount_kes
            )
        for which in range(REFUNDS_EACH):
            at_ms = START_MS + self.chance.randrange(STORM_MS // 2)
            self.at(at_ms, lambda which=which: self._refund(request.id, f"{key}-{which}"))  # type: ignore[misc]  # a default binds it
        if self.chance.random() < 0.2:
            self.at(START_MS + self.chance.randrange(STORM_MS), lambda: self._portal(request.id))

    def _refund(self, payment_id: str, key: str) -> None:
        """Asks, perhaps twice; then persons look at it."""
        chance = self.chance
        amount = chance.choice((None, AMOUNT_KES, 100, 200, 10))
        method = chance.choice(("auto", "auto", "reversal", "payout"))
        wanted = lives_refunds.wish(payment_id, key, amount, wanted=RefundWanted(amount, method))
        self.world.payouts.stories.append(self._story())
        for again in range(chance.randrange(1, 3)):
            self.at(
                self.world.now + again * chance.randrange(5_000),
                lambda: self.spawn("begin_refund", lives_refunds.begun(begin_refund(wanted, self.world.settings))),
            )
        for _ in range(chance.randrange(1, 5)):
            decide = reject if chance.random() < 0.1 else approve
            later_ms = chance.choice((2_000, 10_000, 90_000, 30 * MINUTE_MS))
            self.at(self.world.now + later_ms, lambda d=decide: self._person(wanted.id, d))  # type: ignore[misc]  # as above

    def _portal(self, payment_id: str) -> None:
        """A person takes the payment back at M-Pesa, unless it is back already."""
        receipt = self.chance.choice(lives_refunds.receipts(self.world, payment_id))
        if receipt not in self.world.payouts.reversed:
            self.world.payouts.reversed.add(receipt)
            self.met["reversed at the portal"] += 1
            self.at(self.world.now + LIST_AFTER_MS, lambda: self._tell(receipt, BY_THE_PORTAL + receipt[3:]))

    def _list(self) -> None:
        """M-Pesa's list shows the reversals of its books; the judge looks as well, if anything has changed."""
        store = self.world.store
        stands = dict(store.payments), dict(store.money_out.outgoings), list(self.world.payouts.books)
        if stands != self._judged:
            self._judged = stands
            self.broken += lives_refunds.broken_now(self.world)
        for booked in self.world.payouts.books:
            if booked.phone in self.world.payouts.reversed:
                self._tell(booked.phone, booked.receipt)

    def _tell(self, receipt: str, under: str) -> None:
        owners = [
            one.id for one in self.world.store.payments.values() if receipt in self.world.settings.state(one).receipts
        ]
        fact = MoneyReturned(
            told_by=Source.PULL, receipt=receipt, return_receipt=under, amount_kes=AMOUNT_KES, external=True,
            said_at_ms=self.world.now, learned_at_ms=self.world.now,
        )  # fmt: skip
        for payment_id in owners:
            self.spawn("list", keep(payment_id, lambda _: (fact,), self.world.settings))


def _has_open_payout(state: OutgoingState) -> bool:
    """Whether M-Pesa has not told what became of the payout that followed the reversal."""
    return any(send.method != Method.REVERSAL and send.status is OutgoingStatus.UNRESOLVED for send in state.attempts)


def _prompt(payment: int, number: int) -> list[AttemptBegun | PushAccepted | CallbackReceived]:
    """A prompt that was paid."""
    at_ms = START_MS - 10 * MINUTE_MS + number * MINUTE_MS
    times: dict[str, Any] = {"said_at_ms": at_ms, "learned_at_ms": at_ms}
    ids: dict[str, Any] = {
        "checkout_request_id": f"ws_CO_{payment}_{number}",
        "merchant_request_id": f"m-{payment}-{number}",
    }
    return [
        AttemptBegun(
            number=number, phone=f"25472200011{payment}", amount_kes=AMOUNT_KES, sender=f"s{number}",
            send_before_ms=at_ms + 8_000, **times,
        ),
        PushAccepted(number=number, **ids, **times),
        CallbackReceived(
            number=number, result_code="0", amount_kes=AMOUNT_KES, receipt=f"UKP{payment:03d}{number:04d}",
            completed_at_ms=at_ms, from_safaricom=True, **ids, **times,
        ),
    ]  # fmt: skip


def played(seed: int) -> tuple[list[str], Counter[str]]:
    """The laws that broke in this storm, and what it met: faults, and how the refunds stand."""
    storm = RefundStorm(seed)
    broken = storm.play()
    statuses = Counter(lives_refunds.items(storm.world).values())
    methods = Counter(transfer.method for transfer in storm.world.payouts.handed_over)
    return broken, (
        storm.met
        + Counter({f"stands {name}": count for name, count in statuses.items()})
        + Counter({f"handed over {name}": count for name, count in methods.items()})
        + Counter({"money went back": len(storm.world.payouts.books)})
    )
