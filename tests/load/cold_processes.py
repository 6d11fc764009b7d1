"""`python -m tests.load.cold_processes N`: N cold processes of `stk_initiation`, each with one request, all at once.

Each is forked off one that has imported the handler and made its clients, and has asked nobody anything: no token, no
keys, no memory. (Making clients costs a processor a fifth of a second; with two of them, sixty processes would come one
after the other.) Prints the statuses and how each payment stands, as JSON. Its environment is that of the function.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from benchmarks.first_calls import SECRET, http_event
from gateway.aws.world import world


class Context:
    """Lambda's, as far as it is read."""

    aws_request_id = "load"

    def get_remaining_time_in_millis(self) -> int:
        """Plenty."""
        return 28_000


def main() -> None:
    """Fork, let them run, collect."""
    import app  # type: ignore[import-not-found]  # noqa: PLC0415  the function's folder is on the path

    here = world()
    for port in ("Store", "Daraja"):
        here.adapter(port)
    here.adapter("Secrets")._client()
    readers = [_forked(app.handler, number) for number in range(int(sys.argv[1]))]
    told = []
    for pid, reader in readers:
        with os.fdopen(reader) as pipe:
            told.append(json.loads(pipe.read() or '["no answer", "no answer"]'))
        os.waitpid(pid, 0)
    sys.stdout.write(json.dumps(told) + "\n")


def _forked(handler: Any, number: int) -> tuple[int, int]:
    """Process id, and where its answer can be read."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    with os.fdopen(writer, "w") as pipe, open(os.devnull, "w") as nowhere:  # noqa: PTH123  as short as it gets
        os.dup2(nowhere.fileno(), 1)
        body = {"amount": 100, "phone": f"07101{number:05d}", "order": f"cold-{number}"}
        keys = {"authorization": f"Bearer {SECRET}", "idempotency_key": f"cold-{number}"}
        answer = handler(http_event("POST /v1/payments", {}, body, **keys), Context())
        attempts = json.loads(answer["body"]).get("attempts") or [{}]
        pipe.write(json.dumps([answer["statusCode"], attempts[0].get("status", "none")]))
        pipe.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
