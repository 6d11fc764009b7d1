"""DynamoDB as the gateway's store. One table, key `pk` alone; one item is one aggregate, one change one write.

In the tables [attribute] may be absent, `ms` is milliseconds since the epoch, TTL is `expires_at` in seconds.

| item        | `pk`               | own attributes                              | indexes                  | TTL     |
|-------------|--------------------|---------------------------------------------|--------------------------|---------|
| payment     | PAY#<id>           | asked, facts, asks, version, fold_version,  | due, by_day,             | never   |
|             |                    | updated_at, [summary], [left_out],          | by_reference, [by_order] |         |
|             |                    | [unconcluded]                               |                          |         |
| receipt     | RCPT#<receipt>     | [owner], shortcode, day, facts, version,    | [due], by_day,           | never   |
|             |                    | [matched_tries]                             | [by_reference]           |         |
| phone guard | PHONE#<keyed hash> | payment, number, sender, until, prompted,   | none                     | 90 days |
|             |                    | unanswered, version, recent                 |                          | unused  |
| token lease | LEASE#token        | holder, until, generation, version          | none                     | never   |
| pace        | PACE#<name>        | next_at, apart, version                     | none                     | never   |
| settings    | SETTINGS#<owner>   | name, shortcodes, origins, support_phone, … | by_day                   | never   |
| API key     | KEY#<sha256>       | id, owner, scopes, livemode, publishable,   | by_day                   | never   |
|             |                    | name, revoked, [ends_at], last4,            |                          |         |
|             |                    | created_at, [changed_by]                    |                          |         |
| orphan      | ORPHAN#<key>       | what, body, learned_at, [tries],            | [due], by_day            | 30 days |
|             |                    | [matched_at]                                |                          |         |
| link        | LINK#<id>          | owner, title, amounts, paid, held, version… | by_day                   | never   |
| count       | COUNT#<name>       | times (browsers' prompts in ten minutes)    | none                     | an hour |
| key's use   | USED#<key id>      | day of its last use                         | none                     | never   |

| index        | key                                               | sort key                             |
|--------------|---------------------------------------------------|--------------------------------------|
| due          | due_shard "0"…, by a hash of `pk`                 | due_at ms; absent: nothing to do     |
| by_day       | day_key, payment: <owner>#<day>                   | day_sort <ms>.<8 hex of the id>      |
|              | day_key, receipt: RCPT#<shortcode>#<day>          | day_sort <receipt>                   |
|              | day_key, orphan: ORPHAN#<day>                     | day_sort <ms>                        |
|              | day_key, key: KEY#<owner> · settings: SETTINGS#   | day_sort <ms> · <owner>              |
|              | day_key, link: LINK#<owner>                       | day_sort, as a payment's             |
| by_reference | reference_key <shortcode>#<REFERENCE>             | reference_sort, as a payment's day   |
|              | reference_key, money without a payment: `received.py` | reference_sort                   |
| by_order     | order_key <owner>#<order>                         | order_sort, as a payment's day       |

Told events, sums of days, the repair's progress, the audit log's: `feed.py`, `days.py`, `repairs.py`, `audited.py`.

All indexes hold keys only. day: of creation in Nairobi (of a receipt: of M-Pesa's completion), like 2026-03-02. The
number of due shards may only grow. facts: a map from a fact's identity to its content without its kind (the identity
begins with it) and without `learned_at_ms` where that equals `said_at_ms`.

Examples, as plain values:
  PAY#pay_5f0c…   {"asked": {"owner": "shop", "amount_kes": 100, …}, "facts": {"attempt_begun:9f3a…": {"number": 1, …}},
                   "asks": {"1": [2, 1772442973000]}, "version": 3, "due_shard": "2", "due_at": 1772442998000,
                   "day_key": "shop#2026-03-02", "day_sort": "1772442904000.5f0c92aa", …}
  RCPT#SGL31QW9XY {"owner": "pay_5f0c…", "shortcode": "174379", "day": "2026-03-02", "facts": {…}, "version": 1, …}
  PHONE#77ab…     {"payment": "pay_5f0c…", "number": 1, "sender": "c1…", "until": 1772443107000,
                   "prompted": {"shop": [1772442904000]}, "recent": ["shop#pay_5f0c…"], "unanswered": 0, …}
  LEASE#token     {"holder": "c1…", "until": 1772442934000, "generation": 7, "version": 15}
  PACE#query      {"next_at": 1772442905000, "apart": 1000, "version": 80}
  SETTINGS#shop   {"name": "Corner Shop", "shortcodes": [{"number": "174379", "kind": "paybill", "name": "…"}], …}
  KEY#9b1d…       {"id": "key_…", "owner": "shop", "scopes": ["payments:read"], "livemode": false, "last4": "x7Qa", …}
  ORPHAN#stk:aa…  {"what": "stk_callback", "body": b"…", "learned_at": 1772442904000, "expires_at": 1775034904}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from gateway.aws import items
from gateway.aws.room import SOFT_BYTES, admitted, earliest
from gateway.aws.table import Conflict, Expression, Path, Table
from gateway.aws.values import Item, item_size
from gateway.domain.facts import Fact
from gateway.domain.guard import Guard
from gateway.domain.payment import Asked, Asks, PaymentRecord
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.shop import ApiKey, ShopSettings
from gateway.ports import DueItem, Indexed, Orphan, Pace, Page, PaymentQuery, TokenLease

FIELD_BYTES, CHARACTER_BYTES = 64, 4
"""What a field takes beside its content, and a character of it, at most."""

REMEMBERED_MS = 60_000
"""How old settings and API keys may be: a revoked key is refused within this time."""


class DynamoStore:
    """The Store port over one table.

    shards: of the `due` index. now_ms: the clock, for what is remembered for a minute and nothing else.
    """

    def __init__(self, table: Table, shards: int, now_ms: Callable[[], int]) -> None:
        self._table = table
        self._shards = shards
        self._now_ms = now_ms
        self._remembered: dict[str, tuple[int, Item | None]] = {}

    # --- payments ---------------------------------------------------------------------------------------------

    def create_payment(self, record: PaymentRecord, indexed: Indexed, /) -> PaymentRecord | None:
        """Put if absent. None: created. Else the record that stands there."""
        item = items.packed(items.payment_to_values(record, indexed, self._shards))
        conflict = self._table.put_if_absent(item)
        if conflict is None or _is_own(conflict, item):
            return None
        return items.payment_from_item(conflict.stored or item)

    def read_payment(self, payment_id: str, /) -> PaymentRecord | None:
        """One consistent read."""
        item = self._table.read(items.PAYMENT + payment_id)
        return items.payment_from_item(item) if item else None

    def read_payments(self, payment_ids: tuple[str, ...], /) -> tuple[PaymentRecord, ...]:
        """Those of these that exist, read consistently."""
        found = self._table.read_together([items.PAYMENT + payment_id for payment_id in dict.fromkeys(payment_ids)])
        return tuple(items.payment_from_item(item) for item in found.values())

    def save_payment(self, before: PaymentRecord, after: PaymentRecord, indexed: Indexed, /) -> bool:
        """Write new facts and what changed, on condition that the version is `before`'s.

        An empty summary leaves the stored one. Room: `room.py`. Raises StoreUnavailable.
        """
        key = items.PAYMENT + before.id
        facts = admitted(_size(before), _new_facts(before.facts, after.facts))
        due_at_ms = earliest(before.due_at_ms, indexed.due_at_ms) if facts.left_out else indexed.due_at_ms
        changed: dict[Path, Any] = {
            ("version",): before.version + 1,
            ("updated_at",): after.updated_at_ms,
            ("fold_version",): after.fold_version,
            **_one_level(items.due_attributes(key, due_at_ms, self._shards)),
            **_asked_changes(before.asked, after.asked),
            **_asks_changes(before.asks, after.asks),
            **_fact_changes(facts.facts),
        }
        if after.unconcluded != before.unconcluded:
            changed["unconcluded",] = after.unconcluded or None
        if indexed.summary:
            changed["summary",] = dict(indexed.summary)
        if facts.left_out:
            changed["left_out",] = facts.left_out
        unchanged_since_read = {"version": before.version}
        return self._saved(key, changed, unchanged_since_read)

    def lease_payment(self, record: PaymentRecord, due_at_ms: int, asks: Mapping[int, Asks], /) -> bool:
        """Move `due_at` on, on condition that it is still the record's. The version stays: no fact was added."""
        key = items.PAYMENT + record.id
        changed: dict[Path, Any] = {
            **_one_level(items.due_attributes(key, due_at_ms, self._shards)),
            **_asks_changes(record.asks, asks),
        }
        still_due_as_read = {"pk": key, "due_at": record.due_at_ms}
        return self._saved(key, changed, still_due_as_read)

    def payments_by_reference(self, shortcode: str, reference: str, limit: int, /) -> tuple[str, ...]:
        """Ids of payments that carry this normalised reference, newest first."""
        entries = self._entries("by_reference", "reference", items.reference_key(shortcode, reference), None, limit)
        return tuple(_payment_id(entry) for entry in entries)

    def list_payments(self, query: PaymentQuery, limit: int, cursor: str | None, /) -> Page:
        """A page, newest first. cursor: the last payment's sort key; whoever hands it out signs it."""
        if query.receipt is not None:
            return self._payment_of_receipt(query.owner, query.receipt)
        entries = self._listed(query, limit + 1, cursor)
        shown = entries[:limit]
        found = self._table.read_together([entry["pk"]["S"] for entry in shown])
        stored = [found[entry["pk"]["S"]] for entry in shown if entry["pk"]["S"] in found]
        records = [items.payment_from_item(item) for item in stored]
        more = len(entries) > limit
        return Page(
            tuple(record for record in records if record.asked.owner == query.owner),
            _sort_of(shown[-1]) if more else None,
        )

    def _listed(self, query: PaymentQuery, limit: int, cursor: str | None) -> list[Item]:
        """Index entries of one of the lists."""
        if query.day is not None:
            return self._entries("by_day", "day", items.day_key(query.owner, query.day), cursor, limit)
        if query.order is not None:
            return self._entries("by_order", "order", items.order_key(query.owner, query.order), cursor, limit)
        if query.account_reference is None:
            raise ValueError("A list of payments needs a day, an order, an account reference or a receipt.")
        settings = self.read_settings(query.owner)
        entries = [
            entry
            for code in (settings.shortcodes if settings else ())
            for entry in self._entries(
                "by_reference", "reference", items.reference_key(code.number, query.account_reference), cursor, limit
            )
        ]
        return sorted(entries, key=_sort_of, reverse=True)[:limit]

    def _payment_of_receipt(self, owner: str, receipt: str) -> Page:
        known = self.read_receipt(receipt)
        record = self.read_payment(known.owner) if known and known.owner else None
        return Page((record,) if record and record.asked.owner == owner else (), None)

    def _entries(self, index: str, name: str, key: str, before: str | None, limit: int) -> list[Item]:
        """Newest first, before this sort key."""
        expression = Expression()
        clauses = [expression.equals(f"{name}_key", key)]
        if before is not None:
            clauses.append(f"{expression.path((f'{name}_sort',))} < {expression.value(before)}")
        return self._table.query(index, clauses, expression, limit, newest_first=True)

    # --- receipts, guards ---------------------------------------------------------------------------------------

    def read_receipt(self, receipt: str, /) -> ReceiptRecord | None:
        """Who owns a receipt."""
        item = self._table.read(items.RECEIPT + receipt)
        return items.receipt_from_item(item) if item else None

    def create_receipt(self, record: ReceiptRecord, /) -> ReceiptRecord | None:
        """Put if absent. None: created. Else the record that stands there."""
        item = items.packed(items.receipt_to_values(record, self._shards))
        conflict = self._table.put_if_absent(item)
        if conflict is None or _is_own(conflict, item):
            return None
        return items.receipt_from_item(conflict.stored or item)

    def save_receipt(self, before: ReceiptRecord, after: ReceiptRecord, /) -> bool:
        """Write owner, times and new facts, on condition that the version is `before`'s."""
        values = items.receipt_to_values(after, self._shards)
        changed = {
            **_one_level({name: value for name, value in values.items() if name not in ("pk", "facts")}),
            **_fact_changes(_new_facts(before.facts, after.facts)),
            ("version",): before.version + 1,
        }
        unchanged_since_read = {"version": before.version}
        return self._saved(values["pk"], changed, unchanged_since_read)

    def read_guard(self, phone_key: str, /) -> Guard | None:
        """The guard of a phone, also one that has run out."""
        item = self._table.read(items.PHONE + phone_key)
        return items.guard_from_item(item) if item else None

    def save_guard(self, before: Guard | None, after: Guard, /) -> bool:
        """Write, on condition that the guard is absent (before None) or of `before`'s version."""
        values = items.guard_to_values(after)
        return self._save_whole(values.pop("pk"), values, before.version if before else None)

    # --- what is due ----------------------------------------------------------------------------------------------

    def due_items(self, shard: int, now_ms: int, limit: int, newest_first: bool, /) -> tuple[DueItem, ...]:  # noqa: FBT001
        """What the `due` index holds up to now, oldest (or newest) first."""
        expression = Expression()
        clauses = [
            expression.equals("due_shard", str(shard)),
            f"{expression.path(('due_at',))} <= {expression.value(now_ms)}",
        ]
        entries = self._table.query("due", clauses, expression, limit, newest_first=newest_first)
        return tuple(DueItem(entry["pk"]["S"], int(entry["due_at"]["N"])) for entry in entries)

    def clear_due(self, item: DueItem, due_at_ms: int | None, /) -> bool:
        """Move or drop the index attribute, on condition that it is unchanged."""
        changed = _one_level(items.due_attributes(item.key, due_at_ms, self._shards))
        still_due_as_read = {"due_at": item.due_at_ms}
        return self._saved(item.key, changed, still_due_as_read)

    def keep_orphan(self, orphan: Orphan, /) -> None:
        """Keep news that has no item. The same key twice is one."""
        self._table.put_if_absent(items.packed(items.orphan_to_values(orphan, self._shards)))

    # --- lease and pace -------------------------------------------------------------------------------------------

    def read_token_lease(self) -> TokenLease | None:
        """The lease item of the access token."""
        item = self._table.read(items.TOKEN_LEASE_PK)
        if item is None:
            return None
        values = items.unpacked(item)
        return TokenLease(
            holder=values["holder"],
            until_ms=values["until"],
            generation=values["generation"],
            version=values["version"],
        )

    def save_token_lease(self, before: TokenLease | None, after: TokenLease, /) -> bool:
        """Write, on condition that it is absent or of `before`'s version."""
        values = {"holder": after.holder, "until": after.until_ms, "generation": after.generation}
        return self._save_whole(items.TOKEN_LEASE_PK, values, before.version if before else None)

    def read_pace(self, name: str, /) -> Pace | None:
        """The shared pace under this name."""
        item = self._table.read(items.PACE + name)
        if item is None:
            return None
        values = items.unpacked(item)
        return Pace(next_at_ms=values["next_at"], apart_ms=values["apart"], version=values["version"])

    def save_pace(self, name: str, before: Pace | None, after: Pace, /) -> bool:
        """Write, on condition that it is absent or of `before`'s version."""
        values = {"next_at": after.next_at_ms, "apart": after.apart_ms}
        return self._save_whole(items.PACE + name, values, before.version if before else None)

    # --- settings and keys ----------------------------------------------------------------------------------------

    def read_settings(self, owner: str, /) -> ShopSettings | None:
        """An owner's public settings; may be up to 60 s old."""
        item = self._remember(items.SETTINGS + owner)
        return items.settings_from_item(item) if item else None

    def read_key(self, secret_hash: str, /) -> ApiKey | None:
        """An API key by the SHA-256 of its secret; may be up to 60 s old. Unknown ones are asked for each time."""
        item = self._remember(items.KEY + secret_hash)
        return items.key_from_item(item) if item else None

    def _remember(self, key: str) -> Item | None:
        now_ms = self._now_ms()
        read_at_ms, item = self._remembered.get(key, (0, None))
        if item is None or not 0 <= now_ms - read_at_ms < REMEMBERED_MS:
            item = self._table.read(key)
            self._remembered[key] = (now_ms, item)
        return item

    # --- writing --------------------------------------------------------------------------------------------------

    def _save_whole(self, key: str, values: Mapping[str, Any], version: int | None) -> bool:
        """All known attributes of an item that has only a version to protect. version None: it must be absent."""
        changed = _one_level({**values, "version": (version or 0) + 1})
        return self._saved(key, changed, {"version": version})

    def _saved(self, key: str, changed: Mapping[Path, Any], unchanged: Mapping[str, Any]) -> bool:
        """True also when what stands there is this very change, made by a first try whose answer was lost."""
        conflict = self._table.change(key, changed, unchanged)
        return conflict is None or (conflict.retried and _shows(conflict.stored, changed))


def _size(record: PaymentRecord) -> int:
    """Bytes of the item as it stands, nearly. Counted only if it may be near the caps: nearly all are far below."""
    parts: tuple[Asked | Fact, ...] = (record.asked, *record.facts.values())
    texts = (str(getattr(part, field.name)) for part in parts for field in fields(part))
    at_most = sum(FIELD_BYTES + CHARACTER_BYTES * len(text) for text in texts)
    if at_most < SOFT_BYTES:
        return at_most
    return item_size(items.packed(items.payment_to_values(record, Indexed(due_at_ms=record.due_at_ms), 1)))


def _new_facts(before: Mapping[str, Fact], after: Mapping[str, Fact]) -> list[Fact]:
    return [fact for fact_id, fact in after.items() if fact_id not in before]


def _fact_changes(facts: Sequence[Fact]) -> dict[Path, Any]:
    return {("facts", fact.id): items.fact_to_stored(fact) for fact in facts}


def _asked_changes(before: Asked, after: Asked) -> dict[Path, Any]:
    """What a shop edited, and the list that follows it."""
    if before == after:
        return {}
    stored_before, stored_after = items.asked_to_stored(before), items.asked_to_stored(after)
    names = [field.name for field in fields(Asked) if stored_before.get(field.name) != stored_after.get(field.name)]
    changed: dict[Path, Any] = {("asked", name): stored_after.get(name) for name in names}
    lists_before, lists_after = items.list_attributes(before), items.list_attributes(after)
    return changed | _one_level({name: value for name, value in lists_after.items() if value != lists_before[name]})


def _asks_changes(before: Mapping[int, Asks], after: Mapping[int, Asks]) -> dict[Path, Any]:
    return {
        ("asks", str(number)): items.asks_to_stored(asks)
        for number, asks in after.items()
        if before.get(number) != asks
    }


def _one_level(values: Mapping[str, Any]) -> dict[Path, Any]:
    return {(name,): value for name, value in values.items()}


def _is_own(conflict: Conflict, item: Item) -> bool:
    return conflict.retried and conflict.stored == item


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


def _sort_of(entry: Item) -> str:
    """Of an entry of any list of payments."""
    sort: str = next(entry[name]["S"] for name in ("day_sort", "reference_sort", "order_sort") if name in entry)
    return sort


def _payment_id(entry: Item) -> str:
    key: str = entry["pk"]["S"]
    return key.removeprefix(items.PAYMENT)
