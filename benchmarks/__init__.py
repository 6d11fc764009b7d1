"""Programs that measure the gateway as ratios and counts within one run. `make bench` runs them all."""
