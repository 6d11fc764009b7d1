"""The judge: the laws, over what left the gateway and M-PESA's own books. Imports nothing of the gateway.

payments: as the API shows them, in plain values. books: receipt → {amount, reference, phone}. pushes: what
Safaricom took. Every broken law is one sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

PROMPT_LIVES_MS = 60_000
LIVE = {"sending", "prompted", "unknown"}
BY_STATEMENT = "not_paid"
"""Nobody said no: a statement shows no payment."""

ENDS = {"0", "1", "1032", "1037", "2001", "17", "26", "1001", "1019", "1025", "8006", "9999", "1036"}

Shown = Mapping[str, Any]


def broken_at_any_time(
    payments: Sequence[Shown], books: Mapping[str, Shown], pushes: Sequence[Any], failures_told: set[str]
) -> list[str]:
    """Laws that hold after every step: L2 one credit, L4 no failure by clock, L5 prompts, L7 match."""
    return [
        *_credited_twice(payments),
        *_more_than_the_books(payments, books),
        *_failed_without_proof(payments, failures_told),
        *_paid_after_all(payments, pushes),
        *_prompted_wrongly(payments, pushes),
    ]


def broken_in_the_end(
    payments: Sequence[Shown],
    books: Mapping[str, Shown],
    claims: Mapping[str, str],
    unmatched: set[str],
    untold: int,
    now_ms: int,
) -> list[str]:
    """Laws that hold once everything has come to rest: L1 no loss, L2 claims, L8 deadlines.

    claims: receipt → payment that owns it. untold: deliveries that nobody took, or that were set apart.
    """
    return [
        *_lost(payments, books, unmatched, untold),
        *_claimed_for_nothing(payments, claims, untold),
        *_stuck(payments, now_ms),
    ]


def shrunk(before: Sequence[Shown], after: Sequence[Shown]) -> list[str]:
    """L3: received money never becomes less."""
    then = {payment["id"]: _received(payment) for payment in before}
    return [
        f"L3 {payment['id']} went from {then[payment['id']]} to {_received(payment)}"
        for payment in after
        if payment["id"] in then
        and _received(payment) < then[payment["id"]]
        and "receipt_taken" not in payment["flags"]
    ]


def _received(payment: Shown) -> int:
    return sum(credit["amount"] for credit in payment["credits"])


def _credited_twice(payments: Sequence[Shown]) -> Iterable[str]:
    receipts = Counter(
        credit["receipt"] for payment in payments for credit in payment["credits"] if credit["receipt"] is not None
    )
    yield from (f"L2 receipt {receipt} is credited {times} times" for receipt, times in receipts.items() if times > 1)
    for payment in payments:
        attempts = Counter(c["attempt"] for c in payment["credits"] if c["attempt"] is not None)
        yield from (f"L2 attempt {n} of {payment['id']} gives {k} credits" for n, k in attempts.items() if k > 1)


def _more_than_the_books(payments: Sequence[Shown], books: Mapping[str, Shown]) -> Iterable[str]:
    credited = sum(_received(payment) for payment in payments)
    booked = sum(entry["amount"] for entry in books.values())
    held = any({"receipt_taken", "needs_review"} & set(payment["flags"]) for payment in payments)
    if credited > booked and not held:
        yield f"L2 {credited} credited, {booked} in M-PESA's books"
    for payment in payments:
        for credit in payment["credits"]:
            entry = books.get(credit["receipt"]) if credit["receipt"] else None
            if credit["receipt"] and entry is None:
                yield f"L7 {payment['id']} credits {credit['receipt']}, which M-PESA does not know"
            elif entry and entry["amount"] != credit["amount"]:
                yield f"L7 {credit['receipt']} is credited with {credit['amount']}, M-PESA has {entry['amount']}"


def _paid_after_all(payments: Sequence[Shown], pushes: Sequence[Any]) -> Iterable[str]:
    """What a statement's silence ended: nobody may have paid it."""
    for payment in payments:
        silent = {one["phone"] for one in payment["attempts"] if one["failure"] == BY_STATEMENT}
        paid = (push for push in pushes if push.reference == payment["reference"] and push.receipt)
        yield from (f"L4 {payment['id']} was paid, and is said not to be" for push in paid if push.phone in silent)


def _failed_without_proof(payments: Sequence[Shown], failures_told: set[str]) -> Iterable[str]:
    for payment in payments:
        for attempt in payment["attempts"]:
            told = attempt["checkout"] in failures_told or attempt["failure"] == BY_STATEMENT
            if attempt["status"] == "failed" and not told:
                yield f"L4 attempt {attempt['number']} of {payment['id']} failed although nobody said so"


def _prompted_wrongly(payments: Sequence[Shown], pushes: Sequence[Any]) -> Iterable[str]:
    urls = Counter(push.url for push in pushes)
    yield from (f"L5 {times} prompts for one attempt: {url}" for url, times in urls.items() if times > 1)
    by_phone: dict[str, list[Any]] = {}
    for push in sorted(pushes, key=lambda push: push.at_ms):
        for earlier in by_phone.get(push.phone, []):
            ended = earlier.ended_at_ms if earlier.ended_at_ms is not None else earlier.at_ms + 3 * PROMPT_LIVES_MS
            if ended > push.at_ms:
                yield f"L5 two prompts live on one phone: {earlier.url} and {push.url}"
        by_phone.setdefault(push.phone, []).append(push)
    fences = {
        f"/{payment['id'][4:]}/{attempt['number']}/": attempt["send_before_ms"]
        for payment in payments
        for attempt in payment["attempts"]
    }
    for push in pushes:
        late = [fence for part, fence in fences.items() if part in push.url and push.at_ms > fence]
        yield from (f"L5 {push.url} was sent after its time" for _ in late)


def _lost(payments: Sequence[Shown], books: Mapping[str, Shown], unmatched: set[str], untold: int) -> Iterable[str]:
    """Each receipt is shown, or stands behind a credit without receipt, an unresolved attempt, or news nobody took."""
    shown = {credit["receipt"] for payment in payments for credit in payment["credits"]}
    missing = Counter(entry["amount"] for receipt, entry in books.items() if receipt not in shown | unmatched)
    for payment in payments:
        missing.subtract(credit["amount"] for credit in payment["credits"] if credit["receipt"] is None)
        missing.subtract(attempt["amount"] for attempt in payment["attempts"] if _is_held(attempt, payment))
    lost = sum(times for times in missing.values() if times > 0)
    if lost > untold:
        yield f"L1 {lost} receipts are in M-PESA's books and shown nowhere, {untold} deliveries were not taken"


def _is_held(attempt: Shown, payment: Shown) -> bool:
    """Listed for a person: nobody knows what became of it, or its receipt is another payment's."""
    contested = attempt["status"] == "succeeded" and "receipt_taken" in payment["flags"]
    return contested or attempt["status"] == "unresolved"


def _claimed_for_nothing(payments: Sequence[Shown], claims: Mapping[str, str], untold: int) -> Iterable[str]:
    standing = {payment["id"] for payment in payments}
    credited = {(credit["receipt"], payment["id"]) for payment in payments for credit in payment["credits"]}
    for receipt, owner in claims.items():
        vanished = owner not in standing and untold
        if (receipt, owner) not in credited and not vanished:
            yield f"L2 {owner} owns {receipt} and does not credit it"


def _stuck(payments: Sequence[Shown], now_ms: int) -> Iterable[str]:
    for payment in payments:
        live = [attempt["number"] for attempt in payment["attempts"] if attempt["status"] in LIVE]
        if live:
            yield f"L8 attempt {live[0]} of {payment['id']} still waits"
        if payment["due_at_ms"] is not None and payment["due_at_ms"] < now_ms - 600_000:
            yield f"L8 {payment['id']} has been due for more than ten minutes"
