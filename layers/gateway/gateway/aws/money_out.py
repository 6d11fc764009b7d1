"""The Outgoings port over DynamoDB. One payout or refund is one item, one limit of one day another.

| item            | `pk`                 | own attributes                              | indexes      | TTL      |
|-----------------|----------------------|---------------------------------------------|--------------|----------|
| payout, refund  | OUT#<id>             | asked, facts, asks, version, fold_version,  | [due],       | never    |
|                 |                      | updated_at, summary, [held], [held_times],  | by_day,      |          |
|                 |                      | [held_until], [limit_day], [limits_closed], | by_reference |          |
|                 |                      | [limit_day_before], [limits_went],          | [by_order]   |          |
|                 |                      | [payment_told], [unconcluded]               |              |          |
| file of payouts | OUTFILE#<id>         | owner, livemode, name, shortcode, lines,    | [due]        | never    |
|                 |                      | out_ids, amount_kes, fingerprint,           |              |          |
|                 |                      | created_by, created_at_ms, version, [maker] |              |          |
| day's limit     | LIMIT#<owner>#<day>  | settled, in_flight, version                 | none         | 400 days |
| recipient's     | LIMIT#<owner>#<day># | settled, in_flight, version                 | none         | 400 days |
| limit           | <keyed hash>         |                                             |              |          |

| index        | key                                              | sort key                        |
|--------------|--------------------------------------------------|---------------------------------|
| due          | as a payment's                                   |                                 |
| by_day       | day_key OUT#<kind>#<owner>#<day of creation>     | day_sort, as a payment's        |
| by_reference | reference_key OUT#<kind>#<owner>#<status>        | reference_sort, as a payment's  |
| by_order     | order_key OUT#receipt#<owner>#<receipt>          | order_sort, as a payment's      |

In by_order stands only what has M-PESA's code of the money that went.

in_flight: the amount of each payout that may be on its way, by its id. facts: as in a payment.

Examples, as plain values:
  OUT#out_0f1e…             {"asked": {"kind": "payout", "amount_kes": 250, "phone": "2547…", …}, "version": 4,
                             "facts": {"approved:9f3a…": {"subject": "google|…", "terms": "5c…"}, …},
                             "limit_day": "2026-03-02", "summary": {"status": "accepted", "flags": []}, …}
  OUTFILE#file_77ab…        {"owner": "shop", "name": "Wages", "amount_kes": 24000, "out_ids": ["out_0f1e…", …],
                             "lines": [], "version": 2, …}
  LIMIT#shop#2026-03-02     {"settled": 1200, "in_flight": {"out_0f1e…": 250}, "version": 9}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from gateway.aws import items
from gateway.aws.table import Expression, Path, Table
from gateway.aws.values import Item
from gateway.domain.days import day_begins_ms
from gateway.domain.fact import Fact
from gateway.domain.money_out.facts import OUT_CODEC, Hold
from gateway.domain.money_out.files import PayoutFile, PayoutLine
from gateway.domain.money_out.limits import Limit
from gateway.domain.money_out.outgoing import OutgoingAsked, OutgoingRecord
from gateway.domain.payment import Asks
from gateway.domain.policy import DAY_MS
from gateway.ports import Indexed
from gateway.ports.money_out import OutgoingPage, OutgoingQuery

OUTGOING, LIMIT, FILE = "OUT#", "LIMIT#", "OUTFILE#"
FILE_APART = frozenset({"id", "lines", "due_at_ms"})
"""Fields of a file that its item shows under other names, or in another form."""

SAME_RECEIPT_MAX = 5
"""How many items of one receipt are read; each beyond the first is a contradiction already."""

LIMIT_KEPT_MS = 400 * DAY_MS


class DynamoOutgoings:
    """The Outgoings port over the one table. shards: of the `due` index."""

    def __init__(self, table: Table, shards: int) -> None:
        self._table = table
        self._shards = shards

    def create_outgoing(self, record: OutgoingRecord, indexed: Indexed, /) -> OutgoingRecord | None:
        """Put if absent. None: created. Else the record that stands there."""
        item = items.packed(outgoing_to_values(record, indexed, self._shards))
        conflict = self._table.put_if_absent(item)
        if conflict is None or (conflict.retried and conflict.stored == item):
            return None
        return outgoing_from_item(conflict.stored or item)

    def read_outgoing(self, out_id: str, /) -> OutgoingRecord | None:
        """One consistent read."""
        item = self._table.read(OUTGOING + out_id)
        return outgoing_from_item(item) if item else None

    def read_outgoings(self, out_ids: tuple[str, ...], /) -> tuple[OutgoingRecord, ...]:
        """Those of these that exist, read consistently."""
        found = self._table.read_together([OUTGOING + out_id for out_id in dict.fromkeys(out_ids)])
        return tuple(outgoing_from_item(item) for item in found.values())

    def save_outgoing(self, before: OutgoingRecord, after: OutgoingRecord, indexed: Indexed, /) -> bool:
        """Write new facts and what changed, on condition that the version is `before`'s.

        An empty summary leaves the stored one, and the list that it is in. Raises StoreUnavailable.
        """
        key = OUTGOING + before.id
        changed: dict[Path, Any] = {
            ("version",): before.version + 1,
            ("updated_at",): after.updated_at_ms,
            ("fold_version",): after.fold_version,
            **_one_level(items.due_attributes(key, indexed.due_at_ms, self._shards)),
            **_one_level(_changed(_state_attributes(before), _state_attributes(after))),
            **_asks_changes(before.asks, after.asks),
            **{
                ("facts", fact_id): items.fact_to_stored(fact)
                for fact_id, fact in after.facts.items()
                if fact_id not in before.facts
            },
        }
        if indexed.summary:
            changed["summary",] = dict(indexed.summary)
            changed["reference_key",] = status_key(after.asked.kind, after.asked.owner, indexed.summary["status"])
            changed.update(_one_level(_receipt_attributes(after.asked, indexed)))
        return self._saved(key, changed, {"version": before.version})

    def lease_outgoing(self, record: OutgoingRecord, due_at_ms: int | None, asks: Mapping[int, Asks], /) -> bool:
        """Move `due_at` on, on condition that it is still the record's. The version stays: no fact was added."""
        key = OUTGOING + record.id
        changed: dict[Path, Any] = {
            **_one_level(items.due_attributes(key, due_at_ms, self._shards)),
            **_asks_changes(record.asks, asks),
        }
        return self._saved(key, changed, {"pk": key, "due_at": record.due_at_ms})

    def list_outgoings(self, query: OutgoingQuery, limit: int, cursor: str | None, /) -> OutgoingPage:
        """A page, newest first. cursor: the last one's sort key; whoever hands it out signs it."""
        if query.day is not None:
            index, name, key = "by_day", "day", day_key(query.kind, query.owner, query.day)
        else:
            index, name, key = "by_reference", "reference", status_key(query.kind, query.owner, query.status or "")
        expression = Expression()
        clauses = [expression.equals(f"{name}_key", key)]
        if cursor is not None:
            clauses.append(f"{expression.path((f'{name}_sort',))} < {expression.value(cursor)}")
        entries = self._table.query(index, clauses, expression, limit + 1, newest_first=True)
        shown = entries[:limit]
        found = self._table.read_together([entry["pk"]["S"] for entry in shown])
        records = tuple(outgoing_from_item(found[entry["pk"]["S"]]) for entry in shown if entry["pk"]["S"] in found)
        return OutgoingPage(records, shown[-1][f"{name}_sort"]["S"] if len(entries) > limit else None)

    def find_outgoings(self, owner: str, receipt: str, /) -> tuple[OutgoingRecord, ...]:
        """One query, and the items, of which there is one but where M-PESA named one receipt twice."""
        expression = Expression()
        clauses = [expression.equals("order_key", receipt_key(owner, receipt))]
        entries = self._table.query("by_order", clauses, expression, SAME_RECEIPT_MAX, newest_first=True)
        return self.read_outgoings(tuple(entry["pk"]["S"].removeprefix(OUTGOING) for entry in entries))

    def create_file(self, file: PayoutFile, /) -> PayoutFile | None:
        """Put if absent. None: created. Else the file that stands there."""
        item = items.packed(file_to_values(file, self._shards))
        conflict = self._table.put_if_absent(item)
        if conflict is None or (conflict.retried and conflict.stored == item):
            return None
        return file_from_item(conflict.stored or item)

    def read_file(self, file_id: str, /) -> PayoutFile | None:
        """One consistent read."""
        item = self._table.read(FILE + file_id)
        return file_from_item(item) if item else None

    def save_file(self, before: PayoutFile, after: PayoutFile, /) -> bool:
        """Write lines and what is due, on condition that the version is `before`'s."""
        key = FILE + before.id
        changed = _one_level(
            {
                "lines": [_line_to_stored(line) for line in after.lines],
                "version": before.version + 1,
                **items.due_attributes(key, after.due_at_ms, self._shards),
            }
        )
        return self._saved(key, changed, {"version": before.version})

    def read_limit(self, name: str, /) -> Limit | None:
        """One consistent read."""
        item = self._table.read(LIMIT + name)
        if item is None:
            return None
        values = items.unpacked(item)
        return Limit(name=name, settled_kes=values["settled"], in_flight=values["in_flight"], version=values["version"])

    def save_limit(self, before: Limit | None, after: Limit, /) -> bool:
        """Write, on condition that it is absent or of `before`'s version."""
        version = before.version if before else None
        ends_ms = day_begins_ms(after.name.split("#")[1]) + LIMIT_KEPT_MS
        changed = _one_level(
            {
                "settled": after.settled_kes,
                "in_flight": dict(after.in_flight),
                "version": (version or 0) + 1,
                "expires_at": ends_ms // 1000,
            }
        )
        return self._saved(LIMIT + after.name, changed, {"version": version})

    def _saved(self, key: str, changed: Mapping[Path, Any], unchanged: Mapping[str, Any]) -> bool:
        """True also when what stands there is this very change, made by a first try whose answer was lost."""
        conflict = self._table.change(key, changed, unchanged)
        return conflict is None or (conflict.retried and _shows(conflict.stored, changed))


def day_key(kind: str, owner: str, day: str) -> str:
    """An owner's payouts (or refunds) that were asked for on a day."""
    return f"{OUTGOING}{kind}#{owner}#{day}"


def status_key(kind: str, owner: str, status: str) -> str:
    """An owner's payouts (or refunds) that stand so."""
    return f"{OUTGOING}{kind}#{owner}#{status}"


def receipt_key(owner: str, receipt: str) -> str:
    """An owner's payouts and refunds that M-PESA did under this code."""
    return f"{OUTGOING}receipt#{owner}#{receipt}"


def outgoing_to_values(record: OutgoingRecord, indexed: Indexed, shards: int) -> dict[str, Any]:
    """The whole item of a new payout or refund."""
    key, asked = OUTGOING + record.id, record.asked
    sort = items.sort_key(asked.created_at_ms, asked.id)
    return {
        "pk": key,
        "asked": _asked_to_stored(asked),
        "facts": items.facts_to_stored(record.facts.values()),
        "asks": {str(number): items.asks_to_stored(asks) for number, asks in record.asks.items()},
        "version": record.version,
        "fold_version": record.fold_version,
        "updated_at": record.updated_at_ms,
        "summary": dict(indexed.summary),
        "day_key": day_key(asked.kind, asked.owner, items.day_of(asked.created_at_ms)),
        "day_sort": sort,
        "reference_key": status_key(asked.kind, asked.owner, indexed.summary["status"]),
        "reference_sort": sort,
        **_receipt_attributes(asked, indexed),
        **_state_attributes(record),
        **items.due_attributes(key, indexed.due_at_ms, shards),
    }


def outgoing_from_item(item: Item) -> OutgoingRecord:
    """A stored payout or refund; also from the old or new image of a stream record."""
    values = items.unpacked(item)
    names = {field.name for field in fields(OutgoingAsked)}
    asked = {name: value for name, value in values["asked"].items() if name in names}
    held = values.get("held")
    return OutgoingRecord(
        asked=OutgoingAsked(**{**asked, "id": values["pk"].removeprefix(OUTGOING)}),
        facts={fact_id: _fact_from_stored(fact_id, stored) for fact_id, stored in values["facts"].items()},
        version=values["version"],
        fold_version=values["fold_version"],
        asks={int(number): Asks(*asks[:2]) for number, asks in values.get("asks", {}).items()},
        updated_at_ms=values["updated_at"],
        due_at_ms=values.get("due_at"),
        held=Hold(held) if held in list(Hold) else None,
        held_times=values.get("held_times", 0),
        held_until_ms=values.get("held_until", 0),
        limit_day=values.get("limit_day", ""),
        limit_day_before=values.get("limit_day_before", ""),
        limits_closed=values.get("limits_closed", False),
        limits_went=values.get("limits_went", False),
        payment_told=values.get("payment_told", ""),
        unconcluded=values.get("unconcluded", False),
    )


def file_to_values(file: PayoutFile, shards: int) -> dict[str, Any]:
    """The whole item of a file of payouts."""
    key = FILE + file.id
    stored = {field.name: getattr(file, field.name) for field in fields(file) if field.name not in FILE_APART}
    return {
        "pk": key,
        **stored,
        "lines": [_line_to_stored(line) for line in file.lines],
        **items.due_attributes(key, file.due_at_ms, shards),
    }


def file_from_item(item: Item) -> PayoutFile:
    """A stored file of payouts. What a newer release added is left alone."""
    values = items.unpacked(item)
    known = {field.name: values[field.name] for field in fields(PayoutFile) if field.name in values}
    known["out_ids"] = tuple(known["out_ids"])
    known["numbers"] = tuple(known.get("numbers", ()))
    known["lines"] = tuple(_line_from_stored(line) for line in known["lines"])
    return PayoutFile(**{**known, "id": values["pk"].removeprefix(FILE), "due_at_ms": values.get("due_at")})


def _line_to_stored(line: PayoutLine) -> dict[str, Any]:
    return {field.name: value for field in fields(line) if (value := getattr(line, field.name)) is not None}


def _line_from_stored(stored: Mapping[str, Any]) -> PayoutLine:
    known: dict[str, Any] = {field.name: stored.get(field.name) for field in fields(PayoutLine)}
    return PayoutLine(**known)


def _receipt_attributes(asked: OutgoingAsked, indexed: Indexed) -> dict[str, Any]:
    """Index attributes of what has a receipt; None before."""
    receipt = indexed.summary.get("receipt")
    return {
        "order_key": receipt_key(asked.owner, receipt) if receipt else None,
        "order_sort": items.sort_key(asked.created_at_ms, asked.id) if receipt else None,
    }


def _state_attributes(record: OutgoingRecord) -> dict[str, Any]:
    """What is no fact; None for what an item has no need to say."""
    return {
        "held": record.held,
        "held_times": record.held_times or None,
        "held_until": record.held_until_ms or None,
        "limit_day": record.limit_day or None,
        "limit_day_before": record.limit_day_before or None,
        "limits_closed": record.limits_closed or None,
        "limits_went": record.limits_went or None,
        "payment_told": record.payment_told or None,
        "unconcluded": record.unconcluded or None,
    }


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if before[name] != value}


def _fact_from_stored(fact_id: str, stored: Mapping[str, Any]) -> Fact:
    """Inverse of `items.fact_to_stored`, for these kinds."""
    whole = {"kind": fact_id.partition(":")[0], **stored}
    whole.setdefault("learned_at_ms", whole.get("said_at_ms", 0))
    return OUT_CODEC.from_plain(fact_id, whole)


def _asked_to_stored(asked: OutgoingAsked) -> dict[str, Any]:
    """Without the id, which is the key, and without what equals its default."""
    stored = {}
    for field in fields(asked):
        value = getattr(asked, field.name)
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        if field.name != "id" and value != default:
            stored[field.name] = dict(value) if isinstance(value, Mapping) else value
    return stored


def _asks_changes(before: Mapping[int, Asks], after: Mapping[int, Asks]) -> dict[Path, Any]:
    return {
        ("asks", str(number)): items.asks_to_stored(asks)
        for number, asks in after.items()
        if before.get(number) != asks
    }


def _one_level(values: Mapping[str, Any]) -> dict[Path, Any]:
    return {(name,): value for name, value in values.items()}


def _shows(stored: Item | None, changed: Mapping[Path, Any]) -> bool:
    """Whether an item has all these values."""
    if stored is None:
        return False
    values = items.unpacked(stored)
    return all(_at(values, path) == _as_read(value) for path, value in changed.items())


def _at(values: Any, path: Path) -> Any:
    for name in path:
        values = values.get(name) if isinstance(values, dict) else None
    return values


def _as_read(value: Any) -> Any:
    return None if value is None else items.unpacked(items.packed({"value": value}))["value"]
