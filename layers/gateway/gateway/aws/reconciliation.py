"""Compared days in DynamoDB: the outcome of a day, its lines in items beside it, and the plan of the runs.

| item  | `pk`                                           | own attributes                    | indexes | TTL   |
|-------|------------------------------------------------|-----------------------------------|---------|-------|
| day   | RECON#<owner>#<shortcode>#<day>                | state, source, complete, run_at,  | by_day  | never |
|       |                                                | ours, mpesa, both, not_judged,    |         |       |
|       |                                                | fees, line_count, lines_key,      |         |       |
|       |                                                | version                           |         |       |
| lines | RECON#<owner>#<shortcode>#<day>#<key>#<part>   | lines                             | none    | never |
| plan  | RECON#                                         | began, steps, tried, version      | none    | never |

A day's key in `by_day` is RECON#<owner>#<shortcode>, sorted by <day>. Sides are [count, shillings]. A line is a list:
kind, receipt, payment, ours, M-Pesa's, at, action, payment of the proposal, why, certain, settled. A hundred lines lie
in one item, at most some 30 KB; their key follows from what they say, so an equal run writes nothing new. tried: how
often a step was begun that did not end. Examples:

  RECON#shop#174379#2026-03-01  {"state": "differences", "ours": [201, 171200], "mpesa": [203, 172900], "line_count": 4,
                                 "lines_key": "5f0c92aa7b21e6d4", "complete": true, "version": 2, …}
  RECON#                        {"began": 1772503200000, "steps": ["compare#174379#2026-03-01#shop"], "version": 9}
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.aws import items
from gateway.aws.table import Expression, Path, Table
from gateway.aws.values import Item
from gateway.domain.facts import Source
from gateway.domain.reconciliation.compare import Action, Line, LineKind, Proposal, Side
from gateway.domain.reconciliation.day import DayRecord, DayState, Plan, PlannedStep

RECON = "RECON#"
LINES_TOGETHER = 100
DAYS_MAX = 31


class DynamoReconciliations:
    """The Reconciliations port over the one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read_day(self, owner: str, shortcode: str, day: str, /) -> DayRecord | None:
        """One consistent read."""
        item = self._table.read(_key(owner, shortcode, day))
        return day_from_item(item) if item else None

    def list_days(self, owner: str, shortcode: str, month: str, /) -> tuple[DayRecord, ...]:
        """By the index, then read together."""
        expression = Expression()
        sort = expression.path(("day_sort",))
        first, last = expression.value(f"{month}-01"), expression.value(f"{month}-31")
        clauses = [expression.equals("day_key", f"{RECON}{owner}#{shortcode}"), f"{sort} BETWEEN {first} AND {last}"]
        entries = self._table.query("by_day", clauses, expression, DAYS_MAX, newest_first=False)
        keys = [entry["pk"]["S"] for entry in entries]
        found = self._table.read_together(keys)
        return tuple(day_from_item(found[key]) for key in keys if key in found)

    def keep_lines(self, record: DayRecord, lines: tuple[Line, ...], /) -> None:
        """A write for a hundred."""
        for part, first in enumerate(range(0, len(lines), LINES_TOGETHER)):
            stored = [_stored_line(line) for line in lines[first : first + LINES_TOGETHER]]
            self._table.put(items.packed({"pk": _lines_key(record, part), "lines": stored}))

    def read_lines(self, record: DayRecord, /) -> tuple[Line, ...]:
        """Read together."""
        keys = [_lines_key(record, part) for part in range(-(-record.line_count // LINES_TOGETHER))]
        found = self._table.read_together(keys)
        return tuple(_line(stored) for key in keys for stored in items.unpacked(found[key])["lines"])

    def save_day(self, before: DayRecord | None, after: DayRecord, /) -> bool:
        """One write."""
        key = _key(after.owner, after.shortcode, after.day)
        values = {
            "state": str(after.state),
            "source": str(after.source),
            "complete": after.complete,
            "run_at": after.run_at_ms,
            "ours": _stored_side(after.ours),
            "mpesa": _stored_side(after.mpesa),
            "both": _stored_side(after.both),
            "not_judged": _stored_side(after.not_judged),
            "fees": after.fees_kes,
            "line_count": after.line_count,
            "lines_key": after.lines_key,
            "version": after.version,
            "day_key": f"{RECON}{after.owner}#{after.shortcode}",
            "day_sort": after.day,
        }
        changed: dict[Path, Any] = {(name,): value for name, value in values.items()}
        conflict = self._table.change(key, changed, {"version": before.version if before else None})
        return conflict is None or (
            conflict.retried and self.read_day(after.owner, after.shortcode, after.day) == after
        )

    def read_plan(self) -> Plan:
        """One consistent read."""
        item = self._table.read(RECON)
        if item is None:
            return Plan()
        values = items.unpacked(item)
        tried = values.get("tried", {})
        steps = tuple(replace(PlannedStep.read(step), tries=tried.get(step, 0)) for step in values["steps"])
        return Plan(values["began"], steps, values["version"])

    def save_plan(self, before: Plan, after: Plan, /) -> bool:
        """One write."""
        changed: dict[Path, Any] = {
            ("began",): after.began_ms,
            ("steps",): [str(step) for step in after.steps],
            ("tried",): {str(step): step.tries for step in after.steps if step.tries},
            ("version",): after.version,
        }
        conflict = self._table.change(RECON, changed, {"version": before.version or None})
        return conflict is None or (conflict.retried and self.read_plan() == after)


def _key(owner: str, shortcode: str, day: str) -> str:
    return f"{RECON}{owner}#{shortcode}#{day}"


def _lines_key(record: DayRecord, part: int) -> str:
    return f"{_key(record.owner, record.shortcode, record.day)}#{record.lines_key}#{part:04d}"


def is_day(item: Item) -> bool:
    """Whether it is a compared day, and not its lines or the plan, whose keys begin alike."""
    return "run_at" in item


def day_from_item(item: Item) -> DayRecord:
    """A stored day; also from the old or new image of a stream record."""
    values = items.unpacked(item)
    owner, shortcode, day = values["pk"].removeprefix(RECON).split("#")
    return DayRecord(
        owner=owner,
        shortcode=shortcode,
        day=day,
        state=DayState(values["state"]),
        source=Source(values["source"]),
        complete=values["complete"],
        run_at_ms=values["run_at"],
        ours=Side(*values["ours"]),
        mpesa=Side(*values["mpesa"]),
        both=Side(*values["both"]),
        not_judged=Side(*values["not_judged"]),
        fees_kes=values["fees"],
        line_count=values["line_count"],
        lines_key=values["lines_key"],
        version=values["version"],
    )


def _stored_side(side: Side) -> list[int]:
    return [side.count, side.sum_kes]


def _stored_line(line: Line) -> list[Any]:
    proposed = line.proposed
    return [
        str(line.kind),
        line.receipt,
        line.payment,
        line.ours_kes,
        line.mpesa_kes,
        line.at_ms,
        str(proposed.action),
        proposed.payment,
        list(proposed.why),
        line.certain,
        line.settled,
    ]


def _line(stored: list[Any]) -> Line:
    kind, receipt, payment, ours_kes, mpesa_kes, at_ms, action, meant, why, certain, settled = stored[:11]
    return Line(
        kind=LineKind(kind),
        receipt=receipt,
        payment=payment,
        ours_kes=ours_kes,
        mpesa_kes=mpesa_kes,
        at_ms=at_ms,
        proposed=Proposal(Action(action), tuple(why), meant),
        certain=certain,
        settled=settled,
    )
