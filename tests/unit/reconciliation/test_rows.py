"""What a row of M-Pesa's list is, and when it was."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.policy import HOUR_MS
from gateway.domain.reconciliation.rows import PulledRow, RowKind, kind_of

AT_MS = 1_772_442_904_000


def row(**changes: Any) -> PulledRow:
    """A payment of 100 as Pull tells it."""
    usual: dict[str, Any] = {
        "receipt": "SGL31QW9XY",
        "amount_kes": 100,
        "nairobi_ms": AT_MS,
        "word": "c2b-pay-bill-debit",
        "reference": "INV1042",
        "payer_phone": "254712345678",
        "payer_name": "Amina W.",
    }
    return PulledRow(**(usual | changes))


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("c2b-pay-bill-debit", RowKind.PAYMENT),
        ("c2b-buy-goods-debit", RowKind.PAYMENT),
        ("Customer Merchant Payment", RowKind.PAYMENT),
        ("Pay Bill Online", RowKind.PAYMENT),
        ("", RowKind.PAYMENT),
        ("c2b-pay-bill-debit-reversal", RowKind.REVERSAL),
        ("Customer Payment Reversed", RowKind.REVERSAL),
        ("Pay Bill Charge", RowKind.FEE),
        ("Business Buy Goods Fee", RowKind.FEE),
        ("Organization Withdrawal Of Funds", RowKind.WITHDRAWAL),
        ("Merchant to Bank Settlement", RowKind.WITHDRAWAL),
        ("Business Payment to Customer via API", RowKind.WITHDRAWAL),
        ("Airtime bonus", RowKind.OTHER),
        ("Business Pay Bill", RowKind.OTHER),
        ("Business Buy Goods", RowKind.OTHER),
        ("Merchant to Merchant Payment", RowKind.OTHER),
    ],
)
def test_safaricoms_word_tells_whether_a_customer_paid(word: str, kind: RowKind) -> None:
    """A word that says neither is no payment: it is listed, and never credited."""
    assert kind is kind_of(word)


@pytest.mark.parametrize("behind_ms", [0, 3 * HOUR_MS])
def test_a_time_with_a_z_is_read_so_that_it_lies_in_what_was_asked_for(behind_ms: int) -> None:
    """Nairobi's clock with a Z behind it, or UTC: a stretch shorter than three hours holds one of the two."""
    told = row(nairobi_ms=AT_MS - behind_ms)
    assert AT_MS == told.completed_at_ms(AT_MS - HOUR_MS, AT_MS + HOUR_MS)


def test_a_time_that_fits_neither_way_is_nairobis() -> None:
    assert AT_MS == row().completed_at_ms(AT_MS + 10 * HOUR_MS, AT_MS + 11 * HOUR_MS)


def test_a_row_without_a_time_counts_to_the_end_of_its_stretch() -> None:
    kept = row(nairobi_ms=None).as_row(AT_MS - HOUR_MS, AT_MS)
    assert AT_MS == kept.completed_at_ms


def test_the_book_names_no_payer() -> None:
    """Neither number, name nor what was typed."""
    kept = str(row().as_row(AT_MS - HOUR_MS, AT_MS))
    assert not [told for told in ("712345678", "Amina", "INV1042") if told in kept]


@pytest.mark.parametrize(
    ("word", "reference", "linked"),
    [
        ("c2b-pay-bill-reversal", " sgl77aa2bb ", "SGL77AA2BB"),
        ("c2b-pay-bill-reversal", "sorry", ""),
        ("c2b-pay-bill-debit", "SGL77AA2BB", ""),
    ],
)
def test_a_reversal_names_what_it_takes_back_or_nothing(word: str, reference: str, linked: str) -> None:
    assert linked == row(word=word, reference=reference).as_row(AT_MS, AT_MS).linked
