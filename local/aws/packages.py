"""Which third parties a function may import: Lambda's own and those of the dependencies layer's lock."""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from local.aws.errors import StartError
from local.aws.function_spec import FunctionSpec

OWN_OF_LAMBDA = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
"""Modules that Lambda's Python image brings along."""
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


def site_folders() -> list[str]:
    """Where this environment keeps third parties."""
    return sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})


def modules_for(spec: FunctionSpec) -> list[str]:
    """Top-level third-party modules that the function would find when deployed."""
    locks = [folder / "requirements.txt" for folder in spec.layer_folders]
    locked = [name for lock in locks if lock.exists() for name in _modules_of_lock(lock)]
    return sorted({*OWN_OF_LAMBDA, *locked})


@cache
def _modules_of_lock(lock: Path) -> tuple[str, ...]:
    names = LOCKED.findall(lock.read_text(encoding="utf-8"))
    return tuple(module for name in names for module in _modules_of(name, lock))


def _modules_of(name: str, lock: Path) -> Iterator[str]:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        raise StartError(f"{name} of {lock} is not installed here. Run `make install`.") from None
    yield from _top_level(found)


def _top_level(found: Distribution) -> set[str]:
    tops = {path.parts[0] for path in found.files or () if not path.parts[0].startswith("..")}
    return {top.partition(".")[0] for top in tops if not top.endswith((".dist-info", ".data"))}
