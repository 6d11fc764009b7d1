"""Endpoints over M-PESA's codes. Unknown ones and those of other shops get one answer."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from daraja.errors import DarajaError
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OutgoingKind, OutgoingRecord
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import MINUTE_MS
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.shop import ShopSettings
from gateway.domain.transactions import Transaction
from gateway.flows.accounts_shown import check_shown
from gateway.flows.initiator import InitiatorUnusable
from gateway.flows.limits import Limit, reached
from gateway.flows.money_shown import money_shown
from gateway.flows.settings import FlowSettings
from gateway.flows.transaction_status import ask_about_receipt, read_transaction
from gateway.ports import Ambient, Flow, Store, call
from gateway.ports.money_out import Outgoings
from gateway.web.auth import authenticate_shop
from gateway.web.balances import unusable
from gateway.web.bodies import read_nothing
from gateway.web.errors import ApiError
from gateway.web.http import Answer, Request, json_answer
from gateway.web.idempotency import optional_key
from gateway.web.lists import read_query
from gateway.web.serving import Scene
from gateway.web.shops import shop_of
from gateway.web.views import rfc3339

CHECKS_PER_10_MINUTES = 60
"""Questions of one shop about codes; M-PESA serves us all."""

_RECEIPT = re.compile(r"[A-Za-z0-9]{6,20}")


class Known(NamedTuple):
    """What lies here under a code, as far as this shop may know it."""

    payment: PaymentRecord | None
    money: ReceiptRecord | None
    out: tuple[OutgoingRecord, ...] = ()


def get_transaction(scene: Scene) -> Flow[Answer]:
    """`GET /v1/transactions/{receipt}`."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    read_query(scene.request, scene.route.query)
    receipt = _receipt_in(scene.request)
    shop = yield from shop_of(key.owner)
    known = yield from _known(shop, receipt)
    asked = yield from read_transaction(key.owner, receipt)
    now_ms = yield from call(Ambient.now_ms)
    if not any(known) and asked is None:
        raise ApiError("not_found", "Nothing is known of this code. M-PESA can be asked.", more={"can_check": True})
    return json_answer(200, transaction_object(receipt, shop, known, asked, now_ms))


def check_transaction(scene: Scene) -> Flow[Answer]:
    """`POST /v1/transactions/{receipt}/check`. 202: M-PESA was asked, unless that was less than a minute ago."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    optional_key(scene.request)
    receipt = _receipt_in(scene.request)
    read_nothing(scene.request)
    shop = yield from shop_of(key.owner)
    before = yield from read_transaction(key.owner, receipt)
    now_ms = yield from call(Ambient.now_ms)
    if before is None or before.may_ask(now_ms):
        yield from _count(key.owner, now_ms)
    try:
        asked = yield from ask_about_receipt(shop, receipt, scene.flow_settings(calls_safaricom=True))
    except (InitiatorUnusable, DarajaError) as error:
        raise unusable(error) from None
    known = yield from _known(shop, receipt)
    return json_answer(202, transaction_object(receipt, shop, known, asked, now_ms))


def _count(owner: str, now_ms: int) -> Flow[None]:
    """Raises ApiError when this shop has asked too often."""
    ends_at_ms = (now_ms // (10 * MINUTE_MS) + 1) * 10 * MINUTE_MS
    limit = Limit(f"checks:{owner}:{ends_at_ms}", CHECKS_PER_10_MINUTES, ends_at_ms)
    if (yield from reached((limit,))) is not None:
        detail = f"This shop asked M-PESA {CHECKS_PER_10_MINUTES} times in ten minutes."
        raise ApiError("too_many_requests", detail, retry_after_s=max(1, (ends_at_ms - now_ms) // 1000))


def _receipt_in(request: Request) -> str:
    receipt = request.path_parameters.get("receipt", "")
    if not _RECEIPT.fullmatch(receipt):
        raise ApiError("not_found", "This has not the form of an M-PESA code.")
    return receipt.upper()


def _known(shop: ShopSettings, receipt: str) -> Flow[Known]:
    """What came under it, and what went."""
    came = yield from _came(shop, receipt)
    out = yield from call(Outgoings.find_outgoings, shop.owner, receipt)
    return came._replace(out=out)


def _came(shop: ShopSettings, receipt: str) -> Flow[Known]:
    """The payment that owns it, if it is this shop's, else money that waits at one of its numbers."""
    money = yield from call(Store.read_receipt, receipt)
    if money is None:
        return Known(None, None)
    if money.owner is not None:
        payment = yield from call(Store.read_payment, money.owner)
        mine = payment is not None and payment.asked.owner == shop.owner
        return Known(payment, money) if mine else Known(None, None)
    return Known(None, money if shop.shortcode(money.shortcode) is not None else None)


def transaction_object(
    receipt: str, shop: ShopSettings, known: Known, asked: Transaction | None, now_ms: int
) -> dict[str, Any]:
    """A code as the API shows it."""
    return {
        "object": "transaction",
        "receipt": receipt,
        "payment": _payment(receipt, known.payment) if known.payment else None,
        "c2b": money_shown(known.money, shop) if known.money else None,
        "payout": _out(OutgoingKind.PAYOUT, known.out),
        "refund": _out(OutgoingKind.REFUND, known.out),
        "check": check_shown(asked, now_ms) if asked else None,
        "can_check": asked is None or asked.may_ask(now_ms),
    }


def _payment(receipt: str, record: PaymentRecord) -> dict[str, Any] | None:
    """None: it owns the receipt and does not show it as a credit (yet)."""
    state = FlowSettings.state(record)
    credit = next((one for one in state.credits if one.receipt == receipt), None)
    if credit is None:
        return None
    return {
        "id": record.id,
        "status": str(state.status),
        "safe_to_fulfil": state.safe_to_fulfil,
        "amount": credit.amount_kes,
        "at": rfc3339(credit.at_ms),
    }


def _out(kind: OutgoingKind, found: tuple[OutgoingRecord, ...]) -> dict[str, Any] | None:
    """The payout or refund that M-PESA did under this code."""
    record = next((one for one in found if one.asked.kind == kind), None)
    if record is None:
        return None
    state = outgoing_state(record)
    return {
        "id": record.id,
        "status": str(state.status),
        **({"payment": record.asked.payment} if kind is OutgoingKind.REFUND else {}),
        "amount": record.asked.amount_kes,
        "at": rfc3339(state.succeeded_at_ms) if state.succeeded_at_ms is not None else None,
    }
