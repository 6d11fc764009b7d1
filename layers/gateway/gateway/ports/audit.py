"""What the audit log needs: the pages, the items that they tell of, and how far the nightly check has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.audit.entry import Parts
from gateway.domain.audit.progress import AuditProgress
from gateway.ports import PortError


class LogUnavailable(PortError):
    """S3 did not answer, or not in time. Whether a page was written is not known."""


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page's bytes under its number."""

    number: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Listed:
    """What lies among the pages. numbers: highest first. others: how many names no page has."""

    numbers: tuple[int, ...]
    others: int = 0


class AuditLog(Protocol):
    """Pages in S3, numbered from 1. Raise LogUnavailable."""

    def read_newest(self) -> StoredPage | None:
        """What lies under the highest name, number 0 if no page has such a name; None: nothing is written yet.

        May be one that this process remembers and another has passed: who appends behind it is refused, and asks again.
        """

    def list_pages(self, most: int, /) -> Listed:
        """So many names from the highest on, asked for anew; whoever may write into the bucket may have made one."""

    def read_page(self, number: int, /) -> bytes | None:
        """A page; None: there is none of this number."""

    def append_page(self, number: int, data: bytes, /) -> bool:
        """Write a page, if there is none of this number. False: another one stands there."""


class Audited(Protocol):
    """The table as the log sees it. Raise StoreUnavailable."""

    def read_items(self, key: bytes, items: tuple[str, ...], /) -> Mapping[str, Parts]:
        """The parts of these items, by their names in the log. What is not there is left out. key: the log's."""

    def list_day(self, key: bytes, day: str, /) -> tuple[str, ...]:
        """Names of the payments, payouts and refunds that were asked for on this day, and of its receipts."""

    def list_standing(self, key: bytes, /) -> tuple[str, ...]:
        """Names of the staff, keys and webhook endpoints of all shops."""

    def read_audit_progress(self) -> AuditProgress:
        """How far the check has come; that of the beginning before the first run."""

    def save_audit_progress(self, before: AuditProgress, after: AuditProgress, /) -> bool:
        """Write, on condition that the version is `before`'s. False: another run is at work."""
