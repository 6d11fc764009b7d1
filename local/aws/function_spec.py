"""A function of the template as plain values: what a worker needs and what calls it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.aws.errors import TemplateError
from local.aws.file_calls import SECRET
from local.aws.known_properties import refuse_unknown
from local.aws.names import REGION
from local.aws.template import Resource, Template

TIMEOUT_S_DEFAULT = 3.0
"""Amazon's, and so what a function has whose template says nothing."""
TIMEOUT_S_MAX = 900.0
MEMORY_MB_DEFAULT = 128
WORKERS_MAX = 4
"""Processes per function; further calls queue."""
EVENT_TYPES = {"HttpApi", "Schedule", "SQS", "DynamoDB"}


@dataclass(frozen=True)
class EventSource:
    """One entry of a function's Events."""

    name: str
    type: str
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class AsyncConfig:
    """What happens to an asynchronous call that fails."""

    retries: int = 2
    age_s_max: float = 21_600.0
    on_failure_arn: str | None = None


@dataclass(frozen=True)
class FunctionSpec:
    """Everything that the template says of a function."""

    logical_id: str
    name: str
    arn: str
    handler: str
    code_folder: Path
    layer_folders: tuple[Path, ...]
    has_third_parties: bool
    """A layer of third parties (one with a requirements.txt) is among its layers."""
    timeout_s: float
    memory_mb: int
    environment: Mapping[str, str]
    policies: tuple[Mapping[str, Any], ...]
    workers_max: int
    events: tuple[EventSource, ...]
    async_config: AsyncConfig

    @property
    def log_name(self) -> str:
        """What its log file is called: the name of its folder."""
        return self.code_folder.name

    @property
    def access_key(self) -> str:
        """Access key id by which the proxy knows who calls."""
        return f"ASIALOCAL{self.logical_id.upper()}"


def read_functions(template: Template) -> list[FunctionSpec]:
    """All functions. Raises TemplateError for what is missing or not understood."""
    return [_function(template, one) for one in template.of_type("AWS::Serverless::Function")]


def _function(template: Template, resource: Resource) -> FunctionSpec:
    key, given = resource.logical_id, resource.properties
    timeout_s = float(given.get("Timeout", TIMEOUT_S_DEFAULT))
    if not 0 < timeout_s <= TIMEOUT_S_MAX:
        raise TemplateError(f"{key}: Timeout {timeout_s:g} is not between 1 and {TIMEOUT_S_MAX:g} seconds.")
    layers = [_layer_folder(template, arn, key) for arn in given.get("Layers", [])]
    return FunctionSpec(
        logical_id=key,
        name=template.names.name(key),
        arn=template.names.arn(key),
        handler=_required(given, "Handler", key),
        code_folder=_folder(template, _required(given, "CodeUri", key), key),
        layer_folders=tuple(layers),
        has_third_parties=any((folder / "requirements.txt").exists() for folder in layers),
        timeout_s=timeout_s,
        memory_mb=int(given.get("MemorySize", MEMORY_MB_DEFAULT)),
        environment=_environment(given.get("Environment", {}), key),
        policies=tuple(given.get("Policies", [])),
        workers_max=min(WORKERS_MAX, int(given.get("ReservedConcurrentExecutions", WORKERS_MAX))),
        events=tuple(_event(key, name, body) for name, body in given.get("Events", {}).items()),
        async_config=_async_config(given.get("EventInvokeConfig", {}), key),
    )


def _required(given: Mapping[str, Any], name: str, key: str) -> str:
    if name not in given:
        raise TemplateError(f"{key}: {name} is missing.")
    return str(given[name])


def _folder(template: Template, uri: str, key: str) -> Path:
    folder = (template.folder / uri).resolve()
    if not folder.is_dir():
        raise TemplateError(f"{key}: there is no folder {uri}.")
    return folder


def _layer_folder(template: Template, layer_arn: str, key: str) -> Path:
    layer = template.names.logical_id_of(layer_arn)
    if layer is None:
        raise TemplateError(f"{key}: {layer_arn} is no layer of this template.")
    return _folder(template, _required(template.resources[layer].properties, "ContentUri", layer), layer)


def _environment(given: Mapping[str, Any], key: str) -> dict[str, str]:
    refuse_unknown(given, {"Variables"}, f"{key}.Environment")
    variables = {name: _as_text(value) for name, value in given.get("Variables", {}).items()}
    reserved = sorted(name for name in variables if name.startswith(("AWS_", "LAMBDA_")))
    if reserved:
        raise TemplateError(f"{key}: {reserved} are Lambda's own variables.")
    return variables


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _event(key: str, name: str, body: Mapping[str, Any]) -> EventSource:
    refuse_unknown(body, {"Type", "Properties"}, f"{key}.Events.{name}")
    if body["Type"] not in EVENT_TYPES:
        known = sorted(EVENT_TYPES)
        raise TemplateError(f"{key}.Events.{name}: {body['Type']} is not run here. Known: {known}.")
    return EventSource(name, body["Type"], body.get("Properties", {}))


def _async_config(given: Mapping[str, Any], key: str) -> AsyncConfig:
    known = {"MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"}
    refuse_unknown(given, known, f"{key}.EventInvokeConfig")
    return AsyncConfig(
        retries=int(given.get("MaximumRetryAttempts", 2)),
        age_s_max=float(given.get("MaximumEventAgeInSeconds", 21_600)),
        on_failure_arn=failure_destination(given.get("DestinationConfig", {}), key),
    )


def failure_destination(given: Mapping[str, Any], place: str) -> str | None:
    """The queue's ARN in a DestinationConfig, or None. Only queues are known here."""
    refuse_unknown(given, {"OnFailure"}, f"{place}.DestinationConfig")
    on_failure = given.get("OnFailure", {})
    refuse_unknown(on_failure, {"Type", "Destination"}, f"{place}.OnFailure")
    if on_failure and on_failure.get("Type", "SQS") != "SQS":
        raise TemplateError(f"{place}.OnFailure: only queues are run here.")
    return str(on_failure["Destination"]) if on_failure else None


def worker_environment(spec: FunctionSpec, runtime_api: str, endpoint_url: str) -> dict[str, str]:
    """A worker's whole environment: the template's variables and what Lambda itself sets, nothing inherited."""
    return {
        **spec.environment,
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": spec.access_key,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": "local",
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "LAMBDA_TASK_ROOT": str(spec.code_folder),
        "LAMBDA_RUNTIME_DIR": str(Path(__file__).parent),
        "_HANDLER": spec.handler,
    }
