"""Account references: what the payer types and the statement shows.

A generated reference has 8 characters without 0, O, 1, I and L; the last one is a check character, so that one
mistyped character is noticed (a weighted sum modulo 31, the size of the alphabet, which is prime).
"""

from __future__ import annotations

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8
REFERENCE_LENGTH_MAX = 12


def normalised(reference: str) -> str:
    """As it is compared: upper case, without blanks."""
    return "".join(reference.split()).upper()


def same_reference(typed: str, account_reference: str) -> bool:
    """Whether the payer typed this reference, whatever the case and blanks."""
    return normalised(typed) == normalised(account_reference)


def generated(draw: bytes) -> str:
    """A reference from random bytes (at least 7), check character last."""
    body = "".join(ALPHABET[byte % len(ALPHABET)] for byte in draw[: LENGTH - 1])
    return body + check_character(body)


def check_character(body: str) -> str:
    """The character that follows `body`: one wrong character, or two neighbours changed over, gives another one."""
    total = sum((position + 2) * ALPHABET.index(character) for position, character in enumerate(body))
    return ALPHABET[-total % len(ALPHABET)]


def looks_generated(reference: str) -> bool:
    """Whether this has the form of a generated reference (its check character may still be wrong)."""
    text = normalised(reference)
    return len(text) == LENGTH and all(character in ALPHABET for character in text)


def check_holds(reference: str) -> bool:
    """Whether a generated reference's check character fits."""
    text = normalised(reference)
    return looks_generated(text) and check_character(text[:-1]) == text[-1]
