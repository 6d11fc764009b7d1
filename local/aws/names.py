"""What a resource is called: the value of `Ref` and of each attribute, as Amazon forms them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from local.aws.errors import TemplateError

if TYPE_CHECKING:
    from local.aws.intrinsics import Resolver

REGION = "eu-west-1"
ACCOUNT = "123456789012"
STACK = "mpesa-gateway-local"
TARGETS = {
    "dynamodb": "DynamoDB_20120810",
    "dynamodbstreams": "DynamoDBStreams_20120810",
    "ssm": "AmazonSSM",
    "sqs": "AmazonSQS",
    "events": "AWSEvents",
    "kms": "TrentService",
}
"""Service → first half of the header X-Amz-Target."""

PSEUDO_PARAMETERS = {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": STACK,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/local",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}

NAME_PROPERTY = {
    "AWS::Serverless::Function": "FunctionName",
    "AWS::Serverless::LayerVersion": "LayerName",
    "AWS::Serverless::HttpApi": "Name",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Events::EventBus": "Name",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SSM::Parameter": "Name",
}


def arn(service: str, rest: str) -> str:
    """`arn:aws:<service>:<region>:<account>:<rest>`."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


ARN_FORM: dict[str, Callable[[str], str]] = {
    "AWS::Serverless::Function": lambda name: arn("lambda", f"function:{name}"),
    "AWS::Serverless::LayerVersion": lambda name: arn("lambda", f"layer:{name}:1"),
    "AWS::DynamoDB::Table": lambda name: arn("dynamodb", f"table/{name}"),
    "AWS::SQS::Queue": lambda name: arn("sqs", name),
    "AWS::Events::EventBus": lambda name: arn("events", f"event-bus/{name}"),
    "AWS::KMS::Key": lambda name: arn("kms", f"key/{name}"),
    "AWS::Logs::LogGroup": lambda name: arn("logs", f"log-group:{name}:*"),
    "AWS::SNS::Topic": lambda name: arn("sns", name),
    "AWS::CloudWatch::Alarm": lambda name: arn("cloudwatch", f"alarm:{name}"),
    "AWS::S3::Bucket": lambda name: f"arn:aws:s3:::{name}",
}
REF_IS_ARN = {"AWS::Serverless::LayerVersion", "AWS::SNS::Topic"}


def file_arn(bucket: str, key: str) -> str:
    """A file in S3, as policies name it."""
    return f"arn:aws:s3:::{bucket}/{key}"


def queue_url(name: str) -> str:
    """The URL that Amazon would give a queue; SDKs send it as a field, so no host is called by it."""
    return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"


class Names:
    """Names, ARNs and attributes of all resources of a template."""

    def __init__(self, resources: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
        self._resources = dict(resources)
        self._resolver: Resolver | None = None

    def resolve_with(self, resolver: Resolver) -> None:
        """Names may hold functions themselves (`!Sub`), so a resolver is needed before the first use."""
        self._resolver = resolver

    def keep_only(self, logical_ids: Iterable[str]) -> None:
        """Forget the resources whose condition is false: a reference to one is then an error."""
        self._resources = {key: self._resources[key] for key in logical_ids}

    def name(self, logical_id: str) -> str:
        """The physical name: the template's, or one made from the stack's."""
        resource_type, properties = self._resources[logical_id]
        given = properties.get(NAME_PROPERTY.get(resource_type, ""))
        if given is None or self._resolver is None:
            return self._made_name(logical_id, resource_type, properties)
        return str(self._resolver.value(given, f"{logical_id}.Properties"))

    def ref(self, name: str, place: str) -> str:
        """The value of `Ref: name` for a pseudo parameter or a resource (`Api.Stage` is its stage)."""
        if name.endswith(".Stage"):
            return self.attribute(name.removesuffix(".Stage"), "Stage", place)
        if name in PSEUDO_PARAMETERS:
            return PSEUDO_PARAMETERS[name]
        resource_type = self._type_of(name, place)
        if resource_type == "AWS::SQS::Queue":
            return queue_url(self.name(name))
        return self.arn(name) if resource_type in REF_IS_ARN else self.name(name)

    def attribute(self, logical_id: str, attribute: str, place: str) -> str:
        """The value of `Fn::GetAtt: [logical_id, attribute]`."""
        resource_type = self._type_of(logical_id, place)
        match (resource_type, attribute):
            case (_, "Arn") if resource_type in ARN_FORM:
                return self.arn(logical_id)
            case ("AWS::DynamoDB::Table", "StreamArn"):
                return f"{self.arn(logical_id)}/stream/local"
            case ("AWS::SQS::Queue", "QueueName") | ("AWS::SNS::Topic", "TopicName"):
                return self.name(logical_id)
            case ("AWS::SQS::Queue", "QueueUrl"):
                return queue_url(self.name(logical_id))
            case ("AWS::Events::EventBus", "Name") | ("AWS::KMS::Key", "KeyId"):
                return self.name(logical_id)
            case ("AWS::Serverless::HttpApi", "Stage"):
                return "$default"
            case ("AWS::Serverless::HttpApi", "ApiEndpoint"):
                return f"https://{self.name(logical_id)}.execute-api.{REGION}.amazonaws.com"
            case _:
                raise TemplateError(f"{place}: {resource_type} has no attribute {attribute} here.")

    def arn(self, logical_id: str) -> str:
        """The resource's Amazon Resource Name."""
        return ARN_FORM[self._resources[logical_id][0]](self.name(logical_id))

    def logical_id_of(self, resource_arn: str) -> str | None:
        """The resource with this ARN (a stream's ARN gives its table), or None."""
        own = resource_arn.partition("/stream/")[0]
        known = (key for key, (resource_type, _) in self._resources.items() if resource_type in ARN_FORM)
        return next((key for key in known if self.arn(key) == own), None)

    def _type_of(self, logical_id: str, place: str) -> str:
        if logical_id not in self._resources:
            raise TemplateError(f"{place}: {logical_id} is no parameter and no resource of this stack.")
        return self._resources[logical_id][0]

    def _made_name(self, logical_id: str, resource_type: str, properties: Mapping[str, Any]) -> str:
        if resource_type == "AWS::SQS::Queue" and properties.get("FifoQueue"):
            return f"{STACK}-{logical_id}.fifo"
        if resource_type == "AWS::Serverless::HttpApi":
            return logical_id.lower()
        if resource_type == "AWS::S3::Bucket":
            return f"{STACK}-{logical_id}".lower()
        return f"{STACK}-{logical_id}"
