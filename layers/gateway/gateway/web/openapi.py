"""OpenAPI 3.1 of the shop's API, made from the route table, the errors and the models.

It is the truth about every answer: the end-to-end tests validate each of them, errors included, against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.web import (
    balance_models,
    balance_requests,
    c2b_models,
    c2b_requests,
    feed_models,
    key_models,
    link_models,
    link_requests,
    models,
    mpesa_qr_models,
    payout_models,
    payout_requests,
    reconciliation_models,
    reconciliation_requests,
    refund_models,
    refund_requests,
    registration_models,
    registration_requests,
    requests,
    search,
    statement_models,
    transaction_models,
    webhook_models,
    webhook_requests,
)
from gateway.web.errors import ERRORS
from gateway.web.http import PROBLEM
from gateway.web.idempotency import KEY_MAX
from gateway.web.lists import VALUE_MAX
from gateway.web.routes import ROUTES, Api, Credential, Media, Parameter, Route
from gateway.web.texts import LINE, text_schema

REF = "#/components/schemas/{model}"
SCHEMES = {
    Credential.SECRET_KEY: ("secretKey",),
    Credential.CLIENT_TOKEN: ("clientToken", "formToken"),
    Credential.PUBLISHABLE_KEY: ("publishableKey", "formToken"),
}
TAGS = {
    "payments": "For the shop's server",
    "links": "Payment links of the shop",
    "webhooks": "Endpoints that are told of events",
    "events": "What happened, in order",
    "c2b": "Money by hand, at the Paybill or Till",
    "payouts": "Money that goes out",
    "refunds": "Money that goes back to who paid",
    "balance": "What is in the shop's M-PESA accounts",
    "transactions": "M-PESA's codes",
    "reconciliation": "Our days against M-PESA's",
    "checkout": "For the payer's browser",
    "pages": "Hosted pages for payers",
    "keys": "API keys of the shop",
    "operations": "How the gateway is",
    "documents": "This description and pages about it",
}

REQUESTS = (
    requests,
    search,
    key_models,
    link_requests,
    webhook_requests,
    c2b_requests,
    registration_requests,
    balance_requests,
    mpesa_qr_models,
    payout_requests,
    refund_requests,
    reconciliation_requests,
)
ANSWERS = (
    models,
    key_models,
    link_models,
    feed_models,
    webhook_models,
    c2b_models,
    registration_models,
    balance_models,
    mpesa_qr_models,
    payout_models,
    refund_models,
    transaction_models,
    reconciliation_models,
    statement_models,
)
"""Modules in which a route's models lie, by their names."""

ALWAYS = ("internal_error", "storage_unavailable")
OF_SECRET_KEY = ("key_missing", "key_invalid", "key_revoked", "key_wrong_mode", "scope_missing")
OF_CLIENT_TOKEN = ("key_missing", "key_invalid", "token_expired", "token_wrong_payment", "origin_not_allowed")
OF_PUBLISHABLE_KEY = ("key_missing", "key_invalid", "key_revoked", "key_wrong_mode", "origin_not_allowed")
OF_BODY = (
    "body_not_json",
    "body_not_utf8",
    "body_too_deep",
    "body_too_large",
    "duplicate_field",
    "media_type_not_supported",
    "field_missing",
    "field_invalid",
    "unknown_field",
)
ANY_VALUE = text_schema(LINE, VALUE_MAX, 1)
"""What a query parameter without a form of its own may be."""

PAGE_STATUSES = (400, 403, 404, 409, 413, 415, 422, 429, 500, 503)
"""Statuses with which the payer's page shows what is wrong, as a page."""


@lru_cache(maxsize=4)
def document(base_url: str, version: str) -> dict[str, Any]:
    """The whole description. base_url: where this gateway is served."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "M-Pesa payment gateway",
            "version": version,
            "description": "Payments through Safaricom's Daraja API. 2xx: stored, look at status. 4xx: nothing was "
            "stored or sent. 5xx or no answer: repeat the same request with the same Idempotency-Key.",
        },
        "servers": [{"url": base_url}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": _paths(),
        "components": {"schemas": _schemas(), "securitySchemes": _security_schemes(), "headers": _headers()},
    }


def errors_of(route: Route) -> tuple[str, ...]:
    """The codes with which a route may say no, those that follow from its credential and body included."""
    codes = [*route.errors, *ALWAYS]
    if route.credential is Credential.SECRET_KEY:
        codes += OF_SECRET_KEY
    if route.credential is Credential.CLIENT_TOKEN:
        codes += OF_CLIENT_TOKEN
    if route.credential is Credential.PUBLISHABLE_KEY:
        codes += OF_PUBLISHABLE_KEY
    if route.body:
        codes += OF_BODY
    if route.query:
        codes += ["field_invalid", "unknown_field"]
    if ("{" in route.path and route.credential is not Credential.NONE) or route.path == "/docs/{page}":
        codes.append("not_found")
    if route.needs_key:
        codes.append("idempotency_key_missing")
    if _takes_idempotency_key(route):
        codes.append("idempotency_key_invalid")
    return tuple(dict.fromkeys(codes))


def _takes_idempotency_key(route: Route) -> bool:
    """Those of a shop's server. A browser may not even send the header to another origin."""
    is_change = route.method in ("POST", "PATCH") and route.media is Media.JSON
    return is_change and route.credential is Credential.SECRET_KEY


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in ROUTES:
        if route.api is Api.SHOP and not route.is_of_console:
            paths.setdefault(route.path.replace("{proxy+}", "{proxy}"), {})[route.method.lower()] = _operation(route)
    return paths


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}{''.join(map(_word, route.path.split('/')))}",
        "summary": route.summary,
        "tags": [route.tag],
        "security": [{scheme: []} for scheme in SCHEMES.get(route.credential, ())],
        "parameters": list(_parameters(route)),
        "responses": _responses(route),
    }
    if route.scope:
        operation["x-scope"] = route.scope
    if route.body:
        schema = {"$ref": REF.format(model=route.body)}
        required = not _model(REQUESTS, route.body).may_be_absent
        operation["requestBody"] = {"required": required, "content": {Media.JSON: {"schema": schema}}}
    return operation


def _word(part: str) -> str:
    return "".join(piece.capitalize() for piece in part.strip("{}+").replace(".", "_").split("_"))


def _parameters(route: Route) -> Iterator[dict[str, Any]]:
    for part in route.path.split("/"):
        if part.startswith("{"):
            yield {"name": part.strip("{}+"), "in": "path", "required": True, "schema": {"type": "string"}}
    for parameter in route.query:
        yield {
            "name": parameter.name,
            "in": "query",
            "required": parameter.required,
            "description": parameter.meaning,
            "schema": _query_schema(parameter),
        }
    if _takes_idempotency_key(route):
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": route.needs_key,
            "description": "One key names one request for ever; quoted or bare.",
            "schema": {"type": "string", "pattern": "^[!-~]( *[!-~])*$", "minLength": 1, "maxLength": KEY_MAX + 2},
        }
    if route.has_etag:
        yield {"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"}}


def _query_schema(parameter: Parameter) -> dict[str, Any]:
    if parameter.format:
        return {"type": "string", "format": parameter.format}
    return {"type": "string", "pattern": f"^({parameter.pattern})$"} if parameter.pattern else ANY_VALUE


def _responses(route: Route) -> dict[str, Any]:
    responses = {str(status): _good(route, status) for status in route.statuses}
    if route.has_etag:
        responses["304"] = {"description": "Unchanged", "headers": _header_refs("ETag")}
    by_status: dict[int, list[str]] = {}
    for code in errors_of(route):
        by_status.setdefault(ERRORS[code].status, []).append(code)
    for status, codes in sorted(by_status.items()):
        bad = _bad(status, codes)
        if status in route.statuses:  # a good answer of the same status, like /health that says "down"
            bad = {**responses[str(status)], "content": {**responses[str(status)]["content"], **bad["content"]}}
        responses[str(status)] = bad
    if route.credential is Credential.PAGE_CODE:
        responses |= {str(status): _page_problem(status, by_status.get(status, [])) for status in PAGE_STATUSES}
    return responses


def _good(route: Route, status: int) -> dict[str, Any]:
    more = ["ETag"] if route.has_etag else []
    answer: dict[str, Any] = {"description": route.summary, "headers": _header_refs(*more)}
    if route.media is Media.HTML and status not in (204, 303):
        answer["content"] = {Media.HTML: {"schema": {"type": "string"}}}
    if route.media is Media.SCRIPT:
        answer["content"] = {media: {"schema": {"type": "string"}} for media in (Media.SCRIPT, "text/css")}
    if route.answer:
        answer["content"] = {Media.JSON: {"schema": {"$ref": REF.format(model=route.answer)}}}
    return answer


def _bad(status: int, codes: list[str]) -> dict[str, Any]:
    """A problem whose code is one of these."""
    schema = {
        "allOf": [
            {"$ref": REF.format(model="Problem")},
            {"properties": {"code": {"enum": sorted(codes)}, "status": {"const": status}}},
        ]
    }
    described = "; ".join(f"{code}: {ERRORS[code].title}" for code in codes)
    more = ["Retry-After"] if status == ERRORS["storage_unavailable"].status else []
    return {"description": described, "headers": _header_refs(*more), "content": {PROBLEM: {"schema": schema}}}


def _page_problem(status: int, codes: list[str]) -> dict[str, Any]:
    page: dict[str, Any] = {Media.HTML: {"schema": {"type": "string"}}}
    if codes:
        page |= _bad(status, codes)["content"]
    return {"description": "A page that says what is wrong", "headers": _header_refs(), "content": page}


def _header_refs(*more: str) -> dict[str, Any]:
    names = ("Gateway-Version", "Request-Id", "Cache-Control", *more)
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _headers() -> dict[str, Any]:
    texts = {
        "Gateway-Version": "The release that answered.",
        "Request-Id": "The id under which this request is logged.",
        "Cache-Control": "no-store, but for documents.",
        "ETag": "Changes when the object does.",
        "Retry-After": "Seconds to wait.",
    }
    return {name: {"description": text, "required": True, "schema": {"type": "string"}} for name, text in texts.items()}


def _security_schemes() -> dict[str, Any]:
    return {
        "secretKey": {"type": "http", "scheme": "bearer", "description": "sk_test_… or sk_live_…, on servers only"},
        "publishableKey": {"type": "http", "scheme": "bearer", "description": "pk_test_… or pk_live_…, in browsers"},
        "clientToken": {"type": "http", "scheme": "bearer", "description": "ct_…, for one payment"},
        "formToken": {"type": "apiKey", "in": "header", "name": "X-Form-Token", "description": "Of the hosted page"},
    }


def _schemas() -> dict[str, Any]:
    named = {name for route in ROUTES for name in (route.body, route.answer) if name}
    wanted: list[tuple[type[BaseModel], Any]] = [(models.Problem, "serialization")]
    for name in sorted(named):
        request = _model(REQUESTS, name)
        wanted.append((request, "validation") if request else (_model(ANSWERS, name), "serialization"))
    _, schema = models_json_schema(wanted, ref_template=REF)
    definitions: dict[str, Any] = schema["$defs"]
    return {name: _with_optional(definition) for name, definition in sorted(definitions.items())}


def _model(modules: tuple[Any, ...], name: str) -> Any:
    return next((getattr(module, name) for module in modules if hasattr(module, name)), None)


def _with_optional(definition: dict[str, Any]) -> dict[str, Any]:
    """Fields that are marked as optional are no longer required, and lose mark and default."""
    fields: dict[str, Any] = definition.get("properties", {})
    optional = {name for name, schema in fields.items() if schema.pop("x-optional", False)}
    for name in optional:
        fields[name].pop("default", None)
    if "required" in definition:
        definition["required"] = [name for name in definition["required"] if name not in optional]
    return definition
