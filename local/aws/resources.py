"""Makes the template's tables, queues, buckets and bus in the backing services."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from local.aws.backing import OPERATOR, Backing, authorization
from local.aws.errors import StartError, TemplateError
from local.aws.known_properties import refuse_unknown
from local.aws.names import REGION
from local.aws.template import Resource, Template

TABLE_AS_GIVEN = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
QUEUE_AS_GIVEN = (
    *("FifoQueue", "FifoThroughputLimit", "DeduplicationScope", "ContentBasedDeduplication"),
    *("VisibilityTimeout", "MessageRetentionPeriod", "DelaySeconds", "KmsMasterKeyId"),
)
ITEMS_A_BATCH = 25


async def create_table(backing: Backing, name: str, table: Resource, items: Iterable[Mapping[str, Any]]) -> None:
    """The table, filled with what a journal held; its stream begins after that."""
    given = {key: table.properties[key] for key in TABLE_AS_GIVEN if key in table.properties}
    await backing.call("dynamodb", "CreateTable", TableName=name, **given)
    await _fill(backing, name, list(items))
    if "TimeToLiveSpecification" in table.properties:
        told = dict(table.properties["TimeToLiveSpecification"])
        await backing.call("dynamodb", "UpdateTimeToLive", TableName=name, TimeToLiveSpecification=told)
    stream = table.properties.get("StreamSpecification")
    if stream is not None:
        refuse_unknown(stream, {"StreamViewType"}, f"{table.logical_id}.StreamSpecification")
        await backing.call(
            "dynamodb", "UpdateTable", TableName=name, StreamSpecification={"StreamEnabled": True, **stream}
        )


async def _fill(backing: Backing, name: str, items: list[Mapping[str, Any]]) -> None:
    for start in range(0, len(items), ITEMS_A_BATCH):
        puts = [{"PutRequest": {"Item": item}} for item in items[start : start + ITEMS_A_BATCH]]
        await backing.call("dynamodb", "BatchWriteItem", RequestItems={name: puts})


async def create_queues(backing: Backing, template: Template) -> None:
    """All queues; those that others send their dead letters to come first."""
    queues = template.of_type("AWS::SQS::Queue")
    for queue in sorted(queues, key=lambda one: "RedrivePolicy" in one.properties):
        name = template.names.name(queue.logical_id)
        attributes = {key: _text(queue.properties[key]) for key in QUEUE_AS_GIVEN if key in queue.properties}
        redrive = queue.properties.get("RedrivePolicy")
        if redrive is not None:
            attributes["RedrivePolicy"] = _redrive(queue, redrive)
        await backing.call("sqs", "CreateQueue", QueueName=name, Attributes=attributes)


def _redrive(queue: Resource, given: Mapping[str, Any]) -> str:
    refuse_unknown(given, {"deadLetterTargetArn", "maxReceiveCount"}, f"{queue.logical_id}.RedrivePolicy")
    if not given["deadLetterTargetArn"]:
        raise TemplateError(f"{queue.logical_id}.RedrivePolicy: no queue for dead letters.")
    return json.dumps(dict(given))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def create_buckets(backing: Backing, template: Template) -> None:
    """All buckets, empty."""
    for bucket in template.of_type("AWS::S3::Bucket"):
        region = f"<LocationConstraint>{REGION}</LocationConstraint>"
        place = f"<CreateBucketConfiguration>{region}</CreateBucketConfiguration>"
        headers = {"Authorization": authorization(OPERATOR, "s3")}
        reply = await backing.send("PUT", template.names.name(bucket.logical_id), headers, place.encode())
        if not reply.is_success:
            raise StartError(f"The bucket {bucket.logical_id} could not be made; see .local/logs/backing.log.")


async def create_buses(backing: Backing, template: Template) -> None:
    """All event buses."""
    for bus in template.of_type("AWS::Events::EventBus"):
        await backing.call("events", "CreateEventBus", Name=template.names.name(bus.logical_id))
