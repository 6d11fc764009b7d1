"""Who calls in the name of an organisation's API operator asks here first, and tells here what was heard.

`may_call` before each such call, `heard` with the code of each result, `refused` where Safaricom said no at once. One
wrong answer opens the circuit (`domain/circuit.py`); it closes when a person's test has succeeded.
"""

from __future__ import annotations

from collections.abc import Callable

from daraja.errors import DarajaError, RefusalCause, Refused
from daraja.result_codes import Meaning, about_initiator
from gateway.domain.circuit import Circuit, Opening
from gateway.flows.keep import ROUNDS_MAX, pause_with_jitter
from gateway.ports import Ambient, Flow, StoreUnavailable, call
from gateway.ports.initiator import Initiator, InitiatorCredential

PAY_OUT, PAY_BUSINESS, REVERSE = "pay_out", "pay_business", "reverse"
ASK_STATUS, ASK_BALANCE = "ask_status", "ask_balance"
"""Commands: each needs a role of its own on Safaricom's portal."""

SUCCESS = "0"
PAUSE_MS_MAX = 120


class InitiatorUnusable(Exception):
    """No call was made. The text names the shortcode and what to do, and no secret."""


class InitiatorMissing(InitiatorUnusable):
    """Nobody has set a credential for this shortcode."""

    def __init__(self, shortcode: str) -> None:
        super().__init__(f"{shortcode} has no initiator: mpesa-gateway credential set --shortcode {shortcode}")


class CircuitOpen(InitiatorUnusable):
    """M-PESA said that something is wrong with the operator, and nobody has tested it since."""

    def __init__(self, shortcode: str, opening: Opening) -> None:
        super().__init__(f"the initiator of {shortcode} is stopped since M-PESA said {opening.code}")
        self.shortcode = shortcode
        self.opening = opening


def may_call(shortcode: str, command: str) -> Flow[InitiatorCredential]:
    """The credential to call with. Raises InitiatorMissing, CircuitOpen, StoreUnavailable, SecretsUnavailable."""
    circuit = yield from call(Initiator.read_circuit, shortcode)
    opening = circuit.opening(command) if circuit else None
    if opening is not None:
        raise CircuitOpen(shortcode, opening)
    return (yield from _credential(shortcode, circuit))


def credential_of(shortcode: str) -> Flow[InitiatorCredential]:
    """The credential, whatever the circuit says: for a person's test alone. Raises as `may_call`."""
    circuit = yield from call(Initiator.read_circuit, shortcode)
    return (yield from _credential(shortcode, circuit))


def _credential(shortcode: str, circuit: Circuit | None) -> Flow[InitiatorCredential]:
    """The newest one: the circuit knows when it was set."""
    credential = yield from call(Initiator.read_credential, shortcode, circuit.set_at_ms if circuit else 0)
    if credential is None:
        raise InitiatorMissing(shortcode)
    return credential


def heard(shortcode: str, command: str, code: str, text: str, asked_at_ms: int) -> Flow[None]:
    """What a result's code says of the operator. asked_at_ms: when the request was made. Raises StoreUnavailable.

    Only for results that came from Safaricom's own addresses: a stranger must neither stop nor start us.
    """
    if code == SUCCESS:
        yield from _proven(shortcode, asked_at_ms)
        return
    meaning = about_initiator(code, text)
    if meaning is not None:
        yield from _open(shortcode, command, code, for_all=meaning is not Meaning.INITIATOR_NOT_ALLOWED)


def refused(shortcode: str, command: str, error: DarajaError) -> Flow[None]:
    """What Safaricom's answer to the request itself says of the operator. Raises StoreUnavailable."""
    if isinstance(error, Refused) and error.cause is RefusalCause.INITIATOR:
        meaning = about_initiator(error.code, error.text)
        yield from _open(shortcode, command, error.code, for_all=meaning is not Meaning.INITIATOR_NOT_ALLOWED)


def _open(shortcode: str, command: str, code: str, *, for_all: bool) -> Flow[None]:
    now_ms = yield from call(Ambient.now_ms)
    opening = Opening(code, command, now_ms)
    if (yield from _change(shortcode, lambda circuit: circuit.opened(opening, for_all=for_all))):
        yield from call(Ambient.report, "initiator_stopped", {"shortcode": shortcode, "code": code, "command": command})


def _proven(shortcode: str, asked_at_ms: int) -> Flow[None]:
    now_ms = yield from call(Ambient.now_ms)
    yield from _change(shortcode, lambda circuit: circuit.proven(asked_at_ms, now_ms))


def _change(shortcode: str, change: Callable[[Circuit], Circuit]) -> Flow[bool]:
    """Whether this changed anything. Raises StoreUnavailable."""
    for lost in range(ROUNDS_MAX):
        before = yield from call(Initiator.read_circuit, shortcode)
        standing = before or Circuit(shortcode=shortcode, version=0)
        after = change(standing)
        if after is standing:
            return False
        if (yield from call(Initiator.save_circuit, before, after)):
            return True
        yield from pause_with_jitter(PAUSE_MS_MAX * (lost + 1))
    raise StoreUnavailable("the initiator's circuit changes faster than it can be written")
