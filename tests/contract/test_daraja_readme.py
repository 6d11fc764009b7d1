"""The examples of the layer's own page do what it says of them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.contract.conftest import Simulator
from tests.contract.outside import SimulatorOutside
from tests.house.tree import TOP

PAGE = (TOP / "layers/daraja/README.md").read_text(encoding="utf-8")
EXAMPLES: list[str] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
PAYING, READING = EXAMPLES


def run(example: str, **given: object) -> dict[str, Any]:
    """The example with these names; gives all that it leaves."""
    names: dict[str, Any] = dict(given)
    exec(compile(example, "layers/daraja/README.md", "exec"), names)
    return names


def paying(outside: SimulatorOutside) -> str:
    """The first example, told where simulator and inbox are."""
    here = PAYING.replace("http://127.0.0.1:7071", outside.simulator.address)
    return here.replace("http://127.0.0.1:7070", outside.inbox_address)


@pytest.fixture
def outside(simulator: Simulator) -> SimulatorOutside:
    """The simulator, which needs a float to pay from."""
    return SimulatorOutside(simulator)


def test_the_first_example_pays_and_the_second_reads_its_result(outside: SimulatorOutside) -> None:
    """Taken, then told with a receipt."""
    paid = run(paying(outside), CREDENTIAL=outside.credential())
    outside.simulator.advance(3)
    (posted,) = outside.simulator.received

    read = run(READING, body=posted.text.encode())

    assert ("taken", "/result") == (paid["outcome"], posted.path)
    assert (read["result"].transaction_id, True) == (read["receipt"], read["receipt"] is not None)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("answer_lost", "perhaps sent: connection_cut"),
        ("spike_arrest", "not sent: rate_limited"),
        ("http_500", "perhaps sent: server_error"),
    ],
)
def test_the_first_example_says_what_became_of_a_call(outside: SimulatorOutside, fault: str, outcome: str) -> None:
    """As its comments have it."""
    outside.simulator.control("POST", "faults", {"call": "b2c", "fault": fault, "count": 1})

    assert outcome == run(paying(outside), CREDENTIAL=outside.credential())["outcome"]


def test_the_first_example_run_twice_pays_once(outside: SimulatorOutside) -> None:
    """Its id is unique for ever."""
    outcomes = [run(paying(outside), CREDENTIAL=outside.credential())["outcome"] for _ in range(2)]
    outside.simulator.advance(3)

    assert (["taken", "taken before"], 1) == (outcomes, len(outside.simulator.received))


def test_the_second_example_takes_no_failure_for_a_receipt(outside: SimulatorOutside) -> None:
    """Wrong password: the operator's matter."""
    run(paying(outside), CREDENTIAL=outside.credential("wrong"))
    outside.simulator.advance(3)
    (posted,) = outside.simulator.received

    read = run(READING, body=posted.text.encode())

    assert ("2001", None) == (read["result"].code, read["receipt"])
