"""A record of the table's stream → a change of a payment or of a receipt's item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.aws.items import PAYMENT, RECEIPT, payment_from_item, receipt_from_item
from gateway.flows.publish import Change, PaymentChange, ReceiptChange


def change_of(record: Mapping[str, Any]) -> Change | None:
    """The two images, as DynamoDB gives them. None: a removal, or an item that nobody is told about."""
    images = record["dynamodb"]
    after, before = images.get("NewImage"), images.get("OldImage")
    key = images["Keys"]["pk"]["S"]
    if after is None:
        return None
    if key.startswith(PAYMENT):
        return PaymentChange(payment_from_item(before) if before else None, payment_from_item(after))
    if key.startswith(RECEIPT):
        return ReceiptChange(receipt_from_item(before) if before else None, receipt_from_item(after))
    return None
