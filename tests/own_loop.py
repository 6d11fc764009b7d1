"""Run a coroutine in a loop of its own, whatever the test's process does besides."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def in_own_loop(story: Coroutine[Any, Any, T]) -> T:
    """The story's result. A thread of its own: a browser in the same process keeps a loop running in the main one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()
