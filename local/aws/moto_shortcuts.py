"""Moto's answers, sooner. Each shortcut leaves what is answered as it is; `take()` puts all of them in place.

What moto does at every call though its outcome never changes is done once, and what grows with the table or with an
item's depth is done without the general machinery. Together more than half of the time of a call, and a second of each
start. The places are moto's own names: if a version of moto has them no more, `take` fails at once and loudly.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

from moto.core import responses
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.moto_server import werkzeug_app

EC2 = "moto.ec2"
"""A catalogue of machines, which takes a second to import: SSM wants it for commands on machines alone."""


def take() -> None:
    """Put the shortcuts in place, before the services are imported."""
    without_machines = ModuleType(EC2)
    without_machines.__dict__["ec2_backends"] = {}
    sys.modules.setdefault(EC2, without_machines)
    for owner, name, sooner in SHORTCUTS:
        setattr(owner, name, sooner(getattr(owner, name)))


def _values_as_they_are(general: Any) -> Any:
    """An attribute's value is kept as it goes over the wire: no need to look for each of its members by six names."""

    def serialize(self: Any, serialized: dict[str, Any], value: Any, shape: Any, key: str) -> None:
        if key and shape.name == "AttributeValue" and is_on_the_wire(value):
            serialized[key] = value
        else:
            general(self, serialized, value, shape, key)

    return serialize


def is_on_the_wire(value: Any) -> bool:
    """Whether an attribute's value has JSON's own shape already, all the way down. Binary ones have not."""
    if type(value) is not dict or len(value) != 1:
        return False
    [(kind, inner)] = value.items()
    match kind:
        case "S" | "N":
            return type(inner) is str
        case "BOOL" | "NULL":
            return type(inner) is bool
        case "SS" | "NS":
            return type(inner) is list and all(type(one) is str for one in inner)
        case "L":
            return type(inner) is list and all(map(is_on_the_wire, inner))
        case "M":
            return type(inner) is dict and all(map(is_on_the_wire, inner.values()))
    return False


def _copied_once(general: Any) -> Any:
    """A value with all that is in it, without a copy of the rest at each level."""

    def to_regular_json(self: Any) -> dict[str, Any]:
        match self.type:
            case "M":
                return {"M": {name: inner.to_regular_json() for name, inner in self.value.items()}}
            case "L":
                return {"L": [inner.to_regular_json() for inner in self.value]}
            case "S" | "N" | "BOOL" | "NULL":
                return {self.type: self.value}
        told: dict[str, Any] = general(self)
        return told

    return to_regular_json


def _in_order_of_plain_keys(general: Any) -> Any:
    """Every query sorts the whole table by its keys; where these are texts alone, they are compared as texts."""

    def all_items(self: Any) -> list[Any]:
        if self.range_key_attr or self.hash_key_type != "S":
            items: list[Any] = general(self)
            return items
        return sorted(self.items.values(), key=lambda item: item.hash_key.value)

    return all_items


def _of_plain_names(general: Any) -> Any:
    """A projection on whole attributes takes these, and does not turn the item into Python's values and back."""

    def project(self: Any, expressions: list[list[str]]) -> Any:
        if any(len(expression) != 1 or "[" in expression[0] for expression in expressions):
            return general(self, expressions)
        projected = type(self)(self.hash_key, self.range_key, {})
        wanted = {name for [name] in expressions}
        dict.update(projected.attrs, {name: value for name, value in self.attrs.items() if name in wanted})
        return projected

    return project


def _of_items_that_may_fit(general: Any) -> Any:
    """A query looks at the items with its key alone, and not at all of the table in order. One call at a time."""

    def query(self: Any, *given: Any, hash_key_conditions: Any = None, **named: Any) -> Any:
        whole = self.items
        if not self.range_key_attr:
            for name, wanted in hash_key_conditions or []:
                absent = DynamoType({"NULL": True})
                self.items = {
                    key: item for key, item in self.items.items() if item.attrs.get(name, absent).value == wanted.value
                }
        try:
            return general(self, *given, hash_key_conditions=hash_key_conditions, **named)
        finally:
            self.items = whole

    return query


SHORTCUTS: tuple[tuple[Any, str, Callable[[Any], Any]], ...] = (
    (werkzeug_app, "DISABLE_GLOBAL_CORS", lambda _: True),
    (werkzeug_app.DomainDispatcherApplication, "get_backend_for_host", cache),
    (responses, "method_names_from_class", cache),
    (BaseJSONSerializer, "_serialize_type_structure", _values_as_they_are),
    (DynamoType, "to_regular_json", _copied_once),
    (Item, "project", _of_plain_names),
    (Table, "query", _of_items_that_may_fit),
    (Table, "all_items", _in_order_of_plain_keys),
)
"""Where, and what takes the place of what is there. No browser asks, so nothing is said about origins."""
