"""A table whose every change goes into its stream, and the audit log behind it: for tests of the log."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping
from typing import Any

from gateway import security
from gateway.aws import items
from gateway.aws.audited import audited_change, parts_of
from gateway.aws.money_out import outgoing_to_values
from gateway.aws.staff import member_to_values, session_to_values
from gateway.domain.audit.check import Finding
from gateway.domain.audit.entry import item_name
from gateway.domain.audit.page import opened
from gateway.domain.money_out.outgoing import OutgoingRecord
from gateway.domain.sessions import Session
from gateway.domain.shop import ApiKey, ShopSettings, Shortcode
from gateway.domain.staff import Member, Role
from gateway.flows.audit.verify import Checked, Verified, verify, verify_due
from gateway.ports import run
from gateway.web.audit_stream import log_batch
from tests import gateway_samples as sample
from tests import outgoing_samples as out
from tests.gateway_samples import AT_MS
from tests.memory_store import KEYS, MemoryWorld

KEY = security.audit_key(KEYS.id)
SHARD = "shardId-00000001772442000000-5a1c9b7e"
PATIENCE_MS = 150_000
PAYMENT, PAYOUT, RECEIPT = f"PAY#{sample.payment_id(1)}", f"OUT#{out.OUT_ID}", "RCPT#SGL31QW9XY"
STAFF = "STAFF#shop#amina@shop.example"
MEMBER = Member(
    owner="shop",
    email="amina@shop.example",
    name="Amina",
    roles=frozenset({Role.CASHIER}),
    added_by="command",
    added_at_ms=AT_MS,
)
Item = dict[str, Any]


class AuditStage(MemoryWorld):
    """Holds the table (`table`), its stream (`records`), the log (`auditlog`)."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[dict[str, Any]] = []
        self.ambient.at_ms = AT_MS + 20_000
        self.ambient.left_ms = 60_000

    def put(self, values: Mapping[str, Any]) -> None:
        """Write an item, as the gateway or anybody else would."""
        item = items.packed(values)
        pk = item["pk"]["S"]
        self._tell(pk, self.table.get(pk), item)
        self.table[pk] = item

    def remove(self, pk: str, *, by_itself: bool = False) -> None:
        """Delete an item. by_itself: DynamoDB does it, since its time is over."""
        self._tell(pk, self.table.pop(pk), None)
        if by_itself:
            self.records[-1]["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

    def _tell(self, pk: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> None:
        told: dict[str, Any] = {
            "ApproximateCreationDateTime": self.ambient.at_ms / 1000,
            "Keys": {"pk": {"S": pk}},
            "SequenceNumber": f"{len(self.records) + 1:021d}",
        }
        told |= {name: image for name, image in (("OldImage", before), ("NewImage", after)) if image is not None}
        self.records.append({"dynamodb": copy.deepcopy(told)})

    def deliver(self, first: int, last: int | None = None, shard: str = SHARD) -> Any:
        """Hand these records of the stream to the writer; what it answers."""
        return self.deliver_batch(self.records[first:last], shard)

    def deliver_batch(self, records: list[dict[str, Any]], shard: str) -> Any:
        """The same with records of one's own choice."""
        return log_batch({"Records": records, "shardId": shard}, audited_change, self)

    def told_parts(self) -> set[tuple[str, str]]:
        """Item and part of every entry."""
        pages = [opened(KEY, data) for data in self.auditlog.pages.values()]
        return {(entry.item, entry.part) for page in pages for entry in page.entries.values()}

    def standing_parts(self) -> set[tuple[str, str]]:
        """Item and part of all that stands in the table."""
        return {(item_name(KEY, pk), part) for pk, item in self.table.items() for part in parts_of(dict(item))}

    def verified(self, first_ms: int | None = None, last_ms: int | None = None) -> Verified:
        """All of the log, unless a time is said, against the table."""
        return run(verify(first_ms, last_ms, PATIENCE_MS), self)

    def found(self) -> tuple[Finding, ...]:
        """What that finds."""
        return self.verified().findings

    def tick(self) -> Checked:
        """The schedule calls."""
        return run(verify_due(), self)


def payment_values(*facts: Any, number: int = 1) -> dict[str, Any]:
    """A payment's item with these facts."""
    return items.payment_to_values(sample.record(number, facts), sample.due(), 4)


def payout_values(*facts: Any) -> dict[str, Any]:
    """A payout's item with these facts."""
    record = OutgoingRecord(asked=out.asked(), facts={fact.id: fact for fact in facts}, version=1)
    return outgoing_to_values(record, sample.due(), 4)


def lived_through() -> AuditStage:
    """A shop with settings, a key, staff, an endpoint; a payment is paid, a payout approved. Five pages tell of it."""
    stage = AuditStage()
    code = Shortcode(number="174379", kind="paybill", name="Corner Shop")
    stage.put(items.settings_to_values(ShopSettings(owner="shop", name="Corner Shop", shortcodes=(code,))))
    key = ApiKey(id="key_1", owner="shop", livemode=False, publishable=False, scopes=frozenset({"payments:write"}))
    stage.put(items.key_to_values(key, "9b" * 32, created_at_ms=AT_MS, last4="x7Qa"))
    stage.put(member_to_values(MEMBER))
    stage.put({"pk": "HOOK#shop", "version": 1, "endpoints": [ENDPOINT]})
    stage.deliver(0)
    stage.put(payment_values(sample.begun()))
    stage.put(payment_values(sample.begun(), sample.accepted()))
    stage.deliver(4)
    stage.put(items.receipt_to_values(sample.owned(), 4))
    stage.put(payment_values(sample.begun(), sample.accepted(), sample.success()))
    stage.deliver(6)
    stage.put(payout_values())
    stage.put(payout_values(out.approved()))
    stage.deliver(8)
    stage.put(session_to_values(SESSION))
    stage.put(payout_values(out.approved(), out.begun()))
    stage.deliver(10)
    return stage


ENDPOINT = {
    "id": "whe_5f0c",
    "url": "https://shop.example/api/mpesa",
    "events": ["payment.*"],
    "secret": "whsec_canary",
    "created_at_ms": AT_MS,
}
SESSION = Session(
    hash="5e" * 32,
    owner="shop",
    email="amina@shop.example",
    person="person_77ab",
    member_version=1,
    started_at_ms=AT_MS,
    seen_at_ms=AT_MS,
    signed_in_at_ms=AT_MS,
)

ONLY = {"PAY": {"asked", "facts"}, "OUT": {"asked", "facts"}, "RCPT": {"owner", "shortcode", "day", "facts"}}
"""What is audited of these; of other items, all but what says nothing of its own."""

NOT_AUDITED = frozenset({"pk", "version", "expires_at", "seen_at", "day_key", "day_sort"})


def audited_texts(item: Item) -> list[tuple[Any, str, str]]:
    """Every text and number of an item that is audited: who holds it, under which name, and the part that it is of."""
    return list(_texts_of(item))


def _texts_of(item: Item) -> Iterator[tuple[Any, str, str]]:
    pk = item["pk"]["S"]
    for name in sorted(ONLY.get(pk.partition("#")[0], item.keys() - NOT_AUDITED) & item.keys()):
        value = item[name]
        if name == "facts":
            for fact_id, content in value["M"].items():
                yield from ((holder, kind, fact_id) for holder, kind in _leaves(content))
        else:
            yield from ((holder, kind, _part_of(pk)) for holder, kind in _leaves(value))


def _leaves(value: Any) -> Iterator[tuple[Any, str]]:
    kind, content = next(iter(value.items()))
    if kind in ("S", "N") and content:
        yield value, kind
    for inner in content.values() if kind == "M" else content if kind == "L" else ():
        yield from _leaves(inner)


def _part_of(pk: str) -> str:
    prefix = pk.partition("#")[0]
    by_prefix = {"PAY": "asked", "OUT": "asked", "RCPT": "owner", "STAFF": "member", "KEY": "api_key"}
    more = {"SETTINGS": "settings", "HOOK": f"endpoint:{ENDPOINT['id']}", "SESSION": "sign_in"}
    return (by_prefix | more)[prefix]


def with_one_byte_changed(text: str, kind: str, chance: random.Random) -> str:
    """Another text of the same length, or another number."""
    place = chance.randrange(len(text))
    letters = "123456789" if kind == "N" else "abcdefghijklmnopqrstuvwxyz0123456789"
    other = chance.choice([letter for letter in letters if letter != text[place]])
    return text[:place] + other + text[place + 1 :]
