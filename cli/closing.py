"""Explain a difference of a compared day, close the day, open it again: over the gateway's own API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cli.failure import Exit, Failure
from cli.output import Output
from cli.payments import Api
from cli.reconcile import day_in, show_day

DAYS = "/v1/reconciliation/days"


def resolve(
    api: Api,
    output: Output,
    day: str,
    shortcode: str | None,
    lines: Sequence[str],
    note: str,
    kind: str | None = None,
) -> Exit:
    """Say how differences are explained. FOUND: others are open still.

    lines: by their number, M-Pesa's code or id. kind: in their place, all open lines of it.
    """
    if bool(lines) is bool(kind):
        look = f"look: reconcile {_named(day, shortcode)}"
        raise Failure(Exit.USAGE, "It is not said what is explained", "name lines, or --all KIND, one of them", look)
    named = day_in(api, day)
    if kind is None and len(lines) == 1:
        return _resolve_one(api, output, named, shortcode, lines[0], note)
    wanted: dict[str, Any] = {"kind": kind, "note": note}
    if kind is None:
        found = api.call("GET", f"{DAYS}/{named}", params=_of(shortcode))
        wanted = {
            "lines": [_line(found["lines"], line, _named(named, shortcode))["id"] for line in lines],
            "note": note,
        }
    explained = 0
    while True:
        after = api.call("POST", f"{DAYS}/{named}/resolve", params=_of(shortcode), json=wanted)
        explained += after["explained"]
        if not after["left"] or not after["explained"]:
            break
        output.progress(f"{explained:,} explained, {after['left']:,} left")
    left, code = after["day"]["open_count"], after["day"]["shortcode"]
    shown = {"day": named, "shortcode": code, "explained": explained, "note": note if explained else ""}
    nothing = "" if explained else f"Nothing was explained: {code} has no such line that is open. "
    output.result(shown | {"state": after["day"]["state"], "open": left}, note=nothing + _open(left))
    return Exit.FOUND if left else Exit.DONE


def _resolve_one(api: Api, output: Output, named: str, shortcode: str | None, line: str, note: str) -> Exit:
    found = api.call("GET", f"{DAYS}/{named}", params=_of(shortcode))
    meant = _line(found["lines"], line, _named(named, shortcode))
    after = api.call(
        "POST",
        f"{DAYS}/{named}/lines/{meant['n']}/resolve",
        params=_of(shortcode),
        json={"line": meant["id"], "note": note},
    )
    shown = {"day": named, "line": meant["id"], "kind": meant["kind"], "receipt": meant["receipt"], "note": note}
    output.result(shown | {"state": after["state"], "open": after["open_count"]}, note=_open(after["open_count"]))
    return Exit.FOUND if after["open_count"] else Exit.DONE


def _open(count: int) -> str:
    lines = "1 line is" if count == 1 else f"{count:,} lines are"
    return f"{lines} open still." if count else "Nothing is left to look at."


def close_day(
    api: Api, output: Output, day: str, shortcode: str | None, note: str | None, *, accept_incomplete: bool
) -> Exit:
    """Show the day and close it as it was shown. FOUND: a line is open, so it was not closed."""
    named = day_in(api, day)
    found = api.call("GET", f"{DAYS}/{named}", params=_of(shortcode))
    if not output.as_json and found["run_at"]:
        show_day(found, output)
    if found["open_count"]:
        how = f"resolve {_named(named, shortcode)} <n> --note …, or many at once with --all <kind>"
        words = f"\nNot closed. Open lines: {found['open_count']}. Explain them: {how}"
        output.line(found, words)
        return Exit.FOUND
    wanted = {"outcome": found["outcome"], "note": note, "accept_incomplete": accept_incomplete}
    body = {name: value for name, value in wanted.items() if value}
    closed = api.call("POST", f"{DAYS}/{named}/close", params=_of(shortcode), json=body)
    output.line(
        closed, f"\nClosed. Its sums stay: ours {closed['ours']['sum']:,}, M-Pesa's {closed['mpesa']['sum']:,}."
    )
    return Exit.DONE


def reopen_day(api: Api, output: Output, day: str, shortcode: str | None, reason: str) -> Exit:
    """Open a closed day again."""
    named = day_in(api, day)
    opened = api.call("POST", f"{DAYS}/{named}/reopen", params=_of(shortcode), json={"reason": reason})
    output.line(opened, f"{named} is open, and {opened['state']}. It is compared anew within half an hour.")
    return Exit.DONE


def _named(day: str, shortcode: str | None) -> str:
    """The day as another command must name it: of the same shortcode."""
    return f"{day} --shortcode {shortcode}" if shortcode else day


def _of(shortcode: str | None) -> dict[str, str]:
    return {"shortcode": shortcode} if shortcode else {}


def _line(lines: Sequence[Mapping[str, Any]], told: str, named: str) -> Mapping[str, Any]:
    """The one line that is meant. named: the day, as a command takes it. Raises Failure."""
    meant = [line for line in lines if told in (str(line["n"]), line["receipt"], line["id"])]
    if len(meant) == 1:
        return meant[0]
    why = "no line has it" if not meant else "lines " + ", ".join(str(line["n"]) for line in meant) + " have it"
    day = named.partition(" ")[0]
    look = f"look: reconcile {named}; then name one by its number"
    raise Failure(Exit.USAGE, f"{told} names no single line of {day}", why, look)
