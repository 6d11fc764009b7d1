"""The audit log: pages of entries, each chained to the one before; and how it is compared with the table."""
