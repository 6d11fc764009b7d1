"""Safaricom's Daraja API (M-Pesa Kenya) as Python values: what is sent, what comes back, what it means.

Knows nothing of the gateway and can be used alone. This file imports nothing, so that a function
which only reads callbacks does not pay for the HTTP client:

    errors.py            what went wrong, sorted by whether money may have moved
    result_codes.py      every known result code as data, with its source
    masking.py           numbers and tokens taken out of texts
    phone.py             what people type → 254…
    environments.py      hosts, published addresses and limits, Kenyan time

    callbacks.py         what Safaricom posts to us about payments
    results.py           what it posts about payouts, reversals, status and balances (accounts.py: their text form)
    reading.py           how all of these are read

    requests/            what we send, field by field
    client.py            the calls themselves (deadline.py: how long they may take)
    http_answers.py      an HTTP answer taken apart
    refusals.py          → accepted, refused, not sent, or unknown; prompts, queries, tokens
    command_answers.py   the same for payouts, reversals and questions
    pull_answers.py      the same for pages of payments
    direct_answers.py    the same for what is done at once, and notices about merchants, standing orders, bills
    answers.py           what all of them give
"""
