"""What tests of the API are given."""

from __future__ import annotations

import pytest

from tests.unit.web.shop import Gateway


@pytest.fixture
def gateway() -> Gateway:
    """Two shops in memory; every answer is held against the OpenAPI."""
    return Gateway()
