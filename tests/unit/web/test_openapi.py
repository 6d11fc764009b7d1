"""The description is valid, whole, and about exactly what is there."""

from __future__ import annotations

import importlib
import json
import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from gateway.web import documents
from gateway.web.errors import ERRORS
from gateway.web.openapi import ANSWERS, REQUESTS, document, errors_of
from gateway.web.routes import FLAGS, ROUTES, STATUSES, Api, Credential
from tests.openapi_check import Mismatch, _is_surely_valid, _validator, check_answer
from tests.unit.web.shop import TOP, Gateway, app_of

ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    1,
    1.0,
    1.5,
    -1,
    10**20,
    "",
    " ",
    "a",
    "a\n",
    "2026-03-02",
    "2026-03-02\n",
    "é" * 300,
    [],
    [1],
    {},
)
SHOP_ROUTES = [route for route in ROUTES if route.api is Api.SHOP and not route.is_of_console]


def test_the_description_is_valid_openapi() -> None:
    """By the OpenAPI 3.1 schema."""
    described = document("https://pay.example", "1.0.0")
    validate(described)
    assert "3.1.0" == described["openapi"]


def test_it_describes_every_route_of_the_shops_api_and_no_other() -> None:
    """Routes, description and handlers are the same set."""
    paths = document("https://pay.example", "1.0.0")["paths"]
    described = {(method.upper(), path) for path, operations in paths.items() for method in operations}
    assert {(route.method, route.path.replace("{proxy+}", "{proxy}")) for route in SHOP_ROUTES} == described


@pytest.mark.parametrize("function", ["stk_initiation", "payments_api", "admin_api"])
def test_each_function_answers_its_routes_and_no_other(function: str) -> None:
    """The dispatch table of a handler is the route table's part for it."""
    app = app_of(function)
    answered = {*app.ENDPOINTS, *getattr(app, "PAGES", {})} - {"$default"}
    assert {route.key for route in ROUTES if route.function == function} == answered


def test_every_named_model_exists() -> None:
    """A route's body is in one of the modules of requests, its answer in one of those of answers."""
    bodies = {name for module in REQUESTS for name in vars(module)}
    answers = {name for module in ANSWERS for name in vars(module)}
    assert set() == {route.body for route in SHOP_ROUTES if route.body} - bodies
    assert set() == {route.answer for route in SHOP_ROUTES if route.answer} - answers


def test_every_error_can_happen_somewhere_and_is_documented() -> None:
    """No code without a route (but those of unknown addresses), no route with an unknown code."""
    told = {code for route in SHOP_ROUTES for code in errors_of(route)}
    page = documents.page("errors") or ""
    assert set(ERRORS) - {"method_not_allowed"} == told
    assert sorted(ERRORS) == sorted(re.findall(r'<tr id="([a-z_0-9]+)">', page))


def test_the_codes_that_are_raised_are_those_in_the_table() -> None:
    """Codes are written as text where they are raised: none is missing from the table, none in it is dead."""
    tables = {"errors.py", "routes.py", "openapi.py", "models.py"}
    files = [path for path in (TOP / "layers/gateway/gateway/web").glob("*.py") if path.name not in tables]
    sources = "".join(path.read_text(encoding="utf-8") for path in files)
    raised = set(re.findall(r'(?:ApiError|_bad)\(\s*"([a-z_0-9]+)"', sources))
    assert raised <= set(ERRORS)
    assert [] == [code for code in ERRORS if f'"{code}"' not in sources]


def test_filters_name_the_statuses_and_flags_that_exist() -> None:
    """`status` and `flag` of the list."""
    statuses = importlib.import_module("gateway.domain.statuses")
    assert [str(one) for one in statuses.PaymentStatus] == STATUSES.split("|")
    assert [str(one) for one in statuses.Flag] == FLAGS.split("|")


def test_only_routes_for_browsers_tell_of_origins() -> None:
    """`origin_not_allowed` is an answer of `/v1/checkout/*` alone."""
    told = {route.key for route in SHOP_ROUTES if "origin_not_allowed" in errors_of(route)}
    of_browsers = (Credential.CLIENT_TOKEN, Credential.PUBLISHABLE_KEY)
    assert {route.key for route in SHOP_ROUTES if route.credential in of_browsers} == told


@pytest.mark.parametrize(
    ("status", "old", "new"),
    [
        (201, '"status":"open"', '"status":"done"'),
        (201, '"currency":"KES"', '"currency":"KES","secret":1'),
        (201, '"amount":1500,', ""),
        (202, "", ""),
    ],
)
def test_the_check_refuses_what_is_not_described(gateway: Gateway, status: int, old: str, new: str) -> None:
    """An unknown value, an unknown field, a missing field, an unknown status."""
    answer = gateway.pay()
    with pytest.raises(Mismatch):
        check_answer("POST", "/v1/payments", status, answer.headers, answer.body.replace(old, new))


def test_what_the_quick_validator_takes_the_thorough_one_takes_as_well() -> None:
    """Every schema of the description and of a field in it, with values on the edge of what is allowed."""
    schemas = document("http://localhost:7070", "test")["components"]["schemas"]
    fields = [field for schema in schemas.values() for field in schema.get("properties", {}).values()]
    texts = {json.dumps(schema) for schema in (*schemas.values(), *fields)}
    taken = [(text, odd) for text in texts for odd in ODD_VALUES if _is_surely_valid(text, odd)]
    assert [] == [(text, odd) for text, odd in taken if not _validator(text).is_valid(odd)]
    assert len(taken) > len(texts)


def test_the_check_refuses_an_answer_without_its_headers(gateway: Gateway) -> None:
    """Gateway-Version and Request-Id stand on every answer."""
    answer = gateway.pay()
    with pytest.raises(Mismatch, match="Request-Id"):
        check_answer("POST", "/v1/payments", 201, {"Content-Type": "application/json"}, answer.body)
