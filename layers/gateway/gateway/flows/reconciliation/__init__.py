"""M-Pesa's lists are fetched, believed, and compared with what we have."""
