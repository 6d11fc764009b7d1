"""The order of steps, over ports: crash-safe between any two."""
