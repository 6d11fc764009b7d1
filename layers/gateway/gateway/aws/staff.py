"""The Staff port over DynamoDB: members of shops and their sessions.

| item    | `pk`                    | own attributes                                    | indexes | TTL      |
|---------|-------------------------|---------------------------------------------------|---------|----------|
| member  | STAFF#<owner>#<e-mail>  | name, roles, issuer, subject, removed, proposal,  | by_day  | never    |
|         |                         | added_by, added_at, [changed_by], [changed_at],   |         |          |
|         |                         | version                                           |         |          |
| session | SESSION#<sha256>        | owner, email, person, member_version, started_at, | none    | 12 hours |
|         |                         | seen_at, signed_in_at, [ended]                    |         |          |

In by_day a member stands under day_key STAFF#<owner>, day_sort <e-mail>; settings (SETTINGS#) tell the owners.

Examples, as plain values:
  STAFF#shop#amina@shop.example  {"owner": "shop", "email": "amina@shop.example", "name": "Amina", "roles": ["cashier"],
                                  "issuer": "https://…", "subject": "8f1c…", "version": 2, "day_key": "STAFF#shop", …}
  SESSION#5e88…                  {"owner": "shop", "person": "person_77ab…", "seen_at": 1772442904000,
                                  "expires_at": 1772486104, …}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.aws import items
from gateway.aws.table import Conflict, Path, Table
from gateway.aws.values import Item
from gateway.domain.sessions import WHOLE_MS, Session
from gateway.domain.staff import Member, Proposal, Role

STAFF, SESSION, SETTINGS = "STAFF#", "SESSION#", "SETTINGS#"
LISTED_AT_ONCE = 100


class DynamoStaff:
    """The Staff port over the one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    # --- members ----------------------------------------------------------------------------------------------

    def list_owners(self) -> tuple[str, ...]:
        """The shops that have settings, sorted."""
        return tuple(sorted(pk.removeprefix(SETTINGS) for pk in self._pks(SETTINGS)))

    def read_member(self, owner: str, email: str, /) -> Member | None:
        """One consistent read."""
        item = self._table.read(_key(owner, email))
        return member_from_item(item) if item else None

    def list_members(self, owner: str, /) -> tuple[Member, ...]:
        """All of a shop's, by e-mail."""
        found = self._table.read_together(self._pks(STAFF + owner))
        return tuple(sorted(map(member_from_item, found.values()), key=lambda member: member.email))

    def save_member(self, before: Member | None, after: Member, /) -> bool:
        """Write, on condition that it is absent or of `before`'s version."""
        if before is None:
            item = items.packed(member_to_values(after))
            conflict = self._table.put_if_absent(item)
            return conflict is None or (conflict.retried and conflict.stored == item)
        changed: dict[Path, Any] = {
            (name,): value for name, value in member_to_values(after).items() if name not in ("pk", "version")
        }
        changed["version",] = before.version + 1
        conflict = self._table.change(_key(before.owner, before.email), changed, {"version": before.version})
        return conflict is None or _is_own(conflict, changed)

    def _pks(self, day_key: str) -> list[str]:
        return self._table.listed(day_key, LISTED_AT_ONCE)

    # --- sessions ---------------------------------------------------------------------------------------------

    def create_session(self, session: Session, /) -> None:
        """Put it."""
        self._table.put_if_absent(items.packed(session_to_values(session)))

    def read_session(self, session_hash: str, /) -> Session | None:
        """One consistent read."""
        item = self._table.read(SESSION + session_hash)
        return session_from_item(item) if item else None

    def touch_session(self, session: Session, seen_at_ms: int, /) -> None:
        """Somebody was there."""
        pk = SESSION + session.hash
        self._table.change(pk, {("seen_at",): seen_at_ms}, {"pk": pk, "ended": None})

    def end_session(self, session: Session, /) -> None:
        """It lets nobody in any more."""
        pk = SESSION + session.hash
        self._table.change(pk, {("ended",): True}, {"pk": pk})


def _key(owner: str, email: str) -> str:
    return f"{STAFF}{owner}#{email}"


def _is_own(conflict: Conflict, changed: Mapping[Path, Any]) -> bool:
    """Whether the first try of the SDK, whose answer was lost, is what stands there."""
    if not conflict.retried or conflict.stored is None:
        return False
    stored = items.unpacked(conflict.stored)
    return all(stored.get(path[0]) == value for path, value in changed.items())


def member_to_values(member: Member) -> dict[str, Any]:
    """As plain values, with the index's."""
    proposal = member.proposal
    return {
        "pk": _key(member.owner, member.email),
        "owner": member.owner,
        "email": member.email,
        "name": member.name,
        "roles": sorted(member.roles),
        "added_by": member.added_by,
        "added_at": member.added_at_ms,
        "issuer": member.issuer,
        "subject": member.subject,
        "removed": member.removed,
        "proposal": {"roles": sorted(proposal.roles), "by": proposal.by, "at": proposal.at_ms} if proposal else None,
        "version": member.version,
        "changed_by": member.changed_by or None,
        "changed_at": member.changed_at_ms or None,
        "day_key": STAFF + member.owner,
        "day_sort": member.email,
    }


def member_from_item(item: Item) -> Member:
    """From what is stored. A role of a newer release is no role here."""
    values = items.unpacked(item)
    proposal = values.get("proposal")
    return Member(
        owner=values["owner"],
        email=values["email"],
        name=values["name"],
        roles=_roles(values["roles"]),
        added_by=values["added_by"],
        added_at_ms=values["added_at"],
        issuer=values["issuer"],
        subject=values["subject"],
        removed=values["removed"],
        proposal=Proposal(_roles(proposal["roles"]), proposal["by"], proposal["at"]) if proposal else None,
        version=values["version"],
        changed_by=values.get("changed_by", ""),
        changed_at_ms=values.get("changed_at", 0),
    )


def _roles(names: list[str]) -> frozenset[Role]:
    return frozenset(Role(name) for name in names if name in set(Role))


def session_to_values(session: Session) -> dict[str, Any]:
    """As plain values. The table forgets it when it can let nobody in any more."""
    return {
        "pk": SESSION + session.hash,
        "owner": session.owner,
        "email": session.email,
        "person": session.person,
        "member_version": session.member_version,
        "started_at": session.started_at_ms,
        "seen_at": session.seen_at_ms,
        "signed_in_at": session.signed_in_at_ms,
        "ended": session.ended or None,
        "expires_at": (session.started_at_ms + WHOLE_MS) // 1000,
    }


def session_from_item(item: Item) -> Session:
    """From what is stored."""
    values = items.unpacked(item)
    return Session(
        hash=values["pk"].removeprefix(SESSION),
        owner=values["owner"],
        email=values["email"],
        person=values["person"],
        member_version=values["member_version"],
        started_at_ms=values["started_at"],
        seen_at_ms=values["seen_at"],
        signed_in_at_ms=values["signed_in_at"],
        ended=bool(values.get("ended")),
    )
