"""How ids of money that goes out begin. Alone here, since who checks a callback's tag loads this and no more."""

from __future__ import annotations

PAYOUT_PREFIX, REFUND_PREFIX, FILE_PREFIX = "out_", "ref_", "file_"
