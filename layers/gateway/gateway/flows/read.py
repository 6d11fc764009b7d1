"""Read a payment and what follows from its facts."""

from __future__ import annotations

from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.ports import Flow, Store, call


def read_payment(payment_id: str) -> Flow[tuple[PaymentRecord, PaymentState] | None]:
    """One consistent read. None: no such payment."""
    record = yield from call(Store.read_payment, payment_id)
    return (record, state_of(record.asked, record.facts)) if record else None
