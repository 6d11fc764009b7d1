"""Whether the shop's servers take what they are told: from the one item of its endpoints, no delivery is read."""

from __future__ import annotations

from gateway.domain.policy import MINUTE_MS
from gateway.domain.webhooks import Disabled
from gateway.ports import Flow, PortError, call
from gateway.ports.webhooks import Webhooks
from gateway.web.health import Part, State

RUNBOOK = "webhooks"
FAILS_MS = 10 * MINUTE_MS
"""So long a server may take nothing before the gateway is called unwell for it: the first tries come within minutes."""


def webhooks(owner: str, now_ms: int) -> Flow[Part]:
    """The worst of the shop's endpoints. One that the shop itself switched off is as it wants it."""
    try:
        found = yield from call(Webhooks.read_endpoints, owner)
    except PortError:
        return Part(State.UNKNOWN, None, "not_known", RUNBOOK)
    wanted = [one for one in found.every if one.disabled is not Disabled.BY_SHOP]
    if not wanted:
        return Part(State.OK, None, "no_endpoint", RUNBOOK)
    counted: dict[str, object] = {"count": len(wanted)}
    off = [one.disabled_at_ms or 0 for one in wanted if one.disabled is not None]
    if off:
        return Part(State.DEGRADED, min(off), "endpoints_off", RUNBOOK, counted | {"off": len(off)})
    failing = [one.failing_since_ms for one in wanted if one.failing_since_ms is not None]
    if failing:
        state = State.DEGRADED if now_ms - min(failing) >= FAILS_MS else State.OK
        return Part(state, min(failing), "endpoints_failing", RUNBOOK, counted | {"failing": len(failing)})
    return Part(State.OK, None, "endpoints_taken", RUNBOOK, counted)
