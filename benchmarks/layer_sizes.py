"""Megabytes of each layer as Lambda unpacks it, with and without bytecode. Builds with `make build` if need be."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, at_most, told
from benchmarks.lean import TOP

COMMAND = "python -m benchmarks.layer_sizes"
BUILT = TOP / ".aws-sam" / "build"
MEGABYTES_MAX = 30
BLOCK_BYTES = 4096
"""Files take whole blocks on disk, and so does `du`; the budget is for that."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Sizes in bytes, in whole blocks. compiled: bytecode alone."""

    name: str
    whole: int
    compiled: int


def measured() -> list[Layer]:
    """The layers of the build. Raises RuntimeError with the build's own words when it fails."""
    if not any(BUILT.glob("*Layer")):
        _build()
    return [_layer(folder) for folder in sorted(BUILT.glob("*Layer"))]


def _build() -> None:
    done = subprocess.run(["make", "build"], cwd=TOP, capture_output=True, text=True, check=False)  # noqa: S607  make is make
    if done.returncode:
        raise RuntimeError(f"make build failed:\n{(done.stdout + done.stderr)[-2000:]}")


def _layer(folder: Path) -> Layer:
    sizes = list(_sizes(folder))
    return Layer(folder.name, sum(size for _, size in sizes), sum(size for suffix, size in sizes if suffix == ".pyc"))


def _sizes(folder: Path) -> Iterator[tuple[str, int]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.suffix, -(-path.stat().st_size // BLOCK_BYTES) * BLOCK_BYTES


def figures() -> list[Figure]:
    """The figures of the table."""
    layers = measured()
    found = [
        told(f"… {layer.name}", f"{_mb(layer.whole):.1f} MB, {_mb(layer.compiled):.1f} of it bytecode", COMMAND)
        for layer in layers
    ]
    whole, compiled = sum(layer.whole for layer in layers), sum(layer.compiled for layer in layers)
    what = "layers unzipped, with bytecode" if compiled else "layers unzipped (no Python of the runtime: no bytecode)"
    return [at_most(what, _mb(whole), MEGABYTES_MAX, COMMAND, unit=" MB", digits=1), *found]


def _mb(size: int) -> float:
    return size / 2**20


def main() -> None:
    """Print each layer."""
    for layer in measured():
        bare = layer.whole - layer.compiled
        print(f"{layer.name:18} {_mb(layer.whole):5.1f} MB, {_mb(bare):5.1f} without bytecode")


if __name__ == "__main__":
    main()
