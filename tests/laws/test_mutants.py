"""The table of mutants keeps to the code: each row finds its line, and names a test that stands."""

from __future__ import annotations

from pathlib import Path

from tests.laws.mutants import MUTANTS, TOP, broken

GATEWAY = TOP / "layers/gateway/gateway"


def stands(line: str, file: Path) -> bool:
    """Whether this is written there."""
    return line in file.read_text(encoding="utf-8")


def test_each_line_that_is_to_be_broken_stands_once_in_its_file() -> None:
    """Else nothing would be tried, and nobody told before the long command."""
    for mutant in MUTANTS:
        source = (GATEWAY / mutant.file).read_text(encoding="utf-8")
        assert broken(source, mutant) != source, mutant.what


def test_each_test_that_kills_stands_in_its_file() -> None:
    """A renamed test kills nothing."""
    named = (mutant.test.partition("[")[0].split("::") for mutant in MUTANTS)
    assert [] == [test for file, test in named if not stands(f"def {test}(", TOP / file)]
