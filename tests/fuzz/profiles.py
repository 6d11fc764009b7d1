"""How hard we try: the same hundred examples in every quick run; with FUZZ_EXAMPLES fresh ones, as many as it says."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

QUICK = settings(max_examples=100, derandomize=True, database=None, deadline=None, suppress_health_check=CHECKS)
LONG = settings(
    max_examples=EXAMPLES or 5_000,
    derandomize=False,
    database=None,
    deadline=None,
    print_blob=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=CHECKS,
)
"""A failing example prints the line that replays it."""

PROFILE = LONG if EXAMPLES else QUICK
