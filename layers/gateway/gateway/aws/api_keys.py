"""The ApiKeys port over DynamoDB: the items that the command `mpesa-gateway keys` makes too."""

from __future__ import annotations

from gateway.aws import items
from gateway.aws.table import Expression, Table
from gateway.aws.values import Item
from gateway.ports.api_keys import StoredKey

KEYS_A_READ = 100


class DynamoApiKeys:
    """All access to keys but the reading of one by its hash, which is the store's."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def keep_key(self, stored: StoredKey, /) -> None:
        """Put if absent. The same key twice is one."""
        values = items.key_to_values(
            stored.key, stored.secret_hash, created_at_ms=stored.created_at_ms, last4=stored.last4
        )
        self._table.put_if_absent(items.packed({**values, "changed_by": stored.changed_by or None}))

    def list_keys(self, owner: str, /) -> tuple[StoredKey, ...]:
        """All of an owner's keys, newest first, revoked ones too."""
        pks = self._pks(owner)
        found = self._table.read_together(pks)
        return tuple(_stored(found[pk]) for pk in pks if pk in found)

    def _pks(self, owner: str) -> list[str]:
        """Every one, so that nobody can hide a key behind newer ones."""
        pks: dict[str, None] = {}
        until, entries = "", list[Item]()
        while not pks or len(entries) == KEYS_A_READ:
            expression = Expression()
            clauses = [expression.equals("day_key", items.KEY + owner)]
            if until:
                clauses.append(f"{expression.path(('day_sort',))} <= {expression.value(until)}")
            entries = self._table.query("by_day", clauses, expression, KEYS_A_READ, newest_first=True)
            new = [entry["pk"]["S"] for entry in entries if entry["pk"]["S"] not in pks]
            if not new:
                break
            pks |= dict.fromkeys(new)
            until = entries[-1]["day_sort"]["S"]
        return list(pks)

    def end_key(self, stored: StoredKey, /) -> None:
        """Revoke it. Twice is once."""
        pk = items.KEY + stored.secret_hash
        self._table.change(pk, {("revoked",): True, ("changed_by",): stored.changed_by or None}, {"pk": pk})


def _stored(item: Item) -> StoredKey:
    values = items.unpacked(item)
    return StoredKey(
        key=items.key_from_item(item),
        secret_hash=values["pk"].removeprefix(items.KEY),
        last4=values["last4"],
        created_at_ms=values["created_at"],
        changed_by=values.get("changed_by", ""),
    )
