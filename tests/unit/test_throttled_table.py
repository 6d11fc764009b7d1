"""DynamoDB may leave some keys of a batch unread: they are asked for again, unless it reads none at all."""

from __future__ import annotations

from typing import Any, cast

import pytest

from gateway.aws.table import Table
from gateway.ports import StoreUnavailable


class Throttled:
    """A client whose table reads so many keys of a batch, and leaves the others."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once

    def batch_get_item(self, **asked: Any) -> dict[str, Any]:
        """As DynamoDB answers."""
        ((table, wanted),) = asked["RequestItems"].items()
        keys = wanted["Keys"]
        left = {table: {"Keys": keys[self.at_once :]}} if keys[self.at_once :] else {}
        return {"Responses": {table: keys[: self.at_once]}, "UnprocessedKeys": left}


def table_of(at_once: int) -> Table:
    return Table(cast("Any", Throttled(at_once)), "gateway")


@pytest.mark.parametrize("at_once", [1, 40, 100])
def test_what_a_batch_left_unread_is_read_by_the_next(at_once: int) -> None:
    keys = [f"PAY#{number}" for number in range(130)]
    assert set(keys) == set(table_of(at_once).read_together(keys))


def test_a_table_that_reads_nothing_is_not_asked_for_ever() -> None:
    with pytest.raises(StoreUnavailable):
        table_of(0).read_together(["PAY#1", "PAY#2"])
