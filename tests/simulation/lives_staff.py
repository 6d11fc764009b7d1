"""Lives of people: appointed, invited, agreed to, signed in, seen, changed, signed out. Money knows nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gateway.domain.staff import Member, Role
from gateway.flows.sessions import Visitor, end_session, visitor_of
from gateway.flows.sign_in import Client, NotSignedIn, SignedIn, Wish, begin_sign_in, finish_sign_in
from gateway.flows.staff import NotChanged, agree_to_roles, appoint, remove_member, set_roles
from gateway.flows.start_payment import start_payment
from gateway.ports import Flow
from gateway.ports.identity import IdentityUnavailable
from tests.memory_staff import CLIENT_ID, ISSUER
from tests.simulation.safaricom import Payer
from tests.simulation.world import SHORTCODE, World, asked

CLIENT = Client(CLIENT_ID, "https://pay.example/console/signed-in")
PHONE = "254712345678"
TRIES = 4
"""A person tries again when a page does not come."""


class NobodyLetIn(AssertionError):
    """However often somebody who may enter tried, no session came of it."""


def _claims(world: World, name: str, nonce: str) -> dict[str, Any]:
    now_s = world.now // 1000
    return {
        "iss": ISSUER, "aud": CLIENT_ID, "sub": f"subject-{name}", "iat": now_s, "exp": now_s + 3600, "nonce": nonce,
        "auth_time": now_s, "email": f"{name}@shop.example", "email_verified": True, "name": name.capitalize(),
    }  # fmt: skip


def _quietly(flow: Flow[SignedIn]) -> Flow[SignedIn | None]:
    """The page says so, and the person tries again."""
    try:
        return (yield from flow)
    except (NotSignedIn, IdentityUnavailable):
        return None


def _begun_quietly() -> Flow[Any]:
    try:
        return (yield from begin_sign_in(CLIENT, Wish()))
    except IdentityUnavailable:
        return None


def _signs_in(world: World, name: str, old_secret: str | None = None) -> str:
    """The whole way, as often as it takes; what the cookie holds."""
    for number in range(TRIES):
        begun = world.attempt("begin_sign_in", _begun_quietly())
        if begun is None:
            continue
        told = {key: values[0] for key, values in parse_qs(urlsplit(begun.url).query).items()}
        code = f"{name}-{number}-{len(world.identity.challenges)}"
        world.identity.claims[code] = _claims(world, name, told["nonce"])
        world.identity.challenges[code] = told["code_challenge"]
        flow = finish_sign_in(CLIENT, begun.ticket, told["state"], code, old_secret)
        done = world.attempt("finish_sign_in", _quietly(flow))
        if done is not None:
            return done.secret
    raise NobodyLetIn(name)


def _does(world: World, name: str, flow: Callable[[], Flow[Member | NotChanged]]) -> None:
    """An admin's act, repeated while no answer comes; what was done before is done."""
    for _ in range(TRIES):
        if world.attempt(name, flow()) is not None:
            return


def _opens(world: World, secret: str) -> Visitor | None:
    """A page is opened, and loaded again where it did not come."""
    for _ in range(TRIES):
        seen = world.attempt("visitor_of", visitor_of(secret))
        if seen is not None:
            return seen
    return None


def staff_come_and_go(world: World) -> None:
    """Two admins are appointed, invite an accountant together, who works, is removed and is out."""
    for name in ("njeri", "mutua"):
        roles = frozenset({Role.ADMIN})
        _does(world, "appoint", lambda: appoint("shop", f"{name}@shop.example", name, roles, "command"))  # noqa: B023  used in this round
    first, second = _signs_in(world, "njeri"), _signs_in(world, "mutua")
    proposer, other = _opens(world, first), _opens(world, second)
    if proposer is None or other is None:
        raise NobodyLetIn("admins")
    who, accountant = "amina@shop.example", frozenset({Role.ACCOUNTANT})
    _does(world, "set_roles", lambda: set_roles("shop", who, "Amina", accountant, proposer.person))
    _does(world, "agree_to_roles", lambda: agree_to_roles("shop", who, accountant, other.person))
    secret = _signs_in(world, "amina")
    world.pass_time(2 * 60_000, sweeps=False)
    if _opens(world, secret) is None:
        raise NobodyLetIn("amina")
    secret = _signs_in(world, "amina", secret)
    _does(world, "remove_member", lambda: remove_member("shop", who, other.person))
    if world.attempt("visitor_of", visitor_of(secret)) is not None:
        raise AssertionError("who was removed is still in")
    world.attempt("end_session", end_session(first))


def somebody_signs_in_while_a_payer_pays(world: World) -> None:
    """A payment of its own, beside it."""
    world.safaricom.payers[PHONE] = [Payer()]
    world.attempt("start_payment", start_payment(asked("order-1"), PHONE, SHORTCODE, "key_test", world.settings))
    roles = frozenset({Role.CASHIER})
    _does(world, "appoint", lambda: appoint("shop", "amina@shop.example", "Amina", roles, "command"))
    _opens(world, _signs_in(world, "amina"))


STAFF_LIVES: dict[str, Callable[[World], None]] = {
    life.__name__: life for life in (staff_come_and_go, somebody_signs_in_while_a_payer_pays)
}
