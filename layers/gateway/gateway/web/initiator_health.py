"""How a shop's API operators are: stopped, or with a password that runs out. No credential is read."""

from __future__ import annotations

from gateway.domain.circuit import PASSWORD_DAYS, Circuit
from gateway.domain.policy import DAY_MS
from gateway.flows.balance import shortcodes_with_accounts
from gateway.ports import Flow, PortError, Store, call
from gateway.ports.initiator import Initiator
from gateway.web.health import Part, State

RUNBOOK = "initiators"


def initiators(owner: str, now_ms: int) -> Flow[Part]:
    """Of all shortcodes of a shop; the worst is told."""
    try:
        shop = yield from call(Store.read_settings, owner)
        circuits: list[Circuit] = []
        for shortcode in shortcodes_with_accounts(shop) if shop else ():
            circuit = yield from call(Initiator.read_circuit, shortcode)
            circuits += [circuit] if circuit is not None else []
    except PortError:
        return Part(State.UNKNOWN, None, "not_known", RUNBOOK)
    told = [_of(circuit, now_ms) for circuit in circuits]
    if not told:
        return Part(State.OK, None, "no_operator", RUNBOOK)
    return max(told, key=lambda part: list(State).index(part.state))


def _of(circuit: Circuit, now_ms: int) -> Part:
    who: dict[str, object] = {"shortcode": circuit.shortcode}
    for place, opening in sorted(circuit.openings.items()):
        cause = "operator_stopped" if place != opening.command else "operator_stopped_for"
        values = who | {"command": opening.command, "code": opening.code}
        return Part(State.DOWN, opening.since_ms, cause, RUNBOOK, values)
    ends_ms = circuit.set_at_ms + PASSWORD_DAYS * DAY_MS
    days = max(0, ends_ms - now_ms) // DAY_MS
    if circuit.set_at_ms and now_ms >= ends_ms:
        return Part(State.DOWN, ends_ms, "password_ended", RUNBOOK, who | {"end_ms": ends_ms})
    if circuit.reminder(now_ms) is not None:
        return Part(State.DEGRADED, circuit.set_at_ms, "password_ends", RUNBOOK, who | {"days": days})
    return Part(State.OK, circuit.set_at_ms or None, "operator_works", RUNBOOK, who)
