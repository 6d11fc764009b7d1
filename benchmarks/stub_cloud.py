"""AWS and Safaricom as far as one call of a function needs them: prepared items and parameters, and a yes to the rest.

`StubCloud` makes answers, `StubServer` serves them on a port of this machine. No time is to be measured in here.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class StubCloud:
    """items: by `pk`, typed as DynamoDB has them. parameters: by full name."""

    items: Mapping[str, Mapping[str, Any]]
    parameters: Mapping[str, str]

    def answer(self, operation: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The body of an answer. operation: like GetItem. Writes succeed and change nothing."""
        match operation:
            case "GetItem":
                item = self.items.get(asked["Key"]["pk"]["S"])
                return {"Item": item} if item else {}
            case "Query":
                return {"Items": [], "Count": 0, "ScannedCount": 0}
            case "GetParameters":
                return self._parameters(asked["Names"])
            case "PutEvents":
                return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in asked["Entries"]]}
            case _:
                return {}

    def _parameters(self, names: list[str]) -> dict[str, Any]:
        found = [
            {"Name": name, "Value": self.parameters[name], "Type": "SecureString", "Version": 1}
            for name in names
            if name in self.parameters
        ]
        return {"Parameters": found, "InvalidParameters": [name for name in names if name not in self.parameters]}


SAFARICOM = {
    "/oauth/v1/generate": {"access_token": "t" * 28, "expires_in": "3599"},
    "/mpesa/stkpush/v1/processrequest": {
        "MerchantRequestID": "7071-4170-a0e5-8345632bad442144258",
        "CheckoutRequestID": "ws_CO_02032026121504123712345678",
        "ResponseCode": "0",
        "ResponseDescription": "Success. Request accepted for processing",
        "CustomerMessage": "Success. Request accepted for processing",
    },
}


class _Handler(BaseHTTPRequestHandler):
    cloud: StubCloud
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    """An answer leaves in one piece; in two, the caller's system would wait 40 ms for the second."""

    def do_GET(self) -> None:
        """Safaricom's OAuth, or a list of files in S3: there is none."""
        if "list-type=2" in self.path:
            self._send_text("<ListBucketResult/>", "application/xml")
        else:
            self._send(SAFARICOM[self.path.partition("?")[0]])

    def do_PUT(self) -> None:
        """A file for S3, which takes it."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self._send_text("", "application/xml")

    def do_POST(self) -> None:
        """A push, or a call to AWS, which the header X-Amz-Target names."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        target = self.headers.get("x-amz-target")
        if target is None:
            self._send(SAFARICOM[self.path])
        else:
            self._send(self.cloud.answer(target.rpartition(".")[2], json.loads(body)))

    def _send(self, value: Mapping[str, Any]) -> None:
        self._send_text(json.dumps(value), "application/json")

    def _send_text(self, text: str, kind: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class StubServer:
    """A context: `address` while it is open."""

    def __init__(self, cloud: StubCloud) -> None:
        handler = type("Handler", (_Handler,), {"cloud": cloud})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Serve from a thread."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and free the port."""
        self._server.shutdown()
        self._server.server_close()
