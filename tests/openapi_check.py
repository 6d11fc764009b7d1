"""Holds an answer against the OpenAPI that the code generates: status, headers, media type, every field.

Stricter than a client has to be: an object with a field that the description does not know is a mismatch, so that
nothing leaves undocumented.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any, cast

import jsonschema_rs
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from gateway.web.openapi import document

EMPTY = (204, 303, 304)
SEE_OTHER = 303
PROBLEM = "application/problem+json"


class Mismatch(AssertionError):
    """An answer that the description does not allow. Names the route and what is wrong."""


def check_answer(method: str, path: str, status: int, headers: Mapping[str, str], body: str | bytes) -> None:
    """Raises Mismatch unless the OpenAPI allows this answer. path: as called, without the query."""
    where = f"{method} {path} → {status}"
    lower = {name.lower(): value for name, value in headers.items()}
    text = body.decode("utf-8") if isinstance(body, bytes) else body
    if path.partition("/")[2].partition("/")[0] == "console":
        _check_page_of_console(where, status, lower, text)
        return
    operation = _operation(method, path)
    if operation is None:
        _check_no_route(where, status, lower, text)
        return
    answer = operation["responses"].get(str(status))
    if answer is None:
        raise Mismatch(f"{where} is not among {sorted(operation['responses'])}: {text[:300]}")
    _check_headers(where, answer, lower)
    _check_body(where, status, answer.get("content", {}), lower.get("content-type", ""), text)


def takes_body(method: str, template: str, body: Any) -> bool:
    """Whether the description allows this JSON body for an operation; template: the path as described."""
    schema = _closed()["paths"][template][method.lower()]["requestBody"]["content"]["application/json"]["schema"]
    return _validator(json.dumps(schema)).is_valid(body)


def _check_no_route(where: str, status: int, headers: Mapping[str, str], text: str) -> None:
    if status not in (404, 405):
        raise Mismatch(f"{where}: the description knows no such route")
    if status == 405 and not headers.get("allow"):
        raise Mismatch(f"{where} names no method in Allow")
    _check_against(where, {"$ref": "#/components/schemas/Problem"}, json.loads(text))


def _check_page_of_console(where: str, status: int, headers: Mapping[str, str], text: str) -> None:
    """A page that loads nothing, is kept nowhere and framed by nobody; or the way to one. Never a problem in JSON."""
    policy = headers.get("content-security-policy", "")
    if "default-src 'none'" not in policy or "unsafe" in policy or "frame-ancestors 'none'" not in policy:
        raise Mismatch(f"{where} has the policy {policy!r}")
    if headers.get("cache-control") != "no-store":
        raise Mismatch(f"{where} may be kept by others")
    if status in EMPTY:
        if text or (status == SEE_OTHER and not headers.get("location")):
            raise Mismatch(f"{where} must lead somewhere and hold nothing")
    elif headers.get("content-disposition", "").startswith("attachment"):
        _check_file_of_console(where, headers)
    elif not headers.get("content-type", "").startswith("text/html"):
        raise Mismatch(f"{where} is {headers.get('content-type')!r} and no page")


def _check_file_of_console(where: str, headers: Mapping[str, str]) -> None:
    if not headers.get("content-type", "").startswith("text/csv"):
        raise Mismatch(f"{where} is a file of {headers.get('content-type')!r}")


def _check_headers(where: str, answer: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    missing = [name for name in answer.get("headers", {}) if name.lower() not in headers]
    if missing:
        raise Mismatch(f"{where} lacks the headers {missing}")


def _check_body(where: str, status: int, content: Mapping[str, Any], media_type: str, text: str) -> None:
    if status in EMPTY or not content:
        if text:
            raise Mismatch(f"{where} must have no body, and has {text[:100]!r}")
        return
    media = media_type.partition(";")[0].strip()
    if media not in content:
        raise Mismatch(f"{where} is {media or 'nothing'}, not one of {sorted(content)}")
    value: Any = text if media.startswith("text/") else json.loads(text)
    _check_against(where, content[media]["schema"], value)
    if media == PROBLEM and value["status"] != status:
        raise Mismatch(f"{where} says {value['status']} in its body")


def _check_against(where: str, schema: Mapping[str, Any], value: Any) -> None:
    text = json.dumps(schema)
    if _is_surely_valid(text, value):
        return
    validator = _validator(text)
    wrong = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
    if wrong:
        told = "; ".join(f"{error.json_path}: {error.message[:200]}" for error in wrong[:5])
        raise Mismatch(f"{where}: {told}")


def _is_surely_valid(schema: str, value: Any) -> bool:
    """By a compiled validator, which is a hundred times quicker. Where it says no, the other one decides and says why.

    It refuses a little more: a half surrogate it cannot read at all.
    """
    try:
        return _quick_validator(schema).is_valid(value)
    except ValueError:
        return False


@cache
def _operation(method: str, path: str) -> dict[str, Any] | None:
    """The described operation; a path with fewer placeholders wins."""
    found = [
        (template.count("{"), operations[method.lower()])
        for template, operations in _closed()["paths"].items()
        if method.lower() in operations and _fits(template, path)
    ]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _fits(template: str, path: str) -> bool:
    ours, theirs = template.split("/"), path.split("/")
    if ours[-1] == "{proxy}":
        theirs = [*theirs[: len(ours) - 1], "/".join(theirs[len(ours) - 1 :])]
    return len(ours) == len(theirs) and all(
        bool(their) if our.startswith("{") else our == their for our, their in zip(ours, theirs, strict=True)
    )


@cache
def _closed() -> dict[str, Any]:
    """The description with every object of an answer closed."""
    copied = deepcopy(document("http://localhost:7070", "test"))
    for schema in copied["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return copied


@cache
def _validator(schema: str) -> Draft202012Validator:
    """Of a schema in JSON: the same few are asked for with every answer."""
    return Draft202012Validator(_absolute(json.loads(schema)), registry=_registry())


@cache
def _quick_validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_absolute(json.loads(schema)), registry=_quick_registry())


@cache
def _quick_registry() -> jsonschema_rs.Registry:
    """The whole description, read once: that takes longer than all its schemas."""
    return jsonschema_rs.Registry([(URI, _closed())], draft=jsonschema_rs.Draft202012)


URI = "urn:openapi"


@cache
def _registry() -> Registry[Any]:
    resource: Resource[Any] = Resource.from_contents(_closed(), default_specification=DRAFT202012)
    empty: Registry[Any] = Registry()
    return cast("Registry[Any]", empty.with_resource(URI, resource))


def _absolute(value: Any) -> Any:
    """The schema with its references made to point into the description."""
    if isinstance(value, dict):
        return {
            name: URI + inner if name == "$ref" and inner.startswith("#") else _absolute(inner)
            for name, inner in value.items()
        }
    return [_absolute(inner) for inner in value] if isinstance(value, list) else value
