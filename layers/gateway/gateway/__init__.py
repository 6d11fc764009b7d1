"""The gateway: payments as what follows from facts. Imports nothing, so that no function pays for another."""
