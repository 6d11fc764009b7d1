"""Sockets that keep one deadline for a whole call.

The timeouts of HTTP clients are per read: a peer that sends a byte every few seconds holds a call for ever.
Here every connect, handshake, write and read gets only the time that is left.
"""

import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpcore

Monotonic = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long one call may take. Seconds on a monotonic clock.

    connect_by: when a connection must stand. exchange_s: from then on, for request and answer together.
    """

    connect_by: float
    exchange_s: float
    clock: Monotonic

    @classmethod
    def starting_now(cls, connect_s: float, exchange_s: float, clock: Monotonic) -> "Deadline":
        """connect_s: for address, connection and TLS together."""
        return cls(clock() + connect_s, exchange_s, clock)

    def left_to_connect(self) -> float:
        """Seconds, always above 0. Raises httpcore.ConnectTimeout."""
        return self.left(self.connect_by, httpcore.ConnectTimeout)

    def left(self, until: float, error: type[httpcore.TimeoutException]) -> float:
        """Seconds until then, always above 0. Raises `error`."""
        left = until - self.clock()
        if left <= 0:
            raise error
        return left


class _Stream(httpcore.NetworkStream):
    """A connection that stands; the time for request and answer begins with it."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline
        self._finish_by = deadline.clock() + deadline.exchange_s
        self._begun = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 -- httpcore's signature; the deadline rules
        return self._stream.read(max_bytes, self._deadline.left(self._finish_by, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 -- as above
        if not self._begun:
            self._deadline.left_to_connect()
            self._begun = True
        self._stream.write(buffer, self._deadline.left(self._finish_by, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 -- as above
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left_to_connect())
        return _connected(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """TCP and TLS for one call."""

    def __init__(self, deadline: Deadline) -> None:
        self._sockets = httpcore.SyncBackend()
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 -- as above
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection within the time to connect. Raises httpcore.ConnectError, ConnectTimeout."""
        left = self._deadline.left_to_connect()
        stream = self._sockets.connect_tcp(host, port, left, local_address, socket_options)
        return _connected(stream, self._deadline)


def _connected(stream: httpcore.NetworkStream, deadline: Deadline) -> _Stream:
    """Looking up an address and trying several can take longer than asked: then nothing is written either."""
    try:
        deadline.left_to_connect()
    except httpcore.ConnectTimeout:
        stream.close()
        raise
    return _Stream(stream, deadline)
