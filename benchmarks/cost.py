"""What AWS asks for a thousand paid payments: measured units times a price list.

The tables stand in docs/operations.md; `python -m benchmarks.cost --write` writes them anew.

Counted: requests, writes, reads, events, stream records, lines of the log. Assumed, since no machine of ours can show
it: how long functions run on Lambda. Every price stands once, in PRICES.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.capacity import LIVES, POLLS, Life, measured
from benchmarks.figures import Figure, at_most
from benchmarks.lean import TOP
from gateway.domain.repairs import DAYS_BACK

COMMAND = "python -m benchmarks.cost"
DOCUMENT = TOP / "docs" / "operations.md"
MARKED = "<!-- counted: {} -->\n{}\n<!-- end counted -->"
COUNTED = re.compile(MARKED.format("([a-z]+)", "(.*?)"), re.DOTALL)
DOLLARS_MAX = 0.04
PAYMENTS = 1_000
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """dollars for so many units (`per`). US East (N. Virginia), list, no free tier."""

    unit: str
    dollars: float
    per: int
    per_text: str

    def of(self, units: float) -> float:
        """Dollars."""
        return units * self.dollars / self.per


PRICES: dict[str, Price] = {
    "api": Price("HTTP API request", 1.00, MILLION, "million"),
    "call": Price("Lambda request", 0.20, MILLION, "million"),
    "time": Price("Lambda GB-second, arm64", 13.3334, MILLION, "million"),
    "write": Price("DynamoDB write unit, on demand", 0.625, MILLION, "million"),
    "read": Price("DynamoDB read unit, on demand", 0.125, MILLION, "million"),
    "event": Price("EventBridge custom event", 1.00, MILLION, "million"),
    "log": Price("byte of CloudWatch log, taken in", 0.50, 10**9, "GB"),
    "out": Price("byte to the internet", 0.09, 10**9, "GB"),
    "metric": Price("CloudWatch metric of our own, a month", 0.30, 1, "1"),
    "alarm": Price("CloudWatch alarm, each metric it watches, a month", 0.10, 1, "1"),
    "key": Price("KMS key, a month", 1.00, 1, "1"),
    "stored": Price("DynamoDB storage with its backup, GB-month", 0.45, 1, "1"),
}

MEMORY_GB = 0.5
"""Of the functions that a payment meets; MemorySize in the template."""

SECONDS = {"stk_initiation": 0.9, "callback_intake": 0.015, "payments_api": 0.010, "publish_events": 0.050}
"""Assumed length of a call on Lambda. stk_initiation waits for Safaricom; the others for DynamoDB."""

REPAIR_READS = len(DAYS_BACK) + 4 + 2
"""Read units of the nights: the payment on each day that is gone through, four events once, its receipt and owner."""

PLATFORM_LINES_BYTES, LINE_BYTES, ACCESS_LINE_BYTES = 400, 350, 250
"""Lambda's own lines about a call; a line of ours; API Gateway's line about a request."""

ANSWER_BYTES = 1_500
"""Of one answer of the API, headers included."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill. units: for one payment, of the price's unit."""

    what: str
    how: str
    units: float
    price: Price

    @property
    def dollars(self) -> float:
        """For a thousand payments."""
        return self.price.of(self.units * PAYMENTS)


def bill(life: Life) -> list[Line]:
    """The lines for one paid payment while its page asks five times."""
    requests = 2 + POLLS
    calls = requests + life.batches
    seconds = SECONDS["stk_initiation"] + SECONDS["callback_intake"]
    seconds += POLLS * SECONDS["payments_api"] + life.batches * SECONDS["publish_events"]
    logged = calls * PLATFORM_LINES_BYTES + life.lines * LINE_BYTES + requests * ACCESS_LINE_BYTES
    whole = life.whole
    return [
        Line("requests", f"1 payment, 1 callback, {POLLS} polls", requests, PRICES["api"]),
        Line(
            "function calls",
            f"{requests} requests, {life.stream_records} stream records in {life.batches} batches",
            calls,
            PRICES["call"],
        ),
        Line("function time", f"{seconds:.3f} s at {MEMORY_GB} GB", seconds * MEMORY_GB, PRICES["time"]),
        Line(
            "writes",
            f"{whole.writes} base writes: {whole.write_units} units, indexes {whole.index_units}",
            whole.all_write_units,
            PRICES["write"],
        ),
        Line("reads", f"{whole.reads} items, {POLLS} of them for polls", whole.read_units, PRICES["read"]),
        Line("repair at night", f"{REPAIR_READS} items, once in its life", REPAIR_READS, PRICES["read"]),
        Line("events", "as told to the bus", life.events, PRICES["event"]),
        Line(
            "logs", f"lines: {calls} × Lambda's, {life.lines} × ours, {requests} × API Gateway's", logged, PRICES["log"]
        ),
        Line("answers", f"{requests} of {ANSWER_BYTES} bytes", requests * ANSWER_BYTES, PRICES["out"]),
    ]


def total(lines: Iterable[Line]) -> float:
    """Dollars for a thousand payments."""
    return sum(line.dollars for line in lines)


def markdown(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def bill_table(lines: list[Line]) -> str:
    """The bill."""
    rows = [(line.what, line.how, f"{line.units:g} × {line.price.unit}", f"{line.dollars:.5f}") for line in lines]
    last = ("**sum**", "", "", f"**{total(lines):.4f}**")
    return markdown(("what", "how it comes about", "for one payment", "$ for 1,000"), [*rows, last])


def price_table() -> str:
    """The prices."""
    return markdown(("unit", "$", "for"), [(one.unit, f"{one.dollars:g}", one.per_text) for one in PRICES.values()])


def life_table(lives: Iterable[Life]) -> str:
    """What each kind of life takes from the table."""
    return markdown(
        ("life", "base writes", "reads", "write units, indexes counted", "read units"), map(_life_row, lives)
    )


def _life_row(life: Life) -> tuple[str, ...]:
    whole = life.whole
    units = f"{whole.write_units} + {whole.index_units} = {whole.all_write_units}"
    return life.name, str(whole.writes), str(whole.reads), units, f"{whole.read_units:g}"


def tables() -> dict[str, str]:
    """What the document holds between `<!-- counted: name -->` and `<!-- end counted -->`."""
    return {
        "prices": price_table(),
        "bill": bill_table(bill(measured("five polls"))),
        "lives": life_table(map(measured, LIVES)),
    }


def standing(document: str) -> dict[str, str]:
    """The counted tables of the document's text."""
    return dict(COUNTED.findall(document))


def figures() -> list[Figure]:
    """The figure of the table."""
    dollars = total(bill(measured("five polls")))
    what = f"AWS for {PAYMENTS:,} paid payments, {POLLS} polls each"
    return [at_most(what, dollars, DOLLARS_MAX, COMMAND, unit=" $", digits=4)]


def main() -> None:
    """Print the tables, or write them."""
    made = tables()
    if "--write" not in sys.argv:
        print("\n\n".join(made.values()))
        return
    text = COUNTED.sub(lambda found: MARKED.format(found[1], made[found[1]]), DOCUMENT.read_text(encoding="utf-8"))
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
