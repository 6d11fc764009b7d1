"""Questions to M-PESA that are answered later, by a result at an address of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.ports.initiator import InitiatorCredential
from gateway.security import ResultUrls


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StatusQuestion:
    """What became of a transaction. Exactly one of receipt and originator_conversation_id. shortcode: ours."""

    shortcode: str
    receipt: str | None = None
    originator_conversation_id: str | None = None


class Questions(Protocol):
    """Safaricom. Raise the errors of `daraja.errors`. A question may be repeated, but a wrong credential counts."""

    def ask_balance(self, token: str, credential: InitiatorCredential, shortcode: str, urls: ResultUrls, /) -> str:
        """Safaricom's ConversationID, once it has taken the question."""

    def ask_status(
        self, token: str, credential: InitiatorCredential, question: StatusQuestion, urls: ResultUrls, /
    ) -> str:
        """Safaricom's ConversationID, once it has taken the question."""
