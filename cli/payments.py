"""Pay and look over the gateway's own API, as a shop's server does."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import httpx

from cli.failure import Exit, Failure
from cli.output import Output

ASK_EVERY_S = 1.0
WAIT_S_MAX = 300.0
SERVER_ERROR = 500
WAITING = frozenset({"open", "pending"})
RECEIPT = re.compile(r"[A-Z0-9]{10}")
SHOWN = (
    "id",
    "status",
    "flags",
    "amount",
    "amount_received",
    "receipt",
    "account_reference",
    "order",
    "safe_to_fulfil",
)


@dataclass(frozen=True, slots=True)
class Api:
    """The shop's API, over a client that knows its address and carries a secret key."""

    http: httpx.Client

    @classmethod
    def at(cls, url: str, key: str) -> Self:
        """At this address, with this secret key. A payment's first answer may take as long as Safaricom does."""
        return cls(
            httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30.0, trust_env=False)
        )

    def call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """The JSON answer. Raises Failure."""
        try:
            answer = self.http.request(method, path, **request)
            content = answer.json()
        except (httpx.HTTPError, ValueError):
            raise Failure(
                Exit.UNREACHABLE,
                "The gateway did not answer as it should",
                str(self.http.base_url),
                "is it running? see doctor",
            ) from None
        if answer.is_success and isinstance(content, dict):
            return content
        raise _refused(answer.status_code, content if isinstance(content, dict) else {})


def _refused(status: int, problem: dict[str, Any]) -> Failure:
    code = Exit.SETTINGS if status in (401, 403) else Exit.UNREACHABLE if status >= SERVER_ERROR else Exit.REFUSED
    what = problem.get("title") or f"The gateway answered {status}"
    why = problem.get("detail") or problem.get("code") or problem.get("message") or "it did not say why"
    do = str(problem.get("remedy") or "change the request and repeat")
    return Failure(code, str(what), str(why), do, str(problem.get("code") or ""))


def pay(api: Api, output: Output, phone: str, amount: int, *, wait: bool, reference: str | None) -> Exit:
    """Send a prompt; with `wait`, follow it to its end. FOUND: it ended unpaid, or not yet."""
    body: dict[str, Any] = {"phone": phone, "amount": amount}
    if reference:
        body["account_reference"] = reference
    payment = api.call("POST", "/v1/payments", json=body, headers={"Idempotency-Key": f"cli-{secrets.token_hex(16)}"})
    if wait:
        payment = _followed(api, payment, output.progress, time.monotonic, time.sleep)
    output.result(summary(payment), note=_note(payment))
    if not wait:
        return Exit.FOUND if payment["status"] == "failed" else Exit.DONE
    return Exit.DONE if payment["status"] == "paid" else Exit.FOUND


def _followed(
    api: Api,
    payment: dict[str, Any],
    tell: Callable[[str], None],
    clock: Callable[[], float],
    pause: Callable[[float], None],
) -> dict[str, Any]:
    """The payment once it no longer waits, or after five minutes."""
    ends = clock() + WAIT_S_MAX
    seen = ""
    while payment["status"] in WAITING and clock() < ends:
        if payment["status"] != seen:
            seen = payment["status"]
            tell(f"{payment['id']} {seen}")
        pause(ASK_EVERY_S)
        payment = api.call("GET", f"/v1/payments/{payment['id']}")
    return payment


def show(api: Api, output: Output, what: str) -> Exit:
    """A payment by its id, by M-Pesa's receipt or by the shop's order. FOUND: there is none."""
    payment = _found(api, what)
    if payment is None:
        raise Failure(
            Exit.FOUND, f"No payment is known by {what}", "neither as receipt nor as order", "check the spelling"
        )
    if output.as_json:
        output.result(payment)
        return Exit.DONE
    output.result(summary(payment), note=_note(payment))
    history = [
        {"at": line["at"], "source": line["source"], "what": line["text"]} for line in payment.get("history", [])
    ]
    output.rows(history, ("at", "source", "what"), empty="")
    return Exit.DONE


def _found(api: Api, what: str) -> dict[str, Any] | None:
    if what.startswith("pay_"):
        return api.call("GET", f"/v1/payments/{what}", params={"include": "history"})
    filters = ["receipt", "order"] if RECEIPT.fullmatch(what.upper()) else ["order"]
    for name in filters:
        value = what.upper() if name == "receipt" else what
        listed = api.call("GET", "/v1/payments", params={name: value, "include": "history", "limit": 1})
        if listed["data"]:
            return dict(listed["data"][0])
    return None


def summary(payment: dict[str, Any]) -> dict[str, Any]:
    """What a person wants to know first."""
    attempts = payment.get("attempts") or []
    last = attempts[-1] if attempts else {}
    failure = payment.get("failure") or last.get("failure") or {}
    shown = {name: payment.get(name) for name in SHOWN}
    return {**shown, "attempts": len(attempts), "phone": last.get("phone"), "failure": failure.get("code")}


def _note(payment: dict[str, Any]) -> str:
    failure = payment.get("failure") or {}
    return str(failure.get("message") or "")
