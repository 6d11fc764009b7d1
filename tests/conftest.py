"""How the tests are shared out between two processors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    import pytest
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

TOGETHER = (
    "tests/end_to_end/",
    "tests/fuzz/test_api.py",
    "tests/load/",
    "tests/security/",
    "tests/unit/test_capacity.py",
)
"""Here the tests of a file stay together: what they share, such as payments that have been played, is dear to make."""

ONE_WORLD = "tests/examples/"
"""All of these share a world, its ports and the folder where shops are built."""


class ByCost(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Test by test, but for files whose tests share something dear; those with most tests first."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(ONE_WORLD):
            return ONE_WORLD
        return nodeid.partition("::")[0] if nodeid.startswith(TOGETHER) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Called once, by the process that hands the tests out."""
    return ByCost(config, log)
