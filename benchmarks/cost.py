"""What AWS asks for a thousand paid payments: measured units times a price list. Prints tables for docs/operations.md.

Counted: requests, writes, reads, events, stream records, lines of the log. Assumed, since no machine of ours can show
it: how long functions run on Lambda. Every price stands once, in PRICES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.capacity import POLLS, Life, measured
from benchmarks.figures import Figure, at_most

COMMAND = "python -m benchmarks.cost"
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
    "log": Price("CloudWatch log, taken in", 0.50, 10**9, "GB"),
    "out": Price("data to the internet", 0.09, 10**9, "GB"),
    "metric": Price("CloudWatch metric of our own, a month", 0.30, 1, "1"),
    "alarm": Price("CloudWatch alarm, each metric it watches, a month", 0.10, 1, "1"),
    "key": Price("KMS key, a month", 1.00, 1, "1"),
    "stored": Price("DynamoDB storage with its backup, GB-month", 0.45, 1, "1"),
}

MEMORY_GB = 0.5
"""Of every function; MemorySize in the template."""

SECONDS = {"stk_initiation": 0.9, "callback_intake": 0.015, "payments_api": 0.010, "publish_events": 0.025}
"""Assumed length of a call on Lambda. stk_initiation waits for Safaricom; the others for DynamoDB."""

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
    streamed = life.stream_records
    calls = requests + streamed
    seconds = SECONDS["stk_initiation"] + SECONDS["callback_intake"]
    seconds += POLLS * SECONDS["payments_api"] + streamed * SECONDS["publish_events"]
    logged = calls * PLATFORM_LINES_BYTES + life.lines * LINE_BYTES + requests * ACCESS_LINE_BYTES
    whole = life.whole
    return [
        Line("requests", f"1 payment, 1 callback, {POLLS} polls", requests, PRICES["api"]),
        Line("function calls", f"{requests} requests, {streamed} stream records, each alone", calls, PRICES["call"]),
        Line("function time", f"{seconds:.3f} s at {MEMORY_GB} GB", seconds * MEMORY_GB, PRICES["time"]),
        Line(
            "writes",
            f"{whole.writes} base writes: {whole.write_units} units, indexes {whole.index_units}",
            whole.all_write_units,
            PRICES["write"],
        ),
        Line("reads", f"{whole.reads} items, {POLLS} of them for polls", whole.read_units, PRICES["read"]),
        Line("events", "as told to the bus", life.events, PRICES["event"]),
        Line("logs", f"{calls} calls, {life.lines} lines of ours, {requests} access lines", logged, PRICES["log"]),
        Line("answers", f"{requests} of {ANSWER_BYTES} bytes", requests * ANSWER_BYTES, PRICES["out"]),
    ]


def total(lines: Iterable[Line]) -> float:
    """Dollars for a thousand payments."""
    return sum(line.dollars for line in lines)


def _rows(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    line: Callable[[tuple[str, ...]], str] = lambda cells: f"| {' | '.join(cells)} |"  # noqa: E731  one word for it
    return "\n".join([line(headings), line(("---",) * len(headings)), *map(line, rows)])


def bill_table(lines: list[Line]) -> str:
    """The bill in Markdown."""
    rows = [(line.what, line.how, f"{line.units:g} × {line.price.unit}", f"{line.dollars:.5f}") for line in lines]
    last = ("**sum**", "", "", f"**{total(lines):.4f}**")
    return _rows(("what", "how it comes about", "for one payment", "$ for 1,000"), [*rows, last])


def price_table() -> str:
    """The prices in Markdown."""
    return _rows(("unit", "$", "for"), [(one.unit, f"{one.dollars:g}", one.per_text) for one in PRICES.values()])


def figures() -> list[Figure]:
    """The figure of the table."""
    dollars = total(bill(measured("five polls")))
    what = f"AWS for {PAYMENTS:,} paid payments, {POLLS} polls each"
    return [at_most(what, dollars, DOLLARS_MAX, COMMAND, unit=" $", digits=4)]


def main() -> None:
    """Print both tables."""
    print(price_table() + "\n\n" + bill_table(bill(measured("five polls"))))


if __name__ == "__main__":
    main()
