"""What M-Pesa's own lists say, and how they compare with what we have. Pure."""
