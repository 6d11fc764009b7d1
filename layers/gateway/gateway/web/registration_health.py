"""Whether Safaricom tells us of money by hand: what is known of each shortcode's addresses."""

from __future__ import annotations

from gateway.domain.registration import RegistrationState
from gateway.ports import Flow, PortError, Store, call
from gateway.ports.registration import Registrations
from gateway.web.health import Part, State

RUNBOOK = "money_by_hand"
STATES: dict[RegistrationState, State] = {
    RegistrationState.NEVER: State.UNKNOWN,
    RegistrationState.REGISTERED: State.OK,
    RegistrationState.ALREADY_REGISTERED: State.UNKNOWN,
    RegistrationState.NOT_KNOWN: State.UNKNOWN,
    RegistrationState.UNFIT: State.DEGRADED,
    RegistrationState.SELF_TEST_FAILED: State.DEGRADED,
    RegistrationState.REFUSED: State.DEGRADED,
}
_ORDER = list(State)


def money_by_hand(owner: str) -> Flow[Part]:
    """The worst of the shop's shortcodes, and each in a word."""
    try:
        shop = yield from call(Store.read_settings, owner)
        found = {}
        for number in dict.fromkeys(code.business_number for code in shop.shortcodes) if shop else ():
            standing = yield from call(Registrations.read_registration, number)
            found[number] = standing.state if standing is not None else RegistrationState.NEVER
    except PortError:
        return Part(State.UNKNOWN, None, "not_known", RUNBOOK)
    if not found:
        return Part(State.UNKNOWN, None, "no_shortcode", RUNBOOK)
    worst = max((STATES[state] for state in found.values()), key=_ORDER.index)
    stands = {number: str(state) for number, state in found.items()}
    return Part(worst, None, "addresses", RUNBOOK, {"shortcodes": stands})
