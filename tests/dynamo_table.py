"""The table of `template.yaml`, made in whatever stands for DynamoDB."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "payments"
TEMPLATE = Path(__file__).parents[1] / "template.yaml"
CREATED = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
"""Properties that CreateTable takes as they stand in the template, free of CloudFormation's functions."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # one class or the other
    """Reads CloudFormation's tags as None. In C where it can: the template is long."""


_Loader.add_multi_constructor("!", lambda _loader, _tag, _node: None)


@cache
def _properties() -> Any:
    """Of the table, as the template has them; read once, though every test makes a table of its own."""
    whole: Any = yaml.load(TEMPLATE.read_text(encoding="utf-8"), _Loader)
    return whole["Resources"]["PaymentsTable"]["Properties"]


def create_table(client: DynamoDBClient) -> None:
    """The table with its indexes and its stream."""
    properties = _properties()
    stream: Any = {"StreamEnabled": True, **properties["StreamSpecification"]}
    wanted: Any = {name: properties[name] for name in CREATED}
    client.create_table(TableName=TABLE, StreamSpecification=stream, **wanted)
