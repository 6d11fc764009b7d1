"""The audit log: written from the table's stream, read back and compared with the table."""
