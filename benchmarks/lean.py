"""A place to run handlers in as Lambda has it: the layers' own packages and boto3, nothing else, all compiled.

A developer's environment holds more, and packages load what they find (httpx its command line, for one). It is made
once below `.local/bench/` and made anew when the locks change.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
PLACE = TOP / ".local" / "bench"
RUNTIME = "3.13"
"""The Python of the template; where it is not installed, the one that runs this."""

OF_LAMBDA = frozenset({"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"})
"""What Lambda's image has; taken in the versions of the tests' lock."""


@dataclass(frozen=True, slots=True)
class Lean:
    """python: the interpreter. tree: functions/ and layers/ as they are deployed, compiled."""

    python: Path
    tree: Path
    version: str

    def path_of(self, function: str) -> str:
        """PYTHONPATH of a function: its folder and the layers."""
        parts = (f"functions/{function}", "layers/daraja", "layers/gateway")
        return os.pathsep.join(str(self.tree / part) for part in parts)


def lean() -> Lean:
    """The place, made if need be. Raises subprocess.CalledProcessError when packages cannot be had."""
    python = _runtime_python()
    version = _output([python, "-c", "import platform; print(platform.python_version())"])
    requirements = _requirements()
    mark = hashlib.sha256(f"{version}\n{requirements}".encode()).hexdigest()[:12]
    room = PLACE / f"python{version}-{mark}"
    if not (room / "ready").exists():
        _install(python, room, requirements)
    own = room / "venv" / "bin" / "python"
    return Lean(own, _copied(own, room / "tree"), version)


def functions() -> list[str]:
    """Names of all functions of the tree."""
    return sorted(path.parent.name for path in (TOP / "functions").glob("*/app.py"))


def _runtime_python() -> str:
    """The runtime's Python if it is somewhere here."""
    name = f"python{RUNTIME}"
    pyenv = sorted((Path.home() / ".pyenv" / "versions").glob(f"{RUNTIME}*/bin/{name}"))
    for candidate in (os.environ.get("RUNTIME_PYTHON", ""), *map(str, pyenv), shutil.which(name) or ""):
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    return sys.executable


def _requirements() -> str:
    """The layer's lock, and Lambda's own packages from the tests' lock."""
    layer = (TOP / "layers/dependencies/requirements.txt").read_text(encoding="utf-8")
    tests = (TOP / "tests/requirements.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    known = {line.partition("==")[0] for line in layer.splitlines()}
    wanted = [line for line in tests.splitlines() if line.partition("==")[0] in OF_LAMBDA - known]
    return layer.rstrip("\n") + "\n" + "\n".join(wanted) + "\n"


def _install(python: str, room: Path, requirements: str) -> None:
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    lock = room / "requirements.txt"
    lock.write_text(requirements, encoding="utf-8")
    print(f"benchmarks: making a lean environment in {room.relative_to(TOP)} (once)", file=sys.stderr)
    _output([python, "-m", "venv", str(room / "venv")])
    pip = [str(room / "venv/bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _output([*pip, "--no-deps", "--require-hashes", "--only-binary=:all:", "--requirement", str(lock)])
    (room / "ready").touch()


def _copied(python: Path, tree: Path) -> Path:
    """The tree as it stands now, compiled as the layers are."""
    shutil.rmtree(tree, ignore_errors=True)
    for part in ("functions", "layers/daraja", "layers/gateway"):
        shutil.copytree(TOP / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    _output([str(python), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(tree)])
    return tree


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
