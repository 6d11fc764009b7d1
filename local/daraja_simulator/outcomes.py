"""Magic numbers: which phone gives which outcome, and how a gateway should end up with it.

070000 and four digits: that STK result code, two seconds after the prompt. 0700 010001 to 010020: stories.
Amounts are never magic: a price must not decide an outcome.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from local.daraja_simulator.codes import STK_RESULT_TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class AtPush(StrEnum):
    """What happens to the push itself."""

    ACCEPT = "accept"
    CALLBACK_FIRST = "callback_first"
    ANSWER_LOST = "answer_lost"
    NEVER_ARRIVES = "never_arrives"
    SPIKE_ARREST_FIRST = "spike_arrest_first"
    TOKEN_REVOKED_FIRST = "token_revoked_first"  # noqa: S105 (a name, not a secret)
    SERVER_ERROR = "server_error"


class Callback(StrEnum):
    """How the result is told."""

    ONCE = "once"
    LOST = "lost"
    TWICE = "twice"
    LATE = "late"
    FAILURE_THEN_SUCCESS = "failure_then_success"
    WRONG_AMOUNT = "wrong_amount"
    FORGED_FIRST = "forged_first"
    UNREADABLE = "unreadable"
    AFTER_FIRST_QUERY = "after_first_query"


class Query(StrEnum):
    """What a query says."""

    TRUTH = "truth"
    NEVER = "never"
    UNREACHABLE_UNTIL_TOLD = "unreachable_until_told"


class Echo(StrEnum):
    """When the C2B confirmation of the same receipt comes, if the shortcode has registered addresses."""

    AFTER_CALLBACK = "after_callback"
    BEFORE_CALLBACK = "before_callback"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The end that a gateway must reach on its own, where the shortcode's C2B addresses are registered.

    prompts: pushes that Daraja accepted. credits: how many. virtual_seconds: by then the end holds.
    needs: sources without which `meanwhile` (payment and attempt status) is the end.
    """

    payment_status: str
    attempt_status: str
    flags: tuple[str, ...] = ()
    failure_code: str | None = None
    prompts: int = 1
    credits: int = 0
    receipt_known: bool = False
    virtual_seconds: int = 30
    needs: tuple[str, ...] = ()
    meanwhile: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One row. code None: the prompt is never answered and never ends. answer_after_s: after the prompt."""

    meaning: str
    expected: Expected
    code: str | None = "0"
    answer_after_s: float | None = None
    """None: as long as phones that pay by themselves usually take."""
    at_push: AtPush = AtPush.ACCEPT
    callback: Callback = Callback.ONCE
    query: Query = Query.TRUTH
    echo: Echo = Echo.AFTER_CALLBACK
    types_paybill_too: bool = False


ASKED_BY_SWEEP_S = 150
"""Two rounds of a sweep that runs every minute."""
DEADLINE_S = 1_020
"""The gateway's 15 minutes for an attempt, and a round of the sweep."""
LATE_CALLBACK_S = 600.0
SLOW_PAYER_S = 55.0
NO_ANSWER_S = 60.0
CALLBACK_AFTER_QUERY_S = 5.0
CALLBACK_WITHOUT_QUERY_S = 180.0
SUCCESS_AFTER_FAILURE_S = 8.0
SECOND_CALLBACK_S = 1.0

FAILURE_CODES: Mapping[str, str] = {
    "1": "insufficient_funds",
    "2": "below_minimum",
    "3": "above_maximum",
    "4": "limit_reached",
    "8": "shop_account_full",
    "17": "same_payment_too_soon",
    "26": "system_busy",
    "1001": "phone_busy",
    "1019": "prompt_expired",
    "1025": "prompt_not_sent",
    "1032": "cancelled_or_timed_out",
    "1036": "no_answer",
    "1037": "no_answer",
    "2001": "wrong_pin",
    "2006": "account_not_active",
    "2028": "shop_setup",
    "8006": "pin_locked",
    "9999": "prompt_not_sent",
}
"""What a payer's page should make of each result code; any other: `mpesa_declined`."""

SHOWN_CODES = (
    0,
    1,
    2,
    3,
    4,
    8,
    17,
    26,
    1001,
    1019,
    1025,
    1032,
    1036,
    1037,
    2001,
    2006,
    2028,
    8006,
    9999,
    7777,
)
"""Rows of the table among 070000NNNN; every other NNNN works as well."""


PAID = Expected(payment_status="paid", attempt_status="succeeded", credits=1, receipt_known=True)
FAILED = Expected(payment_status="failed", attempt_status="failed")
UNRESOLVED = Expected(payment_status="unresolved", attempt_status="unresolved", virtual_seconds=DEADLINE_S)
MEANWHILE_UNRESOLVED: Mapping[str, object] = {"payment_status": "unresolved", "attempt_status": "unresolved"}

STORIES: Mapping[str, Outcome] = {
    "254700010001": Outcome(
        meaning="paid, callback lost; the query tells",
        callback=Callback.LOST,
        echo=Echo.NONE,
        expected=replace(PAID, flags=("receipt_pending",), receipt_known=False, virtual_seconds=ASKED_BY_SWEEP_S),
    ),
    "254700010002": Outcome(
        meaning="cancelled, callback lost; the query tells",
        code="1032",
        callback=Callback.LOST,
        expected=replace(FAILED, failure_code="cancelled_or_timed_out", virtual_seconds=ASKED_BY_SWEEP_S),
    ),
    "254700010003": Outcome(
        meaning="paid, callback and query never tell; Pull or statement does",
        callback=Callback.LOST,
        query=Query.NEVER,
        echo=Echo.NONE,
        expected=replace(PAID, virtual_seconds=DEADLINE_S, needs=("pull", "statement"), meanwhile=MEANWHILE_UNRESOLVED),
    ),
    "254700010004": Outcome(
        meaning="prompt accepted, then nothing ever happens; the statement shows no payment",
        code=None,
        callback=Callback.LOST,
        query=Query.NEVER,
        echo=Echo.NONE,
        expected=replace(
            FAILED,
            failure_code="not_paid",
            virtual_seconds=DEADLINE_S,
            needs=("statement",),
            meanwhile=MEANWHILE_UNRESOLVED,
        ),
    ),
    "254700010005": Outcome(meaning="success callback twice, one second apart", callback=Callback.TWICE, expected=PAID),
    "254700010006": Outcome(meaning="callback before the push's answer", at_push=AtPush.CALLBACK_FIRST, expected=PAID),
    "254700010007": Outcome(
        meaning="success callback ten minutes late; until then the query says 1037",
        callback=Callback.LATE,
        query=Query.UNREACHABLE_UNTIL_TOLD,
        expected=replace(PAID, flags=("late_success",), virtual_seconds=660),
    ),
    "254700010008": Outcome(
        meaning="failure callback (1032), then success callback",
        code="1032",
        callback=Callback.FAILURE_THEN_SUCCESS,
        expected=replace(PAID, flags=("late_success",)),
    ),
    "254700010009": Outcome(
        meaning="push accepted, connection cut before the answer; paid",
        at_push=AtPush.ANSWER_LOST,
        expected=replace(PAID, virtual_seconds=ASKED_BY_SWEEP_S),
    ),
    "254700010010": Outcome(
        meaning="connection cut before the push arrives: nothing happens, nobody can know",
        code=None,
        at_push=AtPush.NEVER_ARRIVES,
        expected=replace(UNRESOLVED, prompts=0),
    ),
    "254700010011": Outcome(meaning="spike arrest first, then fine", at_push=AtPush.SPIKE_ARREST_FIRST, expected=PAID),
    "254700010012": Outcome(
        meaning="token revoked first, then fine", at_push=AtPush.TOKEN_REVOKED_FIRST, expected=PAID
    ),
    "254700010013": Outcome(
        meaning="success callback with another amount; the query says paid",
        callback=Callback.WRONG_AMOUNT,
        echo=Echo.NONE,
        expected=replace(
            PAID,
            flags=("amount_mismatch", "needs_review", "receipt_pending"),
            receipt_known=False,
            virtual_seconds=ASKED_BY_SWEEP_S,
        ),
    ),
    "254700010014": Outcome(
        meaning="forged callback (wrong tag, strange address), then the true one",
        callback=Callback.FORGED_FIRST,
        expected=PAID,
    ),
    "254700010015": Outcome(
        meaning="HTTP 500 with an unknown text at the push; nothing happens",
        code=None,
        at_push=AtPush.SERVER_ERROR,
        expected=replace(UNRESOLVED, prompts=0),
    ),
    "254700010016": Outcome(
        meaning="paid, unreadable callback; the query tells",
        callback=Callback.UNREADABLE,
        echo=Echo.NONE,
        expected=replace(PAID, flags=("receipt_pending",), receipt_known=False, virtual_seconds=ASKED_BY_SWEEP_S),
    ),
    "254700010017": Outcome(
        meaning="C2B confirmation of the same receipt comes first",
        echo=Echo.BEFORE_CALLBACK,
        expected=PAID,
    ),
    "254700010018": Outcome(
        meaning="the query says 1037, then the callback says paid",
        callback=Callback.AFTER_FIRST_QUERY,
        query=Query.UNREACHABLE_UNTIL_TOLD,
        expected=replace(PAID, virtual_seconds=240),
    ),
    "254700010019": Outcome(
        meaning="paid, but after 55 seconds (slow payer)",
        answer_after_s=SLOW_PAYER_S,
        expected=replace(PAID, virtual_seconds=90),
    ),
    "254700010020": Outcome(
        meaning="the payer also types the Paybill payment: two receipts",
        types_paybill_too=True,
        expected=replace(PAID, flags=("duplicate_payment",), credits=2),
    ),
}

_BY_CODE = re.compile(r"25470000(\d{4})")


def outcome_for(phone: str) -> Outcome | None:
    """The outcome that this number (`254…`) always gives, or None for a phone of a person."""
    by_code = _BY_CODE.fullmatch(phone)
    return _outcome_of_code(str(int(by_code[1]))) if by_code else STORIES.get(phone)


def table() -> list[dict[str, object]]:
    """All rows as data, for the control API and for a test that drives each of them."""
    by_code = [f"25470000{number:04d}" for number in SHOWN_CODES]
    return [_row(phone, outcome) for phone, outcome in _outcomes([*by_code, *STORIES])]


def _outcomes(phones: Iterable[str]) -> list[tuple[str, Outcome]]:
    return [(phone, outcome) for phone in phones if (outcome := outcome_for(phone)) is not None]


def _row(phone: str, outcome: Outcome) -> dict[str, object]:
    return {
        "phone": f"0{phone[3:]}",
        "meaning": outcome.meaning,
        "code": outcome.code,
        "expected": asdict(outcome.expected),
    }


def _outcome_of_code(code: str) -> Outcome:
    if code == "0":
        return Outcome(meaning="paid", expected=PAID)
    if code == "4999":
        return Outcome(meaning="4999: told as a result, never finished", code=code, expected=UNRESOLVED)
    if code not in STK_RESULT_TEXTS:
        return Outcome(
            meaning=f"{code}: a code on no list; callback and query agree",
            code=code,
            expected=replace(FAILED, failure_code="mpesa_declined", virtual_seconds=ASKED_BY_SWEEP_S),
        )
    return _listed_failure(code)


def _listed_failure(code: str) -> Outcome:
    waits_s = NO_ANSWER_S if code == "1037" else None
    needs_query = code in ("1036", "1037", "9999")
    return Outcome(
        meaning=f"{code}: {STK_RESULT_TEXTS[code]}",
        code=code,
        answer_after_s=waits_s,
        expected=replace(
            FAILED, failure_code=FAILURE_CODES[code], virtual_seconds=ASKED_BY_SWEEP_S if needs_query else 30
        ),
    )
