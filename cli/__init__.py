"""The command `mpesa-gateway`: sets a stack up, looks at it, and pays in it."""
