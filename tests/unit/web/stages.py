"""Payments at every stage that a payer can see, made from facts, each with the moment of the look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from gateway.domain.facts import (
    CallbackReceived,
    Cancelled,
    ClaimAnswer,
    ClaimAnswered,
    Claimed,
    Deadline,
    Fact,
    MoneyReceived,
    MoneyReturned,
    NotCharged,
    NotSent,
    NotSentReason,
    PushLost,
    PushRefused,
    QueryAnswered,
    RefundReserved,
    ReviewAsked,
    Source,
    TimerPassed,
)
from gateway.domain.fold import state_of
from gateway.domain.payment import Asks, PaymentRecord, PaymentState
from gateway.domain.policy import Policy
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.web.payer_view import PayerView, view_of
from tests import gateway_samples as samples

AT_MS = samples.AT_MS
POLICY = Policy()
SHOP = ShopSettings(
    owner="shop",
    name="Inkless Is More",
    shortcodes=(
        Shortcode(number="174379", kind="paybill", name="INKLESS IS MORE"),
        Shortcode(number="4000001", kind="till", name="INKLESS TILL", store_number="4000000"),
    ),
    support_phone="0700 000 000",
    colour="#3d2b5c",
)


@dataclass(frozen=True)
class Stage:
    """A payment, and how long after its request the payer looks."""

    record: PaymentRecord
    after_s: int

    @property
    def now_ms(self) -> int:
        """When the payer looks."""
        return AT_MS + self.after_s * 1000

    @property
    def state(self) -> PaymentState:
        """What follows from the payment's facts."""
        return state_of(self.record.asked, self.record.facts)

    @property
    def view(self) -> PayerView:
        """What the payer may see then."""
        return view_of(self.record, self.state, SHOP, self.now_ms, POLICY)


def stage(after_s: int, *facts: Fact, asks: dict[int, Asks] | None = None, **asked: Any) -> Stage:
    """A payment of 1,500 shillings with these facts."""
    values = {"amount_kes": 1500, "return_url": "https://shop.example/done?order=1042", **asked}
    return Stage(replace(samples.record(1, facts, **values), asks=asks or {}), after_s)


def begun(number: int = 1, after_s: int = 0, **changes: Any) -> Fact:
    """The payer asked for request `number`."""
    at_ms = AT_MS + after_s * 1000
    times = {"said_at_ms": at_ms, "learned_at_ms": at_ms, "send_before_ms": at_ms + 8_000}
    return samples.begun(number, amount_kes=1500, **(times | changes))


def prompted(number: int = 1) -> list[Fact]:
    """Request 1 is on the phone."""
    return [begun(number), samples.accepted(number)]


def ended(code: str, number: int = 1, after_s: int = 20) -> Fact:
    """Safaricom's callback with a result code."""
    at_ms = AT_MS + after_s * 1000
    return replace(
        samples.success(number),
        result_code=code,
        amount_kes=None,
        receipt=None,
        completed_at_ms=None,
        said_at_ms=at_ms,
        learned_at_ms=at_ms,
    )


def paid() -> CallbackReceived:
    """Safaricom's callback of success."""
    return replace(samples.success(), amount_kes=1500)


def refund_asked(amount_kes: int) -> RefundReserved:
    """A refund that waits for a person."""
    return RefundReserved(
        refund_id="ref_" + "1" * 32,
        amount_kes=amount_kes,
        receipts=("SGL31QW9XY",),
        amounts_kes=(amount_kes,),
        method="reversal",
        said_at_ms=AT_MS + 25_000,
        learned_at_ms=AT_MS + 25_000,
    )


def sent_by_hand(amount_kes: int, receipt: str = "SGK77PQ1AB") -> MoneyReceived:
    """Money typed in the M-PESA menu under the payment's reference."""
    return replace(samples.money(receipt), amount_kes=amount_kes)


def not_sent(reason: NotSentReason, retry_after_s: int = 0, after_s: int = 1) -> NotSent:
    """Our own no before anything left."""
    at_ms = AT_MS + after_s * 1000
    retry_at_ms = at_ms + retry_after_s * 1000 if retry_after_s else 0
    return NotSent(said_at_ms=at_ms, learned_at_ms=at_ms, number=1, reason=reason, retry_at_ms=retry_at_ms)


def refused(cause: str) -> PushRefused:
    """Safaricom's no to the push."""
    return PushRefused(said_at_ms=AT_MS, learned_at_ms=AT_MS, number=1, code="400.002.02", cause=cause)


def timer(deadline: Deadline, number: int = 1) -> TimerPassed:
    """A deadline passed."""
    return TimerPassed(said_at_ms=AT_MS, learned_at_ms=AT_MS, deadline=deadline, number=number)


def claimed(after_s: int, receipt: str = "SGK77PQ1AB") -> Claimed:
    """The payer says: I have paid."""
    at_ms = AT_MS + after_s * 1000
    return Claimed(receipt=receipt, actor="payer", said_at_ms=at_ms, learned_at_ms=at_ms)


def left_to_shop(after_s: int, receipt: str = "SGK77PQ1AB") -> ClaimAnswered:
    """The money is known, and nothing shows that it is this payment's."""
    at_ms = AT_MS + after_s * 1000
    return ClaimAnswered(receipt=receipt, answer=ClaimAnswer.TO_SHOP, said_at_ms=at_ms, learned_at_ms=at_ms)


LOST = PushLost(said_at_ms=AT_MS, learned_at_ms=AT_MS, number=1, why="read timeout")
UNANSWERED = (*prompted(), timer(Deadline.ANSWER))
FREED = NotCharged(said_at_ms=AT_MS, learned_at_ms=AT_MS, number=1, actor="payer")
REVIEW = ReviewAsked(said_at_ms=AT_MS, learned_at_ms=AT_MS, reason="look")
CANCELLED = Cancelled(said_at_ms=AT_MS, learned_at_ms=AT_MS, actor="key_1")
ZEROS = tuple(
    QueryAnswered(
        said_at_ms=AT_MS + at_s * 1000,
        learned_at_ms=AT_MS + at_s * 1000,
        number=1,
        result_code="0",
        checkout_request_id="ws_CO_02032026121504123712345678",
    )
    for at_s in (25, 45)
)


def given_back(amount_kes: int) -> MoneyReturned:
    """The shop gave money back."""
    return MoneyReturned(
        said_at_ms=AT_MS,
        learned_at_ms=AT_MS,
        told_by=Source.OPERATOR,
        receipt="SGL31QW9XY",
        return_receipt="SGM00AA1BB",
        amount_kes=amount_kes,
        external=False,
    )


def _stages() -> Iterable[tuple[str, Stage]]:
    asked = {1: Asks(2, AT_MS + 76_000)}
    yield "enter_phone", stage(1)
    yield "sending", stage(2, begun())
    yield "check_phone", stage(20, *prompted())
    yield "waiting", stage(80, *prompted(), asks=asked)
    yield "unsure", stage(30, begun(), LOST)
    yield "silent_sender", stage(30, begun())
    yield "unresolved", stage(1000, *UNANSWERED, asks={1: Asks(8, AT_MS + 720_000)})
    yield "unresolved_freed", stage(1000, *UNANSWERED, FREED)
    yield "paid", stage(30, *prompted(), paid())
    yield "paid_without_code", stage(60, *prompted(), *ZEROS)
    yield "paid_for_review", stage(30, *prompted(), paid(), REVIEW)
    yield "paid_and_to_go_back", stage(30, *prompted(), paid(), refund_asked(1500))
    yield "paid_twice", stage(60, *prompted(), paid(), sent_by_hand(1500))
    yield "paid_too_much", stage(60, sent_by_hand(2000))
    yield "part_paid", stage(60, sent_by_hand(1000))
    yield "part_paid_then_failed", stage(60, *prompted(), sent_by_hand(1000), ended("1"))
    yield "failed", stage(150, *prompted(), ended("1"))
    yield "failed_wait", stage(30, *prompted(), ended("17"))
    yield "failed_other_number", stage(150, *prompted(), ended("8006"))
    yield "failed_shop", stage(150, *prompted(), ended("2"))
    yield "failed_setup", stage(150, *prompted(), ended("2028"))
    yield "failed_phone_busy", stage(5, begun(), not_sent(NotSentReason.PHONE_BUSY, 200))
    yield "failed_too_many", stage(5, begun(), not_sent(NotSentReason.TOO_MANY_PROMPTS, 500))
    yield (
        "failed_five_times",
        stage(
            2000,
            *(
                fact
                for number in range(1, 6)
                for fact in (begun(number, number * 200), replace(refused("mpesa_declined"), number=number))
            ),
        ),
    )
    yield "mpesa_down", stage(5, begun(), not_sent(NotSentReason.MPESA_UNAVAILABLE))
    yield "cancelled", stage(5, CANCELLED)
    yield "expired", stage(90_000)
    yield "refunded", stage(60, *prompted(), paid(), given_back(1500))
    yield "partially_refunded", stage(60, *prompted(), paid(), given_back(500))
    yield "claim_checking", stage(100, *prompted(), timer(Deadline.ANSWER), claimed(90))
    yield "claim_not_found", stage(100, claimed(90))
    yield "claim_to_shop", stage(100, claimed(90), left_to_shop(91))
    yield "till", stage(5, shortcode="4000001", shortcode_kind="till")


STAGES: dict[str, Stage] = dict(_stages())
"""By a name that says what happened."""
