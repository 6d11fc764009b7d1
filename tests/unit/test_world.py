"""The world of a process: what is made when, and what stands behind each port."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway import ports
from gateway.aws import clients
from gateway.aws.world import World, world
from gateway.ports import Ambient, Call, call, run
from gateway.settings import SettingMissing, Settings

TOP = Path(__file__).parents[2]
PORTS = ("Store", "Queues", "Daraja", "Secrets", "Bus", "Ambient")

CALLBACK = """
import sys
from gateway.aws.world import World
from gateway.aws.clients import INTAKE
from gateway.settings import Settings
made = World(Settings({"TABLE_NAME": "t", "PARAMETER_PREFIX": "/p", "RETRY_QUEUE_URL": "u"}), INTAKE)
for port in ("Store", "Queues", "Secrets", "Ambient"):
    made.adapter(port)
made.adapter("Ambient").report("callback_queued", {"payment": "pay_1"})
print(" ".join(sorted(sys.modules)))
"""


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    """What botocore wants before it makes a client."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


SETTINGS = Settings(
    {
        "TABLE_NAME": "payments",
        "PARAMETER_PREFIX": "/mpesa-gateway/test",
        "DARAJA_BASE_URL": "http://localhost:1",
        "EVENT_BUS_NAME": "bus",
        "RETRY_QUEUE_URL": "https://queue",
    }
)


@pytest.mark.parametrize("port", PORTS)
def test_every_method_of_a_port_stands_behind_it(port: str) -> None:
    adapter = World(SETTINGS, clients.ELSEWHERE).adapter(port)
    wanted = {name for name in vars(getattr(ports, port)) if not name.startswith("_")}
    assert wanted == {name for name in wanted if callable(getattr(adapter, name, None))} != set()


def test_an_adapter_is_made_once_and_only_when_it_is_called() -> None:
    made = World(Settings({}), clients.ELSEWHERE)
    assert made.adapter("Ambient") is made.adapter("Ambient")
    with pytest.raises(SettingMissing, match="TABLE_NAME"):
        made.adapter("Store")


def test_who_reads_the_table_alone_is_not_asked_for_the_place_of_secrets() -> None:
    """The nightly repair reads circuits of initiators, and its function is not told where secrets lie."""
    made = World(Settings({"TABLE_NAME": "payments"}), clients.ELSEWHERE)
    assert made.adapter("Initiator").read_circuit.__self__ is made.adapter("Initiator")


def test_a_call_reaches_the_method_with_its_arguments() -> None:
    made = World(Settings({}), clients.ELSEWHERE)
    assert 7 == len(made.perform(Call("Ambient", "draw", (7,))))
    assert 7 == len(run(call(Ambient.draw, 7), made))


def test_the_time_left_is_that_of_the_invocation_that_runs() -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 1_234

    made = World(Settings({}), clients.ELSEWHERE)
    assert made is made.begin(Context())
    assert 1_234 == run(call(Ambient.time_left_ms), made)


@pytest.mark.parametrize(
    ("name", "budget"), [("callback_intake", clients.INTAKE), ("stk_initiation", clients.ELSEWHERE)]
)
def test_where_safaricom_waits_the_limits_are_short(
    monkeypatch: pytest.MonkeyPatch, name: str, budget: clients.Budget
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", name)
    world.cache_clear()
    assert budget is world()._budget
    world.cache_clear()


def test_limits_reach_the_client() -> None:
    config = clients.table_client(clients.INTAKE.table).meta.config
    told = (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"])  # type: ignore[attr-defined]  # stubs lack it
    assert (0.5, 1.0, 2) == told


def test_a_callback_loads_neither_httpx_nor_pydantic() -> None:
    """A fresh interpreter, all that a callback touches, and a report: none of the heavy modules is there."""
    environment = {
        "PYTHONPATH": f"{TOP}/layers/daraja:{TOP}/layers/gateway",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "POWERTOOLS_METRICS_NAMESPACE": "M",
        "POWERTOOLS_SERVICE_NAME": "callback_intake",
    }
    shown = subprocess.run(
        [sys.executable, "-c", CALLBACK], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(shown.stdout.splitlines()[-1].split())
    assert "botocore" in loaded
    assert set() == loaded & {"httpx", "pydantic", "phonenumbers", "boto3", "daraja.client"}
