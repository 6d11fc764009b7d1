"""What flows ask of stored money that goes out, of its limits, and of Safaricom to send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gateway.domain.money_out.files import PayoutFile
from gateway.domain.money_out.limits import Limit
from gateway.domain.money_out.outgoing import OutgoingRecord
from gateway.domain.payment import Asks
from gateway.ports import Indexed


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingQuery:
    """A list of an owner's payouts or refunds (kind), newest first, by exactly one of the others. day: EAT."""

    owner: str
    kind: str
    day: str | None = None
    status: str | None = None


class OutgoingPage(NamedTuple):
    """Records and where to go on; cursor None: no more."""

    records: tuple[OutgoingRecord, ...]
    cursor: str | None


class Outgoings(Protocol):
    """DynamoDB, one item one payout or refund, one limit. Reads are consistent. Raise StoreUnavailable."""

    def create_outgoing(self, record: OutgoingRecord, indexed: Indexed, /) -> OutgoingRecord | None:
        """Put if absent. None: created. Else the record that stands there."""

    def read_outgoing(self, out_id: str, /) -> OutgoingRecord | None:
        """One read."""

    def read_outgoings(self, out_ids: tuple[str, ...], /) -> tuple[OutgoingRecord, ...]:
        """Those of these that exist, in any order."""

    def save_outgoing(self, before: OutgoingRecord, after: OutgoingRecord, indexed: Indexed, /) -> bool:
        """Write what changed, on condition that the version is `before`'s. False: somebody was faster."""

    def lease_outgoing(self, record: OutgoingRecord, due_at_ms: int | None, asks: Mapping[int, Asks], /) -> bool:
        """Move `due_at` on, on condition that it is still the record's. That is the lease of a sweep."""

    def list_outgoings(self, query: OutgoingQuery, limit: int, cursor: str | None, /) -> OutgoingPage:
        """A page. The list by status shows where an item stood a moment ago."""

    def find_outgoings(self, owner: str, receipt: str, /) -> tuple[OutgoingRecord, ...]:
        """This owner's payouts and refunds that have this receipt: one, but where M-PESA contradicts itself."""

    def create_file(self, file: PayoutFile, /) -> PayoutFile | None:
        """Put if absent. None: created. Else the file that stands there."""

    def read_file(self, file_id: str, /) -> PayoutFile | None:
        """One read."""

    def save_file(self, before: PayoutFile, after: PayoutFile, /) -> bool:
        """Write lines and what is due, on condition that the version is `before`'s."""

    def read_limit(self, name: str, /) -> Limit | None:
        """A limit's places."""

    def save_limit(self, before: Limit | None, after: Limit, /) -> bool:
        """Write, on condition that it is absent (before None) or of `before`'s version."""


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Transfer:
    """A transfer to be handed over, as the flow wants it. method: of `Method`; command: Daraja's CommandID.

    recipient: a phone, a shortcode or, of a reversal, the payment's receipt. Not written after send_before_ms.
    """

    method: str
    command: str
    shortcode: str
    recipient: str
    amount_kes: int
    remarks: str
    occasion: str
    originator_conversation_id: str
    initiator: str
    security_credential: str
    result_url: str
    timeout_url: str
    send_before_ms: int


class TransferAnswer(NamedTuple):
    """Daraja took it. Says nothing about the money. seen_before: not now, but an earlier one with the same id."""

    conversation_id: str
    originator_conversation_id: str
    seen_before: bool = False


class Transfers(Protocol):
    """Safaricom. Raise the errors of `daraja.errors`."""

    def hand_over(self, token: str, transfer: Transfer, /) -> TransferAnswer:
        """Hand it over once, on a fresh connection."""
