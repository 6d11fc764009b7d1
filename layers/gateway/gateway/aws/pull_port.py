"""The Pull port over Safaricom's client. This module loads httpx and pydantic: import it only when a call is due."""

from __future__ import annotations

import re

from daraja.answers import PullOutcome, PullRow
from daraja.client import DarajaClient
from daraja.requests.pull import PullQueryRequest
from gateway.domain.reconciliation.rows import PulledRow
from gateway.ports.reconciliation import PulledPage

READ_S = 10.0
_PHONE = re.compile(r"(?:\+?254|0)?([17][0-9]{8})")


class SafaricomsPull:
    """Pull Transactions, of Safaricom or of the simulator at the same paths."""

    def __init__(self, base_url: str) -> None:
        self._client = DarajaClient(base_url, read_money_s=READ_S)

    def rows(self, token: str, shortcode: str, from_ms: int, until_ms: int, offset: int, /) -> PulledPage:
        """A page. Raises the errors of `daraja.errors`."""
        request = PullQueryRequest(shortcode=shortcode, from_ms=from_ms, until_ms=until_ms, offset=offset)
        page = self._client.pull(token, request)
        return PulledPage(
            tuple(_row(row) for row in page.rows), page.told, doubtful=page.outcome is PullOutcome.NOT_RETRIEVED
        )


def _row(row: PullRow) -> PulledRow:
    phone = _PHONE.fullmatch(row.phone or "")
    return PulledRow(
        receipt=row.receipt,
        amount_kes=row.amount_kes,
        nairobi_ms=row.completed_at_ms,
        word=row.transaction_type,
        reference=row.reference,
        payer_phone=f"254{phone.group(1)}" if phone else None,
        payer_name=row.sender_name,
    )
