"""The shop in plain Python against what every shop should see; all cases, and the other shops, in tests/examples."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.end_to_end.local_world import TOP, LocalWorld

TESTING = TOP / "docs/examples/testing"
CASES = "test_paid or forged or webhook_twice"


def test_a_shop_in_plain_python_releases_once_and_believes_no_stranger(world: LocalWorld) -> None:
    """Started and tested as its README says, by the helper that shops copy."""
    settings = {
        "MPESA_RUN_FILE": str(world.data / "run.json"),
        "SHOP_COMMAND": f"{sys.executable} {TOP / 'docs/examples/python/shop.py'}",
        "PYTHONPATH": str(TESTING),
    }
    words = ("-q", "-p", "mpesa_local", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(TESTING))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "-k", CASES, str(TESTING)],
        cwd=TESTING,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert "4 passed" in done.stdout, done.stdout
