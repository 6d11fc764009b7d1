"""How M-Pesa writes accounts and fees: fields between bars, or a form of its own that looks like JSON and is none.

Amounts are exact, in shillings. Source: developer.safaricom.co.ke/apis/AccountBalance and BusinessPayBill.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from daraja import reading
from daraja.masking import mask_text
from daraja.reading import SHORT_MAX, Unreadable, UnreadableReason

_BASIC_AMOUNT = re.compile(r"BasicAmount=(-?[0-9.,]+)")


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee, from "Fee For B2C Payment|KES|22.40"."""

    name: str
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """One of an organisation's accounts. Amounts are exact, in shillings; an account of charges is negative.

    None: the figure was not told.
    """

    name: str
    currency: str
    current: Decimal = field(repr=False)
    available: Decimal | None = field(default=None, repr=False)
    reserved: Decimal | None = field(default=None, repr=False)
    uncleared: Decimal | None = field(default=None, repr=False)


def accounts_of(told: str) -> tuple[Account, ...]:
    """`name|currency|current|available|reserved|uncleared`, joined by `&`."""
    return tuple(_account(line) for line in told.replace("&amp;", "&").split("&") if line.strip())


def charges_of(told: str | None) -> Iterator[Charge]:
    """Fees are told, never reckoned with: what is not in the known form is left out."""
    for line in (told or "").split("&"):
        name, currency, amount = _fields(line, 3)
        number = reading.decimal(amount or None)
        if name and number is not None:
            yield Charge(mask_text(name), currency, number)


def basic_amount(told: str | None) -> Decimal | None:
    """From `{Amount={CurrencyCode=KES, MinimumAmount=618683, BasicAmount=6186.83}}`, which is no JSON."""
    found = _BASIC_AMOUNT.search(told or "")
    return reading.decimal(found.group(1)) if found else None


def _account(line: str) -> Account:
    name, currency, current, *others = _fields(line, 6)
    amount = _amount(current)
    if not name or amount is None:
        raise Unreadable(UnreadableReason.WRONG_SHAPE)
    return Account(mask_text(name), currency, amount, *map(_amount, others))


def _fields(line: str, count: int) -> list[str]:
    """The first so many fields between bars; those that are not there are empty."""
    told = [part.strip()[:SHORT_MAX] for part in line.split("|")]
    return [*told, *[""] * count][:count]


def _amount(figure: str) -> Decimal | None:
    number = reading.decimal(figure or None)
    if figure and number is None:
        raise Unreadable(UnreadableReason.WRONG_SHAPE)
    return number
