"""Begin a refund: take its place inside the payment, then make its own item. Nothing is sent here.

The place is taken in the version of the payment that was judged, so refunds that are asked for at once can never come
to more than was received. Whoever dies between the two steps is made good by the sweep, or by the same request again.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.facts import RefundReleased, RefundReserved
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import Method, OutgoingAsked, OutgoingKind
from gateway.domain.money_out.policy import LAPSES_AFTER_MS
from gateway.domain.payment import PaymentRecord
from gateway.domain.refunds import RefundPlan, RefundWanted, plan_refund, reservations, returns_of
from gateway.flows.keep import PAUSE_MS_MAX, ROUNDS_MAX, is_of_a_newer_release, keep, keep_in, pause_with_jitter
from gateway.flows.money_out.begin import BegunOutgoing, begin_payout
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, Store, StoreUnavailable, call
from gateway.ports.money_out import Outgoings

COMMAND = "BusinessPayment"
"""Daraja's CommandID of a refund that is paid out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAsked:
    """A request. id: what its Idempotency-Key names for ever. pays_from: the shop's shortcode for payouts, or empty.

    reason: 2 to 100 characters, for M-Pesa's books. maker: verified subject of a person, empty for an API key.
    """

    id: str
    payment_id: str
    owner: str
    wanted: RefundWanted
    pays_from: str
    reason: str
    created_by: str
    fingerprint: str
    maker: str = ""


def begin_refund(asked: RefundAsked, settings: FlowSettings) -> Flow[BegunOutgoing | None]:
    """The refund's item; None: the owner has no such payment.

    Compare the fingerprint: what the key names may be another refund. Raises RefundRefused: nothing was stored;
    StoreUnavailable: the same request finds what was stored.
    """
    existing = yield from call(Outgoings.read_outgoing, asked.id)
    if existing is not None:
        return BegunOutgoing(existing, outgoing_state(existing), created=False)
    payment = yield from _with_its_place(asked, settings)
    if payment is None:
        return None
    begun = yield from make_refund(payment, asked.id, settings)
    if begun.record.asked.payment != asked.payment_id:
        yield from give_the_place_back(asked.payment_id, asked.id, settings)
    return begun


def make_refund(payment: PaymentRecord, refund_id: str, settings: FlowSettings) -> Flow[BegunOutgoing]:
    """The item of a refund that has its place, from what that says. Made twice, it is one."""
    place = reservations(payment.facts.values())[refund_id]
    return (yield from begin_payout(_outgoing(payment, place), settings))


def _with_its_place(asked: RefundAsked, settings: FlowSettings) -> Flow[PaymentRecord | None]:
    """The payment, with the refund's place in it."""
    for lost in range(ROUNDS_MAX):
        payment = yield from call(Store.read_payment, asked.payment_id)
        if payment is None or payment.asked.owner != asked.owner:
            return None
        if asked.id in reservations(payment.facts.values()):
            return payment
        if is_of_a_newer_release(payment) or payment.unconcluded:
            raise StoreUnavailable("another release has to conclude first")
        now_ms = yield from call(Ambient.now_ms)
        kept = yield from keep_in(payment, (_place(asked, _plan(payment, asked, settings), now_ms),), settings)
        if kept is not None:
            yield from call(Ambient.report, "refund_reserved", {"payment": payment.id, "out": asked.id})
            return kept.record
        yield from pause_with_jitter(PAUSE_MS_MAX * (lost + 1))
    raise StoreUnavailable(f"{ROUNDS_MAX} places for a refund lost against others")


def _plan(payment: PaymentRecord, asked: RefundAsked, settings: FlowSettings) -> RefundPlan:
    state = settings.state(payment)
    returned = returns_of(tuple(payment.facts.values()), state.credits)
    return plan_refund(state, returned, asked.wanted, asked.pays_from)


def _place(asked: RefundAsked, plan: RefundPlan, now_ms: int) -> RefundReserved:
    return RefundReserved(
        refund_id=asked.id,
        amount_kes=plan.amount_kes,
        receipts=tuple(plan.parts),
        amounts_kes=tuple(plan.parts.values()),
        method=plan.method,
        fallback=plan.fallback,
        attempt=plan.attempt,
        pays_from=asked.pays_from,
        reason=asked.reason,
        created_by=asked.created_by,
        maker=asked.maker,
        fingerprint=asked.fingerprint,
        said_at_ms=now_ms,
        learned_at_ms=now_ms,
    )


def _outgoing(payment: PaymentRecord, place: RefundReserved) -> OutgoingAsked:
    """A payment is taken back where it arrived; else it is paid out to the number of the attempt that brought it."""
    of = payment.asked
    phones = [one.phone for one in FlowSettings.state(payment).attempts if one.number == place.attempt]
    arrived_at = of.store_number or of.shortcode
    return OutgoingAsked(
        id=place.refund_id,
        kind=str(OutgoingKind.REFUND),
        owner=of.owner,
        livemode=of.livemode,
        shortcode=arrived_at if place.method == Method.REVERSAL else place.pays_from,
        method=place.method,
        command=COMMAND,
        amount_kes=place.amount_kes,
        remarks=place.reason,
        created_by=place.created_by,
        created_at_ms=place.said_at_ms,
        lapses_at_ms=place.said_at_ms + LAPSES_AFTER_MS,
        fingerprint=place.fingerprint,
        phone=phones[0] if phones else None,
        order=of.order,
        maker=place.maker,
        fallback=place.fallback,
        pays_from=place.pays_from if place.fallback else "",
        payment=of.id,
        original_receipt=place.receipts[0],
    )


def give_the_place_back(payment_id: str, refund_id: str, settings: FlowSettings) -> Flow[None]:
    """The same key was used for two payments at once, and the refund is the other one's, which was faster."""
    now_ms = yield from call(Ambient.now_ms)
    released = RefundReleased(refund_id=refund_id, why="key_reused", said_at_ms=now_ms, learned_at_ms=now_ms)
    yield from keep(payment_id, lambda _: (released,), settings)
