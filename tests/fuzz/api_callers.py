"""Who calls: with each kind of credential, for each operation, what it sends and whether it may come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.fuzz.api_values import Known

RIGHT = "right"
"""For each operation what it asks for: secret key, client token of the payment in the address, publishable key."""

WRONG = ("none", "garbage", "reader", "other", "publishable", "token", "token_of_another", "page_code")

OF_EVERYBODY = (
    "/v1/reconciliation/days/{day}",
    "/v1/reconciliation/days/{day}/close",
    "/v1/reconciliation/days/{day}/lines/{n}/resolve",
    "/v1/reconciliation/days/{day}/reopen",
    "/v1/transactions/{receipt}/check",
)
"""Addresses whose parameters belong to no shop: a day is the caller's own, any code may be asked about."""

FIRST_SHOPS_PAYBILL = b'"174379"'
"""The other shop has another number, so no good answer to it names this one, whatever address it asked at."""


@dataclass(frozen=True)
class Credentials:
    """The keys of the gateway under test. reader: may read payments and nothing else."""

    secret: str
    other_secret: str
    publishable: str
    reader: str


@dataclass(frozen=True)
class Operation:
    """What the description says of one."""

    method: str
    path: str
    schemes: frozenset[str]
    scope: str | None
    is_form: bool
    """Takes a page's form."""

    is_closed: bool = False
    """Answers no key well."""

    @classmethod
    def of(cls, method: str, path: str, told: Mapping[str, Any]) -> Operation:
        """From its entry."""
        schemes = frozenset(name for one in told.get("security", ()) for name in one)
        shows_pages = any("text/html" in answer.get("content", ()) for answer in told["responses"].values())
        is_form = method == "post" and shows_pages and "requestBody" not in told
        is_closed = not any(int(status) < 400 for status in told["responses"])
        return cls(method.upper(), path, schemes, told.get("x-scope"), is_form, is_closed)


def authorization(
    caller: str, operation: Operation, parameters: Mapping[str, Any], keys: Credentials, known: Known
) -> str:
    """The header that this caller sends; "" for none."""
    payment = known.payment_of(parameters)
    sent = {
        "none": "",
        "garbage": "sk_test_local_" + "x" * 32,
        "reader": keys.reader,
        "other": keys.other_secret,
        "publishable": keys.publishable,
        "token": known.tokens.get(payment, ""),
        "token_of_another": known.token_of_another(payment),
        "page_code": next((thing["code"] for thing in known.things if thing.get("at") == "/pay/"), ""),
        RIGHT: _right(operation, payment, keys, known),
    }[caller]
    return f"Bearer {sent}" if sent else ""


def _right(operation: Operation, payment: str, keys: Credentials, known: Known) -> str:
    by_scheme = {
        "secretKey": keys.secret,
        "clientToken": known.tokens.get(payment, ""),
        "publishableKey": keys.publishable,
    }
    fitting = [by_scheme[scheme] for scheme in by_scheme if scheme in operation.schemes]
    return fitting[0] if fitting else ""


def may_come_in(caller: str, operation: Operation) -> bool:
    """Whether a good answer to this caller breaks no promise."""
    if not operation.schemes or caller == RIGHT:
        return True
    opens = {
        "other": {"secretKey"} if "{" not in operation.path or operation.path in OF_EVERYBODY else set(),
        "reader": {"secretKey"} if operation.scope == "payments:read" else set(),
        "publishable": {"publishableKey"},
        "token": {"clientToken"},
    }.get(caller, set())
    return bool(opens & operation.schemes)


def is_told_of_the_first_shop(caller: str, operation: Operation, content: bytes) -> bool:
    """Whether a good answer to the other shop shows what is not its own."""
    return caller == "other" and bool(operation.schemes) and FIRST_SHOPS_PAYBILL in content
