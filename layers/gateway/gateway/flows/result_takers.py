"""Who takes which result: one row for each kind of request that Safaricom answers later.

A taker keeps what the result says in the item that it is about. It gives KEPT or KNOWN; None where that item does not
exist. It raises StoreUnavailable, and `daraja.results.Unreadable` for a body that has no single meaning, after it has
kept what the item must know of that; the bytes are kept by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.domain.requests_sent import BALANCE, OUT, STATUS
from gateway.flows.messages import ResultDelivery
from gateway.flows.money_out.take import take_payout_result
from gateway.flows.settings import FlowSettings
from gateway.flows.strangers import Taken
from gateway.flows.take_balance import take_balance
from gateway.flows.take_status import take_status
from gateway.ports import Flow

ResultTaker = Callable[[ResultDelivery, FlowSettings], Flow[Taken | None]]

RESULT_TAKERS: Mapping[str, ResultTaker] = {
    BALANCE: take_balance,
    OUT: take_payout_result,
    STATUS: take_status,
}
