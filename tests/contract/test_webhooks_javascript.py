"""Our messages and the standard's own JavaScript library agree on every vector. It is installed, so: a long test."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.tree import TOP

VECTORS = TOP / "tests/unit/webhooks/vectors.json"


@pytest.mark.long
def test_the_javascript_library_takes_what_we_send_and_refuses_the_rest(tmp_path: Path) -> None:
    """Node and npm are needed; the lock names every package with its hash."""
    folder = shutil.copytree(TOP / "tests/javascript", tmp_path / "javascript")
    installed = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert installed.returncode == 0, installed.stderr
    said = subprocess.run(["node", "verify.mjs", str(VECTORS)], cwd=folder, capture_output=True, text=True, check=False)

    wanted = {one["name"]: one["genuine"] for one in json.loads(VECTORS.read_text(encoding="utf-8"))["messages"]}
    assert wanted == json.loads(said.stdout), said.stderr
