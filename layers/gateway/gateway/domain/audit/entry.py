"""What is audited of an item, and the entries that a change of it leaves in the log.

An item is made of parts, each of which changes as one: a fact, a member of the staff, a shop's settings. The log never
holds what a part says, only a keyed mark of it and the few words that an accountant needs: who, when, which receipt.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

MARK_HEX = 32
"""Hex characters of a mark: 128 bits."""

NAMED_BY_MARK = "STAFF#"
"""Items whose key holds an e-mail address. In the log they stand under a mark of it."""

ENDING = "SESSION#"
"""Items that DynamoDB removes after their time."""

SPEAKERS = {
    "push": "mpesa",
    "callback": "mpesa",
    "query": "mpesa",
    "status": "mpesa",
    "c2b": "mpesa",
    "pull": "mpesa",
    "statement": "mpesa",
    "timer": "gateway",
    "gateway": "gateway",
    "api": "api",
    "operator": "operator",
}
"""Who acted where nobody is named, by source. operator: whoever holds the AWS account's credentials."""

TABLE, UNKNOWN = "table", "unknown"
"""Source and actor of a change that nothing of ours makes: somebody wrote into the table itself."""

_ID = re.compile(r"(key|person|pay|out|ref|plink|whe|file)_[0-9a-z]{1,40}")
_WORDS = frozenset({*SPEAKERS.values(), "command", "payer", UNKNOWN})
_CANONICAL = json.JSONEncoder(separators=(",", ":"), sort_keys=True, ensure_ascii=False, default=repr)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """content: plain values. lasting: once there it neither changes nor goes (facts).

    at_ms: when its source spoke. learned_at_ms: when that reached us.
    """

    kind: str
    content: Any
    lasting: bool
    source: str
    at_ms: int
    learned_at_ms: int = 0
    actor: str = ""
    receipt: str = ""
    amount_kes: int | None = None


Parts = Mapping[str, Part]
"""By name. The name of a fact is its identity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """Two images of an item; None where it was not there. sequence: of the record in its shard of the stream.

    by: who wrote the second one, where the item itself says so.
    """

    item: str
    before: Parts | None
    after: Parts | None
    changed_at_ms: int
    sequence: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change of one part.

    was, now: marks of its content, empty where it was not there. item_was, item_now: marks of all parts of the item.
    late: not told by the stream; the nightly check found that the log lacked it.
    """

    item: str
    part: str
    kind: str
    was: str
    now: str
    item_was: str
    item_now: str
    changed_at_ms: int
    source: str
    at_ms: int
    actor: str
    sequence: str = ""
    receipt: str = ""
    amount_kes: int | None = None
    lasting: bool = False
    late: bool = False

    @property
    def place(self) -> int:
        """Where in its shard the change happened; 0 where no stream told of it."""
        return int(self.sequence or 0)


def mark(key: bytes, *texts: str) -> str:
    """128 bits of HMAC-SHA256 over the texts, each with its length in front so that they cannot run together."""
    joined = "".join(f"{len(text)}:{text}" for text in texts)
    return hmac.new(key, joined.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:MARK_HEX]


def item_name(key: bytes, item_key: str) -> str:
    """How an item is called in the log: by its key, without anybody's address."""
    if not item_key.startswith(NAMED_BY_MARK):
        return item_key
    owner = item_key.split("#")[1]
    return f"{NAMED_BY_MARK}{owner}#{mark(key, 'item', item_key)}"


def part_mark(key: bytes, item: str, name: str, part: Part) -> str:
    """The mark of what a part says; of this part of this item alone."""
    return mark(key, "part", item, name, _CANONICAL.encode(part.content))


def marks_of(key: bytes, item: str, parts: Parts) -> dict[str, str]:
    """The marks of all parts, by name."""
    return {name: part_mark(key, item, name, part) for name, part in parts.items()}


def item_mark(key: bytes, item: str, parts: Parts | None) -> str:
    """The mark of an item with all its parts, also where none is left; empty where there is no item."""
    if parts is None:
        return ""
    marks = marks_of(key, item, parts)
    return mark(key, "item", item, *(text for name in sorted(marks) for text in (name, marks[name])))


def entries_of(key: bytes, change: ItemChange) -> list[Entry]:
    """What the log says of a change, by the names of the parts; nothing where no part changed."""
    before, after = change.before or {}, change.after or {}
    was, now = marks_of(key, change.item, before), marks_of(key, change.item, after)
    changed = sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
    item_was, item_now = item_mark(key, change.item, change.before), item_mark(key, change.item, change.after)
    entries = []
    for name in changed:
        part = after.get(name) or before[name]
        if name in was and (part.lasting or not item_now):
            part = replace(part, source=TABLE, at_ms=change.changed_at_ms, actor=UNKNOWN)
        elif change.by and not part.lasting:
            part = replace(part, actor=change.by, at_ms=change.changed_at_ms)
        entries.append(
            Entry(
                item=change.item,
                part=name,
                kind=part.kind,
                was=was.get(name, ""),
                now=now.get(name, ""),
                item_was=item_was,
                item_now=item_now,
                changed_at_ms=change.changed_at_ms,
                source=part.source,
                at_ms=part.at_ms or change.changed_at_ms,
                actor=actor_shown(key, part),
                sequence=change.sequence,
                receipt=part.receipt,
                amount_kes=part.amount_kes,
                lasting=part.lasting,
            )
        )
    return entries


def actor_shown(key: bytes, part: Part) -> str:
    """Who acted: an id of ours, or a mark of any other name, so that nobody's address gets into the log."""
    actor = part.actor or SPEAKERS.get(part.source, "gateway")
    return actor if actor in _WORDS or _ID.fullmatch(actor) else f"person_{mark(key, 'actor', actor)}"


def entry_to_plain(entry: Entry) -> dict[str, Any]:
    """As it is written, without what is empty."""
    values = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return {name: value for name, value in values.items() if value not in (None, "") and value is not False}


def entry_from_plain(plain: Mapping[str, Any]) -> Entry:
    """Inverse. Raises TypeError for what is none."""
    known = {field.name for field in fields(Entry)}
    values = {"part": "", "was": "", "now": "", "item_was": "", "item_now": "", **plain}
    return Entry(**{name: value for name, value in values.items() if name in known})
