"""The ports of statements in memory, and the bucket as a dictionary."""

from __future__ import annotations

from gateway.domain.reconciliation.proven import Proven
from gateway.domain.reconciliation.statement_record import StatementRecord
from gateway.ports.statements import StoredFile


class MemoryStatementFiles:
    """Files by owner and statement; who has the address puts them there."""

    def __init__(self) -> None:
        self.files: dict[tuple[str, str], bytes] = {}

    def upload_address(self, owner: str, statement: str, size: int, seconds: int, /) -> str:
        return f"https://files.example.com/{owner}/{statement}?X-Amz-Expires={seconds}&bytes={size}"

    def put_file(self, owner: str, statement: str, content: bytes, /) -> None:
        self.files[owner, statement] = content

    def read_file(self, owner: str, statement: str, most: int, /) -> StoredFile | None:
        content = self.files.get((owner, statement))
        return None if content is None else StoredFile(len(content), None if len(content) > most else content)


class MemoryStatements:
    """Statements and what they cover, in dictionaries."""

    def __init__(self) -> None:
        self.statements: dict[tuple[str, str], StatementRecord] = {}
        self.proven: dict[tuple[str, str], Proven] = {}

    def read_statement(self, owner: str, statement: str, /) -> StatementRecord | None:
        return self.statements.get((owner, statement))

    def save_statement(self, before: StatementRecord | None, after: StatementRecord, /) -> bool:
        stored = self.statements.get((after.owner, after.id))
        if (stored.version if stored else None) != (before.version if before else None):
            return False
        self.statements[after.owner, after.id] = after
        return True

    def read_proven(self, owner: str, shortcode: str, /) -> Proven:
        return self.proven.get((owner, shortcode), Proven(owner=owner, shortcode=shortcode))

    def save_proven(self, before: Proven, after: Proven, /) -> bool:
        if self.read_proven(after.owner, after.shortcode).version != before.version:
            return False
        self.proven[after.owner, after.shortcode] = after
        return True
