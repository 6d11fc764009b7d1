"""AWS clients with time limits, one for each service and process.

A call that hangs is worse than one that fails: whoever waits has a queue or an answer to turn to. So every client
has short limits, and how often it tries is said once, here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to connect and to wait for an answer, and how many times in all."""

    connect_s: float
    read_s: float
    tries: int

    def config(self) -> Config:
        """For botocore. Standard mode waits with jitter between tries."""
        return Config(
            connect_timeout=self.connect_s,
            read_timeout=self.read_s,
            retries={"total_max_attempts": self.tries, "mode": "standard"},
            max_pool_connections=4,
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of one kind of function."""

    table: Limits
    queue: Limits
    parameters: Limits
    bus: Limits


INTAKE = Budget(
    table=Limits(0.5, 1.0, 2), queue=Limits(0.5, 1.0, 1), parameters=Limits(0.5, 0.5, 1), bus=Limits(1.0, 3.0, 2)
)
"""For who must answer Safaricom: the table, then the queue, and all of it within about three seconds."""

ELSEWHERE = Budget(
    table=Limits(1.0, 3.0, 3), queue=Limits(0.5, 1.0, 2), parameters=Limits(1.0, 2.0, 3), bus=Limits(1.0, 3.0, 3)
)

VALIDATION = Budget(
    table=Limits(0.3, 0.5, 1), queue=Limits(0.3, 0.5, 1), parameters=Limits(0.3, 0.5, 1), bus=Limits(0.3, 0.5, 1)
)
"""For the answer that M-PESA waits for before it takes money: one try each; the first that hangs decides for yes."""

FEED = Limits(0.5, 1.0, 2)
"""A record of emission is written soon after its time was read, or not at all: readers pass by after seconds."""

FILES = Limits(1.0, 5.0, 2)
"""A statement of five megabytes."""

LOG = Limits(1.0, 5.0, 3)
"""Pages of the audit log: nobody waits for them, and a batch that is written at the second try is read once."""

INTAKE_FUNCTIONS = frozenset({"callback_intake", "c2b_intake"})
"""Functions that Safaricom waits for, by POWERTOOLS_SERVICE_NAME."""


@cache
def _session() -> Any:
    return botocore.session.get_session()


def _client(service: str, limits: Limits) -> Any:
    return _session().create_client(service, config=limits.config())


def table_client(limits: Limits) -> DynamoDBClient:
    """DynamoDB. The endpoint, if any, comes from AWS_ENDPOINT_URL."""
    client: DynamoDBClient = _client("dynamodb", limits)
    return client


def queue_client(limits: Limits) -> SQSClient:
    """SQS."""
    client: SQSClient = _client("sqs", limits)
    return client


def parameter_client(limits: Limits) -> SSMClient:
    """SSM's parameter store."""
    client: SSMClient = _client("ssm", limits)
    return client


def bus_client(limits: Limits) -> EventBridgeClient:
    """EventBridge."""
    client: EventBridgeClient = _client("events", limits)
    return client


def file_client(limits: Limits) -> Any:
    """S3, for files and for addresses where others put them.

    Such an address names the region's own host: at S3's general one a new bucket of any other region is not found yet,
    and who is sent elsewhere sends no file. It asks for no checksum, so that any HTTP client can use it.
    """
    signing = Config(
        signature_version="s3v4", request_checksum_calculation="when_required", s3={"addressing_style": "virtual"}
    )
    return _session().create_client("s3", config=limits.config().merge(signing))


def log_client(limits: Limits) -> Any:
    """S3, for the audit log."""
    return _client("s3", limits)


def stack_outputs(stack_name: str) -> dict[str, str]:
    """Outputs of a deployed CloudFormation stack, by name. Raises botocore's errors. For commands, not functions."""
    client = _client("cloudformation", ELSEWHERE.parameters)
    stack = client.describe_stacks(StackName=stack_name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
