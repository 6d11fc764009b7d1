"""What a handler imports, each cold start pays. Each starts in a fresh interpreter, as in Lambda."""

from __future__ import annotations

import json
import os
import re
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

POWERTOOLS = "aws_lambda_powertools"
RESOLVER = f"{POWERTOOLS}.event_handler"
TESTS_ONLY = ("moto", "pytest", "hypothesis", "local", "tests", "flask", "aiohttp")
"""What lies in a developer's environment and never in Lambda's."""

FORBIDDEN = {
    "callback_intake": ("pydantic", "httpx", "phonenumbers", RESOLVER),
    "c2b_intake": ("pydantic", "httpx", "phonenumbers", RESOLVER),
    "stk_initiation": ("segno", RESOLVER, "gateway.web.console", "gateway.web.checkout", "gateway.web.link_payments"),
    "status_sweep": (RESOLVER,),
    "payments_api": ("httpx", "phonenumbers", "segno", RESOLVER),
    "money_out": ("httpx", "phonenumbers", "segno", RESOLVER),
    "checkout": ("pydantic", "httpx", "segno", RESOLVER),
    "reconciliation": ("pydantic", "httpx", "phonenumbers", "segno", RESOLVER),
    "publish_events": ("pydantic", "httpx", "phonenumbers", RESOLVER),
    "audit_log": ("pydantic", "httpx", "phonenumbers", RESOLVER),
    "webhook_delivery": ("pydantic", "phonenumbers", RESOLVER),
    "admin_api": ("httpx", RESOLVER),
    "console": ("httpx", "pydantic", "phonenumbers", "segno", RESOLVER),
}
"""What each must not load before its first event. The first two take money in."""

LAYER = TOP / "layers/dependencies/Makefile"
REPORTS = """
import json, os, sys
os.environ |= {"POWERTOOLS_SERVICE_NAME": "s", "POWERTOOLS_METRICS_NAMESPACE": "n"}
from daraja.phone import parse_phone
from gateway.observability import flush, report
parse_phone("0712345678")
report("callback_queued", {})
flush()
print(json.dumps(sorted(sys.modules)))
"""
"""Each library of which parts are left out, at its work."""

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


def test_no_part_that_the_layer_leaves_out_is_used() -> None:
    """What the build deletes is loaded neither by a report and its count nor by a phone number."""
    found = re.search(r"^UNUSED = ((?:.*\\\n)*.*)$", LAYER.read_text(encoding="utf-8"), re.MULTILINE)
    left_out = {path.replace("/", ".") for path in (found[1] if found else "").replace("\\", " ").split()}
    path = os.pathsep.join(str(TOP / layer) for layer in ("layers/daraja", "layers/gateway"))
    shown = subprocess.run(
        [sys.executable, "-c", REPORTS], env={"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(shown.stdout.splitlines()[-1]))
    assert {"aws_lambda_powertools.logging", "phonenumbers"} <= loaded
    assert {"aws_lambda_powertools.event_handler", "phonenumbers.geodata"} <= left_out
    assert set() == {module for module in loaded if any(f"{module}.".startswith(f"{one}.") for one in left_out)}
