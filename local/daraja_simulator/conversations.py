"""Requests that are answered later: who asked for what, whether it was carried out, and how it was told."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from local.daraja_simulator.times import iso

Kind = Literal["b2c", "pochi", "b2b", "tax", "reversal", "status", "balance"]
State = Literal["accepted", "completed", "failed"]


@dataclass(slots=True)
class Conversation:
    """One accepted request. party: the other side. code None: not carried out yet. receipt: of the money it moved.

    reference: the account of a payment to a business.
    """

    kind: Kind
    originator_id: str
    conversation_id: str
    result_url: str
    timeout_url: str
    command: str
    shortcode: str
    party: str
    amount_kes: int
    asked_at_s: float
    reference: str = ""
    state: State = "accepted"
    code: str | None = None
    text: str = ""
    receipt: str | None = None
    ended_at_s: float | None = None

    def end(self, code: str, text: str, at_s: float, receipt: str | None = None) -> None:
        """It was carried out, or refused by M-Pesa."""
        self.code, self.text, self.ended_at_s, self.receipt = code, text, at_s, receipt
        self.state = "completed" if code == "0" else "failed"

    def as_json(self) -> dict[str, object]:
        """As the control API shows it."""
        shown = asdict(self)
        asked, ended = shown.pop("asked_at_s"), shown.pop("ended_at_s")
        amount = shown.pop("amount_kes")
        return {**shown, "amount": amount, "asked_at": iso(asked), "ended_at": iso(ended) if ended else None}


class Conversations:
    """All of them, oldest first."""

    def __init__(self) -> None:
        self.all: list[Conversation] = []

    def begun_with(self, originator_id: str) -> Conversation | None:
        """The request that carried this OriginatorConversationID."""
        return next((one for one in self.all if one.originator_id == originator_id), None)

    def that_moved(self, receipt: str) -> Conversation | None:
        """The request that moved the money of this receipt."""
        return next((one for one in self.all if one.receipt == receipt), None)
