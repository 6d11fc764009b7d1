"""Statements that people send: the files, how far each is taken in, and the times of which they tell everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.domain.reconciliation.proven import Proven
from gateway.domain.reconciliation.statement_record import StatementRecord
from gateway.ports import PortError


class FilesUnavailable(PortError):
    """S3 did not answer, or not in time."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it lies there. content None: it has more bytes than were to be read, and none of them was."""

    size: int
    content: bytes | None


class StatementFiles(Protocol):
    """Files in S3, each under its owner and the statement's id. Raise FilesUnavailable."""

    def upload_address(self, owner: str, statement: str, size: int, seconds: int, /) -> str:
        """Where a file of exactly so many bytes may be put for so long, by HTTP PUT and by whoever has the address.

        Asks nobody.
        """

    def put_file(self, owner: str, statement: str, content: bytes, /) -> None:
        """Put it there ourselves, for who sent it to us."""

    def read_file(self, owner: str, statement: str, most: int, /) -> StoredFile | None:
        """The file, if it has at most so many bytes; None: nothing was put there."""


class Statements(Protocol):
    """Statements in DynamoDB. Raise StoreUnavailable."""

    def read_statement(self, owner: str, statement: str, /) -> StatementRecord | None:
        """One consistent read; None: there is none."""

    def save_statement(self, before: StatementRecord | None, after: StatementRecord, /) -> bool:
        """Write, on condition that it is absent or of `before`'s version. False: somebody else is at work on it."""

    def read_proven(self, owner: str, shortcode: str, /) -> Proven:
        """What a shop's statements of a shortcode cover, read consistently; nothing before the first."""

    def save_proven(self, before: Proven, after: Proven, /) -> bool:
        """Write, on condition that the version is `before`'s."""
