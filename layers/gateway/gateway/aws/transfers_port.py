"""The Transfers port over Safaricom's client. It loads httpx and pydantic: import it only when a call is due."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from daraja.answers import Acknowledged, AlreadyTaken
from daraja.client import DarajaClient
from daraja.errors import RefusalCause, Refused
from daraja.requests.payouts import B2cRequest, PochiRequest
from daraja.requests.reversals import ReversalRequest
from gateway.aws.daraja_port import OURS, not_ours_to_send
from gateway.domain.money_out.outgoing import Method
from gateway.ports.money_out import Transfer, TransferAnswer


class TransfersPort:
    """Safaricom, or the simulator at the same paths."""

    def __init__(self, client: DarajaClient, now_ms: Callable[[], int]) -> None:
        self._client = client
        self._now_ms = now_ms

    def hand_over(self, token: str, transfer: Transfer, /) -> TransferAnswer:
        """Hand it over once. Raises the errors of `daraja.errors`."""
        request = _request(transfer)
        within_s = max(0.0, (transfer.send_before_ms - self._now_ms()) / 1_000)
        if isinstance(request, ReversalRequest):
            return _answered(self._client.reverse(token, request, begin_within_s=within_s))
        return _answered(self._client.pay_out(token, request, begin_within_s=within_s))


def _answered(answer: Acknowledged | AlreadyTaken) -> TransferAnswer:
    if isinstance(answer, AlreadyTaken):
        return TransferAnswer("", "", seen_before=True)
    return TransferAnswer(answer.conversation_id, answer.originator_conversation_id or "")


def _request(transfer: Transfer) -> B2cRequest | PochiRequest | ReversalRequest:
    """Raises Refused for what is outside Safaricom's limits: then nothing left."""
    fields: dict[str, Any] = {
        "initiator": transfer.initiator,
        "security_credential": transfer.security_credential,
        "result_url": transfer.result_url,
        "queue_timeout_url": transfer.timeout_url,
        "remarks": transfer.remarks,
        "amount_kes": transfer.amount_kes,
        "shortcode": transfer.shortcode,
    }
    own_id: dict[str, Any] = {"originator_conversation_id": transfer.originator_conversation_id}
    paid: dict[str, Any] = {"phone": transfer.recipient, "occasion": transfer.occasion or None}
    command: Any = transfer.command
    try:
        match transfer.method:
            case Method.B2C:
                return B2cRequest(**fields, **own_id, **paid, command=command)
            case Method.POCHI:
                return PochiRequest(**fields, **own_id, **paid)
            case Method.REVERSAL:
                return ReversalRequest(**fields, receipt=transfer.recipient)
            case _:
                raise Refused(OURS, "this way of paying is not known here", RefusalCause.SHOP_SETUP)
    except ValidationError as error:
        raise not_ours_to_send(error) from None
