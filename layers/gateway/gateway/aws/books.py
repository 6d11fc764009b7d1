"""M-Pesa's book in DynamoDB: pages of rows as its lists told them, and how far each list is known.

| item | `pk`                                    | own attributes                     | indexes | TTL   |
|------|-----------------------------------------|------------------------------------|---------|-------|
| page | BOOK#<shortcode>#<day>#<source>#<part>  | rows, learned_at                   | by_day  | never |
| mark | PULL#<shortcode>                        | since, complete_until, gaps,       | none    | never |
|      |                                         | version                            |         |       |

The key in `by_day` is BOOK#<shortcode>#<day>, sorted by <source>#<part>. A row is a list: receipt, kind, shillings
(null where they cannot be read, or are not whole), completed at, Safaricom's word for it, the receipt that it takes
back, cents where shillings are not whole; empty ends are left out. Nobody's name or number stands here. A page is one
answer of Safaricom, so at most some 10 KB. The part of a statement's page is <statement>.<place>, of Pull's
<from>.<place>. Examples:

  BOOK#174379#2026-03-02#pull#1772442900000.000000  {"rows": [["SGL31QW9XY", "payment", 1500, 1772442909000,
                                                      "c2b-pay-bill-debit"]], "learned_at": 1772446500000}
  PULL#174379                                       {"since": 1772400000000, "complete_until": 1772446200000,
                                                      "gaps": [], "version": 31}
"""

from __future__ import annotations

from typing import Any

from gateway.aws import items
from gateway.aws.table import Expression, Path, Table
from gateway.domain.facts import Source
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.reconciliation.rows import MpesaRow, RowKind
from gateway.domain.reconciliation.windows import PullMark, Stretch
from gateway.ports.reconciliation import BookPage, BookRows

BOOK, MARK = "BOOK#", "PULL#"


class DynamoBooks:
    """The Books port over the one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read_pull_mark(self, shortcode: str, /) -> PullMark | None:
        """One consistent read."""
        item = self._table.read(MARK + shortcode)
        if item is None:
            return None
        values = items.unpacked(item)
        return PullMark(
            shortcode=shortcode,
            since_ms=values["since"],
            complete_until_ms=values["complete_until"],
            gaps=tuple(Stretch(*gap[:2]) for gap in values["gaps"]),
            version=values["version"],
        )

    def save_pull_mark(self, before: PullMark | None, after: PullMark, /) -> bool:
        """One write; true also where a first try of ours has done it and its answer was lost."""
        changed: dict[Path, Any] = {
            ("since",): after.since_ms,
            ("complete_until",): after.complete_until_ms,
            ("gaps",): [[gap.from_ms, gap.until_ms] for gap in after.gaps],
            ("version",): after.version,
        }
        conflict = self._table.change(MARK + after.shortcode, changed, {"version": before.version if before else None})
        return conflict is None or (conflict.retried and self.read_pull_mark(after.shortcode) == after)

    def keep_page(self, page: BookPage, /) -> None:
        """One write."""
        key = f"{BOOK}{page.shortcode}#{page.day}"
        place = f"{page.source}#{page.part}"
        values = {
            "pk": f"{key}#{place}",
            "rows": [_stored(row) for row in page.rows],
            "learned_at": page.learned_at_ms,
            "day_key": key,
            "day_sort": place,
        }
        self._table.put(items.packed(values))

    def rows_of_day(self, shortcode: str, day: str, limit: int, cursor: str | None, /) -> BookRows:
        """Pages in the order of their places. cursor: the last page's."""
        expression = Expression()
        clauses = [expression.equals("day_key", f"{BOOK}{shortcode}#{day}")]
        if cursor is not None:
            clauses.append(f"{expression.path(('day_sort',))} > {expression.value(cursor)}")
        entries = self._table.query("by_day", clauses, expression, limit + 1, newest_first=False)
        keys = [entry["pk"]["S"] for entry in entries[:limit]]
        found = self._table.read_together(keys)
        rows = [row for key in keys if key in found for row in _rows(items.unpacked(found[key]))]
        return BookRows(tuple(rows), entries[limit - 1]["day_sort"]["S"] if len(entries) > limit else None)

    def read_receipts(self, receipts: tuple[str, ...], /) -> tuple[ReceiptRecord, ...]:
        """Read together."""
        found = self._table.read_together([items.RECEIPT + receipt for receipt in dict.fromkeys(receipts)])
        return tuple(items.receipt_from_item(item) for item in found.values())


def _stored(row: MpesaRow) -> list[Any]:
    in_cents = "" if row.amount_cents is None else row.amount_cents
    whole = [row.receipt, str(row.kind), row.amount_kes, row.completed_at_ms, row.word, row.linked, in_cents]
    while whole[-1] == "":
        whole.pop()
    return whole


def _rows(values: dict[str, Any]) -> list[MpesaRow]:
    name, _, part = values["day_sort"].partition("#")
    source = Source(name)
    told_in = part.rpartition(".")[0] if source is Source.STATEMENT else ""
    return [_row([*stored, "", "", ""], source, told_in) for stored in values["rows"]]


def _row(stored: list[Any], source: Source, told_in: str) -> MpesaRow:
    receipt, kind, amount_kes, completed_at_ms, word, linked, in_cents = stored[:7]
    return MpesaRow(
        receipt=receipt,
        kind=RowKind(kind),
        amount_kes=amount_kes,
        completed_at_ms=completed_at_ms,
        word=word,
        linked=linked,
        told_by=source,
        amount_cents=None if in_cents == "" else in_cents,
        told_in=told_in,
    )
