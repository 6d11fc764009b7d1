"""Cold processes at the moment when the token has run out: real processes, table and SSM (moto), one Safaricom."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3

from benchmarks.first_calls import cloud, environment
from benchmarks.stub_cloud import SAFARICOM
from tests.dynamo_table import TABLE, create_table
from tests.load.alone import TOP
from tests.load.machine_time import share_now
from tests.load.verdict import Verdict, loopback_only

PROCESSES, PROCESSES_LEAST = 40, 4
OAUTH_S = 0.5


class TokenKiller(BaseHTTPRequestHandler):
    """Safaricom: each new token ends the life of the one before; a push with a dead one is refused."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    oauth_calls = 0
    pushes = 0
    lock = threading.Lock()

    def do_GET(self) -> None:
        """OAuth."""
        time.sleep(OAUTH_S)
        with self.lock:
            type(self).oauth_calls += 1
            self._send(200, {"access_token": f"token{self.oauth_calls:023d}", "expires_in": "3599"})

    def do_POST(self) -> None:
        """A push."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        with self.lock:
            alive = self.headers.get("authorization", "").endswith(f"token{self.oauth_calls:023d}")
            type(self).pushes += alive
        if alive:
            answer: dict[str, Any] = {**SAFARICOM["/mpesa/stkpush/v1/processrequest"]}
            self._send(200, answer | {"CheckoutRequestID": f"ws_CO_{self.pushes:08d}"})
        else:
            self._send(404, {"requestId": "1", "errorCode": "404.001.03", "errorMessage": "Invalid Access Token"})

    def _send(self, status: int, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _safaricom() -> Iterator[tuple[str, type[TokenKiller]]]:
    handler = type("Handler", (TokenKiller,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def _aws() -> Iterator[str]:
    """moto, one request at a time; the address."""
    command = [sys.executable, "-m", "local.aws.moto_process"]
    with subprocess.Popen(command, cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as moto:
        assert moto.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(moto.stdout.readline())}"
        finally:
            moto.kill()


def _filled(address: str) -> None:
    """The table with the shop, its key and the lease of a token that has run out; the parameters."""
    prepared = cloud()
    arguments = {"endpoint_url": address, "region_name": "eu-west-1"}
    secrets = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
    table: Any = boto3.client("dynamodb", **arguments, **secrets)  # type: ignore[call-overload]  # the same for all
    create_table(table)
    for item in prepared.items.values():
        table.put_item(TableName=TABLE, Item=item)
    parameters: Any = boto3.client("ssm", **arguments, **secrets)  # type: ignore[call-overload]  # the same for all
    for name, value in prepared.parameters.items():
        ended = json.dumps(json.loads(value) | {"expires_at_ms": 1}) if name.endswith("/token") else value
        parameters.put_parameter(Name=name, Value=ended, Type="SecureString")


def cold_starts() -> list[Verdict]:
    """Forty at once: one OAuth call, and every one of them prompts.

    Fewer where others use this machine: callers give up by the clock, and all of them share its processors.
    """
    processes = max(PROCESSES_LEAST, round(PROCESSES * share_now()))
    with _aws() as aws, _safaricom() as (safaricom, heard):
        _filled(loopback_only(aws))
        path = (TOP / "functions/stk_initiation", TOP / "layers/daraja", TOP / "layers/gateway", TOP)
        done = subprocess.run(
            [sys.executable, "-m", "tests.load.cold_processes", str(processes)],
            env={
                **environment("stk_initiation", aws),
                "DARAJA_BASE_URL": safaricom,
                "PYTHONPATH": os.pathsep.join(map(str, path)),
            },
            capture_output=True,
            text=True,
            check=True,
        )
    told = Counter(tuple(one) for one in json.loads(done.stdout.splitlines()[-1]))
    fine = told == {(201, "prompted"): processes} and heard.pushes == processes
    name = f"{processes} cold processes, the token has run out"
    return [
        Verdict(name, "≤ 1 OAuth call", f"{heard.oauth_calls}", heard.oauth_calls <= 1),
        Verdict(name, "no caller fails", f"{heard.pushes} prompts; {dict(told)}", fine),
    ]
