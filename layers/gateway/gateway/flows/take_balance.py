"""M-PESA's answer to the question about an organisation's accounts."""

from __future__ import annotations

from daraja import results
from gateway.domain.balances import Account, Balance
from gateway.flows.initiator import ASK_BALANCE, heard
from gateway.flows.keep import ROUNDS_MAX, pause_with_jitter
from gateway.flows.messages import ResultDelivery
from gateway.flows.settings import FlowSettings
from gateway.flows.strangers import Taken
from gateway.ports import Flow, StoreUnavailable, call
from gateway.ports.balances import Balances

PAUSE_MS_MAX = 120


def take_balance(delivery: ResultDelivery, _settings: FlowSettings) -> Flow[Taken | None]:
    """Keep what M-PESA says of the accounts, and what that says of the operator who asked.

    A time-out is no answer, and nobody but Safaricom is believed. Raises StoreUnavailable, Unreadable.
    """
    balance = yield from call(Balances.read_balance, delivery.subject_id)
    if balance is None:
        return None
    if delivery.timed_out or not delivery.listed:
        return Taken.KNOWN
    said = results.balance_of(results.parse_result(delivery.body))
    if said.result.is_success and not said.accounts:
        raise results.Unreadable(results.UnreadableReason.WRONG_SHAPE)
    taken = yield from _keep(balance, said, delivery)
    yield from heard(balance.shortcode, ASK_BALANCE, said.result.code, said.result.description, delivery.asked_at_ms)
    return taken


def _keep(balance: Balance, said: results.BalanceResult, delivery: ResultDelivery) -> Flow[Taken]:
    for lost in range(ROUNDS_MAX):
        after = _after(balance, said, delivery)
        if after is balance:
            return Taken.KNOWN
        if (yield from call(Balances.save_balance, balance, after)):
            return Taken.KEPT
        yield from pause_with_jitter(PAUSE_MS_MAX * (lost + 1))
        balance = (yield from call(Balances.read_balance, balance.id)) or balance
    raise StoreUnavailable("a balance changes faster than an answer can be kept")


def _after(before: Balance, said: results.BalanceResult, delivery: ResultDelivery) -> Balance:
    if not said.result.is_success:
        return before.refused(said.result.code, delivery.asked_at_ms)
    accounts = tuple(_account(one) for one in said.accounts)
    return before.answered(accounts, delivery.asked_at_ms, said.completed_at_ms or delivery.learned_at_ms)


def _account(told: results.Account) -> Account:
    return Account(
        name=told.name,
        currency=told.currency,
        current=told.current,
        available=told.available,
        reserved=told.reserved,
        uncleared=told.uncleared,
    )
