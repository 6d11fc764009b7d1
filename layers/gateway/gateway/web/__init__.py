"""The shop's and the payer's side of HTTP."""
