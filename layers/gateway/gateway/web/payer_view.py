"""What a payer may see of a payment: one pure function from payment and clock to a screen, and the API's object of it.

Page, page without script and every client in a browser read this and nothing else, so they cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, assert_never
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from daraja.masking import mask_phone
from gateway.domain.attempts import Hindrance, Permission, permission
from gateway.domain.claims import CLAIMS_MAX, Claim, ClaimState, claim_shown, claims_of
from gateway.domain.due import deadline_ms, next_check_at_ms, wants_asking
from gateway.domain.payment import Attempt, Credit, PaymentRecord, PaymentState
from gateway.domain.policy import MINUTE_MS, SECOND_MS, Policy
from gateway.domain.refunds import receipts_given_back
from gateway.domain.shop import ShopSettings
from gateway.domain.statuses import ATTEMPT, AttemptStatus, Flag, PaymentStatus
from gateway.wording import WAYS, Language, moment, payer_message

FIRST_POLL_MS = 4 * SECOND_MS
"""Nobody types a PIN faster."""

POLLS: tuple[tuple[int, int], ...] = (
    (30 * SECOND_MS, 2 * SECOND_MS),
    (75 * SECOND_MS, 3 * SECOND_MS),
    (3 * MINUTE_MS, 5 * SECOND_MS),
    (15 * MINUTE_MS, 15 * SECOND_MS),
)
"""(until so long after the request, look so often). After the last one a page looks only when it is asked to."""

ANOTHER_PHONE = ""
"""A number that no attempt of the payment had."""


class Screen(StrEnum):
    """What the payer is shown. The values are those of `screen` in the API."""

    ENTER_PHONE = "enter_phone"
    SENDING = "sending"
    CHECK_PHONE = "check_phone"
    WAITING = "waiting"
    UNSURE = "unsure"
    UNRESOLVED = "unresolved"
    PAID = "paid"
    PART_PAID = "part_paid"
    FAILED = "failed"
    CLOSED = "closed"
    MPESA_DOWN = "mpesa_down"


PROMPT_MAY_COME = frozenset({Screen.SENDING, Screen.CHECK_PHONE, Screen.WAITING, Screen.UNSURE})
"""Screens on which a prompt may be on the phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerView:
    """A payment as its payer may see it at one moment.

    attempt: the one the screen speaks of. again, other: whether the same or another number may be prompted, and from
    when. under_review: paid, but a person must look before goods go out; nothing on the page may then be green.
    """

    record: PaymentRecord
    state: PaymentState
    now_ms: int
    screen: Screen
    attempt: Attempt | None
    prompt_ends_at_ms: int | None
    next_attempt_at_ms: int | None
    last_asked_at_ms: int | None
    next_check_at_ms: int | None
    next_poll_ms: int | None
    again: Permission
    other: Permission
    shop_name: str
    support_phone: str
    support_url: str
    organisation: str
    claim: tuple[Claim, ClaimState] | None = None

    @property
    def under_review(self) -> bool:
        """Paid by what we know, and held for a person."""
        return self.state.status is PaymentStatus.PAID and not self.state.safe_to_fulfil

    @property
    def may_claim(self) -> bool:
        """Whether one more M-PESA code may be entered."""
        return len(claims_of(self.record.facts.values())) < CLAIMS_MAX

    @property
    def rest_kes(self) -> int:
        """What is still to be paid."""
        return max(self.record.asked.amount_kes - self.state.received_kes, 0)

    @property
    def phone(self) -> str | None:
        """The attempt's number, masked."""
        return mask_phone(self.attempt.phone) if self.attempt else None

    @property
    def way(self) -> str:
        """How to pay without a prompt: Paybill or Till."""
        return WAYS[self.record.asked.shortcode_kind]

    @property
    def receipt(self) -> str | None:
        """M-Pesa's code of the first money that stands; of the first at all where none does."""
        return next((credit.receipt for credit in self.credits if credit.receipt), None)

    @property
    def credits(self) -> tuple[Credit, ...]:
        """Money that arrived; what went back whole stands behind what pays."""
        return tuple(sorted(self.state.credits, key=lambda one: one.receipt in self.given_back))

    @property
    def given_back(self) -> frozenset[str]:
        """Codes whose money went back whole."""
        return receipts_given_back(self.record.facts.values(), self.state.credits)

    @property
    def return_url(self) -> str | None:
        """Where the page leads back to: with the payment's id and never with a status."""
        url = self.record.asked.return_url
        return with_payment(url, self.record.id) if url else None

    def failure_text(self, language: Language) -> str | None:
        """Why the attempt was not paid; None as long as that is not proven."""
        failure = self.attempt.failure if self.attempt and self.screen in _TELLS_FAILURE else None
        if failure is None:
            return None
        again_ms = self.next_attempt_at_ms
        time = moment(again_ms, self.now_ms, language) if again_ms else None
        said = failure.mpesa_code is not None
        return payer_message(failure.code, language, shop=self.shop_name, way=self.way, time=time, said_by_mpesa=said)


_TELLS_FAILURE = frozenset({Screen.FAILED, Screen.MPESA_DOWN, Screen.PART_PAID})


def view_of(
    record: PaymentRecord, state: PaymentState, shop: ShopSettings | None, now_ms: int, policy: Policy
) -> PayerView:
    """What the payer may see now. shop None: its settings are gone; the payment's own words stand in."""
    attempt = _attempt_shown(state)
    asked = record.asked
    name = shop.name if shop else asked.shop_name
    shortcode = shop.shortcode(asked.shortcode) if shop else None
    screen = screen_of(record, state, now_ms, policy)
    again = _may_prompt(record, state, attempt.phone if attempt else ANOTHER_PHONE, now_ms, policy)
    return PayerView(
        record=record,
        state=state,
        now_ms=now_ms,
        screen=screen,
        attempt=attempt,
        prompt_ends_at_ms=_prompt_ends_at_ms(attempt, policy),
        next_attempt_at_ms=_next_attempt_at_ms(attempt, again, policy),
        last_asked_at_ms=record.asks[attempt.number].last_at_ms if attempt and attempt.number in record.asks else None,
        next_check_at_ms=_next_check_at_ms(record, attempt, policy),
        next_poll_ms=_next_poll_ms(record, state, screen, attempt, now_ms),
        again=again,
        other=_may_prompt(record, state, ANOTHER_PHONE, now_ms, policy),
        shop_name=name,
        support_phone=shop.support_phone if shop else "",
        support_url=shop.support_url if shop else "",
        organisation=shortcode.name if shortcode else name,
        claim=claim_shown(record, state, now_ms),
    )


def screen_of(record: PaymentRecord, state: PaymentState, now_ms: int, policy: Policy) -> Screen:
    """The screen that follows from payment and clock. Says failed only where that is proven."""
    status = state.status
    match status:
        case PaymentStatus.PENDING:
            return _screen_of_live(_attempt_shown(state), now_ms, policy)
        case PaymentStatus.UNRESOLVED:
            return Screen.UNRESOLVED
        case PaymentStatus.PAID:
            return Screen.PAID
        case PaymentStatus.OPEN | PaymentStatus.FAILED:
            return _screen_of_open(record, state, now_ms)
        case PaymentStatus.PARTIALLY_REFUNDED:
            return Screen.PAID if state.safe_to_fulfil else Screen.CLOSED
        case PaymentStatus.CANCELLED | PaymentStatus.EXPIRED | PaymentStatus.REFUNDED:
            return Screen.CLOSED
        case _:
            assert_never(status)


def payer_view(view: PayerView, language: Language) -> dict[str, Any]:
    """The object `checkout` of the API. The phone is masked; texts are in the payer's language."""
    asked, attempt = view.record.asked, view.attempt
    failure = view.failure_text(language)
    return {
        "id": view.record.id,
        "object": "checkout",
        "status": str(view.state.status),
        "amount": asked.amount_kes,
        "currency": "KES",
        "amount_received": view.state.received_kes,
        "shop": {
            "name": view.shop_name,
            "support_phone": view.support_phone or None,
            "support_url": view.support_url or None,
        },
        "screen": str(view.screen),
        "under_review": view.under_review,
        "attempt": _attempt_object(view, attempt) if attempt else None,
        "receipt": view.receipt,
        "failure": {"code": attempt.failure.code, "payer_message": failure}
        if failure and attempt and attempt.failure
        else None,
        "manual": manual_of(view),
        "claim": {"receipt": view.claim[0].receipt, "state": str(view.claim[1])} if view.claim else None,
        "next_poll_ms": view.next_poll_ms,
        "last_asked_at": _rfc3339(view.last_asked_at_ms),
        "next_check_at": _rfc3339(view.next_check_at_ms),
        "return_url": view.return_url,
        "version": view.record.version,
    }


def etag_of(view: PayerView) -> str:
    """The version, the screen and what is told of a claim, because the clock alone can change both."""
    claimed = f".{view.claim[1]}" if view.claim else ""
    return f"{view.record.version}.{view.screen}{claimed}"


def manual_of(view: PayerView) -> dict[str, Any] | None:
    """How to pay by hand, as long as something is certainly still to be paid. account None: a Till takes none."""
    if view.screen in (Screen.PAID, Screen.CLOSED, Screen.UNRESOLVED) or not view.rest_kes:
        return None
    asked = view.record.asked
    return {
        "kind": asked.shortcode_kind,
        "number": asked.shortcode,
        "account": asked.account_reference if asked.shortcode_kind == "paybill" else None,
        "amount": view.rest_kes,
    }


def with_payment(url: str, payment_id: str) -> str:
    """A shop's address with `payment=` in its query."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "payment"]
    return urlunsplit(parts._replace(query=urlencode([*kept, ("payment", payment_id)])))


def _attempt_shown(state: PaymentState) -> Attempt | None:
    """The newest prompt that may be alive, else the newest attempt."""
    live = [attempt for attempt in state.attempts if ATTEMPT[attempt.status].live]
    return live[-1] if live else state.last_attempt


def _screen_of_live(attempt: Attempt | None, now_ms: int, policy: Policy) -> Screen:
    assert attempt is not None, "a payment is pending because of an attempt"
    if attempt.status is AttemptStatus.SENDING:
        answered_by_ms = attempt.send_before_ms + policy.push_answer_ms_max
        return Screen.SENDING if now_ms < answered_by_ms else Screen.UNSURE
    ends_at_ms = _prompt_ends_at_ms(attempt, policy)
    if attempt.status is AttemptStatus.UNKNOWN or ends_at_ms is None:
        return Screen.UNSURE
    return Screen.CHECK_PHONE if now_ms < ends_at_ms else Screen.WAITING


def _screen_of_open(record: PaymentRecord, state: PaymentState, now_ms: int) -> Screen:
    if state.received_kes:
        return Screen.PART_PAID
    if now_ms >= record.asked.expires_at_ms:
        return Screen.CLOSED
    if state.status is PaymentStatus.OPEN or state.failure is None:
        return Screen.ENTER_PHONE
    return Screen.MPESA_DOWN if state.failure.code == "mpesa_unavailable" else Screen.FAILED


def _prompt_ends_at_ms(attempt: Attempt | None, policy: Policy) -> int | None:
    if attempt is None or attempt.prompted_at_ms is None:
        return None
    return attempt.prompted_at_ms + policy.prompt_shown_ms


def _may_prompt(record: PaymentRecord, state: PaymentState, phone: str, now_ms: int, policy: Policy) -> Permission:
    asked = record.asked
    return permission(state, asked.amount_kes, phone, now_ms, policy, closes_at_ms=asked.expires_at_ms)


def _next_attempt_at_ms(attempt: Attempt | None, again: Permission, policy: Policy) -> int | None:
    """From when the number may be prompted again; None: now, or never."""
    if attempt and again.hindrance is Hindrance.PROMPT_LIVE:
        return deadline_ms(attempt, policy)
    return again.from_ms


def _next_check_at_ms(record: PaymentRecord, attempt: Attempt | None, policy: Policy) -> int | None:
    if attempt is None or not wants_asking(attempt):
        return None
    return next_check_at_ms(record, attempt, policy)


def _next_poll_ms(
    record: PaymentRecord, state: PaymentState, screen: Screen, attempt: Attempt | None, now_ms: int
) -> int | None:
    """When a page should look again; None: no news will come by itself soon."""
    since_ms = now_ms - (attempt.begun_at_ms if attempt else record.asked.created_at_ms)
    slowest_ms = POLLS[-1][1] if since_ms < POLLS[-1][0] else None
    if screen in PROMPT_MAY_COME:
        return _poll_after(since_ms)
    claimed = claim_shown(record, state, now_ms)
    if claimed is not None:
        return _poll_after(now_ms - claimed[0].claimed_at_ms)
    if screen in (Screen.FAILED, Screen.MPESA_DOWN, Screen.PART_PAID, Screen.UNRESOLVED):
        return slowest_ms
    code_follows = screen is Screen.PAID and Flag.RECEIPT_PENDING in state.flags
    return slowest_ms if code_follows else None


def _poll_after(since_ms: int) -> int | None:
    if since_ms < FIRST_POLL_MS:
        return max(FIRST_POLL_MS - since_ms, SECOND_MS)
    return next((every_ms for until_ms, every_ms in POLLS if since_ms < until_ms), None)


def _attempt_object(view: PayerView, attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "status": str(attempt.status),
        "phone": view.phone,
        "prompt_ends_at": _rfc3339(view.prompt_ends_at_ms),
        "next_attempt_at": _rfc3339(view.next_attempt_at_ms),
    }


def _rfc3339(at_ms: int | None) -> str | None:
    if at_ms is None:
        return None
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
