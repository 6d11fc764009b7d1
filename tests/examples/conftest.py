"""What the tests of the example shops are given: a local world that knows their origins, Node, a place to build."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.conftest import chromium  # noqa: F401  a fixture: the same browser
from tests.end_to_end.local_world import TOP, LocalWorld, free_ports

EXAMPLES = TOP / "docs/examples"
TESTING = EXAMPLES / "testing"
SHOPS = 2


@dataclass(frozen=True)
class ShopWorld:
    """A running world, and ports on which shops may be found."""

    world: LocalWorld
    ports: tuple[int, ...]

    @property
    def run_file(self) -> Path:
        """What a program reads to find the world."""
        return self.world.data / "run.json"


@pytest.fixture(scope="session")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopWorld]:
    """The local world, as a developer starts it whose shop runs on a port of its own."""
    ports = tuple(free_ports(SHOPS))
    origins = ",".join(f"http://localhost:{port}" for port in ports)
    world = LocalWorld.start(tmp_path_factory.mktemp("local"), environment={"SHOP_ORIGINS": origins})
    yield ShopWorld(world, ports)
    world.stop()


def run(*command: str, folder: Path, settings: Mapping[str, str] | None = None) -> str:
    """Run a command to its end; what it printed. Fails with that when it fails."""
    path = f"{TOP / '.venv-node/bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, **(settings or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def copied(name: str, folder: Path) -> Path:
    """An example, copied as somebody would who begins a shop with it. What was built in place stays there."""
    target = folder / name
    shutil.copytree(EXAMPLES / name, target, ignore=shutil.ignore_patterns("node_modules", ".next", ".data", ".env*"))
    return target


def eight_cases(shops: ShopWorld, command: str, cases: Path = TESTING) -> str:
    """Run the ready tests, or those of a file beside copies of them, against the shop that this command starts."""
    settings = {"MPESA_RUN_FILE": str(shops.run_file), "SHOP_COMMAND": command, "PYTHONPATH": str(TESTING)}
    words = ("-q", "-p", "mpesa_local", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(TESTING))
    return run(str(TOP / ".venv/bin/python"), "-m", "pytest", *words, str(cases), folder=TESTING, settings=settings)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them are long."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.long)
