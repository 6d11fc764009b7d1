"""How hard hypothesis tries: the same examples in every quick run, fresh ones in the long run."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

QUICK = settings(
    max_examples=120,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""Derandomised: a failure today is a failure tomorrow."""

LONG = settings(
    max_examples=3_000,
    derandomize=False,
    database=None,
    deadline=None,
    print_blob=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""Fresh examples each time; a failing one prints the line that replays it."""
