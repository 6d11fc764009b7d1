"""Which stack a command works on: the one named by options, by --env in samconfig.toml, or the local one that runs.

An option outdoes the environment, which outdoes --env; without any of them `.local/run.json` tells.
"""

from __future__ import annotations

import json
import os
import tomllib
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cli.failure import Exit, Failure
from gateway.aws.clients import ELSEWHERE, parameter_client, stack_outputs, table_client
from gateway.aws.secrets import key_alias
from gateway.aws.table import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ssm import SSMClient

RUN_FILE = Path(".local/run.json")
SAMCONFIG = Path("samconfig.toml")


@dataclass(frozen=True)
class Stack:
    """name: of the environment. prefix: SSM path of its secrets. Addresses are without a slash at the end.

    audit_bucket: S3 bucket of the audit log; empty where none is known.
    """

    name: str
    table_name: str
    prefix: str
    livemode: bool = False
    addresses: Mapping[str, str] = field(default_factory=dict)
    audit_bucket: str = ""

    @cached_property
    def table_client(self) -> DynamoDBClient:
        """DynamoDB."""
        return table_client(ELSEWHERE.table)

    @cached_property
    def table(self) -> Table:
        """The stack's table."""
        return Table(self.table_client, self.table_name)

    @cached_property
    def parameters(self) -> SSMClient:
        """SSM."""
        return parameter_client(ELSEWHERE.parameters)

    def read_parameter(self, name: str) -> str | None:
        """The text of <prefix>/<name>; None when there is none. Raises Failure."""
        try:
            found = self.parameters.get_parameters(Names=[f"{self.prefix}/{name}"], WithDecryption=True)
        except (BotoCoreError, ClientError) as error:
            raise unreachable("SSM", error) from None
        return found["Parameters"][0]["Value"] if found["Parameters"] else None

    def write_parameter(self, name: str, text: str, *, overwrite: bool) -> bool:
        """Store <prefix>/<name> as a SecureString under the stack's key. False: it exists and stays."""
        try:
            self.parameters.put_parameter(
                Name=f"{self.prefix}/{name}",
                Value=text,
                Type="SecureString",
                KeyId=key_alias(self.prefix),
                Overwrite=overwrite,
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ParameterAlreadyExists":
                return False
            raise unreachable("SSM", error) from None
        except BotoCoreError as error:
            raise unreachable("SSM", error) from None
        return True


def unreachable(service: str, error: Exception) -> Failure:
    """A failure of AWS, without the request's content."""
    code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else type(error).__name__
    denied = code in {"AccessDenied", "AccessDeniedException", "UnrecognizedClientException", "NoCredentialsError"}
    if denied:
        return Failure(Exit.SETTINGS, f"{service} refused the call", code, "check the AWS credentials of this shell")
    return Failure(Exit.UNREACHABLE, f"{service} did not answer as it should", code, "check region and network, repeat")


def find_stack(options: Namespace) -> Stack:
    """The stack that the options mean. Raises Failure."""
    if options.region:
        os.environ["AWS_DEFAULT_REGION"] = options.region
    table = options.table or os.environ.get("TABLE_NAME")
    prefix = options.stack_prefix or os.environ.get("PARAMETER_PREFIX")
    if table and prefix:
        named = {"daraja": "DARAJA_BASE_URL", "callback": "CALLBACK_BASE_URL", "gateway": "SHOP_BASE_URL"}
        addresses = {name: os.environ[variable] for name, variable in named.items() if os.environ.get(variable)}
        name, bucket = prefix.rstrip("/").rpartition("/")[2], os.environ.get("AUDIT_BUCKET", "")
        return Stack(name, table, prefix.rstrip("/"), addresses=addresses, audit_bucket=bucket)
    if options.env:
        return _deployed(options.env, options.region)
    run = read_run_file()
    if run is None or "aws" not in run:
        raise Failure(
            Exit.SETTINGS,
            "No stack is named",
            "neither --env nor --table with --stack-prefix was given, and no local gateway runs here",
            "add --env dev (samconfig.toml), or start one with: make run",
        )
    return _local(run)


def _local(run: Mapping[str, Any]) -> Stack:
    """The gateway that `make run` started here; its stand-in for AWS takes any credentials."""
    aws = run["aws"]
    os.environ["AWS_ENDPOINT_URL"] = aws["endpoint"]
    os.environ["AWS_DEFAULT_REGION"] = aws["region"]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        os.environ[name] = "local"
    addresses = {name: run[name] for name in ("gateway", "callback") if name in run}
    addresses["daraja"] = run["outside"]
    return Stack("local", aws["table"], aws["prefix"], addresses=addresses, audit_bucket=aws.get("audit_bucket", ""))


def read_run_file() -> dict[str, Any] | None:
    """What the local gateway says of itself; None when none runs."""
    try:
        run = json.loads(RUN_FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return run if isinstance(run, dict) else None


def _deployed(name: str, region: str | None) -> Stack:
    """From samconfig.toml and the outputs of the deployed stack."""
    parameters = _samconfig(name)
    overrides = dict(text.partition("=")[::2] for text in parameters.get("parameter_overrides", []))
    os.environ["AWS_DEFAULT_REGION"] = region or parameters["region"]
    try:
        outputs = stack_outputs(parameters["stack_name"])
    except (BotoCoreError, ClientError) as error:
        raise unreachable(f"CloudFormation ({parameters['stack_name']})", error) from None
    addresses = {
        "gateway": outputs["ShopApiUrl"],
        "callback": outputs["CallbackApiUrl"],
        "daraja": overrides.get("DarajaBaseUrl", "https://sandbox.safaricom.co.ke"),
    }
    livemode = overrides.get("Livemode") == "true"
    bucket = outputs.get("AuditBucketName", "")
    return Stack(name, outputs["TableName"], outputs["ParameterPrefix"], livemode, addresses, bucket)


def _samconfig(name: str) -> dict[str, Any]:
    try:
        content = tomllib.loads(SAMCONFIG.read_text(encoding="utf-8"))
    except OSError:
        raise Failure(
            Exit.SETTINGS, "samconfig.toml is not here", "--env reads it", "start the command in the project's folder"
        ) from None
    names = [key for key, body in content.items() if isinstance(body, dict) and "deploy" in body]
    if name not in names:
        raise Failure(
            Exit.SETTINGS, f"samconfig.toml has no {name}", f"it has {', '.join(names)}", "choose one of these"
        )
    shared = content[name].get("global", {}).get("parameters", {})
    return {**shared, **content[name]["deploy"]["parameters"]}
