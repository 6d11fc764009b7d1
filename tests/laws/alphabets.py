"""The deliveries that the laws are tried with: every kind of fact that money in knows, in the forms that matter."""

from __future__ import annotations

from typing import Any

from tests.laws.deliveries import (
    IDS,
    OTHER_IDS,
    R1,
    R2,
    accepted,
    begun,
    callback,
    fact_of,
    money,
    query,
    told,
)

ONE_PROMPT: list[dict[str, Any]] = [
    accepted(),
    told("lost", 16, n=1),
    told("refused", 2, n=1, cause="shop_setup"),
    callback("0", 12, "paid"),
    callback("0", 12.5, "paid, unlisted", listed=False),
    callback("0", 13, "paid, other amount", amount=99, receipt=R2),
    callback("1032", 14, "cancelled by the payer"),
    callback("1037", 61, "no answer"),
    callback("1032", 15, "cancelled, unlisted", listed=False),
    query("0", 30),
    query("0", 45),
    query("1032", 35),
    query("1037", 26),
    query("1037", 50),
    money(R1, 13, "echo"),
    money(R1, 900, "pull row without reference", by="pull", reference=""),
    money(R2, 20, "typed by hand"),
    told("returned", 5_000, receipt=R1, under="SGM0000001", amount=100, external=True),
    told("cancelled", 70),
    told("timer", 900, "nobody answered", deadline="answer", n=1),
]
"""One attempt over 100 shillings; `begun` is known from the start."""

RARE: list[dict[str, Any]] = [
    accepted(),
    told("not_sent", 31, n=1, cause="sender_stopped"),
    told("unreadable", 12, n=1),
    callback("0", 12, "paid, wants a query", confirm=True),
    callback("0", 12.6, "paid, another receipt", receipt=R2),
    callback("0", 12.2, "paid, other ids", ids=OTHER_IDS, receipt=R2),
    callback("0", 12.4, "paid, no receipt", receipt=None),
    callback("7777", 14, "a code on no list"),
    callback("1036", 14.5, "no acknowledgement"),
    callback("1032", 15, "failed, with a receipt", receipt=R1),
    query("7777", 30),
    query("0", 31),
    query("0", 46),
    query("0", 40, checkout=OTHER_IDS[0]),
    query("9999", 55),
    query("2001", 33),
    money(R1, 13, "statement over 90", by="statement", amount=90),
    money(R1, 14, "echo"),
    money(R2, 20, "half, by hand", amount=50),
    told("timer", 31, "send window", deadline="send_window", n=1),
    told("timer", 86_400, "expired", deadline="expiry", n=0),
    told("review", 40),
    told("contested", 41, receipt=R1),
    told("unlisted", 90_000, n=1),
]
"""What one prompt hardly ever meets."""

TWO_PROMPTS: list[dict[str, Any]] = [
    begun(2, 100),
    accepted(101, 2, OTHER_IDS),
    callback("0", 160, "late success of the first", done=None),
    callback("0", 112, "second paid", n=2, ids=OTHER_IDS, receipt=R2),
    callback("1", 113, "second: no funds", n=2, ids=OTHER_IDS),
    query("0", 130, n=2, checkout=OTHER_IDS[0]),
    query("0", 145, n=2, checkout=OTHER_IDS[0]),
    query("0", 131),
    query("0", 146),
    money(R1, 161, "echo of the first"),
    money(R2, 114, "echo of the second"),
    told("timer", 1_000, "second: nobody answered", deadline="answer", n=2),
    told("not_charged", 1_100, n=2),
    told("cancelled", 99),
]
"""A second attempt beside a first one that was cancelled by its payer: the first is known from the start."""

FIRST_CANCELLED: list[dict[str, Any]] = [begun(), accepted(), callback("1032", 20, "first cancelled")]

SHARED_RECEIPT: list[dict[str, Any]] = [
    query("0", 30),
    query("0", 45),
    callback("0", 160, "paid"),
    callback("0", 170, "second names the same receipt", n=2, ids=OTHER_IDS),
    query("0", 130, n=2, checkout=OTHER_IDS[0]),
    query("0", 145, n=2, checkout=OTHER_IDS[0]),
    money(R1, 161, "echo"),
]
"""Safaricom names one receipt for two attempts of one payment."""

BOTH_PROMPTED: list[dict[str, Any]] = [begun(), accepted(), begun(2, 100), accepted(101, 2, OTHER_IDS)]


def corrected(said_s: float, *lifted: dict[str, Any]) -> dict[str, Any]:
    """A person looked at these and let them go."""
    ids = tuple(fact_of(one).id for one in lifted)
    return told("corrected", said_s, lifts=tuple(one["name"] for one in lifted), ids=ids)


_CANCELLED = callback("1032", 14, "cancelled by the payer")
_REVIEW = told("review", 40)
_CONTESTED = told("contested", 41, receipt=R1)

EVERY_KIND: list[dict[str, Any]] = [
    accepted(),
    told("lost", 16, n=1),
    told("refused", 2, n=1, cause="shop_setup"),
    told("not_sent", 31, n=1, cause="sender_stopped"),
    callback("0", 12, "paid"),
    _CANCELLED,
    told("unreadable", 12, n=1),
    query("0", 30),
    query("0", 45),
    query("1037", 26),
    money(R1, 13, "echo"),
    money(R2, 20, "typed by hand"),
    told("returned", 5_000, receipt=R1, under="SGM0000001", amount=100, external=True),
    told("cancelled", 70),
    told("not_charged", 1_100, n=1),
    told("unlisted", 90_000, n=1),
    corrected(2_000, _CANCELLED, _REVIEW, _CONTESTED),
    _REVIEW,
    told("taken", 42, n=1, receipt=R1),
    _CONTESTED,
    told("timer", 900, "nobody answered", deadline="answer", n=1),
    begun(2, 1_200),
]
"""Each kind of fact that there is, and each word that decides: all of them beside each other."""

_SET_ASIDE = told("aside", 50, "set aside", receipt=R2, turn=1, aside=True)
_ELSEWHERE = told("elsewhere", 55, amount=100)

A_PERSON_DECIDES: list[dict[str, Any]] = [
    accepted(),
    callback("0", 12, "paid"),
    query("0", 30),
    query("0", 45),
    money(R2, 20, "at another shortcode", direct=True, shortcode="600998", reference="OTHER"),
    money(R1, 21, "under another reference", direct=True, reference="OTHER"),
    told("given", 60, "R2 given", receipt=R2),
    told("given", 61, "R1 given", receipt=R1),
    _SET_ASIDE,
    told("aside", 52, "taken back", receipt=R2, turn=2, aside=False),
    _ELSEWHERE,
    corrected(2_000, _SET_ASIDE, _ELSEWHERE),
]
"""Money that no reference finds, and what a person says of it."""

CASES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "one prompt": ([begun()], ONE_PROMPT),
    "rare news": ([begun()], RARE),
    "two prompts": (FIRST_CANCELLED, TWO_PROMPTS),
    "shared receipt": (BOTH_PROMPTED, SHARED_RECEIPT),
    "every kind": ([begun()], EVERY_KIND),
    "a person decides": ([begun()], A_PERSON_DECIDES),
}
"""By name: what is known from the start, and what is delivered."""

assert IDS != OTHER_IDS
