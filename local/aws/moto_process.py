"""`python -m local.aws.moto_process`: moto as a server, one request at a time, on the local clock.

Without the lock moto loses updates: nothing in it serialises requests, and conditions are checked apart
from the write. Prints its port as one line, and ends when its standard input does.
"""

from __future__ import annotations

import importlib
import io
import sys
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local.aws import moto_shortcuts
from local.aws.names import TARGETS
from local.aws.packages import site_folders
from local.aws.worker import CLOCK_HEADER, ProcessClock, die_with_parent

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

HOST = "127.0.0.1"
CLOCK_VARIABLE = "HTTP_" + CLOCK_HEADER.upper().replace("-", "_")


class OneAtATime:
    """WSGI middleware: a request and the whole of its answer happen before the next one begins."""

    def __init__(self, application: WSGIApplication, follow_clock: Callable[[str], None]) -> None:
        self._application = application
        self._follow_clock = follow_clock
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        with self._lock:
            self._follow_clock(environ.get(CLOCK_VARIABLE, "0"))
            return [b"".join(self._application(environ, start_response))]


class KeptOpen(MotoRequestHandler):
    """Keeps connections open, and writes no access log, which would hold names of parameters.

    Werkzeug's own handler ends the connection after each answer; to begin one costs as much as most calls.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    """An answer leaves in one piece."""

    def run_wsgi(self) -> None:
        """One request: all of it is read, and then all of the answer is written at once."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        environ = {**self.make_environ(), "wsgi.input": io.BytesIO(body)}
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], _error: Any = None
        ) -> Callable[[bytes], object]:
            started.append((status, headers))
            return self.wfile.write

        answer = b"".join(self.server.app(environ, start_response))
        status, headers = started[-1]
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def application() -> WSGIApplication:
    """Moto with all services that the stack has: the first call of each shall not wait for its import."""
    moto_shortcuts.take()
    for service in TARGETS:
        importlib.import_module(f"moto.{service}.urls")
    return DomainDispatcherApplication(create_backend_app)


def main() -> int:
    """Serve until the parent is gone."""
    one_at_a_time = OneAtATime(application(), ProcessClock(site_folders()).follow)
    server = make_server(HOST, 0, one_at_a_time, threaded=True, request_handler=KeptOpen)
    threading.Thread(target=die_with_parent, daemon=True).start()
    print(server.server_port, flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
