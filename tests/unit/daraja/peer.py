"""The other end of a connection: a socket that answers as a test tells it to."""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Answering = Callable[[socket.socket, threading.Event], None]

_REQUEST_MAX = 64 * 1024


@dataclass
class Peer:
    """Address of a listening peer and every request that reached it, in order."""

    base_url: str
    requests: list[bytes] = field(default_factory=list)


def http(status: int, body: bytes | str = b"", *headers: str, content_type: str = "application/json") -> Answering:
    """A whole HTTP answer, then the connection is closed."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {content_type}", f"Content-Length: {len(content)}"]
    return raw("\r\n".join([*lines, *headers, "", ""]).encode() + content)


def raw(answer: bytes) -> Answering:
    """These bytes, then the connection is closed."""

    def send(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(answer)

    return send


def silent(_: socket.socket, over: threading.Event) -> None:
    """Takes the request and never says anything."""
    over.wait()


def dripping(start: bytes, drop: bytes) -> Answering:
    """Says `start`, then goes on with `drop` a little at a time, far longer than anybody should listen."""

    def send(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(start)
        for _ in range(300):
            if over.wait(0.02):
                return
            connection.sendall(drop)

    return send


@contextmanager
def peer(*answers: Answering, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    """A peer on a free port of this machine that answers one connection after the other."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        told = Peer(f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=_serve, args=(listener, answers, told, over, tls))
        thread.start()
        try:
            yield told
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(
    listener: socket.socket,
    answers: tuple[Answering, ...],
    told: Peer,
    over: threading.Event,
    tls: ssl.SSLContext | None,
) -> None:
    for answering in answers:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, _secured(connection, tls) as spoken:
            told.requests.append(_request(spoken))
            with suppress(OSError):
                answering(spoken, over)


def _secured(connection: socket.socket, tls: ssl.SSLContext | None) -> socket.socket:
    if tls is None:
        return connection
    return tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)


def _request(connection: socket.socket) -> bytes:
    """All that comes, up to the end of one request or of the connection."""
    received = b""
    with suppress(OSError):
        while not _is_whole(received) and (more := connection.recv(_REQUEST_MAX)):
            received += more
    return received


def _is_whole(received: bytes) -> bool:
    head, ended, body = received.partition(b"\r\n\r\n")
    size = re.search(rb"(?i)\r\ncontent-length: *([0-9]+)", head)
    return bool(ended) and len(body) >= int(size.group(1) if size else 0)
