"""How the tests are shared out between two processors, and what all of them run with."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    import pytest
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

TOGETHER = (
    "tests/corpus/",
    "tests/end_to_end/",
    "tests/fuzz/test_api.py",
    "tests/house/",
    "tests/load/",
    "tests/security/",
    "tests/unit/",
)
"""Here the tests of a file stay together: they are many and short, or what they share is dear to make."""

WAITS = "tests/end_to_end/"
"""One process plays these, and begins with them: they wait for answers, and meanwhile others have the processor."""

WAIT_FOR_THEMSELVES = tuple(
    f"{WAITS}test_{name}.py"
    for name in (
        *("checkout_page", "console_pages", "leading_back", "link_page", "outside_pages", "phones_are_asked", "sdk"),
        *("month_end", "standing_orders_over_http", "statements_over_http"),
    )
)
"""Of them those that need no world, or one of their own: any process plays them."""

RECKONS = "tests/simulation/"
"""Never waits, so it comes last, one by one, and both processes end together."""

ONE_WORLD = "tests/examples/"
"""All of these share a world, its ports and the folder where shops are built."""


def _share_the_world(nodeid: str) -> bool:
    return nodeid.startswith(WAITS) and not nodeid.startswith(WAIT_FOR_THEMSELVES)


def _turn(nodeid: str) -> int:
    """While one process waits for the world the other reckons; what waits for itself has its turn when that is over."""
    if _share_the_world(nodeid):
        return 0
    if nodeid.startswith(WAITS):
        return 2
    return 3 if nodeid.startswith(RECKONS) else 1


class ByCost(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """File by file, then test by test, so that all processors are done at about the same time."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(ONE_WORLD):
            return ONE_WORLD
        if _share_the_world(nodeid):
            return WAITS
        return nodeid.partition("::")[0] if nodeid.startswith(TOGETHER) else nodeid


OBJECTS_BETWEEN_SEARCHES = 100_000
gc.set_threshold(OBJECTS_BETWEEN_SEARCHES, 20, 50)
"""Thousands of tests are objects that stay to the end: to look through them for garbage again and again is dear."""


settings.register_profile(
    "quick",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("quick")
"""What no test says otherwise: the same examples each time, however busy the machine is."""


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was collected stays: no search for garbage needs to look at it."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Turn by turn; in each what cannot be shared out comes first, else in the order of the folders."""
    items.sort(key=lambda item: (_turn(item.nodeid), not item.nodeid.startswith(TOGETHER)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Called once, by the process that hands the tests out."""
    config.option.loadscopereorder = False  # as they were collected
    return ByCost(config, log)
