"""Which ports the flows call, read from their source: so a new call is expected to be crashed from its first day on.

Flows live in `gateway/flows`; what a web module asks of a port beside them counts as well, unless it only reads.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

import gateway
from tests.simulation.processes import IN_MEMORY

GATEWAY = Path(gateway.__path__[0])
READS = ("read_", "list_", "find_")


def port_calls_of_flows() -> set[str]:
    """`Port.method` of every call in `gateway/flows`, but for what does not leave the process."""
    return _calls_under(GATEWAY / "flows")


def port_calls_to_crash() -> set[str]:
    """Those, and every call elsewhere in the gateway that may change something."""
    return port_calls_of_flows() | {
        name for name in _calls_under(GATEWAY) if not name.partition(".")[2].startswith(READS)
    }


def _calls_under(folder: Path) -> set[str]:
    return {name for tree in trees(folder) for name in port_calls_in(tree) if _leaves_the_process(name)}


def port_calls_in(tree: ast.AST) -> set[str]:
    """The first argument of every `call(…)`, whatever names a module has imported `call` and the port under."""
    names = {"call"}
    real: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gateway.ports"):
            names |= {one.asname for one in node.names if one.name == "call" and one.asname}
            real |= {one.asname: one.name for one in node.names if one.asname}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _name_of(node.func) in names:
            port, _, method = ast.unparse(node.args[0]).rpartition(".")
            port = port.rpartition(".")[2]
            found |= {f"{real.get(port, port)}.{method}"} if port else set()
    return found


def trees(folder: Path) -> Iterable[ast.AST]:
    """Every module under this folder."""
    for file in sorted(folder.rglob("*.py")):
        yield ast.parse(file.read_text(encoding="utf-8"))


def _name_of(function: ast.expr) -> str:
    """`call` of `call(…)` and of `ports.call(…)`."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _leaves_the_process(name: str) -> bool:
    return not name.startswith("Ambient.") and name.split(".")[1] not in IN_MEMORY
