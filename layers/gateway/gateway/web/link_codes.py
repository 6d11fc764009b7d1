"""From the code in an address to the payment link behind it."""

from __future__ import annotations

import re

from gateway.domain.identity import LINK_PREFIX
from gateway.domain.links import Link
from gateway.ports import Flow, call
from gateway.ports.links import Links

_CODE = re.compile(r"[0-9a-f]{32}")


def link_named(code: str) -> Flow[Link | None]:
    """The link behind the code. What cannot be a code is not read for. Raises StoreUnavailable."""
    return (yield from call(Links.read_link, LINK_PREFIX + code)) if _CODE.fullmatch(code) else None
