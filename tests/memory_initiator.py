"""The Initiator, Questions and MpesaQr ports in memory: credentials, circuits, and what M-PESA was asked."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from gateway.domain.circuit import Circuit
from gateway.ports.initiator import InitiatorCredential
from gateway.ports.mpesa_qr import WantedQr
from gateway.ports.questions import StatusQuestion
from gateway.security import ResultUrls

SECRET = "UGFzc3dvcmQgb2YgYW4gb3BlcmF0b3I="
"""A credential as Safaricom takes it; a canary in logs."""


class MemoryInitiator:
    """Each shortcode that is named has a credential."""

    def __init__(self, *shortcodes: str, set_at_ms: int = 1) -> None:
        self.credentials = {one: InitiatorCredential("testapi", SECRET, set_at_ms) for one in shortcodes}
        self.circuits: dict[str, Circuit] = {}

    def read_credential(self, shortcode: str, _set_at_ms: int, /) -> InitiatorCredential | None:
        return self.credentials.get(shortcode)

    def read_circuit(self, shortcode: str, /) -> Circuit | None:
        return self.circuits.get(shortcode)

    def save_circuit(self, before: Circuit | None, after: Circuit, /) -> bool:
        stored = self.circuits.get(after.shortcode)
        if (stored.version if stored else None) != (before.version if before else None):
            return False
        self.circuits[after.shortcode] = after
        return True


@dataclass(frozen=True)
class Asked:
    """A question as it left. about: the shortcode, receipt or conversation id."""

    command: str
    about: str
    urls: ResultUrls


@dataclass
class ScriptedQuestions:
    """The Questions port: each is taken, unless an error was laid out."""

    asked: list[Asked] = field(default_factory=list)
    errors: deque[Exception] = field(default_factory=deque)

    def ask_balance(self, token: str, credential: InitiatorCredential, shortcode: str, urls: ResultUrls, /) -> str:
        return self._take(Asked("balance", shortcode, urls))

    def ask_status(
        self, token: str, credential: InitiatorCredential, question: StatusQuestion, urls: ResultUrls, /
    ) -> str:
        about = question.receipt or question.originator_conversation_id or ""
        return self._take(Asked("status", about, urls))

    def _take(self, asked: Asked) -> str:
        self.asked.append(asked)
        if self.errors:
            raise self.errors.popleft()
        return f"AG_{len(self.asked)}"


@dataclass
class ScriptedQr:
    """The MpesaQr port: a picture of nothing, unless an error was laid out."""

    wanted: list[WantedQr] = field(default_factory=list)
    errors: deque[Exception] = field(default_factory=deque)

    def draw(self, token: str, wanted: WantedQr, /) -> str:
        self.wanted.append(wanted)
        if self.errors:
            raise self.errors.popleft()
        return "iVBORw0KGgo="
