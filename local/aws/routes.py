"""Routes of an HTTP API and which one takes a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from local.aws.errors import TemplateError
from local.aws.function_spec import FunctionSpec
from local.aws.known_properties import refuse_unknown
from local.aws.names import Names

DEFAULT_ROUTE = "$default"
ANY_METHOD = "ANY"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", ANY_METHOD}
ROUTE_PROPERTIES = {"ApiId", "Method", "Path"}


@dataclass(frozen=True)
class Route:
    """A method and path of an API, and the function behind."""

    method: str
    path: str
    function: str
    """Logical id."""

    @property
    def key(self) -> str:
        """`GET /v1/payments/{payment}`, or `$default`."""
        return DEFAULT_ROUTE if self.path == DEFAULT_ROUTE else f"{self.method} {self.path}"

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The path's parameters, decoded, if the route takes this request; else None. `path` is undecoded."""
        if self.path == DEFAULT_ROUTE:
            return {}
        if self.method not in (method, ANY_METHOD):
            return None
        return _parameters(self.path.split("/"), path.split("/"))

    def rank(self) -> tuple[bool, tuple[int, ...], bool]:
        """Lower is taken first: exact parts before `{x}` before `{proxy+}`, a method before ANY, `$default` last."""
        kinds = tuple(_kind(part) for part in self.path.split("/"))
        return self.path == DEFAULT_ROUTE, kinds, self.method == ANY_METHOD


def _kind(part: str) -> int:
    if part.endswith("+}"):
        return 2
    return 1 if part.startswith("{") else 0


def _parameters(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    greedy = pattern[-1].endswith("+}")
    if len(parts) < len(pattern) or (len(parts) > len(pattern) and not greedy):
        return None
    found: dict[str, str] = {}
    for index, expected in enumerate(pattern):
        given = "/".join(parts[index:]) if expected.endswith("+}") else parts[index]
        if not expected.startswith("{"):
            if unquote(given) != expected:
                return None
        elif not given:
            return None
        else:
            found[expected.strip("{+}")] = unquote(given)
    return found


def routes_of(api: str, functions: Iterable[FunctionSpec], names: Names) -> list[Route]:
    """All routes of the API with this logical id, in order of precedence. Raises TemplateError for two alike."""
    api_id = names.ref(api, api)
    found = [_route(one, source.name, source.properties, api_id) for one in functions for source in one.events
             if source.type == "HttpApi"]  # fmt: skip
    routes = sorted((route for route in found if route is not None), key=Route.rank)
    keys = [route.key for route in routes]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise TemplateError(f"{api}: {twice} is routed twice.")
    return routes


def _route(spec: FunctionSpec, name: str, given: Mapping[str, Any], api_id: str) -> Route | None:
    place = f"{spec.logical_id}.Events.{name}"
    refuse_unknown(given, ROUTE_PROPERTIES, place)
    if "ApiId" not in given:
        raise TemplateError(f"{place}: ApiId is missing.")
    if given["ApiId"] != api_id:
        return None
    method, path = str(given.get("Method", ANY_METHOD)).upper(), given.get("Path", DEFAULT_ROUTE)
    if method not in METHODS or not path.startswith(("/", DEFAULT_ROUTE)):
        raise TemplateError(f"{place}: {method} {path} is no route.")
    return Route(method, path, spec.logical_id)


def choose(routes: Iterable[Route], method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The first route that takes the request, with the path's parameters."""
    for route in routes:
        found = route.match(method, path)
        if found is not None:
            return route, found
    return None
