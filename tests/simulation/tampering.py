"""Somebody writes into the table or into the bucket behind everybody's back, once in a world."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from gateway.aws.values import Item
from gateway.domain.audit.page import Head, opened, sealed
from tests.audit_stage import audited_texts, with_one_byte_changed
from tests.simulation.audit_images import PAYMENT, RECEIPT, Altering
from tests.simulation.faults import SORTS

if TYPE_CHECKING:
    from tests.simulation.audit_storm import AuditStorm

HOUR_MS = 3_600_000
WITHIN_MS = 30 * HOUR_MS
FORGED = "receipt_taken:FORGED0001"


class Tamperer:
    """Of one world."""

    def __init__(self, audit: AuditStorm) -> None:
        self._audit = audit
        self._chance = audit.chance
        self._sort = ""

    def plan(self) -> None:
        """At any moment of the first night and a day, if at all."""
        audit = self._audit
        if audit.weather.hit("audit_tampered"):
            self._sort = self._chance.choice(SORTS["audit_tampered"])
            within_ms = self._chance.choice((4 * HOUR_MS, WITHIN_MS))
            audit.agenda.at(audit.storm.start_ms + self._chance.randrange(within_ms), self._act)

    def _act(self) -> None:
        """Where there is nothing to alter yet, a little later."""
        if not self._done():
            self._audit.agenda.at(self._audit.agenda.now + HOUR_MS, self._act)
            return
        self._audit.weather.sort("audit_tampered", self._sort)

    def _done(self) -> bool:
        if "page" in self._sort:
            return self._a_page()
        return self._an_item(told="through the table" in self._sort)

    # --- items ------------------------------------------------------------------------------------------------

    def _an_item(self, *, told: bool) -> bool:
        audit = self._audit
        prefix = RECEIPT if "owner" in self._sort else PAYMENT
        pks = [pk for pk, item in audit.images.standing.items() if pk.startswith(prefix) and self._fits(item)]
        if not pks:
            return False
        pk = self._chance.choice(pks)
        before, after = audit.images.alter(pk, self._altering(audit.images.standing[pk]))
        if told:
            audit.tell(before, after, ours=False)
        audit.judge.item_altered(audit.agenda.now, audit.images.names[pk])
        return True

    def _fits(self, item: Item) -> bool:
        if "owner" in self._sort:
            return "owner" in item
        return bool(item["facts"]["M"]) or "asked" in self._sort or "item" in self._sort

    def _altering(self, item: Item) -> Altering:
        """What is done to the item, now and whenever it is written."""
        if "item" in self._sort:
            return lambda _: None
        if "added" in self._sort:
            forged = {"M": {"receipt": {"S": "FORGED0001"}, "said_at_ms": {"N": str(self._audit.agenda.now)}}}
            return lambda now: _with_fact(now, FORGED, forged)
        if "taken out" in self._sort:
            taken = self._chance.choice(sorted(item["facts"]["M"]))
            return lambda now: _with_fact(now, taken, None)
        return self._byte_of(item)

    def _byte_of(self, item: Item) -> Altering:
        """One byte of what was asked, of whose a receipt is, or of a fact."""
        altered = copy.deepcopy(dict(item))
        whose = next((one for one in ("owner", "asked") if one in self._sort), "")
        parts = [whose] if whose else item["facts"]["M"]
        holder, kind, part = self._chance.choice([one for one in audited_texts(altered) if one[2] in parts])
        holder[kind] = with_one_byte_changed(holder[kind], kind, self._chance)
        if not whose:
            return lambda now: _with_fact(now, part, altered["facts"]["M"][part])
        names = ("owner", "shortcode", "day") if whose == "owner" else ("asked",)
        return lambda now: {**now, **{name: altered[name] for name in names}}

    # --- pages ------------------------------------------------------------------------------------------------

    def _a_page(self) -> bool:
        audit, pages = self._audit, self._audit.bucket.pages
        older = sorted(pages)[:-1]
        numbers = sorted(pages)[-1:] if "newest" in self._sort else older
        if not numbers or self._would_be_a_log_that_begins_now(numbers):
            return False
        number = self._chance.choice(numbers)
        before = pages[number]
        spoilt = self._spoilt(before)
        if spoilt is None:
            del pages[number]
        else:
            pages[number] = spoilt
        audit.judge.page_altered(number, before)
        return True

    def _would_be_a_log_that_begins_now(self, numbers: list[int]) -> bool:
        """Nobody can tell a log whose only page is gone from one that was not there before."""
        return "taken away" in self._sort and numbers == [1]

    def _spoilt(self, data: bytes) -> bytes | None:
        if "taken away" in self._sort:
            return None
        if "byte" in self._sort:
            place = self._chance.randrange(len(data))
            return data[:place] + bytes([data[place] ^ self._chance.randrange(1, 256)]) + data[place + 1 :]
        page = opened(self._audit.key, data)
        assert page.head is not None
        head = {name: getattr(page.head, name) for name in Head.__dataclass_fields__}
        left = list(page.entries.values())[:-1]
        return sealed(self._audit.key, Head(**{**head, "entries": len(left)}), left)


def _with_fact(item: Item, fact_id: str, content: Any) -> Item:
    facts = {name: fact for name, fact in item["facts"]["M"].items() if name != fact_id}
    if content is not None:
        facts[fact_id] = content
    return {**item, "facts": {"M": facts}}
