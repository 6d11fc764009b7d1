"""What of the table's items the audit log tells of, and how far its nightly check has come.

| item       | audited part by part                                             | left out                           |
|------------|------------------------------------------------------------------|------------------------------------|
| PAY#       | what was asked, what a shop may edit of it, each fact            | times, schedule, summary           |
| OUT#       | what was asked, each fact: approvals and decisions are facts     | the same, its place in the limits  |
| RCPT#      | whose it is, once it is somebody's; each fact                    | schedule                           |
| STAFF#     | the member: roles, person, whom somebody proposed for what       |                                    |
| SESSION#   | the sign-in, and its end                                         | when somebody was there last       |
| KEY#       | the API key without its secret, which nobody has                 |                                    |
| SETTINGS#  | the shop's settings                                              |                                    |
| C2BREG#    | the registration of a shortcode's addresses                      | the self-test                      |
| HOOK#      | each webhook endpoint                                            | how its deliveries go              |
| RECON#     | the compared day; its lines; what a person decided               | the plan of the runs               |
| OUTFILE#   | the file of payouts                                              | how far it is taken                |
| STATEMENT# | a statement that somebody sent, and what it came to              | how far it is taken                |
| PROVEN#    | what the statements of a shortcode cover                         |                                    |
| CIRCUIT#   | the API operator: since when a credential stands, what stopped it| when it was tested                 |

What was asked, whose a receipt is, and facts never change once they are there: who changes one of them is not us.

A newer release may keep more in an item: that is audited too, for what is audited is all that is not left out. Whoever
changes a row raises `RULES` in `domain/audit/page.py`. The check's own item:

  AUDIT#  {"began": 1772499600000, "ended": 1772499605000, "newest": 812, "newest_mark": "9f3a…", …}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from gateway.aws import items
from gateway.aws.table import Path, Table
from gateway.aws.values import Item
from gateway.domain.audit.check import Finding, Found
from gateway.domain.audit.entry import NAMED_BY_MARK, ItemChange, Part, Parts, item_name
from gateway.domain.audit.progress import AuditProgress, Waiting
from gateway.domain.fact import Fact
from gateway.domain.money_out.facts import OUT_CODEC
from gateway.domain.shop import ShopSettings

PROGRESS_PK = "AUDIT#"
LISTED_AT_ONCE = 1_000
EDITABLE = ("cancel_url", "metadata", "order", "return_url")
"""What a shop may edit of a payment: nothing that money follows from."""

INDEXES = frozenset({"pk", "version", "expires_at", *("due_shard", "due_at"), *("day_key", "day_sort")})
"""Attributes that say nothing of their own. `changed_by` names who wrote an item last, and is the entry's actor."""

Values = Mapping[str, Any]
Reader = Callable[[str, Values], Parts]


def audited_change(record: Mapping[str, Any], key: bytes) -> ItemChange | None:
    """A record of the stream; None where DynamoDB itself removed what had run out. key: the log's.

    Never fails for what an item holds: what this release cannot read is one part of its own.
    """
    told = record["dynamodb"]
    if record.get("userIdentity", {}).get("type") == "Service":
        return None
    item_key = told["Keys"]["pk"]["S"]
    before, after = told.get("OldImage"), told.get("NewImage")
    return ItemChange(
        item=item_name(key, item_key),
        before=parts_of(before) if before else None,
        after=parts_of(after) if after else None,
        changed_at_ms=int(float(told["ApproximateCreationDateTime"]) * 1000),
        sequence=str(told["SequenceNumber"]),
        by=str((after or {}).get("changed_by", {}).get("S", "")),
    )


def parts_of(item: Item) -> Parts:
    """The parts of an item; none of one that is not audited."""
    values = items.unpacked(item)
    pk = str(values["pk"])
    read = next((read for prefix, read in READERS.items() if pk.startswith(prefix)), None)
    if read is None:
        return {}
    try:
        parts = read(pk, values)
    except (AttributeError, KeyError, TypeError, ValueError):
        parts = {}
        readable = False
    else:
        readable = all(map(_can_be_told, parts.values()))
    whole = Part(kind="unreadable", content=dict(values), lasting=False, source="gateway", at_ms=0)
    return parts if readable else {"unreadable": whole}


def _can_be_told(part: Part) -> bool:
    """Whether its times and its amount are numbers, as all that we write; else nothing could be worked out from it."""
    amount_kes = 0 if part.amount_kes is None else part.amount_kes
    written: tuple[object, ...] = (part.at_ms, part.learned_at_ms, amount_kes)
    return all(isinstance(value, int) for value in written)


# --- parts ----------------------------------------------------------------------------------------------------------


def _payment(_: str, values: Values) -> Parts:
    asked, facts = values["asked"], _facts(values["facts"], items.fact_from_stored)
    fixed = {name: value for name, value in asked.items() if name not in EDITABLE}
    about = {name: value for name, value in asked.items() if name in EDITABLE}
    edited = [part for part in facts.values() if part.kind == "edited"]
    said = max(edited, key=lambda part: part.learned_at_ms, default=_asked(asked, {}))
    told = replace(said, kind="about", content=about, lasting=False, amount_kes=None)
    return {"asked": _asked(asked, fixed), **({"about": told} if about else {}), **facts}


def _outgoing(_: str, values: Values) -> Parts:
    asked = values["asked"]
    return {"asked": _asked(asked, asked), **_facts(values["facts"], _out_fact)}


def _asked(asked: Values, content: Values) -> Part:
    """content: of it."""
    return Part(
        kind="asked",
        content=content,
        lasting=True,
        source="api",
        at_ms=asked["created_at_ms"],
        learned_at_ms=asked["created_at_ms"],
        actor=str(asked.get("maker") or asked["created_by"]),
        amount_kes=asked["amount_kes"],
    )


def _receipt(pk: str, values: Values) -> Parts:
    facts = _facts(values["facts"], items.fact_from_stored)
    last = max(facts.values(), key=lambda part: part.learned_at_ms, default=None)
    receipt, whose = pk.removeprefix(items.RECEIPT), values.get("owner")
    owner = Part(
        kind="owner" if whose else "nobodys",
        content=[whose, values["shortcode"], values["day"]],
        lasting=bool(whose),
        source=last.source if last else "gateway",
        at_ms=last.at_ms if last else 0,
        learned_at_ms=last.learned_at_ms if last else 0,
        actor=last.actor if last else "",
        receipt=receipt,
        amount_kes=last.amount_kes if last else None,
    )
    return {owner.kind: owner, **facts}


def _out_fact(fact_id: str, stored: Values) -> Fact:
    whole = {"kind": fact_id.partition(":")[0], **stored}
    whole.setdefault("learned_at_ms", whole.get("said_at_ms", 0))
    return OUT_CODEC.from_plain(fact_id, whole)


def _facts(stored: Mapping[str, Values], read: Callable[[str, Values], Fact]) -> dict[str, Part]:
    return {fact_id: _fact(fact_id, content, read(fact_id, content)) for fact_id, content in stored.items()}


def _fact(fact_id: str, content: Values, fact: Fact) -> Part:
    return Part(
        kind=fact_id.partition(":")[0],
        content=content,
        lasting=True,
        source=str(fact.source),
        at_ms=fact.said_at_ms,
        learned_at_ms=fact.learned_at_ms,
        actor=str(next((content[name] for name in ("actor", "subject", "assigned_by") if content.get(name)), "")),
        receipt=str(content.get("receipt") or content.get("original_receipt") or ""),
        amount_kes=content.get("amount_kes"),
    )


def _whole(
    kind: str, left_out: tuple[str, ...] = (), *, source: str = "operator", actor: str = "", at: str = ""
) -> Reader:
    """An item of one part: all of it but what is left out. actor, at: the attributes that say who and when."""

    def read(_: str, values: Values) -> Parts:
        content = {name: value for name, value in values.items() if name not in INDEXES and name not in left_out}
        at_ms = int(values.get(at, 0))
        who = str(values.get(actor) or "")
        part = Part(
            kind=kind,
            content=content,
            lasting=False,
            source=source,
            at_ms=at_ms,
            learned_at_ms=at_ms,
            actor=who,
        )
        return {kind: part}

    return read


def _member(_: str, values: Values) -> Parts:
    content = {name: value for name, value in values.items() if name not in INDEXES}
    return {
        "member": Part(
            kind="member",
            content=content,
            lasting=False,
            source="operator",
            at_ms=int(values.get("changed_at") or values["added_at"]),
            learned_at_ms=int(values.get("changed_at") or values["added_at"]),
            actor=str(values.get("changed_by") or values["added_by"]),
        )
    }


_OF_DELIVERIES = ("failing_since_ms", "resting_until_ms", "slow")


def _endpoints(_: str, values: Values) -> Parts:
    parts = {}
    for endpoint in values["endpoints"]:
        content = {name: value for name, value in endpoint.items() if name not in _OF_DELIVERIES}
        at_ms = int(endpoint["created_at_ms"])
        parts[f"endpoint:{endpoint['id']}"] = Part(
            kind="endpoint", content=content, lasting=False, source="api", at_ms=at_ms, learned_at_ms=at_ms
        )
    return parts


def _reconciled(pk: str, values: Values) -> Parts:
    if "run_at" in values:
        read = _whole("day", actor="closed_by", at="run_at")
    elif "by" in values and "at" in values:
        said = _whole("decision", actor="by", at="at")(pk, values)["decision"]
        return {"decision": Part(**{**_fields_of(said), "lasting": True})}
    elif "lines" in values:
        read = _whole("lines")
    else:
        return {}
    return read(pk, values)


def _fields_of(part: Part) -> dict[str, Any]:
    return {name: getattr(part, name) for name in Part.__dataclass_fields__}


READERS: Mapping[str, Reader] = {
    items.PAYMENT: _payment,
    "OUT#": _outgoing,
    items.RECEIPT: _receipt,
    NAMED_BY_MARK: _member,
    "SESSION#": _whole("sign_in", ("seen_at",), actor="person", at="started_at"),
    items.KEY: _whole("api_key", actor="maker", at="created_at"),
    items.SETTINGS: _whole("settings"),
    "C2BREG#": _whole("registration", ("tested", "test", "heard"), actor="by", at="at"),
    "HOOK#": _endpoints,
    "RECON#": _reconciled,
    "OUTFILE#": _whole("payout_file", ("lines", "out_ids"), actor="maker", at="created_at_ms"),
    "STATEMENT#": _whole("statement", ("done",), actor="actor", at="made_at"),
    "PROVEN#": _whole("proven", source="statement"),
    "CIRCUIT#": _whole("api_operator", ("tested_at",), at="set_at"),
}
"""By how an item's key begins. The stream's filter in `template.yaml` names the same."""


# --- the port -------------------------------------------------------------------------------------------------------


class DynamoAudited:
    """The Audited port over the one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read_items(self, key: bytes, names: tuple[str, ...], /) -> Mapping[str, Parts]:
        """Read together, consistently. Members of the staff are found by the list of their shop."""
        keys = {name: name for name in names if not name.startswith(NAMED_BY_MARK)}
        for owner in sorted({name.split("#")[1] for name in names if name.startswith(NAMED_BY_MARK)}):
            keys |= {item_name(key, pk): pk for pk in self._members(owner)}
        wanted = {name: keys[name] for name in names if name in keys}
        found = self._table.read_together(list(wanted.values()))
        return {name: parts_of(found[pk]) for name, pk in wanted.items() if pk in found}

    def list_day(self, key: bytes, day: str, /) -> tuple[str, ...]:
        """By the lists of each shop and each of its shortcodes."""
        shops = self._shops()
        codes = {number for shop in shops for code in shop.shortcodes for number in (code.number, code.store_number)}
        lists = [items.day_key(shop.owner, day) for shop in shops]
        lists += [f"OUT#{kind}#{shop.owner}#{day}" for shop in shops for kind in ("payout", "refund")]
        lists += [f"{items.RECEIPT}{code}#{day}" for code in sorted(filter(None, codes))]
        return tuple(item_name(key, pk) for one in lists for pk in self._listed(one))

    def list_standing(self, key: bytes, /) -> tuple[str, ...]:
        """By the lists of each shop."""
        owners = [shop.owner for shop in self._shops()]
        pks = [pk for owner in owners for prefix in (NAMED_BY_MARK, items.KEY) for pk in self._listed(prefix + owner)]
        return tuple(item_name(key, pk) for pk in (*pks, *(f"HOOK#{owner}" for owner in owners)))

    def _shops(self) -> list[ShopSettings]:
        found = self._table.read_together(self._listed(items.SETTINGS))
        return [items.settings_from_item(item) for item in found.values()]

    def _members(self, owner: str) -> list[str]:
        return self._listed(NAMED_BY_MARK + owner)

    def _listed(self, day_key: str) -> list[str]:
        return self._table.listed(day_key, LISTED_AT_ONCE)

    def read_audit_progress(self) -> AuditProgress:
        """One consistent read."""
        item = self._table.read(PROGRESS_PK)
        return progress_from_item(item) if item else AuditProgress()

    def save_audit_progress(self, before: AuditProgress, after: AuditProgress, /) -> bool:
        """One write."""
        changed: dict[Path, Any] = {
            ("began",): after.began_ms,
            ("ended",): after.ended_ms,
            ("at",): after.at,
            ("before",): after.before,
            ("waiting",): [[one.item, one.mark, one.shard, one.place] for one in after.waiting],
            ("judged",): after.judged_ms,
            ("newest",): after.newest,
            ("newest_mark",): after.newest_mark,
            ("findings",): [{**asdict(one), "what": str(one.what)} for one in after.findings],
            ("found",): after.found,
            ("strange",): list(after.strange),
            ("version",): before.version + 1,
        }
        return self._table.change(PROGRESS_PK, changed, {"version": before.version or None}) is None


def progress_from_item(item: Item) -> AuditProgress:
    """From what is stored."""
    values = items.unpacked(item)
    return AuditProgress(
        began_ms=values["began"],
        ended_ms=values["ended"],
        at=values["at"],
        before=values.get("before"),
        waiting=tuple(Waiting(*one) for one in values["waiting"]),
        judged_ms=values["judged"],
        newest=values["newest"],
        newest_mark=values["newest_mark"],
        findings=tuple(Finding(**{**one, "what": Found(one["what"])}) for one in values["findings"]),
        found=values["found"],
        strange=tuple(values.get("strange", ())),
        version=values["version"],
    )
