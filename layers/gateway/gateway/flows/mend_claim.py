"""Finish what a crash left half done between a receipt's item and its payment: the item keeps the facts.

The stream does so when a receipt gets its owner (`publish.py`), the night for the receipts of a day (`repair.py`), the
sweep for money that lay unmatched before: under whatever shortcode it came, and whatever became of the stream.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.payment import PaymentRecord
from gateway.domain.receipts import ReceiptRecord
from gateway.flows.messages import facts_message
from gateway.ports import Ambient, Flow, Queues, Store, call


def mend_claim(receipt: ReceiptRecord, owner: PaymentRecord | None) -> Flow[bool]:
    """See that the payment that owns a receipt has its facts. owner None: it is not in the table. True: mended."""
    if receipt.owner is None:
        return False
    missing = [fact for fact in receipt.facts.values() if owner is None or not owner.knows(fact)]
    if not missing:
        return False
    yield from call(Ambient.report, "receipt_mended", {"payment": receipt.owner, "receipt": receipt.receipt})
    yield from call(Queues.send_retry, facts_message(receipt.owner, missing))
    return True


def see_it_kept(receipt: ReceiptRecord) -> Flow[None]:
    """See that the owner of a receipt that came due has its facts. Raises PortError: it stays due."""
    if receipt.owner is not None:
        owner = yield from call(Store.read_payment, receipt.owner)
        yield from mend_claim(receipt, owner)
    yield from call(Store.save_receipt, receipt, replace(receipt, due_at_ms=None, version=receipt.version + 1))
