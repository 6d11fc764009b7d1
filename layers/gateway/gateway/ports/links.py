"""What flows ask of stored payment links, and of the counts that keep browsers from sending too many prompts."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from gateway.domain.links import Link


class LinkPage(NamedTuple):
    """Links, newest first, and where to go on; cursor None: no more."""

    links: tuple[Link, ...]
    cursor: str | None


class Links(Protocol):
    """DynamoDB, one item one link. Raise StoreUnavailable."""

    def create_link(self, link: Link, /) -> Link | None:
        """Put if absent. None: created. Else the link that stands there."""

    def read_link(self, link_id: str, /) -> Link | None:
        """One consistent read."""

    def save_link(self, before: Link, after: Link, /) -> bool:
        """Write what may change, on condition that the version is `before`'s. False: somebody was faster."""

    def list_links(self, owner: str, limit: int, cursor: str | None, /) -> LinkPage:
        """A page of an owner's links. An index: may be a moment behind."""


class Counts(Protocol):
    """DynamoDB, one small item for each thing that is counted, gone after its time. Raise StoreUnavailable."""

    def count_up(self, name: str, most: int, ends_at_ms: int, /) -> bool:
        """One more under this name. False: there are `most` already, and nothing was counted."""
