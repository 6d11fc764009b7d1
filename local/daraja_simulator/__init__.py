"""Safaricom's side of Daraja on one machine: endpoints, phones, books, faults and a clock of its own."""
