"""M-Pesa receipts and gateway ids: shaped like Safaricom's, unique, and the same again for the same seed."""

from __future__ import annotations

import hashlib
import itertools
import re

from local.daraja_simulator.times import eat, stamp

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DAY_LETTERS = "123456789ABCDEFGHIJKLMNOPQRSTUV"
RECEIPT_SHAPE = re.compile(r"[A-Z0-9]{10}")
TAIL_LENGTH = 7
FIRST_LETTER_YEAR = 2019
"""The year whose letter is N."""


class Receipts:
    """Gives receipts and remembers them. The first three characters are the day in Nairobi."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._count = itertools.count()
        self._used: set[str] = set()

    def next(self, at_s: float) -> str:
        """A receipt nobody has had."""
        while True:
            receipt = day_prefix(at_s) + self._tail()
            if receipt not in self._used and not receipt.endswith("0" * TAIL_LENGTH):
                self._used.add(receipt)
                return receipt

    def take(self, receipt: str) -> bool:
        """Reserve a receipt that a person chose. False: it was used before."""
        if receipt in self._used:
            return False
        self._used.add(receipt)
        return True

    def _tail(self) -> str:
        digest = hashlib.sha256(f"receipt:{self._seed}:{next(self._count)}".encode()).digest()
        return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:TAIL_LENGTH])


def day_prefix(at_s: float) -> str:
    """Year letter, month letter, day: `UCF` is 15 March 2026."""
    day = eat(at_s)
    year = chr(ord("N") + (day.year - FIRST_LETTER_YEAR) % 13)
    return year + chr(ord("A") + day.month - 1) + DAY_LETTERS[day.day - 1]


class Ids:
    """The gateway's own ids."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._count = itertools.count()
        self._checkouts: set[str] = set()

    def hex(self, purpose: str, length: int) -> str:
        """Hex characters that follow from seed, purpose and how many ids were given before."""
        text = f"{purpose}:{self._seed}:{next(self._count)}"
        return hashlib.sha256(text.encode()).hexdigest()[:length]

    def request_id(self) -> str:
        """`4f1c-4a7d-9c3e-5b7a1d2e9f041234`: requestId, MerchantRequestID, OriginatorCoversationID."""
        digits = self.hex("request", 28)
        return f"{digits[:4]}-{digits[4:8]}-{digits[8:12]}-{digits[12:]}"

    def conversation_id(self, at_s: float) -> str:
        """`AG_20260315_2010759fd5662ef6d054`."""
        return f"AG_{eat(at_s):%Y%m%d}_{self.hex('conversation', 20)}"

    def checkout_request_id(self, at_s: float, phone: str) -> str:
        """`ws_CO_`, the time in EAT to the millisecond, the payer's last nine digits."""
        for bump_ms in itertools.count():
            moment_s = at_s + bump_ms / 1000
            date = eat(moment_s).strftime("%d%m%Y") + stamp(moment_s)[8:]
            found = f"ws_CO_{date}{int(moment_s * 1000) % 1000:03d}{phone[-9:]}"
            if found not in self._checkouts:
                self._checkouts.add(found)
                return found
        raise AssertionError  # count() has no end
