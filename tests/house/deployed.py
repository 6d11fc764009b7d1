"""`template.yaml` as the house rules see it: functions, their roles as readable lines, their triggers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from local.aws.template import load_yaml
from tests.house.tree import TOP

Body = Mapping[str, Any]


@cache
def template() -> dict[str, Any]:
    """The template as plain data: `!Ref X` is `{"Ref": "X"}`; nothing is resolved."""
    return load_yaml((TOP / "template.yaml").read_text(encoding="utf-8"))


def of_type(kind: str) -> dict[str, Body]:
    """Logical id → resource, of one CloudFormation type."""
    return {key: body for key, body in template()["Resources"].items() if body["Type"] == kind}


def functions() -> dict[str, Body]:
    """Folder in functions/ → properties, with the defaults of Globals beneath."""
    defaults = template()["Globals"]["Function"]
    bodies = (body["Properties"] for body in of_type("AWS::Serverless::Function").values())
    return {folder_of(body): {**defaults, **body} for body in bodies}


def folder_of(properties: Body) -> str:
    """`stk_initiation` of `functions/stk_initiation/`."""
    return str(properties["CodeUri"]).rstrip("/").removeprefix("functions/")


def logical_id(folder: str) -> str:
    """`StkInitiationFunction` of `stk_initiation`."""
    return "".join(part.capitalize() for part in folder.split("_")) + "Function"


def parts_of(alarm: Body) -> list[Body]:
    """The metrics that an alarm watches, each with its Namespace and MetricName."""
    if "Metrics" not in alarm:
        return [alarm]
    return [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one]


def variables(properties: Body) -> set[str]:
    """Names of all environment variables, the general ones among them."""
    general = template()["Globals"]["Function"]["Environment"]["Variables"]
    return {*general, *properties["Environment"]["Variables"]}


def triggers(properties: Body, kind: str) -> list[Body]:
    """Properties of the function's events of one type."""
    return [event["Properties"] for event in properties["Events"].values() if event["Type"] == kind]


def statements(properties: Body) -> list[Body]:
    """The statements of all the function's policies."""
    return [statement for policy in properties["Policies"] for statement in policy["Statement"]]


def role_lines(properties: Body) -> list[str]:
    """What the function may do, a line each: `GetItem PutItem on PAY# RCPT#`. The key's use is left out."""
    key = {"Fn::GetAtt": ["DataKey", "Arn"]}
    allowed = [one for one in statements(properties) if one["Resource"] != key]
    return sorted(" ".join([*sorted(actions_of(one)), "on", *sorted(targets_of(one))]) for one in allowed)


def actions_of(statement: Body) -> list[str]:
    """Actions without their service."""
    return [action.split(":", 1)[1] for action in statement["Action"]]


def targets_of(statement: Body) -> Iterator[str]:
    """What a statement is about, in the project's words: keys, an index, a parameter, a queue."""
    resource = statement["Resource"]
    for one in resource if isinstance(resource, list) else [resource]:
        if one == {"Fn::GetAtt": ["PaymentsTable", "Arn"]}:
            condition = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            yield from (prefix.removesuffix("*") for prefix in condition)
        elif "Fn::GetAtt" in one:
            yield one["Fn::GetAtt"][0]
        else:
            yield re.sub(r"^.*(/index/|/mpesa-gateway/\$\{Stage\}/|Bucket\.Arn\}/)", "", one["Fn::Sub"])
