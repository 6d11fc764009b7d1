"""The timeline of a payment: each fact with who told it, when, and what it means in plain words.

Raw contents are those of the fact, without our nonces; numbers and names in them are masked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from daraja.masking import BULLET, mask_text
from daraja.result_codes import find
from gateway.domain import facts
from gateway.domain.facts import Fact
from gateway.domain.payment import PaymentRecord

HIDDEN_FIELDS = frozenset(
    {"kind", "sender", "said_at_ms", "learned_at_ms", "key", "fingerprint", "payer_key", "told_under", "phone_ending"}
)
F = TypeVar("F", bound=Fact)


def history(record: PaymentRecord, *, with_phones: bool) -> list[dict[str, Any]]:
    """Every fact, oldest first; the request itself stands on top."""
    entries = [_created(record)]
    entries += [_entry(fact, with_phones=with_phones) for fact in sorted(record.facts.values(), key=_order)]
    return entries


def _order(fact: Fact) -> tuple[int, int, str]:
    return fact.learned_at_ms, fact.said_at_ms, fact.id


def _created(record: PaymentRecord) -> dict[str, Any]:
    asked = record.asked
    return {
        "at": _time(asked.created_at_ms),
        "source": "api",
        "what": "created",
        "text": f"The shop asked for KES {asked.amount_kes:,}.",
        "actor": asked.created_by,
        "raw": {},
    }


def _entry(fact: Fact, *, with_phones: bool) -> dict[str, Any]:
    raw = {name: value for name, value in facts.as_plain(fact).items() if name not in HIDDEN_FIELDS}
    return {
        "at": _time(fact.said_at_ms),
        "source": str(fact.source),
        "what": fact.KIND,
        "text": sentence(fact),
        "actor": getattr(fact, "actor", None) or None,
        "raw": raw if with_phones else _masked(raw),
    }


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _masked(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: _masked_value(name, value) for name, value in raw.items()}


def _masked_value(name: str, value: Any) -> Any:
    if name == "payer_name" and isinstance(value, str):
        return f"{value.split()[0]} {BULLET * 3}" if value.strip() else ""
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, list):
        return [_masked_value(name, part) for part in value]
    return value


def sentence(fact: Fact) -> str:
    """What a fact means, in plain words and without a number or a name."""
    teller = _SENTENCES.get(type(fact))
    return teller(fact) if teller else _SAME.get(type(fact), "Kept for a newer release to read.")


_SAME: dict[type[Fact], str] = {
    facts.Cancelled: "The payment was cancelled.",
    facts.Corrected: "A person looked and decided.",
    facts.ReviewAsked: "A person is asked to look.",
}
_SENTENCES: dict[type[Fact], Callable[[Fact], str]] = {}


def _tells(kind: type[F]) -> Callable[[Callable[[F], str]], Callable[[F], str]]:
    def keep(teller: Callable[[F], str]) -> Callable[[F], str]:
        _SENTENCES[kind] = cast(Callable[[Fact], str], teller)
        return teller

    return keep


@_tells(facts.AttemptBegun)
def _begun(fact: facts.AttemptBegun) -> str:
    return f"Attempt {fact.number} over KES {fact.amount_kes:,} began."


@_tells(facts.NotSent)
def _not_sent(fact: facts.NotSent) -> str:
    why = {
        facts.NotSentReason.PHONE_BUSY: "another prompt may be alive on the phone",
        facts.NotSentReason.TOO_MANY_PROMPTS: "the phone got as many prompts as it may get for now",
        facts.NotSentReason.MPESA_UNAVAILABLE: "M-PESA could not be reached in time",
        facts.NotSentReason.SENDER_STOPPED: "the sender stopped before it could be sent",
    }[fact.reason]
    return f"Attempt {fact.number} was not sent: {why}."


@_tells(facts.PushAccepted)
def _accepted(fact: facts.PushAccepted) -> str:
    return f"M-PESA took the prompt of attempt {fact.number}. This says nothing about the money."


@_tells(facts.PushRefused)
def _refused(fact: facts.PushRefused) -> str:
    return f"M-PESA refused the prompt of attempt {fact.number} with {fact.code}."


@_tells(facts.PushLost)
def _lost(fact: facts.PushLost) -> str:
    return f"Attempt {fact.number} may have been sent: its answer was lost. It is asked about, not sent again."


@_tells(facts.CallbackReceived)
def _callback(fact: facts.CallbackReceived) -> str:
    doubt = "" if fact.from_safaricom and not fact.demands_query else " A query must confirm it."
    receipt = f" with receipt {fact.receipt}" if fact.receipt else ""
    return f"M-PESA called back about attempt {fact.number}: {_code(fact.result_code)}{receipt}.{doubt}"


@_tells(facts.CallbackUnreadable)
def _unreadable(fact: facts.CallbackUnreadable) -> str:
    return f"A callback about attempt {fact.number} could not be read. Its bytes are kept."


@_tells(facts.QueryAnswered)
def _query(fact: facts.QueryAnswered) -> str:
    return f"Asked about attempt {fact.number}, M-PESA answered {_code(fact.result_code)}."


@_tells(facts.MoneyReceived)
def _received(fact: facts.MoneyReceived) -> str:
    given = " A person gave it to this payment." if fact.assigned_by else ""
    return f"KES {fact.amount_kes:,} came in under receipt {fact.receipt}.{given}"


@_tells(facts.MoneyAssigned)
def _assigned(fact: facts.MoneyAssigned) -> str:
    looked = " A prompt of another payment might have brought it; the person says it did not." if fact.not_of else ""
    return f"A person gave the money under receipt {fact.receipt} to this payment.{looked}"


@_tells(facts.MoneySetAside)
def _set_aside(fact: facts.MoneySetAside) -> str:
    said = "is for no payment here" if fact.aside else "is to be matched after all"
    return f"A person said that the money under receipt {fact.receipt} {said}."


@_tells(facts.MoneyGivenElsewhere)
def _given_elsewhere(fact: facts.MoneyGivenElsewhere) -> str:
    return (
        f"A prompt of this payment might have brought KES {fact.amount_kes:,} under receipt {fact.receipt}. "
        "A person gave it to another payment."
    )


@_tells(facts.MoneyReturned)
def _returned(fact: facts.MoneyReturned) -> str:
    where = "outside of the gateway" if fact.external else "as a refund"
    return f"KES {fact.amount_kes:,} of receipt {fact.receipt} went back to the payer {where}."


@_tells(facts.RefundReserved)
def _refund_reserved(fact: facts.RefundReserved) -> str:
    return f"KES {fact.amount_kes:,} of receipt {', '.join(fact.receipts)} is held for refund {fact.refund_id}."


@_tells(facts.RefundReleased)
def _refund_released(fact: facts.RefundReleased) -> str:
    return f"Refund {fact.refund_id} does not go ({fact.why}). Its money may be refunded otherwise."


@_tells(facts.Claimed)
def _claimed(fact: facts.Claimed) -> str:
    who = "The payer" if fact.actor == "payer" else "The shop"
    return f"{who} says that the money under receipt {fact.receipt} is this payment's. This proves nothing by itself."


@_tells(facts.ClaimAnswered)
def _claim_answered(fact: facts.ClaimAnswered) -> str:
    return {
        facts.ClaimAnswer.REFERENCE: f"Receipt {fact.receipt} carries this payment's reference, amount and time.",
        facts.ClaimAnswer.PHONE: f"Receipt {fact.receipt} was paid from a number that this payer entered.",
        facts.ClaimAnswer.TO_SHOP_FOR_NOW: f"Receipt {fact.receipt} is known; what was typed with it is not told yet.",
        facts.ClaimAnswer.TO_SHOP: f"Nothing shows that receipt {fact.receipt} is this payment's: a person must look.",
    }[fact.answer]


@_tells(facts.NotCharged)
def _not_charged(fact: facts.NotCharged) -> str:
    return f"Attempt {fact.number} took no money, says the payer or a person."


@_tells(facts.NotOnStatement)
def _not_on_statement(fact: facts.NotOnStatement) -> str:
    return f"The statement covers the time of attempt {fact.number}, adds up, and shows no payment of it."


@_tells(facts.ReceiptTaken)
def _taken(fact: facts.ReceiptTaken) -> str:
    return f"Receipt {fact.receipt} of attempt {fact.number} is credited to another payment."


@_tells(facts.ReceiptContested)
def _contested(fact: facts.ReceiptContested) -> str:
    return f"Another payment names receipt {fact.receipt} too."


@_tells(facts.TimerPassed)
def _timer(fact: facts.TimerPassed) -> str:
    return {
        facts.Deadline.SEND_WINDOW: f"The time to send attempt {fact.number} passed.",
        facts.Deadline.ANSWER: f"Nobody answered about attempt {fact.number} in time.",
        facts.Deadline.EXPIRY: "The payment expired.",
    }[fact.deadline]


@_tells(facts.Noted)
def _noted(fact: facts.Noted) -> str:
    return fact.remark  # numbers in it were masked before it was stored


@_tells(facts.Edited)
def _edited(fact: facts.Edited) -> str:
    return f"The shop changed {' and '.join(fact.changed)}."


def _code(code: str) -> str:
    row = find("stk", code)
    return f"{code} ({row.text.rstrip('.')})" if row else f"{code}, which is on no list"
