"""A record of the table's stream → a change of a payment, of money that goes out, a receipt's item, a compared day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.aws.balances import BALANCE, balance_from_item
from gateway.aws.initiator import CIRCUIT, circuit_from_item
from gateway.aws.items import PAYMENT, RECEIPT, payment_from_item, receipt_from_item
from gateway.aws.money_out import OUTGOING, outgoing_from_item
from gateway.aws.reconciliation import RECON, day_from_item, is_day
from gateway.aws.transactions import TRANSACTION, transaction_from_item
from gateway.domain.account_events import AccountItem
from gateway.flows.emit_account import AccountChange
from gateway.flows.emit_outgoing import OutgoingChange
from gateway.flows.publish import Change, PaymentChange, ReceiptChange
from gateway.flows.reconciliation.tell import DayChange


def change_of(record: Mapping[str, Any]) -> Change | None:
    """The two images, as DynamoDB gives them. None: a removal, or an item that nobody is told about."""
    images = record["dynamodb"]
    after, before = images.get("NewImage"), images.get("OldImage")
    key = images["Keys"]["pk"]["S"]
    if after is None:
        return None
    if key.startswith(PAYMENT):
        return PaymentChange(payment_from_item(before) if before else None, payment_from_item(after))
    if key.startswith(OUTGOING):
        return OutgoingChange(outgoing_from_item(before) if before else None, outgoing_from_item(after))
    if key.startswith(RECEIPT):
        return ReceiptChange(receipt_from_item(before) if before else None, receipt_from_item(after))
    if key.startswith(RECON):
        return DayChange(day_from_item(before) if before else None, day_from_item(after)) if is_day(after) else None
    read = next((read for prefix, read in _ACCOUNTS.items() if key.startswith(prefix)), None)
    return AccountChange(read(before) if before else None, read(after)) if read else None


_ACCOUNTS: Mapping[str, Callable[[Any], AccountItem]] = {
    BALANCE: balance_from_item,
    TRANSACTION: transaction_from_item,
    CIRCUIT: circuit_from_item,
}
"""Readers by how an item's key begins."""
