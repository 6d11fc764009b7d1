"""Amazon's side of the gateway, on this machine: reads `template.yaml` and runs what it says."""
