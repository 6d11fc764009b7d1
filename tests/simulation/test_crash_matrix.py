"""Every boundary of every flow with every fault: nothing is lost, nothing doubled."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gateway.flows
from tests.simulation.crash_matrix import boundaries_of, paired_faults, single_faults
from tests.simulation.lives import LIVES
from tests.simulation.world import IN_MEMORY


@pytest.mark.parametrize("life", sorted(LIVES))
def test_no_single_fault_breaks_a_law(life: str) -> None:
    """A process that dies before or after an effect, a call that fails, a lost answer, a stall: all recover."""
    broken = [verdict for verdict in single_faults(life) if verdict.broken]

    assert broken == []


def test_every_port_call_of_the_flows_has_its_crash_cases() -> None:
    """A call to a port that no life goes through would never be crashed: add a life that uses it."""
    written = _port_calls_in_the_flows()
    tried = {boundary.name for life in LIVES for boundary in boundaries_of(life)}

    assert written - tried == set()


@pytest.mark.long
@pytest.mark.parametrize("life", ["paid_by_callback", "cancelled_then_paid", "told_three_times"])
def test_no_pair_of_faults_breaks_a_law(life: str) -> None:
    """Two faults in one life."""
    broken = [verdict for verdict in paired_faults(life) if verdict.broken]

    assert broken == []


def _port_calls_in_the_flows() -> set[str]:
    """`Port.method` of every `call(Port.method, …)` in the flows, but for what does not leave the process."""
    found = set()
    for folder in gateway.flows.__path__:
        for file in Path(folder).glob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "call":
                    found.add(ast.unparse(node.args[0]))
    return {name for name in found if not name.startswith("Ambient.") and name.split(".")[1] not in IN_MEMORY}
