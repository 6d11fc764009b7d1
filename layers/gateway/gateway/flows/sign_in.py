"""Sign-in by OpenID Connect: authorization code with PKCE, state and nonce; then the staff's item decides.

What is kept between leaving for the issuer and coming back is a ticket in a cookie of the same browser: a random seed
under our mark. State, nonce and verifier are made from the seed with our key, so the ticket tells none of them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlencode

from gateway import security
from gateway.domain.id_tokens import Expected, Flaw, Identified, identified
from gateway.domain.policy import MINUTE_MS
from gateway.domain.sessions import FRESH_MS
from gateway.domain.staff import Member, bound, normalised_email
from gateway.flows.sessions import end_session, start_session
from gateway.ports import Ambient, Flow, Secrets, call
from gateway.ports.identity import CodeExchange, CodeRefused, Identity
from gateway.ports.staff import Staff

SEED_BYTES = 32
TICKET_MS = 10 * MINUTE_MS
"""How long a person may take at the issuer."""
HOME = "/console"
ROUNDS_MAX = 3
CODE_MAX = 2048

_OUR_PAGE = re.compile(r"/console(?:/[A-Za-z0-9_-]{1,80}){0,4}")


class Refusal(StrEnum):
    """Why nobody was let in, beside the flaws of an ID token."""

    TICKET = "ticket"
    """No ticket of ours in this browser, or too old, or another sign-in's."""
    CODE = "code"
    UNKNOWN = "unknown_person"
    TAKEN = "invitation_taken"
    """The invitation is bound to another person."""


class NotSignedIn(Exception):
    """Nobody was let in. to: the page that was wanted."""

    def __init__(self, why: Refusal | Flaw, to: str = HOME) -> None:
        super().__init__(str(why))
        self.why = why
        self.to = to


@dataclass(frozen=True, slots=True)
class Client:
    """We, as the issuer knows us. redirect_uri: where it sends people back to."""

    client_id: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody signs in for. fresh: proof must be given anew. shop: of several, empty: whichever there is."""

    to: str = HOME
    fresh: bool = False
    shop: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and what it must bring back."""

    url: str
    ticket: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """secret: of the new session's cookie; empty where one of several shops is to be chosen first."""

    secret: str
    to: str
    shops: tuple[str, ...] = ()


def our_page(address: str) -> str:
    """The address if it is a page of the console, else its home: nobody is sent elsewhere after a sign-in."""
    return address if _OUR_PAGE.fullmatch(address) else HOME


def begin_sign_in(client: Client, wish: Wish) -> Flow[Begun]:
    """Make a ticket and the issuer's address. Raises IdentityUnavailable, SecretsUnavailable."""
    provider = yield from call(Identity.read_provider)
    key = (yield from call(Secrets.read_keys)).client_token
    seed = (yield from call(Ambient.draw, SEED_BYTES)).hex()
    now_ms = yield from call(Ambient.now_ms)
    query = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "scope": "openid email profile",
        "state": _derived(key, "state", seed),
        "nonce": _derived(key, "nonce", seed),
        "code_challenge": _challenge(_verifier(key, seed)),
        "code_challenge_method": "S256",
    }
    if wish.fresh:  # max_age is the rule; prompt is for issuers that know no max_age, and auth_time is what counts
        query |= {"max_age": str(FRESH_MS // 1000), "prompt": "login"}
    separator = "&" if "?" in provider.authorization_endpoint else "?"
    ticket = _ticket(key, seed, now_ms, replace(wish, to=our_page(wish.to)))
    return Begun(f"{provider.authorization_endpoint}{separator}{urlencode(query)}", ticket)


def finish_sign_in(client: Client, ticket: str, state: str, code: str, old_secret: str | None) -> Flow[SignedIn]:
    """Let in who comes back from the issuer; the browser's session from before ends.

    Raises NotSignedIn, IdentityUnavailable, SecretsUnavailable, StoreUnavailable.
    """
    key = (yield from call(Secrets.read_keys)).client_token
    now_ms = yield from call(Ambient.now_ms)
    seed, wish = _read_ticket(key, ticket, now_ms)
    if not security.signature_fits(key, state, "sign-in", "state", seed):
        raise NotSignedIn(Refusal.TICKET, wish.to)
    person = yield from _identify(client, key, seed, code, wish)
    members = yield from _members(person)
    chosen = [member for member in members if wish.shop in ("", member.owner)]
    if not chosen:
        raise NotSignedIn(Refusal.UNKNOWN, wish.to)
    if len(chosen) > 1:
        return SignedIn("", wish.to, tuple(member.owner for member in chosen))
    member = yield from _bound(chosen[0], person, wish)
    secret = yield from start_session(member, person.signed_in_at_ms)
    if old_secret:
        yield from end_session(old_secret)
    yield from call(Ambient.report, "console_signed_in", {"owner": member.owner, "person": member.person})
    return SignedIn(secret, wish.to)


def _identify(client: Client, key: bytes, seed: str, code: str, wish: Wish) -> Flow[Identified]:
    """The person that the code stands for, once."""
    if not 0 < len(code) <= CODE_MAX:
        raise NotSignedIn(Refusal.CODE, wish.to)
    provider = yield from call(Identity.read_provider)
    exchange = CodeExchange(code, _verifier(key, seed), client.redirect_uri, client.client_id)
    try:
        claims = yield from call(Identity.exchange_code, exchange)
    except CodeRefused:
        raise NotSignedIn(Refusal.CODE, wish.to) from None
    now_ms = yield from call(Ambient.now_ms)
    expected = Expected(
        issuer=provider.issuer,
        client_id=client.client_id,
        nonce=_derived(key, "nonce", seed),
        now_ms=now_ms,
        max_age_ms=FRESH_MS if wish.fresh else None,
    )
    found = identified(claims, expected)
    if isinstance(found, Flaw):
        raise NotSignedIn(found, wish.to)
    return found


def _members(person: Identified) -> Flow[list[Member]]:
    """Where this e-mail is invited."""
    email = normalised_email(person.email)
    owners = (yield from call(Staff.list_owners)) if email else ()
    members = []
    for owner in owners:
        member = yield from call(Staff.read_member, owner, email or "")
        members += [member] if member is not None and member.may_enter else []
    return members


def _bound(member: Member, person: Identified, wish: Wish) -> Flow[Member]:
    """The member as this person's: the first one who comes keeps the invitation."""
    standing: Member | None = member
    for _ in range(ROUNDS_MAX):
        mine = bound(standing, person.issuer, person.subject) if standing else None
        if standing is None or mine is None:
            raise NotSignedIn(Refusal.TAKEN, wish.to)
        if mine == standing:
            return standing
        mine = replace(mine, name=mine.name or person.name)
        if (yield from call(Staff.save_member, standing, mine)):
            return replace(mine, version=standing.version + 1)
        standing = yield from call(Staff.read_member, member.owner, member.email)
    raise NotSignedIn(Refusal.TAKEN, wish.to)


# --- the ticket -----------------------------------------------------------------------------------------------


def _ticket(key: bytes, seed: str, at_ms: int, wish: Wish) -> str:
    parts = (seed, str(at_ms), "fresh" if wish.fresh else "", wish.shop, wish.to)
    return "|".join((*parts, security.signature(key, "sign-in", "ticket", *parts)))


def _read_ticket(key: bytes, ticket: str, now_ms: int) -> tuple[str, Wish]:
    """Seed and wish. Raises NotSignedIn for one that is not ours, or too old."""
    *parts, mark = ticket.split("|")
    if not security.signature_fits(key, mark, "sign-in", "ticket", *parts):
        raise NotSignedIn(Refusal.TICKET)
    seed, at, fresh, shop, to = parts
    if now_ms >= int(at) + TICKET_MS:
        raise NotSignedIn(Refusal.TICKET, to)
    return seed, Wish(to=to, fresh=bool(fresh), shop=shop)


def _derived(key: bytes, what: str, seed: str) -> str:
    return security.signature(key, "sign-in", what, seed)


def _verifier(key: bytes, seed: str) -> str:
    """64 characters, 256 bits (RFC 7636, section 4.1: 43 to 128)."""
    return _derived(key, "verifier 1", seed) + _derived(key, "verifier 2", seed)


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
