"""Whether a browser says that a page of ours sent a form, whatever the other headers say."""

from __future__ import annotations

import pytest

from gateway.settings import Settings
from gateway.web.console.guard import came_from_us
from gateway.web.http import Request


@pytest.mark.parametrize(
    ("ours", "headers"),
    [
        (True, {"host": "pay.example", "origin": "https://pay.example"}),
        (False, {"host": "pay.example"}),
        (False, {"host": "no host at all"}),
        (False, {"host": "no host at all", "origin": "null"}),
    ],
    ids=["ours", "no origin", "no origin, no host", "a hidden origin, no host"],
)
def test_nothing_said_is_not_ours(ours: bool, headers: dict[str, str]) -> None:
    """Two things that cannot be read are not the same place."""
    request = Request(
        method="POST", route_key="POST /console/sign-out", path="/console/sign-out", path_parameters={}, query={},
        headers=headers, body=b"", source_address="127.0.0.1", id="r1",
    )  # fmt: skip
    assert ours == came_from_us(request, Settings({}))
