"""The table of `template.yaml`, made in whatever stands for DynamoDB."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "payments"
TEMPLATE = Path(__file__).parents[1] / "template.yaml"
CREATED = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
"""Properties that CreateTable takes as they stand in the template, free of CloudFormation's functions."""


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's tags as None."""


_Loader.add_multi_constructor("!", lambda _loader, _tag, _node: None)


def create_table(client: DynamoDBClient) -> None:
    """The table with its indexes and its stream."""
    whole: Any = yaml.load(TEMPLATE.read_text(encoding="utf-8"), _Loader)
    properties = whole["Resources"]["PaymentsTable"]["Properties"]
    stream: Any = {"StreamEnabled": True, **properties["StreamSpecification"]}
    wanted: Any = {name: properties[name] for name in CREATED}
    client.create_table(TableName=TABLE, StreamSpecification=stream, **wanted)
