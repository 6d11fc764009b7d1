"""The audited items of a storm as DynamoDB has them, with whatever somebody wrote into them past the gateway.

A mirror beside the table of the storm: nothing here is in the way of money.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from gateway.aws import audited
from gateway.aws.items import asked_to_stored, fact_to_stored
from gateway.aws.values import Item, Typed, typed
from gateway.domain.audit.entry import Parts, item_name
from gateway.domain.audit.progress import AuditProgress
from gateway.domain.days import day_of
from gateway.domain.facts import Fact, UnknownFact
from gateway.domain.payment import PaymentRecord
from gateway.domain.receipts import ReceiptRecord

PAYMENT, RECEIPT = "PAY#", "RCPT#"
Altering = Callable[[Item], Item | None]
"""What somebody did to an item, and does to it again whenever it is written: attributes of ours are set one by one."""


class Images:
    """Items by key, and what lists of the table show. key: of the log, which names items in it."""

    def __init__(self, key: bytes, shortcode: str, now_ms: Callable[[], int]) -> None:
        self.standing: dict[str, Item] = {}
        self.names: dict[str, str] = {}
        """pk → name in the log."""
        self.progress = AuditProgress()
        self.index_age_ms = 0
        self._key = key
        self._receipts_of = shortcode
        self._now_ms = now_ms
        self._pks: dict[str, str] = {}
        self._lists: dict[str, list[tuple[int, str]]] = {}
        self._altered: dict[str, Altering] = {}
        self._beside: dict[str, Mapping[str, UnknownFact]] = {}
        self._typed: dict[int, tuple[object, Typed]] = {}

    # --- how items come ---------------------------------------------------------------------------------------

    def payment(self, record: PaymentRecord) -> Item:
        """Its item: what is audited of it, and its version."""
        return {
            "pk": self._one(record.id, lambda payment_id: PAYMENT + payment_id),
            "asked": self._one(record.asked, asked_to_stored),
            "facts": self._all(record.facts, self._beside.get(record.id, {})),
            "version": {"N": str(record.version)},
        }

    def receipt(self, record: ReceiptRecord) -> Item:
        """The same of a receipt."""
        owner = {"owner": typed(record.owner)} if record.owner is not None else {}
        return {
            "pk": self._one(record.receipt, lambda receipt: RECEIPT + receipt),
            "shortcode": typed(record.shortcode),
            "day": typed(record.day),
            "facts": self._all(record.facts, {}),
            "version": {"N": str(record.version)},
            **owner,
        }

    def _all(self, facts: Mapping[str, Fact], beside: Mapping[str, Fact]) -> Typed:
        """Of an item that is only leased they are the same."""
        found = self._typed.get(id(facts))
        if found is None or beside:
            whole = {fact_id: self._one(fact, fact_to_stored) for fact_id, fact in {**facts, **beside}.items()}
            found = self._typed[id(facts)] = (facts, {"M": whole})
        return found[1]

    def _one(self, value: Any, stored: Callable[[Any], Any]) -> Typed:
        """Turned once: facts never change."""
        found = self._typed.get(id(value))
        if found is None:
            found = self._typed[id(value)] = (value, typed(stored(value)))
        return found[1]

    def keep_unknown(self, records: Iterable[PaymentRecord]) -> None:
        """Facts of a newer release stay in their items, also where the storm forgets them."""
        for record in records:
            unknown = {fact_id: fact for fact_id, fact in record.facts.items() if isinstance(fact, UnknownFact)}
            if unknown:
                self._beside[record.id] = unknown

    def write(self, item: Item) -> tuple[Item | None, Item] | None:
        """The item stands from now on: as it was, and as it is. None where somebody took it away: it stays away."""
        pk = item["pk"]["S"]
        altering = self._altered.get(pk)
        after = altering(item) if altering is not None else item
        if after is None:
            return None
        before = self.standing.get(pk)
        self.standing[pk] = after
        if pk not in self.names:
            self._list(pk, after)
        return before, after

    def _list(self, pk: str, item: Item) -> None:
        name = self.names[pk] = item_name(self._key, pk)
        self._pks[name] = pk
        if pk.startswith(PAYMENT):
            self._lists.setdefault(day_of(int(item["asked"]["M"]["created_at_ms"]["N"])), []).append(
                (self._now_ms(), name)
            )
        elif pk.startswith(RECEIPT) and item["shortcode"]["S"] == self._receipts_of:
            self._lists.setdefault(item["day"]["S"], []).append((self._now_ms(), name))

    def alter(self, pk: str, altering: Altering) -> tuple[Item, Item | None]:
        """Somebody does this to an item. Before and after."""
        before = self.standing.pop(pk)
        after = altering(before)
        self._altered[pk] = altering
        if after is not None:
            self.standing[pk] = after
        return before, after

    def put_back(self, standing: Mapping[str, Item], progress: AuditProgress) -> dict[str, tuple[Item, Item | None]]:
        """The table is restored: what stood otherwise, as it stood and as it is now."""
        lost = {pk: item for pk, item in self.standing.items() if standing.get(pk) is not item}
        self.standing, self.progress = dict(standing), progress
        return {pk: (item, standing.get(pk)) for pk, item in lost.items()}

    # --- the Audited port -------------------------------------------------------------------------------------

    def read_items(self, _: bytes, names: tuple[str, ...], /) -> Mapping[str, Parts]:
        """Consistently."""
        found = {name: self.standing.get(self._pks.get(name, "")) for name in names}
        return {name: audited.parts_of(item) for name, item in found.items() if item is not None}

    def list_day(self, _: bytes, day: str, /) -> tuple[str, ...]:
        """By an index that may be behind."""
        seen_ms = self._now_ms() - self.index_age_ms
        return tuple(
            name for at_ms, name in self._lists.get(day, []) if at_ms <= seen_ms and self._pks[name] in self.standing
        )

    def list_standing(self, _: bytes, /) -> tuple[str, ...]:
        """Staff, keys and endpoints: nobody writes them here."""
        return ()

    def read_audit_progress(self) -> AuditProgress:
        """Of the check's own item."""
        return self.progress

    def save_audit_progress(self, before: AuditProgress, after: AuditProgress, /) -> bool:
        """On condition that nobody else did."""
        if self.progress.version != before.version:
            return False
        self.progress = replace(after, version=before.version + 1)
        return True


def parts_in(item: Item | None) -> dict[str, Any]:
    """The parts of an item with their contents, told apart by itself and not as the gateway does it."""
    if item is None:
        return {}
    if item["pk"]["S"].startswith(PAYMENT):
        return {"asked": item["asked"], **item["facts"]["M"]}
    whose = item.get("owner")
    return {"owner" if whose else "nobodys": [whose, item["shortcode"], item["day"]], **item["facts"]["M"]}


def changed_parts(before: Item | None, after: Item | None) -> dict[str, tuple[str, str]]:
    """Part → what it said and says, as text; empty where it is not there."""
    was, now = parts_in(before), parts_in(after)
    names = [name for name in was.keys() | now.keys() if was.get(name) is not now.get(name)]
    texts = {name: (_text(was.get(name)), _text(now.get(name))) for name in names}
    return {name: both for name, both in texts.items() if both[0] != both[1]}


def _text(content: Any) -> str:
    return "" if content is None else repr(content)
