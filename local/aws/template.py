"""Reads `template.yaml` as CloudFormation and SAM would: tags, parameters, conditions, Globals, functions.

Whatever is not understood is an error. Silence is how a local run and a deployment drift apart.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from local.aws.errors import TemplateError
from local.aws.intrinsics import NO_VALUE, Resolver
from local.aws.known_properties import GLOBALS_OF, check_resource
from local.aws.names import Names

TOP_LEVEL = {
    "AWSTemplateFormatVersion",
    "Transform",
    "Description",
    "Metadata",
    "Parameters",
    "Mappings",
    "Conditions",
    "Globals",
    "Resources",
    "Outputs",
    "Rules",
}
PARAMETER_TYPES = {"String", "Number", "CommaDelimitedList", "List<Number>"}
PARAMETER_KEYS = {
    *("Type", "Default", "Description", "NoEcho", "AllowedValues", "AllowedPattern", "ConstraintDescription"),
    *("MinValue", "MaxValue", "MinLength", "MaxLength"),
}
RESOURCE_KEYS = {"Type", "Properties", "Condition", "DependsOn", "Metadata", "DeletionPolicy", "UpdateReplacePolicy"}


@dataclass(frozen=True)
class Resource:
    """One resource that the conditions let through, its properties with every function resolved."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Template:
    """A template after parameters, conditions and Globals: what the stack consists of."""

    folder: Path
    """Relative paths in the template start here."""
    names: Names
    resources: Mapping[str, Resource]
    parameters: Mapping[str, Any]
    outputs: Mapping[str, Any]

    def of_type(self, resource_type: str) -> list[Resource]:
        """All resources of a CloudFormation type, in the order of the file."""
        return [one for one in self.resources.values() if one.type == resource_type]


def read_template(path: Path, overrides: Mapping[str, str] | None = None) -> Template:
    """Read the file and resolve it. `overrides` replace parameters' defaults.

    Raises TemplateError with the place for whatever is unknown, missing or malformed.
    """
    return resolve(load_yaml(path.read_text(encoding="utf-8")), path.parent, overrides or {})


def resolve(document: Mapping[str, Any], folder: Path, overrides: Mapping[str, str]) -> Template:
    """The same from a document that was loaded already."""
    _refuse_unknown(document, TOP_LEVEL, "the template")
    parameters = _parameters(document.get("Parameters", {}), overrides)
    raw = {key: copy.deepcopy(body) for key, body in document.get("Resources", {}).items()}
    names = Names({key: (body["Type"], body.get("Properties", {})) for key, body in raw.items()})
    resolver = Resolver(parameters, document.get("Conditions", {}), document.get("Mappings", {}), names)
    names.resolve_with(resolver)
    _check_rules(document.get("Rules", {}), resolver)
    kept = {key: body for key, body in raw.items() if resolver.holds(body.get("Condition"))}
    names.keep_only(kept)
    defaults = _globals(document.get("Globals", {}))
    resources = {key: _resource(key, body, defaults, resolver) for key, body in kept.items()}
    return Template(folder, names, resources, parameters, _outputs(document.get("Outputs", {}), resolver))


def merge_globals(general: object, particular: object) -> Any:
    """SAM's rule: maps merge, lists add (general first), anything else is replaced."""
    if isinstance(general, Mapping) and isinstance(particular, Mapping):
        if _is_function(general) or _is_function(particular):
            return particular
        merged = dict(general)
        for key, value in particular.items():
            merged[key] = merge_globals(merged[key], value) if key in merged else value
        return merged
    if isinstance(general, list) and isinstance(particular, list):
        return [*general, *particular]
    return particular


def _is_function(value: Mapping[Any, Any]) -> bool:
    return len(value) == 1 and str(next(iter(value))).startswith(("Fn::", "Ref"))


def _resource(key: str, body: Mapping[str, Any], defaults: Mapping[str, Any], resolver: Resolver) -> Resource:
    _refuse_unknown(body, RESOURCE_KEYS, key)
    resource_type = body["Type"]
    properties = merge_globals(defaults.get(resource_type, {}), body.get("Properties", {}))
    resolved = resolver.value(properties, f"{key}.Properties")
    properties = {} if resolved is NO_VALUE else resolved
    check_resource(key, resource_type, properties)
    return Resource(key, resource_type, properties, body.get("Metadata", {}))


def _globals(section: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(section) - set(GLOBALS_OF)
    if unknown:
        raise TemplateError(f"Globals: {sorted(unknown)} is not run here. Known: {sorted(GLOBALS_OF)}.")
    return {GLOBALS_OF[key]: value for key, value in section.items()}


def _parameters(section: Mapping[str, Any], overrides: Mapping[str, str]) -> dict[str, Any]:
    unknown = set(overrides) - set(section)
    if unknown:
        raise TemplateError(f"The local run sets the parameters {sorted(unknown)}, which the template lacks.")
    return {key: _parameter(key, body, overrides.get(key)) for key, body in section.items()}


def _parameter(key: str, body: Mapping[str, Any], override: str | None) -> Any:
    kind = body.get("Type")
    if kind not in PARAMETER_TYPES:
        raise TemplateError(f"Parameter {key}: type {kind} is not run here. Known: {sorted(PARAMETER_TYPES)}.")
    _refuse_unknown(body, PARAMETER_KEYS, f"Parameter {key}")
    value = body.get("Default") if override is None else override
    if value is None:
        raise TemplateError(f"Parameter {key} has no default and the local run gives no value.")
    text = _text(value)
    allowed = body.get("AllowedValues")
    if allowed is not None and text not in [_text(one) for one in allowed]:
        raise TemplateError(f"Parameter {key}: {text!r} is not among its AllowedValues {allowed}.")
    _check_limits(key, body, text)
    return [part.strip() for part in text.split(",")] if "List" in kind else text


def _check_limits(key: str, body: Mapping[str, Any], text: str) -> None:
    pattern = body.get("AllowedPattern")
    if pattern is not None and re.search(pattern, text) is None:
        raise TemplateError(f"Parameter {key}: {text!r} is refused. {body.get('ConstraintDescription', pattern)}")
    low, high = float(body.get("MinValue", "-inf")), float(body.get("MaxValue", "inf"))
    if body["Type"] == "Number" and not low <= float(text) <= high:
        raise TemplateError(f"Parameter {key}: {text} is not between {low:g} and {high:g}.")


def _check_rules(section: Mapping[str, Any], resolver: Resolver) -> None:
    for key, rule in section.items():
        if "RuleCondition" in rule and not resolver.truth(rule["RuleCondition"], f"Rules.{key}"):
            continue
        for assertion in rule["Assertions"]:
            if not resolver.truth(assertion["Assert"], f"Rules.{key}"):
                raise TemplateError(f"Rule {key}: {assertion.get('AssertDescription', 'does not hold')}")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _outputs(section: Mapping[str, Any], resolver: Resolver) -> dict[str, Any]:
    return {
        key: resolver.value(body.get("Value"), f"Outputs.{key}")
        for key, body in section.items()
        if resolver.holds(body.get("Condition"))
    }


def _refuse_unknown(body: Mapping[str, Any], known: set[str], place: str) -> None:
    unknown = sorted(set(body) - known)
    if unknown:
        raise TemplateError(f"{place}: {unknown} is not run here. Known: {sorted(known)}.")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # one class or the other
    """YAML with CloudFormation's short tags, and without duplicate keys. Read in C where it can be: far faster."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  # yaml's signature
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise TemplateError(f"line {node.start_mark.line + 1}: {sorted(twice)} is given twice.")
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        text = str(loader.construct_scalar(node))
        return {name: text.split(".", 1) if suffix == "GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    raise TemplateError(f"line {node.start_mark.line + 1}: !{suffix} cannot be read.")


_Loader.add_multi_constructor("!", _short_tag)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_yaml(text: str) -> dict[str, Any]:
    """CloudFormation YAML as plain data: `!Ref X` becomes `{"Ref": "X"}`.

    Dates stay text, since `2012-10-17` in a policy is a version and not a day.
    """
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506  # a SafeLoader with tags
    except yaml.YAMLError as broken:
        raise TemplateError(f"The template is not YAML: {broken}") from broken
    if not isinstance(document, dict):
        raise TemplateError("The template is empty or not a mapping.")
    return document
