"""An admin invites, changes and removes staff. Rights over money and staff need a second admin's agreement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from gateway.domain.staff import Member, Role, agreed, changed, removed, without_person
from gateway.ports import Ambient, Flow, StoreUnavailable, call
from gateway.ports.staff import Staff

ROUNDS_MAX = 3


class NotChanged(StrEnum):
    """Why nothing was written."""

    UNKNOWN = "unknown"
    OWN = "own"
    """Nobody changes what he himself may do."""
    OWN_PROPOSAL = "own_proposal"
    """Another admin than the one who asked must agree."""
    NOTHING = "nothing"
    """There is nothing to agree to, or it is another wish by now."""


Change = Callable[[Member], Member | NotChanged]


def set_roles(owner: str, email: str, name: str, roles: frozenset[Role], by: str) -> Flow[Member | NotChanged]:
    """Invite somebody, or give a member other roles. by: the admin's person id. Raises StoreUnavailable."""
    now_ms = yield from call(Ambient.now_ms)
    fresh = Member(owner=owner, email=email, name=name, roles=frozenset(), added_by=by, added_at_ms=now_ms)

    def change(member: Member) -> Member | NotChanged:
        return NotChanged.OWN if member.person == by else changed(member, roles, by, now_ms)

    return (yield from _change(owner, email, by, change, fresh))


def remove_member(owner: str, email: str, by: str) -> Flow[Member | NotChanged]:
    """From now on this member is not let in, and is out at once. Raises StoreUnavailable."""

    def change(member: Member) -> Member | NotChanged:
        return NotChanged.OWN if member.person == by else removed(member)

    return (yield from _change(owner, email, by, change))


def agree_to_roles(owner: str, email: str, roles: frozenset[Role], by: str) -> Flow[Member | NotChanged]:
    """Another admin agrees to what was proposed. roles: as they were shown. Raises StoreUnavailable."""

    def change(member: Member) -> Member | NotChanged:
        if member.proposal is None or member.removed or member.proposal.roles != roles:
            return NotChanged.NOTHING
        if by in (member.proposal.by, member.person):
            return NotChanged.OWN_PROPOSAL if by == member.proposal.by else NotChanged.OWN
        return agreed(member)

    return (yield from _change(owner, email, by, change))


def appoint(owner: str, email: str, name: str, roles: frozenset[Role], by: str) -> Flow[Member | NotChanged]:
    """Give roles without anybody's agreement: for who holds the AWS account and could write the item anyway."""
    now_ms = yield from call(Ambient.now_ms)
    fresh = Member(owner=owner, email=email, name=name, roles=frozenset(), added_by=by, added_at_ms=now_ms)

    def change(member: Member) -> Member | NotChanged:
        standing = without_person(member) if member.removed else member
        return agreed(changed(standing, roles, by, now_ms))

    return (yield from _change(owner, email, by, change, fresh))


def _change(owner: str, email: str, by: str, change: Change, fresh: Member | None = None) -> Flow[Member | NotChanged]:
    """Read, change, write on condition; again when somebody was faster. fresh: where there is no member yet."""
    for _ in range(ROUNDS_MAX):
        standing = yield from call(Staff.read_member, owner, email)
        before = standing or fresh
        after = change(before) if before else NotChanged.UNKNOWN
        if isinstance(after, NotChanged) or after == standing:
            return after
        now_ms = yield from call(Ambient.now_ms)
        after = replace(after, changed_by=by, changed_at_ms=now_ms)
        if (yield from call(Staff.save_member, standing, after)):
            fields = {"owner": owner, "by": by, "member": after.person or "invited"}
            yield from call(Ambient.report, "staff_changed", fields)
            return after
    raise StoreUnavailable("a staff member changes faster than it can be written")
