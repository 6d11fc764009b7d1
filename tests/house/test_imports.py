"""What a handler imports, each cold start pays. Each starts in a fresh interpreter, as in Lambda."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

import pytest

from tests.house.tree import TOP, names_of_functions

SHOW = """
import json, sys
before = set(sys.modules)
import app
print(json.dumps(sorted(set(sys.modules) - before)))
"""

RESOLVER = "aws_lambda_powertools.event_handler"
TESTS_ONLY = ("moto", "pytest", "hypothesis", "local", "tests", "flask", "aiohttp")
"""What lies in a developer's environment and never in Lambda's."""

FORBIDDEN = {
    "callback_intake": ("pydantic", "httpx", "phonenumbers", RESOLVER),
    "c2b_intake": ("pydantic", "httpx", "phonenumbers", RESOLVER),
    "stk_initiation": ("segno", RESOLVER),
    "status_sweep": (RESOLVER,),
    "payments_api": ("httpx", "phonenumbers", "segno", RESOLVER),
    "money_out": ("httpx", "phonenumbers", "segno", RESOLVER),
    "checkout": ("pydantic", "httpx", "segno", RESOLVER),
    "reconciliation": ("pydantic", "httpx", "phonenumbers", "segno", RESOLVER),
    "publish_events": ("pydantic", "httpx", "phonenumbers", RESOLVER),
    "webhook_delivery": ("pydantic", "phonenumbers", RESOLVER),
    "admin_api": ("httpx", RESOLVER),
    "console": ("httpx", "pydantic", "phonenumbers", "segno", RESOLVER),
}
"""What each must not load before its first event. The first two take money in."""

each_function = pytest.mark.parametrize("name", sorted(names_of_functions()))


@cache
def modules_of(name: str) -> frozenset[str]:
    """Names of all modules that `import app` loads in a new process with the layers on its path."""
    path = [TOP / "functions" / name, TOP / "layers/daraja", TOP / "layers/gateway"]
    environment = {
        "PYTHONPATH": ":".join(map(str, path)),
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "POWERTOOLS_METRICS_NAMESPACE": "MpesaGateway",
        "POWERTOOLS_SERVICE_NAME": name,
    }
    shown = subprocess.run(
        [sys.executable, "-c", SHOW], env=environment, cwd="/", capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr
    return frozenset(json.loads(shown.stdout.splitlines()[-1]))


@each_function
def test_a_handler_loads_nothing_that_its_work_does_not_need(name: str) -> None:
    """No module of the forbidden packages is loaded by importing the handler."""
    refused = (*FORBIDDEN[name], *TESTS_ONLY)
    loaded = {module for module in modules_of(name) if module.startswith(tuple(f"{one}." for one in refused))}
    assert loaded | (modules_of(name) & set(refused)) == set()


@each_function
def test_a_handler_is_importable_with_its_own_environment_alone(name: str) -> None:
    """Importing reads no setting, so that a missing one is told by an answer and not by a dead process."""
    assert {"app", "gateway"} <= modules_of(name)
