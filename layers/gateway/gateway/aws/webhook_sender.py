"""One signed POST to a shop's endpoint, to exactly the address that was checked. Loads httpx.

The second and last place with an HTTP client. No redirect is followed, no proxy of the environment is used, one
deadline holds for the whole call, and of the answer no more than a kilobyte is read.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from time import perf_counter

import httpcore
import httpx

from daraja.deadline import Deadline, DeadlineBackend
from gateway.domain.webhooks import ANSWER_KEPT, Outcome
from gateway.ports.webhooks import Post, Posted

CONNECT_S, EXCHANGE_S = 5.0, 15.0
"""To connect, TLS among it; then for request and answer. The standard asks for 15 to 30 s in all."""


class HttpSender:
    """The Sender port. Connections are not kept: an endpoint may sleep longer than it would keep one."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls or httpx.create_ssl_context(trust_env=False)

    def post(self, post: Post, /) -> Posted:
        """Send once. Whatever the other side does is an answer."""
        began_s = perf_counter()
        status, outcome, answer = self._exchange(post)
        return Posted(status, outcome, round((perf_counter() - began_s) * 1000), answer)

    def _exchange(self, post: Post) -> tuple[int | None, Outcome | None, bytes]:
        deadline = Deadline.starting_now(CONNECT_S, EXCHANGE_S, perf_counter)
        pool = httpcore.ConnectionPool(
            ssl_context=self._tls,
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=_PinnedBackend(post.address, deadline),
        )
        try:
            with pool, pool.stream("POST", _url(post), headers=_headers(post), content=post.body) as response:
                return response.status, None, _beginning(response)
        except (httpcore.ConnectTimeout, httpcore.ConnectError):
            return None, Outcome.NOT_CONNECTED, b""
        except httpcore.TimeoutException:
            return None, Outcome.TIMED_OUT, b""
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError):
            return None, Outcome.BROKEN_OFF, b""


class _PinnedBackend(httpcore.NetworkBackend):
    """Connects to the checked address, whatever name is asked for. TLS still names, and checks, the name."""

    def __init__(self, address: str, deadline: Deadline) -> None:
        self._address = address
        self._sockets = DeadlineBackend(deadline)

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002  the name was looked up and checked before
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the address. Raises httpcore.ConnectError, ConnectTimeout."""
        return self._sockets.connect_tcp(self._address, port, timeout, local_address, socket_options)


def _url(post: Post) -> httpcore.URL:
    target = post.target
    return httpcore.URL(
        scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
    )


def _headers(post: Post) -> list[tuple[bytes, bytes]]:
    own = {"Host": post.target.host_header, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    length = {"Content-Length": str(len(post.body))}
    return [(name.encode(), value.encode()) for name, value in {**own, **length, **post.headers}.items()]


def _beginning(response: httpcore.Response) -> bytes:
    """The answer's first kilobyte; the rest is not read. What breaks off behind the status is no matter."""
    read = bytearray()
    try:
        for chunk in response.iter_stream():
            read += chunk
            if len(read) >= ANSWER_KEPT:
                break
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
        pass
    return bytes(read[:ANSWER_KEPT])
