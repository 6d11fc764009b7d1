"""What Daraja answers, as values: the call that came, the answer that goes, and the error bodies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

Json = Mapping[str, object]

FIREWALL_PAGE = (
    '<html style="height:100%"><head><META NAME="ROBOTS" CONTENT="NOINDEX, NOFOLLOW"></head><body>'
    "Request unsuccessful. Incapsula incident ID: 0-0</body></html>"
)


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came. value: what its JSON holds; body: that value if it is an object, else None."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    text: str
    value: object = None

    @property
    def body(self) -> Json | None:
        """The JSON object, or None if there is none."""
        return self.value if isinstance(self.value, dict) else None

    @property
    def app_key(self) -> str:
        """Bill Manager's key, under either of the names that the portal gives its header."""
        return self.headers.get("appKey") or self.headers.get("app_key") or ""

    @property
    def is_json(self) -> bool:
        """Whether the Content-Type is the one Daraja reads."""
        return self.headers.get("Content-Type", "").split(";")[0].strip().lower() == "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. cut: the connection is broken off instead of answering."""

    status: int
    text: str
    content_type: str = "application/json"
    cut: bool = False


CUT = Answer(0, "", cut=True)


def answer(body: Json, status: int = 200) -> Answer:
    """A JSON answer."""
    return Answer(status, json.dumps(body))


def refusal(request_id: str, code: str, message: str, status: int | None = None) -> Answer:
    """Body A. The HTTP status is the code's first three digits unless given."""
    body = {"requestId": request_id, "errorCode": code, "errorMessage": message}
    return answer(body, status or int(code[:3]))


def invalid(request_id: str, field: str) -> Answer:
    """`400.002.02`, naming the field as Safaricom names it."""
    return refusal(request_id, "400.002.02", f"Bad Request - Invalid {field}")


def spike_arrest() -> Answer:
    """Body B, HTTP 429."""
    rate = "MessageRate{messagesPerPeriod=5, periodInMicroseconds=60000000, maxBurstMessageCount=1.0}"
    fault = {
        "faultstring": f"Spike arrest violation. Allowed rate : {rate}",
        "detail": {"errorcode": "policies.ratelimit.SpikeArrestViolation"},
    }
    return answer({"fault": fault}, 429)


def firewall(status: int) -> Answer:
    """Body E: the web firewall's page, HTTP 403 or 503."""
    return Answer(status, FIREWALL_PAGE, "text/html")
