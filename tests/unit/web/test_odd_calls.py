"""Calls that are almost right: told so, and not half understood."""

from __future__ import annotations

import pytest

from gateway.ports import QueueUnavailable
from gateway.ports.statements import FilesUnavailable
from gateway.web.openapi import document
from gateway.web.routes import ROUTES, Api, Credential, allowed_methods
from tests.unit.web import reconciliation_sample
from tests.unit.web.reconciliation_sample import STATEMENT
from tests.unit.web.shop import Gateway


@pytest.mark.parametrize("query", ["lang=fr", "lang=en&lang=sw", "langue=en"])
def test_a_browsers_prompt_with_an_odd_parameter_is_refused_as_its_look_is(query: str) -> None:
    """422, and no prompt."""
    gateway = Gateway()
    payment = gateway.pay("odd").json["id"]
    path = f"/v1/checkout/{payment}/attempts/1?{query}"

    refused = gateway.call("PUT", path, {"phone": "0712345678"}, secret=gateway.token(payment))

    assert 422 == refused.status
    assert [] == gateway.world.daraja.pushes


def test_an_address_with_a_name_of_its_own_allows_what_it_takes() -> None:
    """/v1/payments/search is no payment called search."""
    assert ("POST",) == allowed_methods("/v1/payments/search")
    assert ("GET", "PATCH") == allowed_methods("/v1/payments/pay_1")


@pytest.mark.parametrize(
    ("boundary", "path", "error"),
    [
        ("Webhooks.send_errands", "/v1/webhook-endpoints/{endpoint}/test", QueueUnavailable("away")),
        ("StatementFiles.read_file", f"/v1/reconciliation/statements/{STATEMENT}/read", FilesUnavailable("away")),
    ],
)
def test_whatever_does_not_answer_us_is_told_as_something_to_try_again(
    boundary: str, path: str, error: Exception
) -> None:
    """A queue, or the files: 503, and no fault of ours."""
    gateway = Gateway()
    reconciliation_sample.store(gateway)
    made = gateway.call("POST", "/v1/webhook-endpoints", {"url": "https://shop.example/mpesa", "events": ["*"]})
    gateway.world.fail_next[boundary].append(error)

    told = gateway.call("POST", path.format(endpoint=made.json["id"]), {})

    assert (503, "storage_unavailable", "5") == (told.status, told.code, told.headers["Retry-After"])


def test_browsers_are_not_told_of_a_key_that_they_may_not_send() -> None:
    """The description names Idempotency-Key on routes of a shop's server alone."""
    paths = document("http://localhost:7070", "test")["paths"]
    told = {
        f"{method.upper()} {path}"
        for path, entries in paths.items()
        for method, entry in entries.items()
        if "Idempotency-Key" in {parameter["name"] for parameter in entry["parameters"]}
    }
    of_servers = {route.key for route in ROUTES if route.api is Api.SHOP and route.credential is Credential.SECRET_KEY}

    assert told
    assert told <= of_servers
