"""The judge of a storm: the laws while it blows, and receipt by receipt against M-PESA's books when it is over.

Imports neither layer. It sees payments in plain values (`world.shown_payment`), M-PESA's books and prompts, the owners
of receipts, the events that left, and what Safaricom itself said falsely, which no gateway can know better.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from tests.simulation.judge_days import DayJudge

Shown = Mapping[str, Any]

BLOCKING = {"amount_mismatch", "contradicted", "receipt_taken", "reversed_externally", "needs_review"}
NAMES_A_SHRINK = {"amount_mismatch", "receipt_taken", "contradicted"}
LIVE = {"sending", "prompted", "unknown"}
MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
PROMPT_LIVES_MS = 180_000
CLOCKS_APART_MS = 3_000
SENDING_MS = 15_000
OVERDUE_MS = 10 * MINUTE_MS
SEND_WITHIN_MS = 8_000
ANSWERED_WITHIN_MS = 14 * MINUTE_MS
BY_STATEMENT = "not_paid"
"""Nobody said no: a statement shows no payment."""

BEGUN = re.compile(r"^pay_(\w+) AttemptBegun\(.*?\bnumber=(\d+)", re.MULTILINE)
"""A beginning among what a table lost."""

MADE_UP = "FORGED"
"""Receipts that strangers make up begin so."""

UNTOLD = "untold: "
"""Places of receipts that no news reached us of; only Pull or a statement will tell."""


@dataclass
class Words:
    """What Safaricom said falsely, and what a person decided: beyond what a gateway can know."""

    false_receipts: set[str]
    misled: set[str]
    decided: set[str] = field(default_factory=set)
    """Payments in which a person let doubts go."""
    given: set[str] = field(default_factory=set)
    """Receipts that a person gave to some payment, perhaps the wrong one."""
    stated: list[tuple[int, int]] = field(default_factory=list)
    """Times of which M-PESA's own statements that were handed over tell everything."""


@dataclass
class Rest:
    """What is left when everything has come to rest. claims: receipt → owner, None for unmatched money."""

    claims: Mapping[str, str | None]
    days: Mapping[str, str]
    """Receipt → the day that it is booked on."""
    apart: str
    """All bodies and messages that were kept apart or are dead letters, as one text."""
    waiting: Mapping[str, int]
    """Queue → messages still in it."""
    events: Sequence[Mapping[str, Any]]
    now_ms: int


class Limits(Protocol):
    """How often a phone may be prompted."""

    @property
    def prompts_per_10_minutes(self) -> int:
        """By one shop."""

    @property
    def prompts_per_day(self) -> int:
        """By one shop."""


class Auditor:
    """Looks at each payment whenever it changes; each broken law is one sentence in `broken`."""

    def __init__(self, books: Mapping[str, dict[str, Any]], words: Words, limits: Limits) -> None:
        self.broken: list[str] = []
        self.payments: dict[str, Shown] = {}
        self.places: Counter[str] = Counter()
        self._books = books
        self._words = words
        self._limits = limits
        self._credited: dict[str, str] = {}
        self._prompts: dict[tuple[str, int], Any] = {}
        self._forgotten: dict[tuple[str, int], Any] = {}
        """Prompts that the table no longer knows of, since it lost its last seconds."""
        self._anew: dict[tuple[str, int], Any] = {}
        """Prompts of attempts that have the number of a forgotten one."""
        self._on_their_way: dict[tuple[str, int], int] = {}
        """Attempts whose beginning the table lost before they were sent; until when they may go out all the same."""
        self._lost_payments: set[str] = set()
        self._set_back: set[str] = set()
        """Payments of which the world was told a version that the table then lost."""
        self.days: DayJudge | None = None
        """Who watches compared days, in worlds that have them."""
        self.prompts_a_day_max = 0

    def prompted(self, push: Any) -> None:
        """Safaricom took a prompt."""
        key = (push.payment, push.attempt)
        if key in self._forgotten:
            self._anew[key] = push
            return  # the number of an attempt that a restore took away: what was told of that one is told of this too
        if push.at_ms < self._on_their_way.pop(key, 0):
            self._forgotten[key] = push
            return
        if key in self._prompts:
            self.broken.append(f"L5 two prompts for attempt {push.attempt} of {push.payment}")
        self._prompts[key] = push

    def restored(self, since_ms: int, now_ms: int, payments: Iterable[Shown], lost: str) -> None:
        """The table lost what it learned since then: no gateway can know that better, but Pull or a statement.

        lost: all that it no longer knows, as text.
        """
        standing = {shown["id"]: shown for shown in payments}
        self._lost_payments |= set(self.payments) - set(standing)
        self._set_back |= {
            shown_id
            for shown_id, shown in standing.items()
            if shown["version"] < self.payments.get(shown_id, shown)["version"]
        }
        self.payments = standing
        self._credited = {
            credit["receipt"]: shown["id"] for shown in standing.values() for credit in shown["credits"]
            if credit["receipt"] is not None and not shown["unconcluded"]
        }  # fmt: skip
        for key, push in list(self._prompts.items()):
            if push.at_ms > since_ms - SENDING_MS:
                self._forgotten[key] = self._prompts.pop(key)
        begun = {(payment, int(number)) for payment, number in BEGUN.findall(lost)}
        self._on_their_way = dict.fromkeys(begun - set(self._forgotten), now_ms + SENDING_MS)
        for receipt, entry in self._books.items():
            if entry["told"] and (receipt in lost or since_ms <= entry["told_at_ms"] <= now_ms):
                entry["told"], entry["forgotten"] = False, True

    def look(self, shown: Shown) -> None:
        """A payment as it stands now."""
        before = self.payments.get(shown["id"])
        self.payments[shown["id"]] = shown
        if self.days is not None:
            self.days.credited(shown)
        if shown["unconcluded"]:
            return
        self.broken += self._changed(before, shown)
        self.broken += self._credits(before, shown)
        self.broken += self._attempts(shown)
        if shown["safe"]:
            self.broken += self._safe_without_money(shown)

    def _changed(self, before: Shown | None, shown: Shown) -> Iterable[str]:
        if before is None:
            return
        if (before["amount"], before["reference"]) != (shown["amount"], shown["reference"]):
            yield f"L13 {shown['id']} asks for something else than at first"
        named = NAMES_A_SHRINK & set(shown["flags"]) or _hex(shown) in self._words.decided
        if _received(shown) < _received(before) and not named:
            yield f"L3 {shown['id']} went from {_received(before)} to {_received(shown)}"

    def _credits(self, before: Shown | None, shown: Shown) -> Iterable[str]:
        receipts = [credit["receipt"] for credit in shown["credits"] if credit["receipt"] is not None]
        gone = {credit["receipt"] for credit in before["credits"]} - set(receipts) if before else set()
        for receipt in gone:
            if self._credited.get(receipt) == shown["id"]:
                del self._credited[receipt]
        for receipt in receipts:
            other = self._credited.setdefault(receipt, shown["id"])
            if other != shown["id"]:
                yield f"L2 {receipt} is credited to {other} and to {shown['id']}"
        if len(receipts) > len(set(receipts)):
            yield f"L2 {shown['id']} credits a receipt twice"
        numbers = [credit["attempt"] for credit in shown["credits"] if credit["attempt"] is not None]
        if len(numbers) > len(set(numbers)):
            yield f"L2 an attempt of {shown['id']} gives two credits"
        for credit in shown["credits"]:
            yield from self._credit_beside_the_books(credit, shown)

    def _credit_beside_the_books(self, credit: Shown, shown: Shown) -> Iterable[str]:
        receipt = credit["receipt"]
        if receipt is None or receipt in self._words.false_receipts:
            return
        entry = self._books.get(receipt)
        if receipt.startswith(MADE_UP) and ("needs_review" in shown["flags"] or _hex(shown) in self._words.decided):
            return
        if entry is None:
            yield f"L7 {shown['id']} credits {receipt}, which M-PESA does not know"
        elif entry["amount"] != credit["amount"] and _hex(shown) not in self._words.misled:
            yield f"L7 {receipt} is credited with {credit['amount']}, M-PESA has {entry['amount']}"

    def _attempts(self, shown: Shown) -> Iterable[str]:
        for attempt in shown["attempts"]:
            if attempt["status"] == "failed":
                key = (_hex(shown), attempt["number"])
                prompts = (self._prompts.get(key), self._forgotten.get(key), self._anew.get(key))
                if attempt.get("failure") == BY_STATEMENT:
                    yield from self._not_paid(attempt, shown, self._prompts.get(key))
                    continue
                told = any(push.failure_told for push in prompts if push)
                if not told and _hex(shown) not in self._words.misled:
                    yield f"L4 attempt {attempt['number']} of {shown['id']} failed although nobody said so"

    def _not_paid(self, attempt: Shown, shown: Shown, push: Any) -> Iterable[str]:
        """What a statement's silence ended: nobody paid it, and statements tell everything of its time."""
        name = f"attempt {attempt['number']} of {shown['id']}"
        if push is not None and push.receipt:
            yield f"L4 {name} was paid by {push.receipt}, and is said not to be"
        begun_ms = attempt["send_before_ms"] - SEND_WITHIN_MS
        reached_ms = begun_ms - MINUTE_MS
        for from_ms, until_ms in sorted(self._words.stated):
            if from_ms <= reached_ms:
                reached_ms = max(reached_ms, until_ms + 1)
        if reached_ms < begun_ms + ANSWERED_WITHIN_MS:
            yield f"L4 {name} is said not to be paid, and no statement tells everything of its time"

    def _safe_without_money(self, shown: Shown) -> Iterable[str]:
        hexed = _hex(shown)
        if hexed in self._words.misled | self._words.decided:
            return
        credited = {credit["receipt"] for credit in shown["credits"]}
        money = sum(
            entry["amount"]
            for receipt, entry in self._books.items()
            if entry["payment"] == hexed or receipt in credited
        )
        if money < shown["amount"]:
            yield f"L7 goods of {shown['id']} may go out for {shown['amount']}, M-PESA has {money}"

    # --- at rest ----------------------------------------------------------------------------------------------

    def close(self, rest: Rest) -> list[str]:
        """All laws once everything has come to rest; every sentence about what is broken."""
        self.broken += [
            *self._lost(rest),
            *self._claims(rest),
            *self._of_another(),
            *self._both_held(rest),
            *self._prompts_of_phones(),
            *self._sent_late(),
            *self._stuck(rest),
            *self._events(rest),
            *self._days(rest),
        ]
        return self.broken

    def _lost(self, rest: Rest) -> Iterable[str]:
        for receipt, entry in self._books.items():
            place = self._place(receipt, entry, rest)
            self.places[place or "nowhere"] += 1
            if place is None:
                yield f"L1 {receipt} is in M-PESA's books and shown nowhere (told: {entry['told']})"

    def _place(self, receipt: str, entry: Shown, rest: Rest) -> str | None:
        """Where a receipt of the books is shown; None: nowhere."""
        if receipt in self._credited:
            return "credited"
        if rest.claims.get(receipt, receipt) is None:
            return "listed: unmatched money"
        home = self.payments.get(f"pay_{entry['payment']}")
        place = self._place_at_home(entry, home) if home else None
        if place is None and receipt in rest.apart:
            return "listed: kept apart"
        if place is None and not entry["told"] and self._is_of_what_was_lost(entry):
            place = UNTOLD + "the table lost its last seconds"
        if place is None and not entry["told"] and entry["payment"] is None:
            place = UNTOLD + "its confirmation was lost"
        return place

    def _is_of_what_was_lost(self, entry: Shown) -> bool:
        """A restore took the news, the payment, or the attempt."""
        prompt = (entry["payment"], entry["attempt"])
        return f"pay_{entry['payment']}" in self._lost_payments or prompt in self._forgotten or "forgotten" in entry

    def _place_at_home(self, entry: Shown, home: Shown) -> str | None:
        """In the payment whose prompt moved the money."""
        number = entry["attempt"]
        attempt = next((one for one in home["attempts"] if one["number"] == number), None)
        if attempt is None:
            return self._place_of_forgotten(home) if entry["told"] and (_hex(home), number) in self._forgotten else None
        credits = [credit for credit in home["credits"] if credit["attempt"] == number]
        if any(credit["receipt"] is None for credit in credits):
            return "credited, its receipt is not told yet" if not entry["told"] else None
        if attempt["status"] == "unresolved" and not entry["told"]:
            return "listed: unresolved"
        if BLOCKING & set(home["flags"]):
            return "listed: held for a person"
        if _hex(home) in self._words.decided:
            return "decided by a person"
        if entry["told"]:
            return None
        if credits:
            return UNTOLD + "other money of the payment stands in for it"
        push = self._prompts.get((_hex(home), number)) or self._forgotten[_hex(home), number]
        return UNTOLD + "Safaricom said that it failed" if attempt["status"] == "failed" and push.failure_told else None

    def _place_of_forgotten(self, home: Shown) -> str | None:
        """Of money that was told of an attempt which the table does not know any more."""
        if BLOCKING & set(home["flags"]):
            return "listed: held for a person"
        return "decided by a person" if _hex(home) in self._words.decided else None

    def _claims(self, rest: Rest) -> Iterable[str]:
        for receipt, owner in rest.claims.items():
            held = owner is not None and bool(BLOCKING & set(self.payments[owner]["flags"]))
            decided = owner is not None and owner[4:] in self._words.decided
            held = held or receipt in rest.apart
            if owner is not None and self._credited.get(receipt) != owner and not held and not decided:
                yield f"L2 {owner} owns {receipt} and does not credit it"
        for receipt, payment in self._credited.items():
            if rest.claims.get(receipt) != payment:
                yield f"L2 {payment} credits {receipt} and does not own it"

    def _of_another(self) -> Iterable[str]:
        """What a statement alone told of a prompt's money is that prompt's, or somebody looks at it."""
        for receipt, payment in self._credited.items():
            entry = self._books.get(receipt, {})
            home = f"pay_{entry.get('payment')}"
            if not entry.get("stated_alone") or home not in self.payments or home == payment:
                continue
            beyond = {payment[4:], home[4:]} & (self._words.misled | self._words.decided)
            held = BLOCKING & {*self.payments[payment]["flags"], *self.payments[home]["flags"]}
            if receipt not in self._words.given and not beyond and not held:
                yield f"L7 {receipt} is credited to {payment}, and was paid for {home}"

    def _both_held(self, rest: Rest) -> Iterable[str]:
        """A receipt that is named for two payments holds both."""
        for payment in self.payments.values():
            for receipt in payment["taken"]:
                owner = self.payments.get(rest.claims.get(receipt) or "")
                if owner is None or owner is payment or _hex(owner) in self._words.decided:
                    continue
                if "needs_review" not in owner["flags"] and receipt not in rest.apart:
                    yield f"L2 {payment['id']} names {receipt} too, and its owner {owner['id']} is not held"

    def _prompts_of_phones(self) -> Iterable[str]:
        by_phone: dict[str, list[Any]] = {}
        for push in sorted(self._prompts.values(), key=lambda push: push.at_ms):
            earlier = by_phone.setdefault(push.phone, [])
            for other in earlier:
                ends = [at for at in (other.ended_at_ms, other.ended_by_word_ms) if at is not None]
                if min([*ends, other.at_ms + PROMPT_LIVES_MS]) > push.at_ms:
                    yield f"L5 two prompts live on one phone: {other.url} and {push.url}"
            window = [other for other in earlier if push.at_ms - other.at_ms < 10 * MINUTE_MS - SENDING_MS]
            day = [other for other in earlier if push.at_ms - other.at_ms < DAY_MS - SENDING_MS]
            self.prompts_a_day_max = max(self.prompts_a_day_max, len(day) + 1)
            if len(day) >= self._limits.prompts_per_day:
                yield f"L5 {len(day) + 1} prompts within a day on the phone of {push.url}"
            if len(window) >= self._limits.prompts_per_10_minutes:
                yield f"L5 {len(window) + 1} prompts within ten minutes on the phone of {push.url}"
            earlier.append(push)

    def _sent_late(self) -> Iterable[str]:
        for payment in self.payments.values():
            for attempt in payment["attempts"]:
                push = self._prompts.get((_hex(payment), attempt["number"]))
                if push is not None and push.at_ms > attempt["send_before_ms"] + CLOCKS_APART_MS:
                    yield f"L5 {push.url} was sent after its time"
                if push is not None and attempt["status"] == "refused":
                    yield f"L4 attempt {attempt['number']} of {payment['id']} counts as not sent, and was"

    def _stuck(self, rest: Rest) -> Iterable[str]:
        yield from (f"L8 {count} still in {name}" for name, count in rest.waiting.items() if count)
        for payment in self.payments.values():
            live = [attempt["number"] for attempt in payment["attempts"] if attempt["status"] in LIVE]
            if live:
                yield f"L8 attempt {live[0]} of {payment['id']} still waits"
            if payment["due_at_ms"] is not None and payment["due_at_ms"] < rest.now_ms - OVERDUE_MS:
                yield f"L8 {payment['id']} has been due for more than ten minutes"

    def _days(self, rest: Rest) -> Iterable[str]:
        """A receipt is booked on the day on which M-PESA moved its money, in Nairobi."""
        for receipt, day in rest.days.items():
            entry = self._books.get(receipt)
            owner = (rest.claims.get(receipt) or "").removeprefix("pay_")
            if entry is None or owner in self._words.misled or receipt in self._words.false_receipts:
                continue
            at = datetime.fromtimestamp(entry["at_ms"] / 1000, UTC) + timedelta(hours=3)
            if at.date().isoformat() != day:
                yield f"L16 {receipt} is booked on {day}, M-PESA has {at.date()}"

    def _events(self, rest: Rest) -> Iterable[str]:
        told: dict[str, str] = {}
        newest: dict[str, Shown] = {}
        for event in (one for one in rest.events if one["type"].startswith("payment.")):
            data = event["data"]
            newest[data["id"]] = max(newest.get(data["id"], data), data, key=lambda one: one["version"])
            what = f"{event['data']['id']} {event['type']} {event['discriminator']}"
            if told.setdefault(what, event["id"]) != event["id"]:
                yield f"L12 {what} has two ids"
        for payment in self.payments.values():
            missing = [what for what in _news_of(payment) if f"{payment['id']} {what}" not in told]
            yield from (f"L12 nobody was told {what} of {payment['id']}" for what in missing)
            copy = newest.get(payment["id"], {})
            if payment["id"] in self._set_back | self._lost_payments:
                continue
            if (copy.get("version"), copy.get("status")) != (payment["version"], payment["status"]):
                yield f"L12 who keeps the highest version of {payment['id']} has {copy}, it is {payment['version']}"


def _news_of(payment: Shown) -> Iterable[str]:
    """What the world must have been told of a payment as it stands: type and discriminator."""
    yield "payment.created "
    for attempt in payment["attempts"]:
        if attempt["status"] in ("failed", "refused"):
            yield f"payment.failed {attempt['number']}"
        if attempt["status"] == "unresolved":
            yield f"payment.unresolved {attempt['number']}"
    if _received(payment) >= payment["amount"]:
        yield "payment.paid "
    if payment["status"] in ("cancelled", "expired"):
        yield f"payment.{payment['status']} "
    for flag in payment["flags"]:
        yield f"payment.flagged {flag}"


def _received(shown: Shown) -> int:
    return sum(credit["amount"] for credit in shown["credits"])


def _hex(shown: Shown) -> str:
    payment_id: str = shown["id"]
    return payment_id.removeprefix("pay_")
