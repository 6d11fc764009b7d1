"""Statements in DynamoDB: what became of each, and what those of a shop cover, by shortcode.

| item      | `pk`                     | own attributes                                            | indexes | TTL   |
|-----------|--------------------------|-----------------------------------------------------------|---------|-------|
| statement | STATEMENT#<owner>#<id>   | state, actor, made_at, shortcode, digest, account, from,  | none    | never |
|           |                          | until, proves, why_not, rows, payments, declined, refused,|         |       |
|           |                          | refused_count, done, read_at, problem, version            |         |       |
| proven    | PROVEN#<owner>#<code>    | stretches, version                                        | none    | never |

The file itself lies in S3 for a week (`statement_files.py`). Here stands nobody's name or number: refused rows are
[line, why]. A stretch is [statement, from, until, read at, {day: rows}], at most a hundred. Examples:

  STATEMENT#shop#stm_4b1f…  {"state": "read", "actor": "key_web", "rows": 203, "payments": 201, "done": 203,
                             "refused": [], "from": 1772312400000, "until": 1772398799999, "proves": true, …}
  PROVEN#shop#174379        {"stretches": [["9c5e…", 1772312400000, 1772398799999, 1772430000000, {"2026-03-01": 203}]],
                             "version": 1}
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from gateway.aws import items
from gateway.aws.table import Path, Table
from gateway.domain.reconciliation.proven import Proven, ProvenStretch
from gateway.domain.reconciliation.statement import RefusedRow
from gateway.domain.reconciliation.statement_record import StatementRecord, StatementState

STATEMENT, PROVEN = "STATEMENT#", "PROVEN#"
_NAMES = {"made_at_ms": "made_at", "from_ms": "from", "until_ms": "until", "read_at_ms": "read_at"}
_APART = frozenset({"owner", "id", "state", "refused_rows"})
_PLAIN = tuple(field.name for field in fields(StatementRecord) if field.name not in _APART)
"""Fields that are stored as they are."""


class DynamoStatements:
    """The Statements port over the one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read_statement(self, owner: str, statement: str, /) -> StatementRecord | None:
        """One consistent read."""
        item = self._table.read(f"{STATEMENT}{owner}#{statement}")
        if item is None:
            return None
        values = items.unpacked(item)
        return StatementRecord(
            owner=owner,
            id=statement,
            state=StatementState(values["state"]),
            refused_rows=tuple(RefusedRow(*row[:2]) for row in values["refused"]),
            **{name: values[_NAMES.get(name, name)] for name in _PLAIN},
        )

    def save_statement(self, before: StatementRecord | None, after: StatementRecord, /) -> bool:
        """One write; true also where a first try of ours has done it and its answer was lost."""
        changed: dict[Path, Any] = {(_NAMES.get(name, name),): getattr(after, name) for name in _PLAIN}
        changed[("state",)] = str(after.state)
        changed[("refused",)] = [[row.line, row.why] for row in after.refused_rows]
        key = f"{STATEMENT}{after.owner}#{after.id}"
        conflict = self._table.change(key, changed, {"version": before.version if before else None})
        return conflict is None or (conflict.retried and self.read_statement(after.owner, after.id) == after)

    def read_proven(self, owner: str, shortcode: str, /) -> Proven:
        """One consistent read."""
        item = self._table.read(f"{PROVEN}{owner}#{shortcode}")
        if item is None:
            return Proven(owner=owner, shortcode=shortcode)
        values = items.unpacked(item)
        stretches = tuple(
            ProvenStretch(statement=name, from_ms=from_ms, until_ms=until_ms, read_at_ms=read_at_ms, counts=counts)
            for name, from_ms, until_ms, read_at_ms, counts in (stored[:5] for stored in values["stretches"])
        )
        return Proven(owner=owner, shortcode=shortcode, stretches=stretches, version=values["version"])

    def save_proven(self, before: Proven, after: Proven, /) -> bool:
        """One write."""
        changed: dict[Path, Any] = {
            ("stretches",): [
                [one.statement, one.from_ms, one.until_ms, one.read_at_ms, dict(one.counts)] for one in after.stretches
            ],
            ("version",): after.version,
        }
        key = f"{PROVEN}{after.owner}#{after.shortcode}"
        conflict = self._table.change(key, changed, {"version": before.version or None})
        return conflict is None or (conflict.retried and self.read_proven(after.owner, after.shortcode) == after)
