"""`python -m local.aws.moto_process`: moto as a server, one request at a time, on the local clock.

Without the lock moto loses updates: nothing in it serialises requests, and conditions are checked apart
from the write. Prints its port as one line, and ends when its standard input does.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

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


class Quiet(MotoRequestHandler):
    """Keeps connections open and writes no access log, which would hold names of parameters."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def main() -> int:
    """Serve until the parent is gone."""
    application = OneAtATime(DomainDispatcherApplication(create_backend_app), ProcessClock(site_folders()).follow)
    server = make_server(HOST, 0, application, threaded=True, request_handler=Quiet)
    threading.Thread(target=die_with_parent, daemon=True).start()
    print(server.server_port, flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
