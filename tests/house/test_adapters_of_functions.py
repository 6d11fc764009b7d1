"""A function is told every setting that is needed to make what stands behind its flows' ports.

Which ports those are follows from the code: the modules that the function's own one leads to, and `call(Port.…)` in
them. What a function imports and never calls is excused below, by name and with the reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from gateway.aws import clients
from gateway.aws.world import World
from gateway.settings import SettingMissing, Settings
from tests.house.deployed import functions, variables
from tests.house.tree import TOP, nodes_of

LAYER = TOP / "layers/gateway"
IMPORTED_ONLY = {
    ("payments_api", "Bus"): "the feed shows events as `webhook_delivery` does, and tells none",
    ("payments_api", "Daraja"): "asking about a code is another function's; this one shows what came of it",
    ("payments_api", "Questions"): "as above",
    ("checkout", "Daraja"): "the page of a link is shown here; its form goes to the function that prompts",
    ("reconciliation", "Bus"): "days are told from the table's stream; here they are only put into the API's words",
    ("webhook_delivery", "Secrets"): "it shares how callers are answered with those who take callbacks",
    ("admin_api", "Bus"): "a test message goes to the queue; who delivers tells",
}


@cache
def file_of(module: str) -> Path | None:
    """Of a module of the gateway, adapters left out: a function gets those by their ports."""
    place = LAYER / module.replace(".", "/")
    found = next((one for one in (place.with_suffix(".py"), place / "__init__.py") if one.exists()), None)
    return found if found is not None and "aws" not in found.parts else None


@cache
def imports_of(path: Path) -> frozenset[Path]:
    """Files of the gateway that a module imports, wherever in it."""
    nodes = [node for node in nodes_of(path) if isinstance(node, ast.ImportFrom) and node.module]
    names = {name for node in nodes for name in (node.module, *(f"{node.module}.{one.name}" for one in node.names))}
    return frozenset(found for name in names if (found := file_of(str(name))))


@cache
def ports_of(path: Path) -> frozenset[str]:
    """`Store` of `call(Store.read_payment, …)`."""
    return frozenset(_ports(nodes_of(path)))


def _ports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Call(func=ast.Name(id="call"), args=[ast.Attribute(value=ast.Name(id=port)), *_]):
                yield port


def reached_from(folder: str) -> set[str]:
    """Every port that a function's code names."""
    seen: set[Path] = set()
    waiting = [TOP / "functions" / folder / "app.py"]
    while waiting:
        path = waiting.pop()
        waiting += [] if path in seen else imports_of(path)
        seen.add(path)
    return {port for path in seen for port in ports_of(path)}


def missing(world: World, port: str) -> bool:
    """Whether its adapter cannot be made for want of a setting."""
    try:
        world.adapter(port)
    except SettingMissing:
        return True
    return False


@pytest.mark.parametrize("folder", sorted(functions()))
def test_what_stands_behind_a_functions_ports_can_be_made(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the environment that the template gives it, and nothing else."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    told = {**dict.fromkeys(variables(functions()[folder]), "1"), "OIDC_ISSUER": ""}
    world = World(Settings(told), clients.ELSEWHERE)
    wanting = {port for port in reached_from(folder) if missing(world, port)}
    assert wanting == {port for function, port in IMPORTED_ONLY if function == folder}


def test_ports_are_found() -> None:
    """The rule above looks at something."""
    assert {"Store", "Daraja", "Ambient"} <= reached_from("stk_initiation")
