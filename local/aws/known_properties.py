"""Which resources and properties of a template the local run understands.

`RUN` has an effect here. `IDLE` means nothing on one machine, each with its reason. Anything else is an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local.aws.errors import TemplateError

GLOBALS_OF = {"Function": "AWS::Serverless::Function", "HttpApi": "AWS::Serverless::HttpApi"}
"""Sections of Globals and the type whose defaults they are."""

LOCAL_PYTHON = "this machine's Python runs it; `make build` checks the deployed one"
ENCRYPTED_BY_AWS = "encryption at rest is Amazon's; here the files are the user's own"
SEEN_IN_CLOUDWATCH = "logs lie in .local/logs/ and nothing watches them"
OWN_MACHINE = "one machine, one user: no host names, certificates or throttles of Amazon's"
KEPT_BY_AWS = "backups and protection are Amazon's; `make reset` empties the local table on purpose"
FOR_READERS = "for people who read it"

RUN: dict[str, set[str]] = {
    "AWS::Serverless::Function": {
        *("FunctionName", "CodeUri", "Handler", "Timeout", "MemorySize", "Environment", "Layers", "Policies"),
        *("Events", "ReservedConcurrentExecutions", "EventInvokeConfig"),
    },
    "AWS::Serverless::HttpApi": {"Name"},
    "AWS::Serverless::LayerVersion": {"LayerName", "ContentUri"},
    "AWS::DynamoDB::Table": {
        *("TableName", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode"),
        *("StreamSpecification", "TimeToLiveSpecification"),
    },
    "AWS::SQS::Queue": {
        *("QueueName", "FifoQueue", "FifoThroughputLimit", "DeduplicationScope", "ContentBasedDeduplication"),
        *("VisibilityTimeout", "MessageRetentionPeriod", "DelaySeconds", "RedrivePolicy", "KmsMasterKeyId"),
    },
    "AWS::Events::EventBus": {"Name"},
    "AWS::S3::Bucket": {"BucketName", "BucketEncryption", "VersioningConfiguration"},
    "AWS::KMS::Key": set(),
    "AWS::KMS::Alias": {"AliasName", "TargetKeyId"},
    "AWS::Logs::LogGroup": {"LogGroupName"},
    "AWS::SNS::Topic": {"TopicName"},
}

IDLE: dict[str, dict[str, str]] = {
    "AWS::Serverless::Function": {
        "Description": FOR_READERS,
        "Tags": FOR_READERS,
        "Runtime": LOCAL_PYTHON,
        "Architectures": LOCAL_PYTHON,
        "LoggingConfig": SEEN_IN_CLOUDWATCH,
    },
    "AWS::Serverless::HttpApi": {
        "Description": FOR_READERS,
        "Tags": FOR_READERS,
        "FailOnWarnings": "a check while Amazon imports the API",
        "DisableExecuteApiEndpoint": OWN_MACHINE,
        "AccessLogSettings": SEEN_IN_CLOUDWATCH,
        "DefaultRouteSettings": OWN_MACHINE,
        "RouteSettings": OWN_MACHINE,
    },
    "AWS::Serverless::LayerVersion": {
        "Description": FOR_READERS,
        "CompatibleRuntimes": LOCAL_PYTHON,
        "CompatibleArchitectures": LOCAL_PYTHON,
        "RetentionPolicy": "old versions of a layer exist only where it is deployed",
    },
    "AWS::DynamoDB::Table": {
        "Tags": FOR_READERS,
        "PointInTimeRecoverySpecification": KEPT_BY_AWS,
        "DeletionProtectionEnabled": KEPT_BY_AWS,
        "SSESpecification": ENCRYPTED_BY_AWS,
    },
    "AWS::SQS::Queue": {"Tags": FOR_READERS, "KmsDataKeyReusePeriodSeconds": ENCRYPTED_BY_AWS},
    "AWS::Events::EventBus": {"Description": FOR_READERS, "Tags": FOR_READERS},
    "AWS::S3::Bucket": {
        "Tags": FOR_READERS,
        "PublicAccessBlockConfiguration": "who signed nothing gets nothing here anyway",
        "OwnershipControls": OWN_MACHINE,
        "ObjectLockEnabled": KEPT_BY_AWS,
        "ObjectLockConfiguration": KEPT_BY_AWS,
        "LifecycleConfiguration": "files here are gone when the local run ends",
    },
    "AWS::KMS::Key": {
        "Description": FOR_READERS,
        "Tags": FOR_READERS,
        "EnableKeyRotation": ENCRYPTED_BY_AWS,
        "KeyPolicy": "functions are checked against their own policies; the account owns the key",
    },
    "AWS::Logs::LogGroup": {"RetentionInDays": SEEN_IN_CLOUDWATCH, "KmsKeyId": ENCRYPTED_BY_AWS},
    "AWS::SNS::Topic": {"KmsMasterKeyId": ENCRYPTED_BY_AWS, "DisplayName": FOR_READERS},
}

IDLE_TYPES = {
    "AWS::CloudWatch::Alarm": SEEN_IN_CLOUDWATCH,
    "AWS::CloudWatch::Dashboard": SEEN_IN_CLOUDWATCH,
    "AWS::Logs::MetricFilter": SEEN_IN_CLOUDWATCH,
    "AWS::SNS::Subscription": SEEN_IN_CLOUDWATCH,
    "AWS::S3::BucketPolicy": "who else may use a bucket matters only where others are",
    "AWS::SQS::QueuePolicy": "who else may use a queue matters only where others are",
    "AWS::SNS::TopicPolicy": "who else may use a topic matters only where others are",
}
"""Types that mean nothing here as a whole. Names and certificates of one's own are switched off by parameters."""


def check_resource(logical_id: str, resource_type: str, properties: Mapping[str, Any]) -> None:
    """Raise TemplateError for a type or property that is neither run nor known to mean nothing here."""
    if resource_type in IDLE_TYPES:
        return
    if resource_type not in RUN:
        raise TemplateError(
            f"{logical_id}: {resource_type} is not run here. Teach it to local/aws, or put it behind a condition "
            "that the local parameters switch off."
        )
    known = RUN[resource_type] | set(IDLE.get(resource_type, {}))
    refuse_unknown(properties, known, f"{logical_id} ({resource_type})")


def refuse_unknown(given: Mapping[str, Any], known: Sequence[str] | set[str], place: str) -> None:
    """Raise TemplateError for a key that is not known; `place` says where it stands."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise TemplateError(
            f"{place}: {unknown} would be ignored here and not when deployed. Teach it to local/aws "
            f"(known_properties.py). Known: {sorted(known)}."
        )
