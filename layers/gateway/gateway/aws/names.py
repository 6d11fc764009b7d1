"""Names of the internet → addresses, by the system's resolver and within a time limit."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong

from gateway.ports.webhooks import NameUnknown

LOOK_UP_S_MAX = 3.0
"""The system's resolver knows no limit of ours; a look-up that takes longer is left to itself."""


class SystemNames:
    """The Names port."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="names")

    def addresses(self, host: str, port: int, /) -> tuple[str, ...]:
        """All addresses of a name (or the address that it is), IPv4 first. Raises NameUnknown."""
        looking = self._pool.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            found = looking.result(LOOK_UP_S_MAX)
        except (OSError, UnicodeError, TookTooLong) as error:
            raise NameUnknown(type(error).__name__) from None
        by_family = sorted(found, key=lambda one: one[0] != socket.AF_INET)
        return tuple(dict.fromkeys(str(one[4][0]) for one in by_family))
