"""Take the guard of a phone: one live prompt on it, and its windows kept."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain import guard as rules
from gateway.domain.fold import state_of
from gateway.domain.guard import Guard, Refusal, Wanted
from gateway.domain.payment import Attempt
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, Store, StoreUnavailable, call

ROUNDS_MAX = 5


@dataclass(frozen=True, slots=True)
class GuardView:
    """The guard as it stands, and the attempt that it names."""

    guard: Guard | None
    previous: Attempt | None


def look_at(phone_key: str) -> Flow[GuardView]:
    """Read the guard, and the attempt it names, since that one may have ended or count towards a pause."""
    guard = yield from call(Store.read_guard, phone_key)
    if guard is None:
        return GuardView(None, None)
    owner = yield from call(Store.read_payment, guard.payment_id)
    if owner is None:
        return GuardView(guard, None)
    attempts = state_of(owner.asked, owner.facts).attempts
    return GuardView(guard, next((one for one in attempts if one.number == guard.number), None))


def refusal_for(wanted: Wanted, settings: FlowSettings) -> Flow[Refusal | None]:
    """Whether the phone would be refused now; takes nothing."""
    view = yield from look_at(wanted.phone_key)
    now_ms = yield from call(Ambient.now_ms)
    answer = rules.take(view.guard, wanted, view.previous, now_ms, settings.policy)
    return answer if isinstance(answer, Refusal) else None


def take_guard(wanted: Wanted, settings: FlowSettings) -> Flow[Refusal | None]:
    """Take the phone. None: it is ours. Raises StoreUnavailable; then it may be ours."""
    for _ in range(ROUNDS_MAX):
        view = yield from look_at(wanted.phone_key)
        if rules.is_mine(view.guard, wanted):
            return None
        now_ms = yield from call(Ambient.now_ms)
        answer = rules.take(view.guard, wanted, view.previous, now_ms, settings.policy)
        if isinstance(answer, Refusal):
            return answer
        if (yield from call(Store.save_guard, view.guard, answer)):
            return None
    raise StoreUnavailable("the guard of a phone changes faster than it can be taken")
