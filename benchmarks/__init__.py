"""Programs that measure the gateway as ratios and counts within one run. `make bench` runs them all."""

import sys
from pathlib import Path

_TOP = Path(__file__).resolve().parents[1]
sys.path += [str(_TOP / "layers/daraja"), str(_TOP / "layers/gateway")]
