"""Staff, sessions and the issuer in memory. Staff passes the same contract as the one over DynamoDB."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.domain.sessions import Session
from gateway.domain.shop import ShopSettings
from gateway.domain.staff import Member
from gateway.ports.identity import CodeExchange, CodeRefused, Provider


class MemoryStaff:
    """The Staff port. One lock: each call is atomic, as a write to one item is. settings: the store's, by owner."""

    def __init__(self, settings: Mapping[str, ShopSettings]) -> None:
        self._lock = threading.RLock()
        self._settings = settings
        self.members: dict[tuple[str, str], Member] = {}
        self.sessions: dict[str, Session] = {}

    def list_owners(self) -> tuple[str, ...]:
        return tuple(sorted(self._settings))

    def read_member(self, owner: str, email: str, /) -> Member | None:
        with self._lock:
            return self.members.get((owner, email))

    def list_members(self, owner: str, /) -> tuple[Member, ...]:
        with self._lock:
            mine = [member for (whose, _), member in self.members.items() if whose == owner]
            return tuple(sorted(mine, key=lambda member: member.email))

    def save_member(self, before: Member | None, after: Member, /) -> bool:
        with self._lock:
            stored = self.members.get((after.owner, after.email))
            if (stored.version if stored else None) != (before.version if before else None):
                return False
            self.members[after.owner, after.email] = replace(after, version=before.version + 1) if before else after
            return True

    def create_session(self, session: Session, /) -> None:
        with self._lock:
            self.sessions.setdefault(session.hash, session)

    def read_session(self, session_hash: str, /) -> Session | None:
        with self._lock:
            return self.sessions.get(session_hash)

    def touch_session(self, session: Session, seen_at_ms: int, /) -> None:
        with self._lock:
            stored = self.sessions.get(session.hash)
            if stored is not None and not stored.ended:
                self.sessions[session.hash] = replace(stored, seen_at_ms=seen_at_ms)

    def end_session(self, session: Session, /) -> None:
        with self._lock:
            if session.hash in self.sessions:
                self.sessions[session.hash] = replace(self.sessions[session.hash], ended=True)


ISSUER = "https://issuer.example"
CLIENT_ID = "gateway-console"


@dataclass
class MemoryIdentity:
    """The Identity port: an issuer that keeps codes and checks the verifier. claims: of each code that was given."""

    claims: dict[str, dict[str, Any]] = field(default_factory=dict)
    challenges: dict[str, str] = field(default_factory=dict)
    end_session_endpoint: str = f"{ISSUER}/logout"

    def read_provider(self) -> Provider:
        return Provider(ISSUER, f"{ISSUER}/authorize", f"{ISSUER}/token", self.end_session_endpoint)

    def exchange_code(self, exchange: CodeExchange, /) -> Mapping[str, Any]:
        digest = hashlib.sha256(exchange.verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        claims = self.claims.pop(exchange.code, None)
        if claims is None or challenge != self.challenges.get(exchange.code):
            raise CodeRefused("no such code")
        return claims
