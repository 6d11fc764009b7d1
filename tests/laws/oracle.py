"""What a set of deliveries proves about one payment, worked out a second time: the judge of the laws.

Written from the design's chapter on money in, and importing nothing of the gateway. Plain values in, plain values out.

A delivery is a mapping. All have `kind`, `said` and `learned` (milliseconds), and a `name` for corrections. By kind:

begun       n, amount                        an attempt was written
accepted    n, ids                           Daraja took the prompt; ids: (checkout, merchant)
refused     n, cause    not_sent  n, cause   Daraja's no; or nothing left. cause: our failure code
lost        n                                the push's answer was lost
callback    n, code, ids, amount, receipt, listed, confirm, done
                                             listed: from Safaricom's addresses. confirm: the setting asks for a query
unreadable  n                                an authentic callback that cannot be read
query       n, code, checkout                said: when it was asked
money       by, receipt, amount, shortcode, reference, assigned, done, [direct: it lies in the payment]
given       receipt                          a person gave this money to the payment
aside       receipt, turn, aside             a person said that it is for no payment, or took that back
elsewhere   amount                           a prompt here may have brought money that a person gave to another payment
returned    receipt, under, amount, external
unlisted    n                                a statement covers the attempt and shows no payment of it
cancelled · review · contested · not_charged n · taken n, receipt · timer deadline, n · corrected lifts
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Delivery = Mapping[str, Any]

ENDS = {
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
    "2001": "wrong_pin",
    "2006": "account_not_active",
    "2028": "shop_setup",
    "8006": "pin_locked",
    "SFC_IC0003": "shop_setup",
}
"""Safaricom's words for "no", each final at once, and what we call them."""

SECOND_LOOK = {"1036": "no_answer", "1037": "no_answer", "9999": "prompt_not_sent"}
"""A query that says one of these is believed when another one, twenty seconds later, fails too."""

NOT_YET = {"4999"}
NO = {**ENDS, **SECOND_LOOK}
NOT_PAID = "not_paid"
"""No word of Safaricom's: what we call a statement's silence."""

LIVE = {"sending", "prompted", "unknown"}
BLOCKS = {"amount_mismatch", "contradicted", "receipt_taken", "reversed_externally", "needs_review"}
WEIGHT = {"query": -1, "c2b": 0, "callback": 1, "pull": 2, "statement": 3}
"""Whose word on an amount holds."""


@dataclass
class _Try:
    """One attempt: its deliveries by kind, and what is concluded."""

    n: int
    amount: int
    news: dict[str, list[Delivery]]
    status: str = ""
    won_at: int | None = None
    first_news_at: int = 0
    won_by_callback: bool = False
    receipts: list[str] = field(default_factory=list)
    """Believed ones, the first one counts."""

    lost_at: int | None = None
    failure: str | None = None
    taken: bool = False

    def of(self, kind: str) -> list[Delivery]:
        return self.news.get(kind, [])


def state(amount: int, shortcode: str, reference: str, deliveries: Sequence[Delivery]) -> dict[str, Any]:
    """Status, flags, credits as (receipt, amount), attempts' statuses and failure codes, and whether goods may go."""
    known = _belonging(shortcode, reference, deliveries)
    shown = _without_lateness(amount, shortcode, reference, known)
    flags = shown["flags"] | ({"late_success"} if _late(amount, shortcode, reference, known, shown) else set())
    return {
        "status": shown["status"],
        "flags": sorted(flags),
        "credits": sorted((c["receipt"] or "", c["amount"]) for c in shown["credits"]),
        "attempts": {t.n: t.status for t in shown["tries"]},
        "failures": {t.n: t.failure for t in shown["tries"] if t.failure},
        "safe": shown["status"] == "paid" and not flags & BLOCKS,
    }


def _without_lateness(amount: int, shortcode: str, reference: str, known: Sequence[Delivery]) -> dict[str, Any]:
    tries = _tries(known)
    credits = _credits(tries, [d for d in known if _came_here(d, shortcode, known)])
    back = _money_back(known, {c["receipt"] for c in credits})
    flags = _flags(amount, tries, credits, known, shortcode, reference)
    flags |= {"reversed_externally"} if any(r["external"] and not _lifted(r, known) for r in back) else set()
    status = _status(amount, tries, credits, sum(r["amount"] for r in back), known)
    return {"status": status, "flags": flags, "credits": credits, "tries": tries}


# --- whose money it is ----------------------------------------------------------------------------------------


def _belonging(shortcode: str, reference: str, deliveries: Sequence[Delivery]) -> list[Delivery]:
    """All but money that nothing connects with this payment: neither its reference, nor a person, nor its receipt."""
    money = [d for d in deliveries if d["kind"] == "money"]
    rest = [d for d in deliveries if d["kind"] != "money"]
    mine = {d["receipt"] for d in money if d["assigned"] or d.get("direct") or _carries(d, shortcode, reference)}
    mine |= {t.receipts[0] for t in _tries(rest) if t.receipts and not t.taken}
    return rest + [d for d in money if d["receipt"] in mine]


def _came_here(d: Delivery, shortcode: str, known: Sequence[Delivery]) -> bool:
    """Money at another shortcode is another's, unless a person gave it to this payment."""
    return d["kind"] != "money" or d["shortcode"] == shortcode or d["assigned"] or d["receipt"] in _given(known)


def _given(known: Sequence[Delivery]) -> set[str]:
    return {d["receipt"] for d in known if d["kind"] == "given"}


def _carries(money: Delivery, shortcode: str, reference: str) -> bool:
    return money["shortcode"] == shortcode and _plain(money["reference"]) == _plain(reference)


def _plain(reference: str) -> str:
    return "".join(reference.split()).upper()


# --- what an attempt's deliveries prove -----------------------------------------------------------------------


def _tries(known: Sequence[Delivery]) -> list[_Try]:
    found = {}
    for begun in sorted((d for d in known if d["kind"] == "begun"), key=lambda d: d["said"]):
        if begun["n"] not in found:
            mine: dict[str, list[Delivery]] = {}
            for d in sorted((d for d in known if d.get("n") == begun["n"]), key=lambda d: (d["said"], d["name"])):
                mine.setdefault(d["kind"], []).append(d)
            found[begun["n"]] = _judged(_Try(begun["n"], begun["amount"], mine), known)
    return [found[n] for n in sorted(found)]


def _judged(one: _Try, known: Sequence[Delivery]) -> _Try:
    _look_for_success(one)
    if one.won_at is None:
        _look_for_failure(one)
    one.taken = any(not _lifted(d, known) for d in one.of("taken"))
    one.status = _try_status(one)
    if one.status == "refused":
        cause = (one.of("refused") + one.of("not_sent"))[0]["cause"]
        one.failure = "mpesa_unavailable" if cause == "sender_stopped" else cause
    return one


def _look_for_success(one: _Try) -> None:
    """A callback that may count: alone, or from when a query agrees. Or two queries ten seconds apart."""
    moments = []
    for told in one.of("callback"):
        at = _valid_from(told, one)
        if at is not None:
            moments.append((at, told["learned"], True))
    zeros = [q for q in one.of("query") if q["code"] == "0"]
    moments += [(at, first, False) for at, first in _asked_apart(zeros, 10_000)[:1]]
    if moments:
        one.won_at = min(at for at, _, _ in moments)
        one.first_news_at = min(first for _, first, _ in moments)
        one.won_by_callback = any(by_callback for _, _, by_callback in moments)
    believed = [c for c in one.of("callback") if c["listed"] and _valid_from(c, one) is not None]
    one.receipts = list(dict.fromkeys(c["receipt"] for c in sorted(believed, key=_by_completion)))


def _by_completion(told: Delivery) -> tuple[int, str]:
    return told["done"] or 0, told["receipt"]


def _valid_from(told: Delivery, one: _Try) -> int | None:
    """When this callback proved success; None if it does not."""
    if told["code"] != "0" or told["receipt"] is None or told["amount"] != one.amount:
        return None
    return _counts_from(told, one, alone=True)


def _counts_from(told: Delivery, one: _Try, *, alone: bool) -> int | None:
    """When the callback began to count: at once if it may stand alone, else with the first query that agrees."""
    right_ids = told["ids"] in [d["ids"] for d in one.of("accepted")]
    if alone and right_ids and told["listed"] and not told["confirm"]:
        return int(told["learned"])
    agreeing = [q["learned"] for q in one.of("query") if _same_prompt_same_word(q, told)]
    if agreeing and (right_ids or told["listed"]):
        return int(max(told["learned"], min(agreeing)))
    return None


def _same_prompt_same_word(query: Delivery, told: Delivery) -> bool:
    if not told["ids"][0] or query["checkout"] != told["ids"][0]:
        return False
    if query["code"] in NO and told["code"] in NO:
        return True
    return query["code"] == told["code"] and query["code"] not in NOT_YET


def _asked_apart(queries: Sequence[Delivery], least: int) -> list[tuple[int, int]]:
    """When two questions about one prompt, asked so far apart, were both answered; and the first of them."""
    return sorted(
        (max(a["learned"], b["learned"]), min(a["learned"], b["learned"]))
        for a in queries
        for b in queries
        if b["said"] - a["said"] >= least and a["checkout"] == b["checkout"]
    )


def _look_for_failure(one: _Try) -> None:
    """Somebody said no, in words that we know, and nobody's single yes stands against it unanswered."""
    noes = [q for q in one.of("query") if q["code"] in NO]
    for yes in (q for q in one.of("query") if q["code"] == "0"):
        if not any(no["said"] > yes["said"] for no in noes):
            return
    ends = [(q["learned"], q["code"]) for q in noes if q["code"] in ENDS]
    ends += [
        (max(a["learned"], b["learned"]), b["code"])
        for a in noes
        for b in noes
        if b["said"] - a["said"] >= 20_000 and a["checkout"] == b["checkout"]
    ]
    for told in one.of("callback"):
        at = _no_from(told, one)
        ends += [] if at is None else [(at, told["code"])]
    ends += [(d["learned"], NOT_PAID) for d in one.of("unlisted")]
    if ends:
        one.lost_at, code = min(ends)
        one.failure = NOT_PAID if code == NOT_PAID else NO.get(code, "mpesa_declined")


def _no_from(told: Delivery, one: _Try) -> int | None:
    """When this callback ended the attempt. 1036 and 9999, and codes on no list, want a query that agrees."""
    if told["code"] == "0" or told["receipt"] or told["code"] in NOT_YET:
        return None
    return _counts_from(told, one, alone=told["code"] in {*ENDS, "1037"})


def _try_status(one: _Try) -> str:
    if one.won_at is not None:
        return "succeeded"
    if one.lost_at is not None:
        return "failed"
    somebody_spoke = one.of("accepted") or one.of("callback") or one.of("query")
    if (one.of("refused") or one.of("not_sent")) and not somebody_spoke:
        return "refused"
    passed = {d["deadline"] for d in one.of("timer")}
    if "answer" in passed:
        return "unresolved"
    if one.of("accepted"):
        return "prompted"
    may_have_left = one.of("lost") or one.of("callback") or one.of("unreadable") or "send_window" in passed
    return "unknown" if may_have_left else "sending"


# --- credits --------------------------------------------------------------------------------------------------


def _credits(tries: Sequence[_Try], known: Sequence[Delivery]) -> list[dict[str, Any]]:
    """One for each receipt; one without for each success whose receipt nobody told and nothing can stand in for."""
    by_receipt: dict[str, dict[str, Any]] = {}
    for d in known:
        if d["kind"] == "money":
            _tell(by_receipt, d["receipt"], d["by"], d["amount"], d["learned"], d["learned"])
    winners = [t for t in tries if t.won_at is not None and not t.taken]
    for t in winners:
        if t.receipts:
            _tell(by_receipt, t.receipts[0], "callback", t.amount, t.won_at or 0, t.first_news_at)["n"] = t.n
    nameless = []
    for t in (t for t in winners if not t.receipts):
        fitting = [r for r, c in sorted(by_receipt.items()) if "n" not in c and _amount(c) == t.amount]
        if fitting:
            _tell(by_receipt, fitting[0], "query", t.amount, t.won_at or 0, t.first_news_at)["n"] = t.n
        else:
            nameless.append({"receipt": None, "amount": t.amount, "n": t.n, "at": t.won_at, "first": t.first_news_at})
    named = [{**c, "receipt": r, "amount": _amount(c)} for r, c in by_receipt.items()]
    return named + nameless


def _tell(
    by_receipt: dict[str, dict[str, Any]], receipt: str, by: str, amount: int, at: int, first: int
) -> dict[str, Any]:
    """Somebody tells of a receipt: believed from `at` on, first heard of at `first`."""
    credit = by_receipt.setdefault(receipt, {"told": [], "at": at, "first": first})
    credit["told"].append((WEIGHT[by], amount))
    credit.update(at=min(credit["at"], at), first=min(credit["first"], first))
    return credit


def _amount(credit: Mapping[str, Any]) -> int:
    return int(max(credit["told"])[1])


def _money_back(known: Sequence[Delivery], credited: set[Any]) -> list[Delivery]:
    """Returns of receipts that are credited here; one told twice is one."""
    back = {(d["receipt"], d["under"]): d for d in known if d["kind"] == "returned" and d["receipt"] in credited}
    return list(back.values())


# --- the payment ----------------------------------------------------------------------------------------------


def _status(
    amount: int, tries: Sequence[_Try], credits: Sequence[Mapping[str, Any]], back: int, known: Sequence[Delivery]
) -> str:
    received = sum(c["amount"] for c in credits)
    if received and back:
        return "refunded" if back >= received else "partially_refunded"
    if received >= amount:
        return "paid"
    if any(t.status in LIVE for t in tries):
        return "pending"
    credited = {c.get("n") for c in credits}
    if any(t.status == "unresolved" or (t.status == "succeeded" and t.n not in credited) for t in tries):
        return "unresolved"
    if received:
        return "open"
    if any(d["kind"] == "cancelled" for d in known):
        return "cancelled"
    if any(d["kind"] == "timer" and d["deadline"] == "expiry" for d in known):
        return "expired"
    return "failed" if tries else "open"


def _flags(
    amount: int,
    tries: Sequence[_Try],
    credits: Sequence[Mapping[str, Any]],
    known: Sequence[Delivery],
    shortcode: str,
    reference: str,
) -> set[str]:
    flags = _sums(amount, [c["amount"] for c in credits])
    flags |= {"receipt_pending"} if any(c["receipt"] is None for c in credits) else set()
    flags |= {"receipt_taken"} if any(t.taken for t in tries) else set()
    doubts = {
        "amount_mismatch": _other_amounts(tries, known),
        "contradicted": [d for t in tries for d in _denials(t)] + _shared_receipts(tries),
        "needs_review": _to_look_at(tries, known, shortcode, reference) + _decided_too_early(credits, known),
    }
    return flags | {flag for flag, found in doubts.items() if any(not _lifted(d, known) for d in found)}


def _sums(amount: int, amounts: Sequence[int]) -> set[str]:
    if 0 < sum(amounts) < amount:
        return {"partially_paid"}
    if len(amounts) > 1 and max(amounts) >= amount:
        return {"duplicate_payment"}
    return {"overpaid"} if sum(amounts) > amount else set()


def _impossible(told: Delivery, one: _Try) -> bool:
    """It claims success and cannot be one: another amount, no receipt, or ids that are neither ours nor confirmed."""
    if told["code"] != "0":
        return False
    if told["receipt"] is None or told["amount"] != one.amount:
        return True
    pushed = [d["ids"] for d in one.of("accepted")]
    confirmed = told["listed"] and any(_same_prompt_same_word(q, told) for q in one.of("query"))
    return bool(pushed) and told["ids"] not in pushed and not confirmed


def _other_amounts(tries: Sequence[_Try], known: Sequence[Delivery]) -> list[Delivery]:
    found = [d for t in tries for d in t.of("callback") if _impossible(d, t) and d["amount"] not in (None, t.amount)]
    called = {t.receipts[0]: t.amount for t in tries if t.receipts}
    for receipt in {d["receipt"] for d in known if d["kind"] == "money"}:
        told = [d for d in known if d["kind"] == "money" and d["receipt"] == receipt]
        amounts = {d["amount"] for d in told} | ({called[receipt]} if receipt in called else set())
        found += told if len(amounts) > 1 else []
    return found


def _denials(one: _Try) -> list[Delivery]:
    """A no after the yes, a trusted no against queries alone, one with a receipt, two receipts, a statement without it.

    And a listed yes that lacks nothing but a query, when the attempt ends with a no, or with another receipt.
    """
    found = [d for d in one.of("callback") if d["code"] != "0" and d["receipt"]]
    told_in_full = [d for d in one.of("callback") if d["code"] == "0" and d["listed"] and not _impossible(d, one)]
    if one.won_at is None:
        return found + (told_in_full if one.lost_at is not None else [])
    found += one.of("unlisted")
    found += [d for d in told_in_full if one.receipts and d["receipt"] not in one.receipts]
    found += [q for q in one.of("query") if q["code"] in NO and q["said"] > one.won_at]
    for told in one.of("callback"):
        at = _no_from(told, one)
        trusted = told["listed"] and not told["confirm"] and told["ids"] in [d["ids"] for d in one.of("accepted")]
        if at is not None and (told["learned"] > one.won_at or (trusted and not one.won_by_callback)):
            found.append(told)
    return found + (one.of("callback") if len(one.receipts) > 1 else [])


def _shared_receipts(tries: Sequence[_Try]) -> list[Delivery]:
    """Two attempts of one payment cannot have been paid by one receipt."""
    first = [t.receipts[0] for t in tries if t.receipts]
    return [d for t in tries if t.receipts and first.count(t.receipts[0]) > 1 for d in t.of("callback")]


def _to_look_at(tries: Sequence[_Try], known: Sequence[Delivery], shortcode: str, reference: str) -> list[Delivery]:
    found = [d for d in known if d["kind"] in ("review", "contested")]
    found += [d for d in known if d["kind"] == "callback" and d["n"] not in {t.n for t in tries}]
    for t in tries:
        found += [d for d in t.of("callback") if _impossible(d, t)]
        found += t.of("unreadable") if t.won_at is None and t.lost_at is None else []
        found += t.of("accepted") if _push_denies_confirmed_ids(t) else []
    return found + [
        d
        for d in known
        if d["kind"] == "money"
        and not d["assigned"]
        and d["receipt"] not in _given(known)
        and (d["shortcode"] != shortcode or _plain(d["reference"]) not in ("", _plain(reference)))
    ]


def _decided_too_early(credits: Sequence[Mapping[str, Any]], known: Sequence[Delivery]) -> list[Delivery]:
    """A person's last word was that it is for nobody, and it pays here; or it was given away, and may be what paid."""
    words = [d for d in known if d["kind"] == "aside"]
    last = [d for d in words if d["turn"] == max(w["turn"] for w in words if w["receipt"] == d["receipt"])]
    paying = {c["receipt"] for c in credits}
    nameless = {c["amount"] for c in credits if c["receipt"] is None}
    found = [d for d in last if d["aside"] and d["receipt"] in paying]
    return found + [d for d in known if d["kind"] == "elsewhere" and d["amount"] in nameless]


def _push_denies_confirmed_ids(one: _Try) -> bool:
    pushed = [d["ids"] for d in one.of("accepted")]
    confirmed = [
        d["ids"]
        for d in one.of("callback")
        if d["listed"] and any(_same_prompt_same_word(q, d) for q in one.of("query"))
    ]
    return bool(pushed) and any(ids not in pushed for ids in confirmed)


def _lifted(d: Delivery, known: Sequence[Delivery]) -> bool:
    """A person looked at it and let it go."""
    return any(k["kind"] == "corrected" and d["name"] in k["lifts"] for k in known)


# --- lateness -------------------------------------------------------------------------------------------------


def _late(amount: int, shortcode: str, reference: str, known: Sequence[Delivery], shown: Mapping[str, Any]) -> bool:
    """When money was first told of, or believed, the payment or the very attempt stood as ended."""
    for credit, at in [(c, c[moment]) for c in shown["credits"] for moment in ("at", "first")]:
        earlier = [d for d in known if d["learned"] < at]
        then = _without_lateness(amount, shortcode, reference, earlier)
        failed = any(t.n == credit.get("n") and t.status == "failed" for t in then["tries"])
        if failed or then["status"] in ("failed", "cancelled", "expired"):
            return True
    return False
