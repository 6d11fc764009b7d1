"""What flows ask of the staff's items: members and their sessions."""

from __future__ import annotations

from typing import Protocol

from gateway.domain.sessions import Session
from gateway.domain.staff import Member


class Staff(Protocol):
    """DynamoDB, one item one member, one item one session. Raise StoreUnavailable."""

    def list_owners(self) -> tuple[str, ...]:
        """The shops that have settings, sorted. An index: may be a moment behind."""

    def read_member(self, owner: str, email: str, /) -> Member | None:
        """One consistent read; removed ones too."""

    def list_members(self, owner: str, /) -> tuple[Member, ...]:
        """All of a shop's, by e-mail, removed ones too. An index: may be a moment behind."""

    def save_member(self, before: Member | None, after: Member, /) -> bool:
        """Write, on condition that it is absent (before None) or of `before`'s version. False: somebody was faster."""

    def create_session(self, session: Session, /) -> None:
        """Put it. Its hash is of 256 random bits, so nothing stands there."""

    def read_session(self, session_hash: str, /) -> Session | None:
        """One consistent read; ended ones too, until they are swept away."""

    def touch_session(self, session: Session, seen_at_ms: int, /) -> None:
        """Somebody was there. An ended one stays ended."""

    def end_session(self, session: Session, /) -> None:
        """It lets nobody in any more. Twice is once."""
