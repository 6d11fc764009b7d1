"""Item ↔ domain value, both ways. What an item may look like is told at the top of `store.py`.

Every reader takes what it knows and leaves the rest; every writer changes single attributes. So an attribute or a
fact that a newer release wrote survives the older one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar
from zlib import crc32

from gateway.aws.values import Item, plain, typed
from gateway.domain.facts import Fact, as_plain, from_plain
from gateway.domain.guard import RECENT_FOR_MS, Guard
from gateway.domain.payment import Asked, Asks, PaymentRecord
from gateway.domain.receipts import ReceiptRecord, Standing
from gateway.domain.references import normalised
from gateway.domain.shop import ApiKey, ShopSettings, Shortcode
from gateway.ports import Indexed, Orphan

T = TypeVar("T")

PAYMENT, RECEIPT, PHONE, PACE = "PAY#", "RCPT#", "PHONE#", "PACE#"
SETTINGS, KEY, ORPHAN = "SETTINGS#", "KEY#", "ORPHAN#"
TOKEN_LEASE_PK = "LEASE#token"  # noqa: S105  a key of the table

EAT = timezone(timedelta(hours=3), "EAT")

SORT_HEX = 8
"""Hex characters of the id in a sort key: two payments of one millisecond do not hide each other."""


def day_of(at_ms: int) -> str:
    """The day in Nairobi, as 2026-03-02."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(EAT).date().isoformat()


def due_shard(key: str, shards: int) -> str:
    """Which part of the `due` index an item lies in."""
    return str(crc32(key.encode()) % shards)


def due_attributes(key: str, at_ms: int | None, shards: int) -> dict[str, Any]:
    """Index attributes of `due`; None means that the attribute is to go."""
    shard = None if at_ms is None else due_shard(key, shards)
    return {"due_shard": shard, "due_at": at_ms}


def unpacked(item: Item) -> dict[str, Any]:
    """An item (or a stream image) as plain values."""
    return {name: plain(value) for name, value in item.items()}


def packed(values: Mapping[str, Any]) -> Item:
    """Plain values as an item, without those that are None."""
    return {name: typed(value) for name, value in values.items() if value is not None}


# --- facts ----------------------------------------------------------------------------------------------------


def fact_to_stored(fact: Fact) -> dict[str, Any]:
    """Without what the fact's key says (its kind) and without `learned_at_ms` when it is `said_at_ms`."""
    stored = as_plain(fact)
    stored.pop("kind", None)
    if stored.get("learned_at_ms") == stored.get("said_at_ms"):
        stored.pop("learned_at_ms", None)
    return stored


def fact_from_stored(fact_id: str, stored: Mapping[str, Any]) -> Fact:
    """Inverse. A kind that this release does not know comes as an UnknownFact."""
    whole = {"kind": fact_id.partition(":")[0], **stored}
    whole.setdefault("learned_at_ms", whole.get("said_at_ms", 0))
    return from_plain(fact_id, whole)


def _facts(stored: Mapping[str, Any]) -> dict[str, Fact]:
    return {fact_id: fact_from_stored(fact_id, content) for fact_id, content in stored.items()}


def facts_to_stored(facts: Iterable[Fact]) -> dict[str, dict[str, Any]]:
    """A map by identity."""
    return {fact.id: fact_to_stored(fact) for fact in facts}


# --- payments -------------------------------------------------------------------------------------------------


def asked_to_stored(asked: Asked) -> dict[str, Any]:
    """Without the id, which is the key, and without what equals its default."""
    stored = {}
    for field in fields(asked):
        value = getattr(asked, field.name)
        if field.name != "id" and value is not None and value != _default(field):
            stored[field.name] = dict(value) if isinstance(value, Mapping) else value
    return stored


def _default(field: Any) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _known(kind: type[T], stored: Mapping[str, Any], **more: Any) -> T:
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # callers pass dataclasses
    return kind(**{name: value for name, value in stored.items() if name in names}, **more)


def sort_key(at_ms: int, payment_id: str) -> str:
    """By time, then by id; the same in every list of payments."""
    return f"{at_ms:013d}.{payment_id.rpartition('_')[2][:SORT_HEX]}"


def day_key(owner: str, day: str) -> str:
    """An owner's payments of a day."""
    return f"{owner}#{day}"


def reference_key(shortcode: str, reference: str) -> str:
    """What a payer may have typed."""
    return f"{shortcode}#{normalised(reference)}"


def waiting_key(standing: Standing, shortcode: str) -> str:
    """Money of a shortcode that has no payment: unmatched, or set aside."""
    return f"{RECEIPT}{standing}#{shortcode}"


def order_key(owner: str, order: str) -> str:
    """A shop's own order number."""
    return f"{owner}#{order}"


def list_attributes(asked: Asked) -> dict[str, Any]:
    """Index attributes of by_day, by_reference and by_order; None for a payment without an order."""
    sort = sort_key(asked.created_at_ms, asked.id)
    return {
        "day_key": day_key(asked.owner, day_of(asked.created_at_ms)),
        "day_sort": sort,
        "reference_key": reference_key(asked.shortcode, asked.account_reference),
        "reference_sort": sort,
        "order_key": order_key(asked.owner, asked.order) if asked.order else None,
        "order_sort": sort if asked.order else None,
    }


def asks_to_stored(asks: Asks) -> list[int]:
    """How often, and when last."""
    return [asks.count, asks.last_at_ms]


def payment_to_values(record: PaymentRecord, indexed: Indexed, shards: int) -> dict[str, Any]:
    """The whole item of a new payment."""
    key = PAYMENT + record.id
    return {
        "pk": key,
        "asked": asked_to_stored(record.asked),
        "facts": facts_to_stored(record.facts.values()),
        "asks": {str(number): asks_to_stored(asks) for number, asks in record.asks.items()},
        "version": record.version,
        "fold_version": record.fold_version,
        "updated_at": record.updated_at_ms,
        "summary": dict(indexed.summary) or None,
        "unconcluded": record.unconcluded or None,
        **list_attributes(record.asked),
        **due_attributes(key, indexed.due_at_ms, shards),
    }


def payment_from_item(item: Item) -> PaymentRecord:
    """A stored payment; also from the old or new image of a stream record."""
    values = unpacked(item)
    payment_id = values["pk"].removeprefix(PAYMENT)
    return PaymentRecord(
        asked=_known(Asked, {**values["asked"], "id": payment_id}),
        facts=_facts(values["facts"]),
        version=values["version"],
        fold_version=values["fold_version"],
        asks={int(number): Asks(*asks[:2]) for number, asks in values.get("asks", {}).items()},
        updated_at_ms=values["updated_at"],
        due_at_ms=values.get("due_at"),
        unconcluded=values.get("unconcluded", False),
    )


# --- the other items ------------------------------------------------------------------------------------------


def receipt_to_values(record: ReceiptRecord, shards: int) -> dict[str, Any]:
    """The whole item. A receipt without an owner says so by having none."""
    key = RECEIPT + record.receipt
    return {
        "pk": key,
        "owner": record.owner,
        "shortcode": record.shortcode,
        "day": record.day,
        "facts": facts_to_stored(record.facts.values()),
        "version": record.version,
        "matched_tries": record.matched_tries or None,
        "day_key": f"{RECEIPT}{record.shortcode}#{record.day}",
        "day_sort": record.receipt,
        **_waiting_attributes(record),
        **due_attributes(key, record.due_at_ms, shards),
    }


def _waiting_attributes(record: ReceiptRecord) -> dict[str, str | None]:
    """In the list of what waits as long as it has no payment."""
    if record.standing is Standing.MATCHED:
        return {"reference_key": None, "reference_sort": None}
    amount_kes = record.money.amount_kes if record.money else 0
    return {
        "reference_key": waiting_key(record.standing, record.shortcode),
        "reference_sort": f"{record.money_at_ms:013d}.{record.receipt}.{amount_kes}",
    }


def receipt_from_item(item: Item) -> ReceiptRecord:
    """A stored receipt; also from a stream image."""
    values = unpacked(item)
    return ReceiptRecord(
        receipt=values["pk"].removeprefix(RECEIPT),
        owner=values.get("owner"),
        shortcode=values["shortcode"],
        day=values["day"],
        facts=_facts(values["facts"]),
        version=values["version"],
        due_at_ms=values.get("due_at"),
        matched_tries=values.get("matched_tries", 0),
    )


def guard_to_values(guard: Guard) -> dict[str, Any]:
    """The whole item. It goes when nobody is expected to search by its phone any more, long after its windows."""
    last_ms = max([guard.until_ms, *(at for times in guard.prompted_ms.values() for at in times)])
    return {
        "pk": PHONE + guard.phone_key,
        "payment": guard.payment_id,
        "number": guard.number,
        "sender": guard.sender,
        "until": guard.until_ms,
        "prompted": {owner: list(times) for owner, times in guard.prompted_ms.items()},
        "unanswered": guard.unanswered,
        "version": guard.version,
        "recent": [f"{owner}#{payment_id}" for owner, payment_id in guard.recent],
        "expires_at": (last_ms + RECENT_FOR_MS) // 1000,
    }


def guard_from_item(item: Item) -> Guard:
    """A stored guard, run out or not."""
    values = unpacked(item)
    return Guard(
        phone_key=values["pk"].removeprefix(PHONE),
        payment_id=values["payment"],
        number=values["number"],
        sender=values["sender"],
        until_ms=values["until"],
        prompted_ms={owner: tuple(times) for owner, times in values["prompted"].items()},
        unanswered=values["unanswered"],
        version=values["version"],
        recent=tuple(_pair(text) for text in values.get("recent", ())),
    )


def _pair(text: str) -> tuple[str, str]:
    owner, _, payment_id = text.rpartition("#")
    return owner, payment_id


def orphan_to_values(orphan: Orphan, shards: int) -> dict[str, Any]:
    """The whole item; DynamoDB removes it after its time."""
    key = ORPHAN + orphan.key
    return {
        "pk": key,
        "what": orphan.what,
        "body": orphan.body,
        "learned_at": orphan.learned_at_ms,
        "day_key": f"{ORPHAN}{day_of(orphan.learned_at_ms)}",
        "day_sort": f"{orphan.learned_at_ms:013d}",
        "expires_at": orphan.expires_at_ms // 1000,
        "tries": orphan.tries or None,
        "matched_at": orphan.matched_at_ms,
        **due_attributes(key, orphan.due_at_ms, shards),
    }


def settings_to_values(settings: ShopSettings) -> dict[str, Any]:
    """The whole item."""
    stored = {field.name: getattr(settings, field.name) for field in fields(settings) if field.name != "owner"}
    codes = [
        {name: value for name in _SHORTCODE_NAMES if (value := getattr(code, name)) is not None}
        for code in settings.shortcodes
    ]
    return {
        "pk": SETTINGS + settings.owner,
        **stored,
        "shortcodes": codes,
        "day_key": SETTINGS,
        "day_sort": settings.owner,
    }


_SHORTCODE_NAMES = tuple(field.name for field in fields(Shortcode))


def settings_from_item(item: Item) -> ShopSettings:
    """An owner's settings."""
    values = unpacked(item)
    codes = tuple(_known(Shortcode, code) for code in values.pop("shortcodes"))
    origins = tuple(values.pop("origins", ()))
    owner = values["pk"].removeprefix(SETTINGS)
    return _known(ShopSettings, values, owner=owner, shortcodes=codes, origins=origins)


def key_to_values(key: ApiKey, secret_hash: str, *, created_at_ms: int, last4: str) -> dict[str, Any]:
    """The whole item. `ends_at` and not `expires_at`: a key that has run out stays in the list."""
    return {
        "pk": KEY + secret_hash,
        "id": key.id,
        "owner": key.owner,
        "livemode": key.livemode,
        "publishable": key.publishable,
        "scopes": sorted(key.scopes),
        "name": key.name,
        "revoked": key.revoked,
        "ends_at": key.expires_at_ms,
        "maker": key.maker or None,
        "last4": last4,
        "created_at": created_at_ms,
        "day_key": f"{KEY}{key.owner}",
        "day_sort": f"{created_at_ms:013d}",
    }


def key_from_item(item: Item) -> ApiKey:
    """An API key, without its secret."""
    values = unpacked(item)
    ends_at_ms = values.get("ends_at")
    values["scopes"] = frozenset(values["scopes"])
    return _known(ApiKey, values, expires_at_ms=ends_at_ms)
