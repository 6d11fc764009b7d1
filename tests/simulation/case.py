"""What replays one world, as a value, as the words of a command line, and as the kept seeds of `seeds.txt`."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PAYMENTS = 50
SEEDS = Path(__file__).with_name("seeds.txt")


@dataclass(frozen=True)
class Case:
    """only: numbers of its actors; lines: fault lines that may be on; None: all of them.

    steps: after so many the storm is over. salt: other chances with the same actors and weather.
    """

    seed: int
    payments: int = PAYMENTS
    only: tuple[int, ...] | None = None
    lines: tuple[str, ...] | None = None
    steps: int | None = None
    salt: int = 0
    strong: bool = False
    """Faults come at their highest rates."""

    def words(self) -> str:
        """As typed behind the command."""
        given = {
            "payments": self.payments if self.payments != PAYMENTS else None,
            "only": ",".join(map(str, self.only)) if self.only is not None else None,
            "lines": ",".join(self.lines) or "none" if self.lines is not None else None,
            "steps": self.steps,
            "salt": self.salt or None,
        }
        words = [f"--{name} {value}" for name, value in given.items() if value is not None]
        return " ".join([f"--seed {self.seed}", *words, *(["--strong"] if self.strong else [])])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words that name a world."""
    parser.add_argument("--seed", type=int, help="play this world alone")
    parser.add_argument("--payments", type=int, help=f"of this world ({PAYMENTS}); without a seed: in all")
    parser.add_argument("--only", help="numbers of its actors, separated by commas")
    parser.add_argument("--lines", help="fault lines that may be on, separated by commas")
    parser.add_argument("--steps", type=int, help="the storm ends after so many steps")
    parser.add_argument("--salt", type=int, default=0, help="other chances with the same actors and weather")
    parser.add_argument("--strong", action="store_true", help="faults at their highest rates")


def case_of(chosen: argparse.Namespace) -> Case:
    """The world that was named."""
    return Case(
        seed=chosen.seed,
        payments=chosen.payments or PAYMENTS,
        only=tuple(int(number) for number in chosen.only.split(",")) if chosen.only else None,
        lines=tuple(chosen.lines.split(",")) if chosen.lines else None,
        steps=chosen.steps,
        salt=chosen.salt,
        strong=chosen.strong,
    )


def kept_cases(text: str | None = None) -> list[Case]:
    """Every world that ever broke a law, by `seeds.txt`."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    lines: Sequence[str] = (SEEDS.read_text(encoding="utf-8") if text is None else text).splitlines()
    words = [shlex.split(line, comments=True) for line in lines]
    return [case_of(parser.parse_args(given)) for given in words if given]


def keep_case(case: Case, why: str) -> None:
    """Write it down, for ever."""
    with SEEDS.open("a", encoding="utf-8") as file:
        file.write(f"{case.words()}  # {why}\n")
