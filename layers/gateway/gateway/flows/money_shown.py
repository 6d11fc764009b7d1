"""Money by hand as the API and events show it: first name and the end of the number, never more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from daraja.masking import BULLET, mask_text
from gateway.domain.decisions import MoneyAssigned, MoneySetAside, last_turns
from gateway.domain.proposals import Proposal
from gateway.domain.receipts import ReceiptRecord, Standing
from gateway.domain.shop import ShopSettings


def money_shown(record: ReceiptRecord, shop: ShopSettings, proposed: Sequence[Proposal] = ()) -> dict[str, Any] | None:
    """The object of the API; None where M-PESA told of this receipt by nothing but a callback."""
    told = record.money
    if told is None:
        return None
    return {
        "receipt": record.receipt,
        "object": "c2b_money",
        "amount": told.amount_kes,
        "currency": "KES",
        "shortcode": _shortcode(record.shortcode, shop),
        "account_reference_typed": mask_text(told.reference.strip()) or None,
        "payer": _payer(told.payer_name),
        "phone_hint": BULLET * 3 + told.phone_ending if told.phone_ending else None,
        "at": _rfc3339(record.money_at_ms),
        "learned_at": _rfc3339(told.learned_at_ms),
        "source": str(told.told_by),
        "match": _match(record, proposed),
        "ignored": _set_aside(record),
        "version": record.version,
    }


def money_told(record: ReceiptRecord, shop: ShopSettings) -> dict[str, Any] | None:
    """As events carry it: without the payer, whom nobody on the way need know, and without proposals, soon old news."""
    shown = money_shown(record, shop)
    return {**shown, "payer": None, "phone_hint": None} if shown is not None else None


def _shortcode(number: str, shop: ShopSettings) -> dict[str, str]:
    """As payers know it: M-PESA may name a till by its store's number."""
    known = shop.shortcode(number)
    shown = known.number if known else number
    return {"number": shown, "kind": known.kind if known else "paybill", "name": shop.name}


def _payer(name: str) -> str | None:
    words = mask_text(name).split()
    return f"{words[0].upper()} {BULLET * 3}" if words else None


def _match(record: ReceiptRecord, proposed: Sequence[Proposal]) -> dict[str, Any]:
    best = proposed[0] if proposed and record.standing is Standing.UNMATCHED else None
    given = [fact for fact in record.facts.values() if isinstance(fact, MoneyAssigned) and fact.payment == record.owner]
    return {
        "state": "proposed" if best else str(record.standing),
        "payment": best.payment_id if best else record.owner,
        "score": best.score if best else None,
        "why": [str(reason) for reason in best.why] if best else [],
        "proposals": [
            {"payment": one.payment_id, "score": one.score, "why": [str(reason) for reason in one.why]}
            for one in (proposed if best else ())
        ],
        "assigned_by": given[0].actor if given else None,
    }


def _set_aside(record: ReceiptRecord) -> dict[str, Any] | None:
    if record.standing is not Standing.IGNORED:
        return None
    said: MoneySetAside = last_turns(record.facts.values())[-1]
    return {"reason": said.reason, "at": _rfc3339(said.said_at_ms), "by": said.actor}


def _rfc3339(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
