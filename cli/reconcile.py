"""A day of ours against M-Pesa's list, as an accountant reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from cli.failure import Exit, Failure
from cli.output import Output
from cli.payments import Api
from cli.statement import send_statement, show_statement

DAY = re.compile(r"\d{4}-\d\d-\d\d")
EAT = timezone(timedelta(hours=3))
DOES = {
    "assign": "assign",
    "refund": "give back",
    "take_in": "take in",
    "wait_for_statement": "wait for the statement",
    "book_on_other_day": "belongs to the other day",
    "book_on_open_day": "book it on an open day",
    "look": "look",
}
NOT_AGAIN = "ask M-PESA, do not send it again"
OF_MONEY_OUT = ("paid_out", "payout_not_in_statement")
COLUMNS = ("n", "kind", "receipt", "ours", "M-Pesa", "at", "payment", "propose", "why")


def reconcile(api: Api, output: Output, day: str, shortcode: str | None, statement: Path | None = None) -> Exit:
    """Compare a day and show it. day: like 2026-03-01, today or yesterday. statement: a file to be taken in first.

    FOUND: there are differences, or money of ours that M-Pesa's list cannot be asked about. Of a day that is not over
    the list simply lacks the last minutes: that is nothing to look into. A closed day is not compared but shown; FOUND
    then: something came since.
    """
    body = {"day": day_in(api, day)} | ({"shortcode": shortcode} if shortcode else {})
    sent = send_statement(api, output, statement) if statement else None
    if sent is not None:
        body = {"shortcode": sent["shortcode"], **body, "source": "statement"}
    try:
        found = api.call("POST", "/v1/reconciliation/runs", json=body)
    except Failure as failure:
        if failure.problem != "day_closed":
            raise
        named = {"shortcode": body["shortcode"]} if "shortcode" in body else {}
        found = api.call("GET", f"/v1/reconciliation/days/{body['day']}", params=named)
    if output.as_json:
        output.result(found | ({"statement": sent} if sent else {}))
    else:
        if sent is not None:
            show_statement(sent, output)
        show_day(found, output)
    if found["state"] == "closed":
        return Exit.FOUND if found["news"] else Exit.DONE
    missing = found["not_judged"]["count"] and not _goes_on(found)
    return Exit.FOUND if found["state"] == "differences" or missing else Exit.DONE


def _goes_on(found: Mapping[str, Any]) -> bool:
    """Whether the day was not over in Nairobi when it was compared."""
    return found["run_at"] is not None and _moment(found["run_at"]).date().isoformat() <= found["day"]


def day_in(api: Api, told: str) -> str:
    """The day that is meant; today is the gateway's. Raises Failure."""
    if told in ("today", "yesterday"):
        today = date.fromisoformat(api.call("GET", "/v1/reconciliation/days")["data"][0]["day"])
        return (today - timedelta(days=told == "yesterday")).isoformat()
    if not DAY.fullmatch(told):
        raise Failure(
            Exit.USAGE, f"{told} is no day", "a day is like 2026-03-01, today or yesterday, in Nairobi", "name one"
        )
    return told


def show_day(found: Mapping[str, Any], output: Output) -> None:
    """A compared day for people: both sides, each difference, and of a closed day what came since."""
    day = date.fromisoformat(found["day"])
    by = " with the statement" if found["source"] == "statement" else ""
    place = f"{day:%a} {day.day} {day:%B %Y} · {found['shortcode']}"
    print(f"Reconciliation · {place} · compared{by} {_at(found['run_at'])}\n")
    output.rows(_sides(found), ("", "count", "sum"), empty="")
    unseen = found["not_judged"]
    judged = found["difference"] + unseen["sum"]
    lines = "1 line" if len(found["lines"]) == 1 else f"{len(found['lines']):,} lines"
    print(f"\ndifference {judged:,} in {lines}" + _fees(found))
    if any(line["kind"] in OF_MONEY_OUT for line in found["lines"]):
        print("These are sums of what customers paid; what went out is in none of them.")
    if unseen["count"] and not _goes_on(found):
        print(f"not judged: {unseen['count']} of ours, {unseen['sum']:,}: M-Pesa's list is not known for their hours")
    if _goes_on(found):
        waits = f": {unseen['count']} of ours, {unseen['sum']:,}, wait for M-Pesa's list of that time"
        print(f"The day is not over{waits if unseen['count'] else ''}.")
    elif not found["complete"]:
        print("M-Pesa's list does not cover the whole day, so this is not the last word.")
    print()
    output.rows([_line(line) for line in found["lines"]], COLUMNS, empty=_nothing(unseen["count"]))
    if found["closed_by"]:
        print(f"\nClosed {_at(found['closed_at'])} by {found['closed_by']}. Its sums stay.")
    if found["news"]:
        _show_news(found["news"], output)


def _show_news(news: Mapping[str, Any], output: Output) -> None:
    sums = f"ours {news['ours']['sum']:,}, M-Pesa's {news['mpesa']['sum']:,}"
    print(f"\nSince it was closed, found {_at(news['found_at'])}; with it the day would read: {sums}\n")
    output.rows([_line(line) for line in news["lines"]], COLUMNS, empty="The sums alone changed.")


def _nothing(not_judged: int) -> str:
    return "Of what was judged, nothing differs." if not_judged else "Nothing differs."


def _sides(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """Numbers stand under one another."""
    ours, mpesa, both = found["ours"], found["mpesa"], found["both"]
    rest = {
        "only M-Pesa": {name: mpesa[name] - both[name] for name in both},
        "only ours": {name: ours[name] - both[name] for name in both},
    }
    sides = {"ours": ours, "M-Pesa": mpesa, "in both": both, **rest}
    return [{"": name, "count": f"{side['count']:>5,}", "sum": f"{side['sum']:>12,}"} for name, side in sides.items()]


def _fees(found: Mapping[str, Any]) -> str:
    return f" · M-Pesa charged {found['fees']:,}" if found["fees"] else ""


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    proposed = line["proposed"]
    done = f" ({line['resolution']['note']})" if line["resolution"] else ""
    return {
        "n": line["n"],
        "kind": line["kind"] if line["certain"] else f"{line['kind']}?",
        "receipt": line["receipt"],
        "ours": line["ours"],
        "M-Pesa": line["mpesa"],
        "at": _at(line["at"]),
        "payment": line["payment"] or proposed["payment"],
        "propose": (NOT_AGAIN if line["kind"] == "payout_not_in_statement" else _does(proposed["action"])) + done,
        "why": "; ".join(proposed["why"]),
    }


def _does(action: str) -> str:
    return DOES.get(action, action)


def _at(told: str | None) -> str:
    if told is None:
        return "never"
    at = _moment(told)
    return f"{at.day} {at:%b %H:%M:%S}"


def _moment(told: str) -> datetime:
    """In Nairobi."""
    return datetime.strptime(told, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).astimezone(EAT)
