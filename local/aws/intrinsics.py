"""CloudFormation's own functions (`Ref`, `Fn::Sub`, `Fn::If`, …) and conditions."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from local.aws.errors import TemplateError

if TYPE_CHECKING:
    from local.aws.names import Names

NO_VALUE: Final = object()
"""What `Ref: AWS::NoValue` gives: the property or list entry around it disappears."""

PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")


class Resolver:
    """Gives every value of a template its final form."""

    def __init__(
        self,
        parameters: Mapping[str, Any],
        conditions: Mapping[str, Any],
        mappings: Mapping[str, Any],
        names: Names,
    ) -> None:
        self._parameters = parameters
        self._conditions = conditions
        self._mappings = mappings
        self._names = names
        self._functions: dict[str, Callable[[Any, str], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::If": self._if,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map,
            "Fn::Base64": lambda text, place: base64.b64encode(self._string(text, place).encode()).decode(),
        }

    def holds(self, condition: str | None) -> bool:
        """Whether a named condition is true; no name is true."""
        if condition is None:
            return True
        if condition not in self._conditions:
            raise TemplateError(f"Condition {condition} is not defined.")
        return self.truth(self._conditions[condition], f"Conditions.{condition}")

    def value(self, raw: Any, place: str) -> Any:
        """The value with all functions applied, or NO_VALUE. `place` is named in errors."""
        if isinstance(raw, dict):
            return self._mapping(raw, place)
        if isinstance(raw, list):
            resolved = [self.value(one, f"{place}[{index}]") for index, one in enumerate(raw)]
            return [one for one in resolved if one is not NO_VALUE]
        return raw

    def _mapping(self, raw: dict[str, Any], place: str) -> Any:
        name = next(iter(raw)) if len(raw) == 1 else None
        if name in self._functions:
            return self._functions[name](raw[name], place)
        if isinstance(name, str) and name.startswith("Fn::"):
            raise TemplateError(f"{place}: {name} is not run here. Known: {sorted(self._functions)}.")
        resolved = {key: self.value(one, f"{place}.{key}") for key, one in raw.items()}
        return {key: one for key, one in resolved.items() if one is not NO_VALUE}

    def _ref(self, name: str, place: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self._parameters:
            return self._parameters[name]
        return self._names.ref(name, place)

    def _get_att(self, argument: list[str], place: str) -> str:
        return self._names.attribute(argument[0], argument[1], place)

    def _sub(self, argument: str | list[Any], place: str) -> str:
        text, given = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])

        def replacement(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return "${" + name + "}"
            if name in given:
                return self._string(given[name], place)
            logical_id, dot, attribute = name.partition(".")
            return str(self._get_att([logical_id, attribute], place) if dot else self._ref(name, place))

        return PLACEHOLDER.sub(replacement, text)

    def _join(self, argument: list[Any], place: str) -> str:
        return str(argument[0]).join(str(one) for one in self.value(argument[1], place))

    def _if(self, argument: list[Any], place: str) -> Any:
        condition, then, otherwise = argument
        return self.value(then if self.holds(condition) else otherwise, place)

    def _select(self, argument: list[Any], place: str) -> Any:
        return self.value(argument[1], place)[int(self.value(argument[0], place))]

    def _split(self, argument: list[Any], place: str) -> list[str]:
        return self._string(argument[1], place).split(argument[0])

    def _find_in_map(self, argument: list[Any], place: str) -> Any:
        found: Any = self._mappings
        for key in self.value(argument, place):
            if key not in found:
                raise TemplateError(f"{place}: no {key} in the mapping.")
            found = found[key]
        return found

    def _string(self, raw: Any, place: str) -> str:
        return str(self.value(raw, place))

    def truth(self, raw: Any, place: str) -> bool:
        """Whether a condition function holds."""
        if not isinstance(raw, dict) or len(raw) != 1:
            raise TemplateError(f"{place}: a condition is one function.")
        name, argument = next(iter(raw.items()))
        match name:
            case "Condition":
                return self.holds(argument)
            case "Fn::Equals":
                left, right = (self._string(one, place) for one in argument)
                return left == right
            case "Fn::And":
                return all(self.truth(one, place) for one in argument)
            case "Fn::Or":
                return any(self.truth(one, place) for one in argument)
            case "Fn::Not":
                return not self.truth(argument[0], place)
            case _:
                raise TemplateError(f"{place}: {name} is no condition.")
