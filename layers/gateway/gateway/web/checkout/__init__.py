"""The payer's page: whole without script, smoother with it. `pages` answers GET, `prompt` the form."""
