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
        self._pool = _pool()

    def addresses(self, host: str, port: int, /) -> tuple[str, ...]:
        """All addresses of a name (or the address that it is), IPv4 first. Raises NameUnknown."""
        looking = self._pool.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            found = looking.result(LOOK_UP_S_MAX)
        except TookTooLong as error:
            self._pool.shutdown(wait=False)  # its thread hangs in this name; the next one must not wait behind it
            self._pool = _pool()
            raise NameUnknown(type(error).__name__) from None
        except (OSError, UnicodeError) as error:
            raise NameUnknown(type(error).__name__) from None
        by_family = sorted(found, key=lambda one: one[0] != socket.AF_INET)
        return tuple(dict.fromkeys(str(one[4][0]) for one in by_family))


def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="names")
