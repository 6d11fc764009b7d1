"""The benchmarks measure every function: who adds one gives it its first call."""

from __future__ import annotations

from pathlib import Path

from benchmarks.first_calls import FIRST_CALLS

FUNCTIONS = Path(__file__).parents[2] / "functions"


def test_every_function_has_a_first_call() -> None:
    assert {folder.parent.name for folder in FUNCTIONS.glob("*/app.py")} == set(FIRST_CALLS)
