"""A list of payouts that came as one file. All its lines are stored with the first write, and each becomes a payout.

The numbers of the recipients stand in the file only until every payout exists; then the payouts alone have them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.domain.money_out.outgoing import OutgoingRecord, OutgoingState
from gateway.domain.policy import MINUTE_MS

LINES_MAX = 500
"""Of one file: its item stays below 100 KB, and all its payouts can be read at once for a summary."""

TAKEN_UP_AFTER_MS = 2 * MINUTE_MS
"""So long after its first write the sweep looks whether all payouts of a file exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutLine:
    """One line. number: of its row, the heading being 1. out_id: of its payout. fingerprint: of its fields."""

    number: int
    out_id: str
    phone: str
    amount_kes: int
    command: str
    remarks: str
    order: str | None
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFile:
    """lines: those whose payouts may not exist yet; empty once all do. out_ids: of all payouts, in order.

    maker: the person whose the API key is, as in `outgoing.OutgoingAsked`. numbers: of their rows in the file, the
    heading being 1; empty where no row was left out, so that they are 2, 3, 4 ….
    """

    id: str
    owner: str
    livemode: bool
    name: str
    shortcode: str
    fingerprint: str
    created_by: str
    created_at_ms: int
    amount_kes: int
    out_ids: tuple[str, ...]
    lines: tuple[PayoutLine, ...] = ()
    due_at_ms: int | None = None
    version: int = 1
    maker: str = ""
    numbers: tuple[int, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether each line has its payout."""
        return not self.lines

    def number_of(self, place: int) -> int:
        """The row, as a spreadsheet shows it, of the payout at this place, the first being 1."""
        return self.numbers[place - 1] if self.numbers else place + 1


def numbers_to_keep(numbers: Sequence[int]) -> tuple[int, ...]:
    """Of rows: none where they are 2, 3, 4 …, as in nearly every file."""
    return () if list(numbers) == list(range(2, len(numbers) + 2)) else tuple(numbers)


def completed(file: PayoutFile) -> PayoutFile:
    """After all its payouts were made."""
    return replace(file, lines=(), due_at_ms=None, version=file.version + 1)


@dataclass(frozen=True, slots=True)
class Part:
    """How many payouts of a file stand so, and over how much."""

    count: int
    amount_kes: int


def parts_of(found: Iterable[tuple[OutgoingRecord, OutgoingState]]) -> tuple[Mapping[str, Part], Mapping[str, Part]]:
    """By status; and of those that may go and have not gone, by what they wait for."""
    statuses: dict[str, Part] = {}
    waits: dict[str, Part] = {}
    for record, state in found:
        _add(statuses, str(state.status), record.asked.amount_kes)
        if state.waiting_for is not None:
            _add(waits, str(state.waiting_for), record.asked.amount_kes)
    return statuses, waits


def _add(parts: dict[str, Part], name: str, amount_kes: int) -> None:
    before = parts.get(name, Part(0, 0))
    parts[name] = Part(before.count + 1, before.amount_kes + amount_kes)
