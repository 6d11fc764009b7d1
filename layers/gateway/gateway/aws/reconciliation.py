"""Compared days in DynamoDB: the outcome of a day, its lines in items beside it, and the plan of the runs.

| item  | `pk`                                           | own attributes                    | indexes | TTL   |
|-------|------------------------------------------------|-----------------------------------|---------|-------|
| day   | RECON#<owner>#<shortcode>#<day>                | state, source, complete, run_at,  | by_day  | never |
|       |                                                | ours, mpesa, both, not_judged,    |         |       |
|       |                                                | fees, line_count, lines_key, open,|         |       |
|       |                                                | explained, decisions, closings,   |         |       |
|       |                                                | closed_by, closed_at, news,       |         |       |
|       |                                                | version                           |         |       |
| lines | RECON#<owner>#<shortcode>#<day>#<key>#<part>   | lines                             | none    | never |
| said  | RECON#<owner>#<shortcode>#<day>#said#<number>  | kind, by, at, note, line          | none    | never |
| plan  | RECON#                                         | began, steps, tried, version      | none    | never |

A day's key in `by_day` is RECON#<owner>#<shortcode>, sorted by <day>. Sides are [count, shillings]. A line is a list:
kind, receipt, payment, ours, M-Pesa's, at, action, payment of the proposal, why, certain, settled. A hundred lines lie
in one item, at most some 30 KB; their key follows from what they say, so an equal run writes nothing new. tried: how
often a step was begun that did not end. said: what a person decided, written once under the next number and never
changed; `decisions` of the day is how many of them count, closings which of them closed and opened it. The line of an
explanation is a list: id, kind, receipt, payment, ours, M-Pesa's. news: found at, ours, M-Pesa's, line count, key of
their lines. Examples:

  RECON#shop#174379#2026-03-01  {"state": "differences", "ours": [201, 171200], "mpesa": [203, 172900], "line_count": 4,
                                 "lines_key": "5f0c92aa7b21e6d4", "complete": true, "version": 2, …}
  RECON#shop#174379#2026-03-01#said#000001  {"kind": "explained", "by": "person_91bc…", "at": 1772503200000,
                                 "note": "Till float", "line": ["line_0c1d…", "unassigned", "SGK77PQ1AB", …]}
  RECON#                        {"began": 1772503200000, "steps": ["compare#174379#2026-03-01#shop"], "version": 9}
"""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import Any

from gateway.aws import items
from gateway.aws.table import Expression, Path, Table
from gateway.aws.values import Item
from gateway.domain.facts import Source
from gateway.domain.reconciliation.compare import Action, Line, LineKind, Proposal, Side
from gateway.domain.reconciliation.day import DayNews, DayRecord, DayState, Plan, PlannedStep
from gateway.domain.reconciliation.decisions import Decision, DecisionKind, NamedLine

RECON, SAID = "RECON#", "#said#"
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
            "open": after.open_count,
            "explained": after.explained_count,
            "decisions": after.decisions,
            "closings": list(after.closings),
            "closed_by": after.closed_by or None,
            "closed_at": after.closed_at_ms or None,
            "news": _stored_news(after.news) if after.news else None,
            "version": after.version,
            "day_key": f"{RECON}{after.owner}#{after.shortcode}",
            "day_sort": after.day,
        }
        changed: dict[Path, Any] = {(name,): value for name, value in values.items()}
        conflict = self._table.change(key, changed, {"version": before.version if before else None})
        return conflict is None or (
            conflict.retried and self.read_day(after.owner, after.shortcode, after.day) == after
        )

    def keep_decision(self, record: DayRecord, decision: Decision, /) -> bool:
        """One write; true also where a first try of ours has done it and its answer was lost."""
        values = {
            "pk": _said_key(record, decision.number),
            "kind": str(decision.kind),
            "by": decision.by,
            "at": decision.at_ms,
            "note": decision.note,
            "line": _stored_name(decision.line) if decision.line else None,
        }
        conflict = self._table.put_if_absent(items.packed(values))
        return conflict is None or (conflict.stored is not None and _decision(conflict.stored) == decision)

    def read_decisions(self, record: DayRecord, /) -> tuple[Decision, ...]:
        """Read together."""
        keys = [_said_key(record, number) for number in range(1, record.decisions + 1)]
        found = self._table.read_together(keys)
        return tuple(_decision(found[key]) for key in keys)

    def read_uncounted(self, record: DayRecord, most: int, /) -> tuple[Decision, ...]:
        """Read together; they end where a number is free."""
        keys = [_said_key(record, number) for number in range(record.decisions + 1, record.decisions + most + 1)]
        found = self._table.read_together(keys)
        return tuple(_decision(found[key]) for key in takewhile(found.__contains__, keys))

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


def _said_key(record: DayRecord, number: int) -> str:
    return f"{_key(record.owner, record.shortcode, record.day)}{SAID}{number:06d}"


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
        decisions=values.get("decisions", 0),
        open_count=values.get("open", 0),
        explained_count=values.get("explained", 0),
        closings=tuple(values.get("closings", ())),
        closed_by=values.get("closed_by", ""),
        closed_at_ms=values.get("closed_at", 0),
        news=_news(values["news"]) if "news" in values else None,
    )


def _stored_news(news: DayNews) -> list[Any]:
    return [news.found_at_ms, _stored_side(news.ours), _stored_side(news.mpesa), news.line_count, news.lines_key]


def _news(stored: list[Any]) -> DayNews:
    found_at_ms, ours, mpesa, line_count, key = stored[:5]
    return DayNews(found_at_ms=found_at_ms, ours=Side(*ours), mpesa=Side(*mpesa), line_count=line_count, lines_key=key)


def _stored_name(line: NamedLine) -> list[Any]:
    return [line.id, str(line.kind), line.receipt, line.payment, line.ours_kes, line.mpesa_kes]


def _decision(item: Item) -> Decision:
    values = items.unpacked(item)
    line = values.get("line")
    return Decision(
        number=int(values["pk"].rpartition("#")[2]),
        kind=DecisionKind(values["kind"]),
        by=values["by"],
        at_ms=values["at"],
        note=values.get("note", ""),
        line=_name(line) if line else None,
    )


def _name(stored: list[Any]) -> NamedLine:
    name, kind, receipt, payment, ours_kes, mpesa_kes = stored[:6]
    return NamedLine(
        id=name, kind=LineKind(kind), receipt=receipt, payment=payment, ours_kes=ours_kes, mpesa_kes=mpesa_kes
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
