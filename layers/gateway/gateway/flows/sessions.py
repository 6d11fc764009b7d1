"""Who is in front of a page of the console: from the cookie to the session, and from it to the staff member."""

from __future__ import annotations

from dataclasses import dataclass

from gateway import security
from gateway.domain.sessions import SEEN_EVERY_MS, Session
from gateway.domain.staff import Member, Right
from gateway.ports import Ambient, Flow, call
from gateway.ports.staff import Staff

SECRET_BYTES = 32
"""256 random bits in a cookie."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A member in a session that lives."""

    session: Session
    member: Member
    now_ms: int

    @property
    def owner(self) -> str:
        """Whose shop it is."""
        return self.session.owner

    @property
    def person(self) -> str:
        """The person's id, which stands as the actor in facts."""
        return self.session.person

    @property
    def shown_as(self) -> str:
        """How others see who did something."""
        return self.member.name or self.member.email

    @property
    def is_fresh(self) -> bool:
        """Whether the sign-in is recent enough for money to go out."""
        return self.session.is_fresh_at(self.now_ms)

    def may(self, right: Right) -> bool:
        """Whether one of the member's roles carries the right."""
        return self.member.may(right)


def visitor_of(secret: str) -> Flow[Visitor | None]:
    """Whose cookie this is. None: nobody's any more. Raises StoreUnavailable.

    The member is read each time: who was removed, or has other roles now, must sign in anew at once.
    """
    session = yield from call(Staff.read_session, security.secret_hash(secret))
    now_ms = yield from call(Ambient.now_ms)
    if session is None or not session.lives_at(now_ms):
        return None
    member = yield from call(Staff.read_member, session.owner, session.email)
    if member is None or not member.may_enter or not _is_of(session, member):
        return None
    if now_ms >= session.seen_at_ms + SEEN_EVERY_MS:
        yield from call(Staff.touch_session, session, now_ms)
    return Visitor(session, member, now_ms)


def start_session(member: Member, signed_in_at_ms: int) -> Flow[str]:
    """A new session of a member who just signed in; what its cookie holds. Raises StoreUnavailable."""
    secret = (yield from call(Ambient.draw, SECRET_BYTES)).hex()
    now_ms = yield from call(Ambient.now_ms)
    session = Session(
        hash=security.secret_hash(secret),
        owner=member.owner,
        email=member.email,
        person=member.person,
        member_version=member.version,
        started_at_ms=now_ms,
        seen_at_ms=now_ms,
        signed_in_at_ms=signed_in_at_ms,
    )
    yield from call(Staff.create_session, session)
    return secret


def end_session(secret: str) -> Flow[None]:
    """Whoever holds the cookie is out. Raises StoreUnavailable."""
    session = yield from call(Staff.read_session, security.secret_hash(secret))
    if session is not None and not session.ended:
        yield from call(Staff.end_session, session)


def _is_of(session: Session, member: Member) -> bool:
    return session.member_version == member.version and session.person == member.person
