"""Requests of ours that Safaricom answers later: payouts, reversals, questions about a transaction or a balance.

Each has a name, and the name stands in the address that Safaricom posts the answer to. So an answer finds what it
belongs to even if it is faster than the acknowledgement, or the acknowledgement was lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OUT, STATUS, BALANCE = "out", "status", "balance"
"""Calls: money is sent or taken back, a question about a transaction, a question about an organisation's accounts."""

_IN_URL = re.compile(
    r"(out|status|balance)/(out|ref|txn|bal)([0-9a-f]{32})/(0|[1-9][0-9]?)/([1-9][0-9]{8,10})", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestName:
    """One request.

    call: OUT, STATUS or BALANCE. subject_id: what it is about: out_…, ref_…, txn_…, bal_…. number: the attempt of a
    payout or refund, also where a STATUS asks about one; else 0. asked_at_s: when it was made, in seconds since the
    epoch, so that two equal questions are two requests.
    """

    call: str
    subject_id: str
    number: int
    asked_at_s: int

    @property
    def in_url(self) -> str:
        """As it stands in an address: digits, and letters that can spell none of the words that Safaricom forbids."""
        return f"{self.call}/{self.subject_id.replace('_', '')}/{self.number}/{self.asked_at_s}"


def request_name_of(in_url: str) -> RequestName | None:
    """A request's name from its part of an address; None where no request of ours can have it."""
    found = _IN_URL.fullmatch(in_url)
    if found is None:
        return None
    call, prefix, hex_id, number, asked_at_s = found.groups()
    return RequestName(call=call, subject_id=f"{prefix}_{hex_id}", number=int(number), asked_at_s=int(asked_at_s))
