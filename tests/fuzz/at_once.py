"""A plugin of pytest for long runs: each failure is told when it is found, so that one that is cut off tells it too."""

from __future__ import annotations

from typing import Any

import pytest

CHARACTERS_MAX = 6_000
"""The end of a report holds the body and the line that replays it."""


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Workers have no terminal; what they report reaches the process that has one."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None:
        config.pluginmanager.register(_AtOnce(terminal))


class _AtOnce:
    def __init__(self, terminal: Any) -> None:
        self._terminal = terminal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One test has ended."""
        if report.failed:
            self._terminal.write_line(f"\nFAILURE {report.nodeid}\n{report.longreprtext[-CHARACTERS_MAX:]}")
