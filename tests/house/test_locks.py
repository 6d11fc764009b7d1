"""What is installed is what was checked: packages pinned, files by their hashes, one version everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.tree import TOP

LOCKS = (
    "layers/dependencies/requirements.txt",
    "local/requirements.txt",
    "tests/requirements.txt",
    "tests/sam/requirements.txt",
    "tests/examples/node.txt",
    "docs/examples/fastapi/requirements.txt",
)


def entries(lock: str) -> list[str]:
    """Each package's entry in a lock, its hashes included, on one line."""
    text = (TOP / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def versions(lock: str) -> set[str]:
    """`name==version` of each entry."""
    return {entry.split()[0] for entry in entries(lock)}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_each_file_and_names_no_index(lock: str) -> None:
    """Lines are packages with hashes; where they come from is the machine's own business."""
    pinned = re.compile(r"[a-z0-9-]+==\S+( ; [^-]+?)?( +--hash=sha256:[0-9a-f]{64})+ *")
    assert [entry for entry in entries(lock) if not pinned.fullmatch(entry)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_was_asked_for(lock: str) -> None:
    """Each package of the .in file is in the lock beside it."""
    asked = Path(TOP / lock).with_suffix(".in").read_text(encoding="utf-8")
    wanted = set(re.findall(r"^[a-z][a-z0-9-]*", asked, re.MULTILINE))
    assert wanted <= {version.split("==")[0] for version in versions(lock)}


def test_the_layer_runs_locally_at_its_own_versions() -> None:
    """What Lambda gets, `make run` and the tests get too; what `make run` gets, the tests get."""
    layer, local, tests = (versions(lock) for lock in LOCKS[:3])
    assert layer <= local <= tests


def test_the_layer_leaves_out_what_lambda_has() -> None:
    """boto3 is the runtime's own; cryptography weighs more than all the rest."""
    names = {version.split("==")[0] for version in versions(LOCKS[0])}
    assert names & {"boto3", "botocore", "cryptography", "urllib3"} == set()
