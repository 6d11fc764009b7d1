"""The table of mutants keeps to the code: each row finds its line, and names a test that stands."""

from __future__ import annotations

from pathlib import Path

from tests.laws.mutants import MUTANTS, TOP

GATEWAY = TOP / "layers/gateway/gateway"


def stands(line: str, file: Path) -> bool:
    """Whether this is written there."""
    return line in file.read_text(encoding="utf-8")


def test_each_line_that_is_to_be_broken_stands_once_in_its_file() -> None:
    """Else nothing would be tried, and nobody told before the long command."""
    times = [(mutant, (GATEWAY / mutant.file).read_text(encoding="utf-8").count(mutant.old)) for mutant in MUTANTS]
    assert [] == [f"{mutant.what}: stands {count} times in {mutant.file}" for mutant, count in times if count != 1]
    assert [] == [mutant.what for mutant in MUTANTS if mutant.old == mutant.new]


def test_each_test_that_kills_stands_in_its_file() -> None:
    """A renamed test kills nothing."""
    named = (mutant.test.partition("[")[0].split("::") for mutant in MUTANTS)
    assert [] == [test for file, test in named if not stands(f"def {test}(", TOP / file)]
