"""The rules. Standard library and Daraja's result codes only: no clock, no storage, no network."""
