"""Safaricom's Daraja API (M-Pesa Kenya) as Python values: what is sent, what comes back, what it means.

Knows nothing of the gateway and can be used alone. This file imports nothing, so that a function
which only reads callbacks does not pay for the HTTP client:

    errors.py        what went wrong, sorted by whether money may have moved
    result_codes.py  every known result code as data, with its source
    refusals.py      an HTTP answer → accepted, refused, not sent, or unknown
    callbacks.py     what Safaricom posts to us
    masking.py       numbers and tokens taken out of texts
    phone.py         what people type → 254…
    environments.py  hosts, published addresses and limits, Kenyan time
    requests.py      what we send, field by field
    answers.py       what comes back at once
    client.py        the calls themselves
"""
