"""Money that goes out in memory: items, limits, and a Safaricom that answers as it is told.

The items pass the same contract as those over DynamoDB.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.domain.money_out.files import PayoutFile
from gateway.domain.money_out.limits import Limit
from gateway.domain.money_out.outgoing import OutgoingRecord
from gateway.domain.payment import Asks
from gateway.ports import Indexed
from gateway.ports.money_out import OutgoingPage, OutgoingQuery, Transfer, TransferAnswer


class MemoryOutgoings:
    """The Outgoings port. One lock: each call is atomic, as a write to one item is."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.outgoings: dict[str, OutgoingRecord] = {}
        self.statuses: dict[str, str] = {}
        self.receipts: dict[str, str] = {}
        self.limits: dict[str, Limit] = {}
        self.files: dict[str, PayoutFile] = {}

    def create_outgoing(self, record: OutgoingRecord, indexed: Indexed, /) -> OutgoingRecord | None:
        with self._lock:
            if record.id in self.outgoings:
                return self.outgoings[record.id]
            self.outgoings[record.id] = replace(record, due_at_ms=indexed.due_at_ms)
            self.statuses[record.id] = indexed.summary["status"]
            return None

    def read_outgoing(self, out_id: str, /) -> OutgoingRecord | None:
        with self._lock:
            return self.outgoings.get(out_id)

    def read_outgoings(self, out_ids: tuple[str, ...], /) -> tuple[OutgoingRecord, ...]:
        with self._lock:
            return tuple(self.outgoings[one] for one in dict.fromkeys(out_ids) if one in self.outgoings)

    def save_outgoing(self, before: OutgoingRecord, after: OutgoingRecord, indexed: Indexed, /) -> bool:
        with self._lock:
            stored = self.outgoings.get(before.id)
            if stored is None or stored.version != before.version:
                return False
            asked_about = {number: asks for number, asks in after.asks.items() if before.asks.get(number) != asks}
            self.outgoings[before.id] = replace(
                after,
                facts={**after.facts, **stored.facts},
                asks={**stored.asks, **asked_about},
                version=before.version + 1,
                due_at_ms=indexed.due_at_ms,
            )
            self.statuses[before.id] = indexed.summary.get("status", self.statuses[before.id])
            if indexed.summary:
                self.receipts[before.id] = indexed.summary.get("receipt", "")
            return True

    def lease_outgoing(self, record: OutgoingRecord, due_at_ms: int | None, asks: Mapping[int, Asks], /) -> bool:
        with self._lock:
            stored = self.outgoings.get(record.id)
            if stored is None or stored.due_at_ms != record.due_at_ms:
                return False
            self.outgoings[record.id] = replace(stored, due_at_ms=due_at_ms, asks={**stored.asks, **asks})
            return True

    def list_outgoings(self, query: OutgoingQuery, limit: int, cursor: str | None, /) -> OutgoingPage:
        with self._lock:
            every = self.outgoings.values()
            mine = [one for one in every if (one.asked.owner, one.asked.kind) == (query.owner, query.kind)]
            if query.day is not None:
                mine = [one for one in mine if _day(one.asked.created_at_ms) == query.day]
            else:
                mine = [one for one in mine if self.statuses[one.id] == query.status]
            left = [one for one in sorted(mine, key=_sort, reverse=True) if cursor is None or _sort(one) < cursor]
            return OutgoingPage(tuple(left[:limit]), _sort(left[limit - 1]) if len(left) > limit else None)

    def find_outgoings(self, owner: str, receipt: str, /) -> tuple[OutgoingRecord, ...]:
        with self._lock:
            ids = [out_id for out_id, told in self.receipts.items() if told == receipt]
            return tuple(self.outgoings[one] for one in ids if self.outgoings[one].asked.owner == owner)

    def create_file(self, file: PayoutFile, /) -> PayoutFile | None:
        with self._lock:
            if file.id in self.files:
                return self.files[file.id]
            self.files[file.id] = file
            return None

    def read_file(self, file_id: str, /) -> PayoutFile | None:
        with self._lock:
            return self.files.get(file_id)

    def save_file(self, before: PayoutFile, after: PayoutFile, /) -> bool:
        with self._lock:
            stored = self.files.get(before.id)
            if stored is None or stored.version != before.version:
                return False
            self.files[before.id] = replace(
                stored, lines=after.lines, due_at_ms=after.due_at_ms, version=before.version + 1
            )
            return True

    def read_limit(self, name: str, /) -> Limit | None:
        with self._lock:
            return self.limits.get(name)

    def save_limit(self, before: Limit | None, after: Limit, /) -> bool:
        with self._lock:
            stored = self.limits.get(after.name)
            if (stored.version if stored else None) != (before.version if before else None):
                return False
            self.limits[after.name] = replace(after, version=(before.version if before else 0) + 1)
            return True


class ScriptedTransfers:
    """The Transfers port: answers from a script, then as if all were accepted; keeps what was handed over."""

    def __init__(self) -> None:
        self.handed_over: list[Transfer] = []
        self.answers: deque[TransferAnswer | Exception] = deque()

    def hand_over(self, token: str, transfer: Transfer, /) -> TransferAnswer:
        self.handed_over.append(transfer)
        number = len(self.handed_over)
        answer = self.answers.popleft() if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer or TransferAnswer(f"AG_20260302_{number:08d}", transfer.originator_conversation_id)


def _sort(record: OutgoingRecord) -> str:
    return f"{record.asked.created_at_ms:013d}.{record.id[4:12]}"


def _day(at_ms: int) -> str:
    return (datetime.fromtimestamp(at_ms / 1000, UTC) + timedelta(hours=3)).date().isoformat()
