"""The `Result` envelope of payouts, reversals, status and balance: its body, when it is sent, and how it gets lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.daraja_simulator.codes import UNLISTED_RESULT_CODE, command_result_text
from local.daraja_simulator.outbox import Body, Message
from local.daraja_simulator.receipts import day_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from local.daraja_simulator.conversations import Conversation
    from local.daraja_simulator.world import World

Parameter = tuple[str, object]
QUEUE_TIMEOUT_FAULT = "queue_timeout_then_result"
RESULT_AFTER_TIMEOUT_S = 20.0
"""Between the notice of QueueTimeOut and the result that follows all the same."""

SUBMIT_URL = "https://internalapi.safaricom.co.ke/mpesa/{}results/v1/submit"
SUBMIT_NAMES: Mapping[str, str] = {
    "b2c": "b2c",
    "pochi": "b2c",
    "b2b": "b2b",
    "tax": "b2b",
    "reversal": "reversal",
    "status": "transactionstatus",
    "balance": "ab",
}


def result_body(conversation: Conversation, parameters: Sequence[Parameter], at_s: float) -> Body:
    """Safaricom's body. Without parameters on failure; a lettered code is text, others are numbers."""
    code = conversation.code or "0"
    result: dict[str, object] = {
        "ResultType": 0,
        "ResultCode": int(code) if code.isdigit() else code,
        "ResultDesc": conversation.text,
        "OriginatorConversationID": conversation.originator_id,
        "ConversationID": conversation.conversation_id,
        "TransactionID": conversation.receipt or f"{day_prefix(at_s)}0000000",
    }
    if parameters:
        items = [{"Key": key} if value is None else {"Key": key, "Value": value} for key, value in parameters]
        result["ResultParameters"] = {"ResultParameter": items if len(items) > 1 else items[0]}
    submit = {"Key": "QueueTimeoutURL", "Value": SUBMIT_URL.format(SUBMIT_NAMES[conversation.kind])}
    bill = {"Key": "BillReferenceNumber", "Value": conversation.reference}
    items_told = [bill, submit] if conversation.reference and conversation.code == "0" else submit
    result["ReferenceData"] = {"ReferenceItem": items_told}
    return {"Result": result}


async def tell(world: World, conversation: Conversation, parameters: Sequence[Parameter], story: str = "once") -> None:
    """Send the result. story: `once`, `lost`, `twice` or `queue_timeout_then_result`, as a magic number asks for it."""
    message = Message(
        "result",
        conversation.result_url,
        result_body(conversation, parameters, world.clock.now()),
        conversation.party,
        DISTORTIONS,
    )
    fault = world.faults.fire("result", conversation.party)
    if story == QUEUE_TIMEOUT_FAULT or (fault is not None and fault.fault == QUEUE_TIMEOUT_FAULT):
        await _notice_then_result(world, conversation, message)
    elif fault is not None:
        await world.outbox.send_with(fault, message)
    elif story == "lost":
        return
    else:
        await world.outbox.post(message)
        if story == "twice":
            await world.clock.sleep(1.0)
            await world.outbox.post(message, "again")


async def _notice_then_result(world: World, conversation: Conversation, message: Message) -> None:
    """Safaricom publishes no body for the notice; this one is like a result without its outcome."""
    notice = {
        "Result": {
            "ResultType": 1,
            "ResultCode": "SVC0403",
            "ResultDesc": "The request timed out in the queue.",
            "OriginatorConversationID": conversation.originator_id,
            "ConversationID": conversation.conversation_id,
        }
    }
    await world.outbox.post(
        Message("result", conversation.timeout_url, notice, conversation.party, {}), "queue time-out"
    )
    await world.clock.sleep(RESULT_AFTER_TIMEOUT_S)
    await world.outbox.post(message)


def _result_in(body: Body) -> dict[str, object]:
    result = body["Result"]
    if not isinstance(result, dict):
        raise TypeError(type(result).__name__)
    return dict(result)


def _other_receipt(body: Body) -> Body:
    return {"Result": {**_result_in(body), "TransactionID": "ZZZ0THER00"}}


def _unknown_code(body: Body) -> Body:
    result = _result_in(body)
    result.pop("ResultParameters", None)
    code = int(UNLISTED_RESULT_CODE)
    return {"Result": {**result, "ResultCode": code, "ResultDesc": command_result_text(UNLISTED_RESULT_CODE)}}


DISTORTIONS: Mapping[str, Callable[[Body], Body]] = {"other_receipt": _other_receipt, "unknown_code": _unknown_code}
