"""Which permissions a call of a backing service needs, as Amazon documents them for each action."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local.aws.backing import Call
from local.aws.file_calls import FileCall
from local.aws.names import arn
from local.aws.permissions import Need
from local.aws.template import Template

EQUALS = re.compile(r"(#?[\w.]+)\s*=\s*(:\w+)")
TRANSACTION_ACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
SSM_OWN_KEY = "alias/aws/ssm"


class Needs:
    """Knows the stack's tables, queues and keys, and so what a call touches."""

    def __init__(self, template: Template, key_of_parameter: Callable[[str], str]) -> None:
        names = template.names
        self._hash_keys = {
            names.name(table.logical_id): _hash_key(table.properties["KeySchema"])
            for table in template.of_type("AWS::DynamoDB::Table")
        }
        self._queue_keys = {
            names.name(queue.logical_id): queue.properties.get("KmsMasterKeyId")
            for queue in template.of_type("AWS::SQS::Queue")
        }
        self._aliases = {
            alias.properties["AliasName"]: alias.properties["TargetKeyId"]
            for alias in template.of_type("AWS::KMS::Alias")
        }
        self._bucket_keys = {
            names.name(bucket.logical_id): _key_of_bucket(bucket.properties)
            for bucket in template.of_type("AWS::S3::Bucket")
        }
        self._key_of_parameter = key_of_parameter

    def of(self, call: Call) -> list[Need]:
        """All permissions that the call needs. A service that is not known here needs one that nobody has."""
        match call.service:
            case "dynamodb":
                return list(self._dynamodb(call))
            case "ssm":
                return list(self._ssm(call))
            case "sqs":
                return list(self._sqs(call))
            case "events":
                return list(_events(call))
            case "kms":
                return [Need(f"kms:{call.operation}", self._key_arn(str(call.request.get("KeyId", ""))))]
            case service:
                return [Need(f"{service}:{call.operation}", "*")]

    def of_file(self, call: FileCall) -> list[Need]:
        """The same of a file in S3. Who may not list a bucket is told 403 of a file that is not there, and not 404."""
        needs = [Need(f"s3:{call.operation}", call.arn)]
        if call.operation == "GetObject":
            needs.append(Need("s3:ListBucket", call.arn.partition("/")[0]))
        key = self._bucket_keys.get(call.bucket)
        if key and call.key:
            action = "kms:Decrypt" if call.operation == "GetObject" else "kms:GenerateDataKey"
            needs.append(Need(action, self._key_arn(key)))
        return needs

    def _dynamodb(self, call: Call) -> Iterator[Need]:
        request = call.request
        if call.operation in {"BatchGetItem", "BatchWriteItem"}:
            for table, asked in request["RequestItems"].items():
                yield Need(f"dynamodb:{call.operation}", _table_arn(table), self._batch_keys(table, asked))
        elif call.operation == "TransactWriteItems":
            for item in request["TransactItems"]:
                kind, part = next(iter(item.items()))
                yield self._item_need(TRANSACTION_ACTIONS[kind], part)
        elif call.operation == "TransactGetItems":
            for item in request["TransactItems"]:
                yield self._item_need("GetItem", item["Get"])
        else:
            yield self._item_need(call.operation, request)

    def _item_need(self, operation: str, request: Mapping[str, Any]) -> Need:
        table, index = request.get("TableName", "*"), request.get("IndexName")
        resource = _table_arn(table) + (f"/index/{index}" if index else "")
        return Need(f"dynamodb:{operation}", resource, self._leading_keys(table, request))

    def _leading_keys(self, table: str, request: Mapping[str, Any]) -> tuple[str, ...]:
        hash_key = self._hash_keys.get(table, "")
        for part in ("Key", "Item"):
            if hash_key in request.get(part, {}):
                return (_value(request[part][hash_key]),)
        names = request.get("ExpressionAttributeNames", {})
        values = request.get("ExpressionAttributeValues", {})
        equal = EQUALS.findall(request.get("KeyConditionExpression", ""))
        return tuple(_value(values[value]) for name, value in equal if names.get(name, name) == hash_key)

    def _batch_keys(self, table: str, asked: Any) -> tuple[str, ...]:
        hash_key = self._hash_keys.get(table, "")
        if isinstance(asked, dict):
            return tuple(_value(key[hash_key]) for key in asked["Keys"])
        parts = [next(iter(entry.values())) for entry in asked]
        return tuple(_value((part.get("Item") or part["Key"])[hash_key]) for part in parts)

    def _ssm(self, call: Call) -> Iterator[Need]:
        request = call.request
        names = request.get("Names") or [request.get("Name") or request.get("Path") or "*"]
        for name in names:
            yield Need(f"ssm:{call.operation}", arn("ssm", f"parameter/{name.lstrip('/')}"))
        if request.get("WithDecryption"):
            keys = {self._key_of_parameter(name) for name in names}
            yield from (Need("kms:Decrypt", self._key_arn(key)) for key in sorted(keys) if key not in {"", SSM_OWN_KEY})
        if call.operation == "PutParameter" and request.get("KeyId", SSM_OWN_KEY) != SSM_OWN_KEY:
            yield Need("kms:Encrypt", self._key_arn(request["KeyId"]))

    def _sqs(self, call: Call) -> Iterator[Need]:
        queue = str(call.request.get("QueueUrl", "")).rpartition("/")[2] or str(call.request.get("QueueName", "*"))
        action = call.operation.removesuffix("Batch")
        yield Need(f"sqs:{action}", arn("sqs", queue))
        key = self._queue_keys.get(queue)
        if key and action == "SendMessage":
            yield Need("kms:GenerateDataKey", self._key_arn(key))
        if key and action in {"SendMessage", "ReceiveMessage"}:
            yield Need("kms:Decrypt", self._key_arn(key))

    def _key_arn(self, key: str) -> str:
        if key.startswith("arn:"):
            return key
        return arn("kms", f"key/{self._aliases.get(key, key)}")


def _key_of_bucket(properties: Mapping[str, Any]) -> str | None:
    rules = properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
    return next((rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID") for rule in rules), None)


def _hash_key(schema: list[dict[str, str]]) -> str:
    return next(part["AttributeName"] for part in schema if part["KeyType"] == "HASH")


def _table_arn(table: str) -> str:
    return table if table.startswith("arn:") else arn("dynamodb", f"table/{table}")


def _value(attribute: Mapping[str, Any]) -> str:
    return str(next(iter(attribute.values())))


def _events(call: Call) -> Iterator[Need]:
    buses = {entry.get("EventBusName", "default") for entry in call.request.get("Entries", [])}
    for bus in sorted(buses) or ["*"]:
        resource = bus if bus.startswith("arn:") else arn("events", f"event-bus/{bus}")
        yield Need(f"events:{call.operation}", resource)
