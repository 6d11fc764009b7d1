"""Who works at a shop, and what each may do.

A member is invited by e-mail and becomes one person with the first sign-in: the issuer's subject is then bound to the
invitation. Two persons are two subjects, whatever e-mails, roles or browsers they use.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from enum import StrEnum

EMAIL_MAX = 254
NAME_MAX = 60
ID_HEX = 32
PERSON_PREFIX = "person_"

_EMAIL = re.compile(r"[a-z0-9.!$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.[a-z]{2,63}")
"""No `#`, which parts the keys of items."""


class Role(StrEnum):
    """What somebody is at a shop. One member may have several."""

    CASHIER = "cashier"
    ACCOUNTANT = "accountant"
    OPERATOR = "operator"
    ADMIN = "admin"


class Right(StrEnum):
    """What a page or an act takes."""

    LOOK = "look"
    """Search and see payments, phones masked."""
    WORK = "work"
    """Prompt, cancel, check, assign, note."""
    SEE_PHONES = "see_phones"
    """See a whole phone number; each time is reported."""
    ASK_REFUND = "ask_refund"
    ASK_PAYOUT = "ask_payout"
    APPROVE = "approve"
    """Send or refuse what another person asked for."""
    RECONCILE = "reconcile"
    OPERATE = "operate"
    """Webhooks, health, replay."""
    MANAGE = "manage"
    """Staff, keys, settings."""


_ALL = frozenset(Role)
ROLES_WITH: dict[Right, frozenset[Role]] = {
    Right.LOOK: _ALL,
    Right.WORK: _ALL,
    Right.SEE_PHONES: frozenset({Role.ACCOUNTANT, Role.OPERATOR, Role.ADMIN}),
    Right.ASK_REFUND: frozenset({Role.CASHIER, Role.ACCOUNTANT, Role.ADMIN}),
    Right.ASK_PAYOUT: frozenset({Role.ACCOUNTANT, Role.ADMIN}),
    Right.APPROVE: frozenset({Role.ACCOUNTANT, Role.ADMIN}),
    Right.RECONCILE: frozenset({Role.ACCOUNTANT, Role.ADMIN}),
    Right.OPERATE: frozenset({Role.OPERATOR, Role.ADMIN}),
    Right.MANAGE: frozenset({Role.ADMIN}),
}
"""The roles that carry each right. What is not here nobody may."""

NEED_ANOTHER_ADMIN = frozenset({Right.APPROVE, Right.MANAGE})
"""Rights that one admin alone can give nobody: else he could invite himself a second time and approve his own money."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Roles that an admin wants a member to have, until another admin agrees. by: the first admin's person id."""

    roles: frozenset[Role]
    by: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One invitation, and the person that took it up.

    issuer, subject: of the person, empty before the first sign-in. version grows with each change, so that a session
    of an earlier version ends. changed_by: the person who changed it last, as the audit log tells.
    """

    owner: str
    email: str
    name: str
    roles: frozenset[Role]
    added_by: str
    added_at_ms: int
    issuer: str = ""
    subject: str = ""
    removed: bool = False
    proposal: Proposal | None = field(default=None)
    version: int = 1
    changed_by: str = ""
    changed_at_ms: int = 0

    @property
    def person(self) -> str:
        """The person's id; empty before the first sign-in."""
        return person_id(self.issuer, self.subject) if self.subject else ""

    @property
    def may_enter(self) -> bool:
        """Whether this member may sign in at all."""
        return bool(self.roles) and not self.removed

    def may(self, right: Right) -> bool:
        """Whether one of the roles carries the right."""
        return self.may_enter and bool(ROLES_WITH[right] & self.roles)


def person_id(issuer: str, subject: str) -> str:
    """One id for one verified subject of one issuer, whatever e-mail it has."""
    text = f"{len(issuer)}:{issuer}{len(subject)}:{subject}"
    return PERSON_PREFIX + hashlib.sha256(text.encode()).hexdigest()[:ID_HEX]


def normalised_email(text: str) -> str | None:
    """The address in lower case; None for what is none, or could not stand in a key.

    Only ASCII: some other letters become ASCII ones in lower case, and so another address.
    """
    email = text.strip().lower()
    return email if text.isascii() and len(email) <= EMAIL_MAX and _EMAIL.fullmatch(email) else None


def rights_of(roles: Collection[Role]) -> frozenset[Right]:
    """All rights that these roles carry together."""
    return frozenset(right for right, with_it in ROLES_WITH.items() if with_it & frozenset(roles))


def needs_another_admin(before: Collection[Role], after: Collection[Role]) -> bool:
    """Whether this change gives a right that one admin alone may not give."""
    return bool((rights_of(after) - rights_of(before)) & NEED_ANOTHER_ADMIN)


def may_decide(members: Collection[Member], maker: str, person: str) -> bool:
    """Whether this person may decide about what `maker` asked for: not where he alone let the maker in.

    Else an admin would invite himself once more, as a cashier, and approve the refunds that this one asks for. Who may
    approve was let in by two admins; and where nobody else could decide, he may. A maker of whom no invitation tells
    any more may be whoever's guest. Ids of persons.
    """
    others = {one.person for one in members if one.may(Right.APPROVE)} - {"", person, maker}
    if not maker or not others:
        return True
    guests = [one for one in members if one.added_by == person and Right.APPROVE not in rights_of(one.roles)]
    asked = [one for one in members if one.person == maker]
    return any(one not in guests for one in asked) if asked else not guests


def changed(member: Member, roles: frozenset[Role], by: str, at_ms: int) -> Member:
    """The member with these roles, or with the wish for them where another admin must agree."""
    standing = replace(without_person(member), added_by=by, added_at_ms=at_ms) if member.removed else member
    if needs_another_admin(standing.roles, roles):
        return replace(standing, proposal=Proposal(roles, by, at_ms))
    return replace(standing, roles=roles, removed=False, proposal=None)


def without_person(member: Member) -> Member:
    """Invited anew: with no role yet, and open to whoever now has the e-mail."""
    return replace(member, roles=frozenset(), issuer="", subject="", removed=False, proposal=None)


def removed(member: Member) -> Member:
    """The member who may no longer enter. Who it was stays known."""
    return replace(member, removed=True, proposal=None)


def agreed(member: Member) -> Member:
    """The member with the roles that were proposed."""
    return replace(member, roles=member.proposal.roles, proposal=None) if member.proposal else member


def bound(member: Member, issuer: str, subject: str) -> Member | None:
    """The member as this person's. None: the invitation is somebody else's already."""
    if not member.subject:
        return replace(member, issuer=issuer, subject=subject, changed_by=person_id(issuer, subject))
    return member if (member.issuer, member.subject) == (issuer, subject) else None
