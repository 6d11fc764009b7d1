"""Whoever gets an alarm finds it in docs/operations.md, with what to do."""

from __future__ import annotations

import re

from tests.house.deployed import of_type
from tests.house.tree import TOP

ALARM = re.compile(r"^\| `(\w+Alarm)` \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)


def test_each_alarm_of_the_template_says_what_to_do() -> None:
    """A row for each, and none for alarms that do not exist."""
    told = dict(ALARM.findall((TOP / "docs/operations.md").read_text(encoding="utf-8")))
    assert set(of_type("AWS::CloudWatch::Alarm")) == set(told)
    assert all(told.values())
