"""The variables that a function finds, for as long as it is called."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def variables(environment: Mapping[str, str]) -> Iterator[None]:
    """Set these, and then put them back; whatever else is changed meanwhile stays changed.

    `patch.dict` takes down the whole environment and writes it anew, which is dearer than most calls of a function.
    """
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.update({name: value for name, value in before.items() if value is not None})
        for name in [name for name, value in before.items() if value is None]:
            del os.environ[name]
