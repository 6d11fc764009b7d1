"""A payment as the shop sees it. Phone numbers are masked, wherever they hide, unless the shop asks for them.

What the payer sees is another view (`payer_view.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from daraja.masking import mask_phone, mask_text
from daraja.result_codes import find
from gateway import security
from gateway.domain.attempts import next_attempt_at_ms
from gateway.domain.due import next_check_at_ms, wants_asking
from gateway.domain.payment import Attempt, Credit, Failure, PaymentRecord, PaymentState, Refund
from gateway.domain.policy import Policy
from gateway.domain.reasons import REASONS
from gateway.ports import Keys
from gateway.web.auth import client_token_of
from gateway.web.history import history

CURRENCY = "KES"

OUR_REASONS = {
    "phone_busy": "An earlier prompt may still be on this phone, and two at once spoil each other; nothing was sent. "
    "Send the next attempt from next_attempt_at on.",
    "too_many_prompts": "This phone got as many prompts as it may get for now; nothing was sent.",
    "mpesa_unavailable": "M-PESA could not be reached in time; nothing was sent.",
    "prompt_not_sent": "The prompt did not leave; nothing was sent.",
    "phone_not_on_mpesa": "M-PESA refused the prompt: the number is not on M-PESA.",
    "shop_setup": "M-PESA refused the prompt: look at shortcode, passkey and credentials.",
    "not_paid": "A statement that covers this time shows no payment.",
}
"""For developers, where no result code of M-PESA says why. The payer's sentences lie in `wording`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewing:
    """What a view needs beside the payment. base_url: of the payer's page. include: of INCLUDE.

    keys None: the view names no address of the payer's page and carries no token, as in events.
    """

    policy: Policy
    base_url: str = ""
    keys: Keys | None = None
    include: frozenset[str] = field(default_factory=frozenset)

    @property
    def shows_phones(self) -> bool:
        """Whether numbers stand whole in the answer."""
        return "phone" in self.include


def payment_view(record: PaymentRecord, state: PaymentState, viewing: Viewing) -> dict[str, Any]:
    """The payment object of the API."""
    asked = record.asked
    receipts = [credit.receipt for credit in state.credits if credit.receipt]
    view: dict[str, Any] = {
        "id": asked.id,
        "object": "payment",
        "livemode": asked.livemode,
        "status": str(state.status),
        "flags": sorted(str(flag) for flag in state.flags),
        "safe_to_fulfil": state.safe_to_fulfil,
        "not_safe_because": [str(reason) for reason in state.unsafe_because],
        "amount": asked.amount_kes,
        "currency": CURRENCY,
        "amount_received": state.received_kes,
        "amount_refunded": state.returned_kes,
        "receipt": receipts[0] if receipts else None,
        "paid_at": _time(state.paid_at_ms),
        "credits": [_credit(credit) for credit in state.credits],
        "failure": _failure(state.failure, record, _last_retry_ms(state)),
        "next_attempt_at": _time(next_attempt_at_ms(state, viewing.policy)),
        "account_reference": asked.account_reference,
        "description": asked.description,
        "order": asked.order,
        "payment_link": asked.link,
        "metadata": dict(asked.metadata),
        "shortcode": {"number": asked.shortcode, "kind": asked.shortcode_kind, "name": asked.shop_name},
        "attempts": [_attempt(attempt, record, viewing) for attempt in state.attempts],
        "language": asked.language,
        "return_url": asked.return_url,
        "cancel_url": asked.cancel_url,
        **(_ways_to_pay(record, viewing, viewing.keys) if viewing.keys else {}),
        "created_at": _time(asked.created_at_ms),
        "updated_at": _time(record.updated_at_ms or asked.created_at_ms),
        "expires_at": _time(asked.expires_at_ms),
        "version": record.version,
    }
    if state.refunds:
        view["refunds"] = [_refund(refund) for refund in state.refunds]
    if "history" in viewing.include:
        view["history"] = history(record, with_phones=viewing.shows_phones)
    return view


def event_view(record: PaymentRecord, state: PaymentState, policy: Policy) -> dict[str, Any]:
    """The payment as events carry it: the API's object, and the facts behind each credit."""
    evidence = [
        {
            "source": str(record.facts[fact_id].source),
            "said_at": rfc3339(record.facts[fact_id].said_at_ms),
            "receipt": credit.receipt,
        }
        for credit in state.credits
        for fact_id in credit.facts
    ]
    return {**payment_view(record, state, Viewing(policy=policy)), "evidence": evidence}


def rfc3339(at_ms: int) -> str:
    """2026-03-02T09:15:04Z."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def failure_view(failure: Failure, shop_name: str, kind: str, retry_at_ms: int | None) -> dict[str, Any]:
    """Why an attempt ended without money, for developer and payer. kind: paybill or till."""
    reason = REASONS[failure.code]
    return {
        "code": failure.code,
        "mpesa_code": failure.mpesa_code,
        "message": _message(failure),
        "payer_message": _payer_message(failure, shop_name, kind, retry_at_ms),
        "retry_after": reason.retry_after_s,
        "who": str(reason.who),
    }


def _time(at_ms: int | None) -> str | None:
    return None if at_ms is None else rfc3339(at_ms)


def _credit(credit: Credit) -> dict[str, Any]:
    return {
        "receipt": credit.receipt,
        "amount": credit.amount_kes,
        "at": rfc3339(credit.at_ms),
        "source": str(credit.source),
        "attempt": credit.attempt,
    }


def _refund(refund: Refund) -> dict[str, Any]:
    status = "done" if refund.is_done else "reserved" if refund.is_live else "released"
    return {
        "id": refund.id,
        "amount": refund.amount_kes,
        "receipts": list(refund.parts),
        "status": status,
        "created_at": rfc3339(refund.reserved_at_ms),
    }


def _attempt(attempt: Attempt, record: PaymentRecord, viewing: Viewing) -> dict[str, Any]:
    asks = wants_asking(attempt)
    prompted = attempt.prompted_at_ms
    return {
        "number": attempt.number,
        "kind": "stk_push",
        "status": str(attempt.status),
        "phone": attempt.phone if viewing.shows_phones else mask_phone(attempt.phone),
        "amount": attempt.amount_kes,
        "checkout_request_id": _shown(attempt.checkout_request_id, viewing),
        "merchant_request_id": _shown(attempt.merchant_request_id, viewing),
        "begun_at": rfc3339(attempt.begun_at_ms),
        "prompted_at": _time(prompted),
        "prompt_ends_at": _time(prompted + viewing.policy.prompt_shown_ms if prompted else None),
        "next_check_at": _time(next_check_at_ms(record, attempt, viewing.policy) if asks else None),
        "receipt": attempt.receipt,
        "failure": _failure(attempt.failure, record, attempt.retry_at_ms or None),
    }


def _shown(text: str | None, viewing: Viewing) -> str | None:
    """An id of Safaricom's: it may end in the payer's number."""
    return text if text is None or viewing.shows_phones else mask_text(text)


def _failure(failure: Failure | None, record: PaymentRecord, retry_at_ms: int | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    return failure_view(failure, record.asked.shop_name, record.asked.shortcode_kind, retry_at_ms)


def _last_retry_ms(state: PaymentState) -> int | None:
    last = state.last_attempt
    return (last.retry_at_ms or None) if last else None


def _message(failure: Failure) -> str:
    row = find("stk", failure.mpesa_code) if failure.mpesa_code else None
    if row is not None:
        return f"M-PESA answered {failure.mpesa_code}: {row.text}"
    if failure.mpesa_code is None and failure.code in OUR_REASONS:
        return OUR_REASONS[failure.code]
    told = f" ({failure.mpesa_code})" if failure.mpesa_code else ""
    return OUR_REASONS.get(failure.code, "M-PESA did not accept the payment.").rstrip(".") + f"{told}."


def _payer_message(failure: Failure, shop_name: str, kind: str, retry_at_ms: int | None) -> Mapping[str, str]:
    from gateway import wording  # noqa: PLC0415 sentences are loaded only where a failure is told

    way = wording.WAYS.get(kind, "Paybill")
    return {
        language: wording.payer_message(
            failure.code,
            language,
            shop=shop_name,
            way=way,
            time=wording.moment(retry_at_ms, failure.at_ms, language) if retry_at_ms else None,
            said_by_mpesa=failure.mpesa_code is not None,
        )
        for language in wording.LANGUAGES
    }


def _ways_to_pay(record: PaymentRecord, viewing: Viewing, keys: Keys) -> dict[str, Any]:
    """Where the payer pays, and the token of the payer's browser where it is asked for."""
    token = client_token_of(keys, record.id, record.asked.expires_at_ms) if "client_token" in viewing.include else None
    return {
        "checkout_url": f"{viewing.base_url}/pay/{security.page_code(keys.client_token, record.id)}",
        "client_token": token,
    }
