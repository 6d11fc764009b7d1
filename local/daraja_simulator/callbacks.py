"""STK callbacks: their bodies, and the order in which results, echoes and forgeries are told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from local.daraja_simulator import c2b, outcomes
from local.daraja_simulator.codes import UNLISTED_RESULT_CODE, result_text
from local.daraja_simulator.outbox import Body, Message, distorted
from local.daraja_simulator.outcomes import Callback, Echo
from local.daraja_simulator.times import stamp

if TYPE_CHECKING:
    from local.daraja_simulator.pushes import Push
    from local.daraja_simulator.world import World

FORGED_RECEIPT = "ZZZ0F0RGED"


async def tell(world: World, push: Push) -> None:
    """Tell the organisation how a push ended, in the way that its number or a fault asks for."""
    outcome = push.outcome
    if outcome is None:
        await call_back(world, push)
    elif outcome.callback is Callback.AFTER_FIRST_QUERY:
        await world.clock.sleep(outcomes.CALLBACK_WITHOUT_QUERY_S)
        await tell_once(world, push)
        return
    else:
        await _tell_story(world, push, outcome.callback)
    await echo(world, push, Echo.AFTER_CALLBACK)


async def tell_after_query(world: World, push: Push) -> None:
    """The callback that waits for the first query, and its echo."""
    await world.clock.sleep(outcomes.CALLBACK_AFTER_QUERY_S)
    await tell_once(world, push)


async def tell_once(world: World, push: Push) -> None:
    """Call back and echo, unless somebody did already."""
    if push.callback_claimed:
        return
    push.callback_claimed = True
    await call_back(world, push)
    await echo(world, push, Echo.AFTER_CALLBACK)


async def _tell_story(world: World, push: Push, story: Callback) -> None:
    match story:
        case Callback.LOST:
            return
        case Callback.LATE:
            await world.clock.sleep(outcomes.LATE_CALLBACK_S)
        case Callback.FORGED_FIRST:
            await world.outbox.post(forgery(world, push), "forged")
        case Callback.WRONG_AMOUNT:
            await _post_distorted(world, push, "wrong_amount")
            return
        case Callback.UNREADABLE:
            await _post_distorted(world, push, "truncated")
            return
    await echo(world, push, Echo.BEFORE_CALLBACK)
    await call_back(world, push)
    if story is Callback.TWICE:
        await world.clock.sleep(outcomes.SECOND_CALLBACK_S)
        await call_back(world, push)


async def call_back(world: World, push: Push) -> None:
    """Send the callback, now."""
    push.callback_at_s = world.clock.now()
    await world.outbox.send(message(push))


async def _post_distorted(world: World, push: Push, fault: str) -> None:
    push.callback_at_s = world.clock.now()
    await world.outbox.post(distorted(message(push), fault), fault)


async def echo(world: World, push: Push, when: Echo) -> None:
    """Send the C2B confirmation of an STK payment, if this is its moment."""
    wanted = push.outcome.echo if push.outcome else Echo.AFTER_CALLBACK
    if wanted is not when or push.receipt is None:
        return
    entry = world.books.find(push.receipt)
    if entry is not None:
        wait_s = world.options.confirmation_after_s if when is Echo.AFTER_CALLBACK else 0.0
        await c2b.confirm(world, entry, after_s=wait_s)


def message(push: Push) -> Message:
    """The callback of a push that has ended."""
    return Message("stk_callback", push.callback_url, body_of(push), push.phone, DISTORTIONS)


def body_of(push: Push) -> Body:
    """Safaricom's body. Lettered codes are text, others numbers; no metadata on failure."""
    code = push.code or "0"
    callback: dict[str, object] = {
        "MerchantRequestID": push.merchant_request_id,
        "CheckoutRequestID": push.checkout_request_id,
        "ResultCode": int(code) if code.isdigit() else code,
        "ResultDesc": result_text(code),
    }
    if push.receipt is not None and push.ended_at_s is not None:
        items = _metadata(push.amount_kes, push.receipt, push.ended_at_s, push.phone)
        callback["CallbackMetadata"] = {"Item": items}
    return {"Body": {"stkCallback": callback}}


def _metadata(amount_kes: int, receipt: str, at_s: float, phone: str) -> list[dict[str, object]]:
    return [
        {"Name": "Amount", "Value": float(amount_kes)},
        {"Name": "MpesaReceiptNumber", "Value": receipt},
        {"Name": "Balance"},
        {"Name": "TransactionDate", "Value": int(stamp(at_s))},
        {"Name": "PhoneNumber", "Value": int(phone)},
    ]


def forgery(world: World, push: Push) -> Message:
    """A success that never was: right form, wrong tag at the end of the path, strange address."""
    head, _, tag = push.callback_url.rpartition("/")
    false_tag = hashlib.sha256(f"forged:{tag}".encode()).hexdigest()[: max(len(tag), 1)]
    items = _metadata(push.amount_kes, FORGED_RECEIPT, world.clock.now(), push.phone)
    callback = {
        "MerchantRequestID": push.merchant_request_id,
        "CheckoutRequestID": push.checkout_request_id,
        "ResultCode": 0,
        "ResultDesc": result_text("0"),
        "CallbackMetadata": {"Item": items},
    }
    body: Body = {"Body": {"stkCallback": callback}}
    return Message("stk_callback", f"{head}/{false_tag}", body, push.phone, {}, strange=True)


def _changed(body: Body, change: Callable[[dict[str, object], list[dict[str, object]]], None]) -> Body:
    """The body with its callback (and items, empty on failure) changed; the original stays."""
    envelope = body["Body"]
    if not isinstance(envelope, Mapping):
        raise TypeError(envelope)
    callback = dict(envelope["stkCallback"])
    items = [dict(item) for item in callback.get("CallbackMetadata", {}).get("Item", [])]
    if items:
        callback["CallbackMetadata"] = {"Item": items}
    change(callback, items)
    return {"Body": {"stkCallback": callback}}


def _set(items: list[dict[str, object]], name: str, change: Callable[[object], object]) -> None:
    for item in items:
        if item["Name"] == name:
            item["Value"] = change(item.get("Value"))


def _wrong_amount(body: Body) -> Body:
    return _changed(body, lambda _, items: _set(items, "Amount", lambda value: float(str(value)) + 1))


def _other_receipt(body: Body) -> Body:
    return _changed(
        body,
        lambda _, items: _set(items, "MpesaReceiptNumber", lambda value: f"{str(value)[:3]}{str(value)[:2:-1]}"),
    )


def _masked_phone(body: Body) -> Body:
    return _changed(
        body,
        lambda _, items: _set(items, "PhoneNumber", lambda value: f"{str(value)[:6]}***{str(value)[-3:]}"),
    )


def _code_as_text(body: Body) -> Body:
    return _changed(body, lambda callback, _: callback.update(ResultCode=str(callback["ResultCode"])))


def _unknown_code(body: Body) -> Body:
    def change(callback: dict[str, object], _: list[dict[str, object]]) -> None:
        callback.pop("CallbackMetadata", None)
        callback.update(ResultCode=int(UNLISTED_RESULT_CODE), ResultDesc=result_text(UNLISTED_RESULT_CODE))

    return _changed(body, change)


def _missing_items(body: Body) -> Body:
    def change(callback: dict[str, object], items: list[dict[str, object]]) -> None:
        kept = [item for item in reversed(items) if item["Name"] not in ("Balance", "PhoneNumber")]
        if items:
            callback["CallbackMetadata"] = {"Item": kept}

    return _changed(body, change)


DISTORTIONS: Mapping[str, Callable[[Body], Body]] = {
    "wrong_amount": _wrong_amount,
    "other_receipt": _other_receipt,
    "masked_phone": _masked_phone,
    "code_as_text": _code_as_text,
    "unknown_code": _unknown_code,
    "missing_items": _missing_items,
}
