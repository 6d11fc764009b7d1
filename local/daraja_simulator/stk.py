"""Daraja's STK endpoints: push and query, checked field by field as Safaricom does."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from local.daraja_simulator import callbacks, prompts
from local.daraja_simulator.answers import CUT, Answer, Call, Json, answer, invalid, refusal, spike_arrest
from local.daraja_simulator.codes import INVALID_TOKEN, PLACEHOLDER_HOSTS, result_text
from local.daraja_simulator.fields import digits, msisdn, text, timestamp, url_is_sound, whole_amount
from local.daraja_simulator.outcomes import AtPush, Callback, Query, outcome_for
from local.daraja_simulator.pushes import Push

if TYPE_CHECKING:
    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World

TRANSACTION_TYPES = ("CustomerPayBillOnline", "CustomerBuyGoodsOnline")
ACCEPTED = "Success. Request accepted for processing"
DESCRIPTION_LENGTH_MAX = 100
SPIKE_INTERVAL_S = 12.0
ID_PREFIX = "ws_CO_"

Check = Callable[[object], object]
FIELDS_OF_BOTH: Mapping[str, Check] = {
    "BusinessShortCode": lambda value: digits(value, 5, 7),
    "Password": lambda value: text(value, 500) if isinstance(value, str) else None,
    "Timestamp": timestamp,
}
PUSH_FIELDS: Mapping[str, Check] = {
    **FIELDS_OF_BOTH,
    "TransactionType": lambda value: value if value in TRANSACTION_TYPES else None,
    "Amount": whole_amount,
    "PartyA": msisdn,
    "PartyB": lambda value: digits(value, 5, 7),
    "PhoneNumber": msisdn,
    "CallBackURL": lambda value: value if isinstance(value, str) and _callback_url_is_fine(value) else None,
}
"""Checked in this order; the first that is wrong is named."""


async def push(world: World, call: Call) -> Answer:
    """`POST /mpesa/stkpush/v1/processrequest`."""
    body = call.body or {}
    wrong = _first_wrong(world, body)
    if wrong is not None:
        return invalid(world.ids.request_id(), wrong)
    shortcode = world.shortcodes.find(str(body["BusinessShortCode"]))
    denied = _denied(world, body, shortcode)
    if denied is not None or shortcode is None:
        return denied or _merchant_unknown(world)
    return await _take(world, call, _push_of(world, body, shortcode))


async def query(world: World, call: Call) -> Answer:
    """`POST /mpesa/stkpushquery/v1/query`. The answer has neither receipt nor amount."""
    if _arrested(world):
        return spike_arrest()
    body = call.body or {}
    wrong = next((name for name, check in FIELDS_OF_BOTH.items() if check(body.get(name)) is None), None)
    if wrong is not None:
        return invalid(world.ids.request_id(), wrong)
    shortcode = world.shortcodes.find(str(body["BusinessShortCode"]))
    denied = _denied(world, body, shortcode)
    return denied or _queried(world, body.get("CheckoutRequestID"), shortcode)


def being_processed(world: World) -> Answer:
    """The older way to say: not finished."""
    return _server_says(world, "The transaction is being processed")


def does_not_exist(world: World) -> Answer:
    """Not known, or not known yet."""
    return _server_says(world, "The transaction does not Exist")


def result(found: Push, code: str) -> Answer:
    """A query's answer about a push, with the code as text."""
    return answer(
        {
            "ResponseCode": "0",
            "ResponseDescription": "The service request has been accepted successfully",
            "MerchantRequestID": found.merchant_request_id,
            "CheckoutRequestID": found.checkout_request_id,
            "ResultCode": code,
            "ResultDesc": result_text(code),
        }
    )


def token_refused(world: World) -> Answer:
    """Body A of a bad token, as the STK family words it: HTTP 404."""
    return refusal(world.ids.request_id(), "404.001.03", INVALID_TOKEN)


async def _take(world: World, call: Call, new: Push) -> Answer:
    at_push = new.outcome.at_push if new.outcome else AtPush.ACCEPT
    refused = _refused_by_story(world, call, new, at_push) or _refused_by_lock(world, new)
    if refused is not None:
        world.pushes.add(new)
        return refused
    _accept(world, new)
    if at_push is AtPush.CALLBACK_FIRST:
        await prompts.play_at_once(world, new)
    else:
        prompts.begin(world, new)
    return CUT if at_push is AtPush.ANSWER_LOST else _accepted(new)


def _accept(world: World, new: Push) -> None:
    new.accepted = True
    new.merchant_request_id = world.ids.request_id()
    new.checkout_request_id = world.ids.checkout_request_id(new.at_s, new.phone)
    world.pushes.add(new)


def _accepted(new: Push) -> Answer:
    return answer(
        {
            "MerchantRequestID": new.merchant_request_id,
            "CheckoutRequestID": new.checkout_request_id,
            "ResponseCode": "0",
            "ResponseDescription": ACCEPTED,
            "CustomerMessage": ACCEPTED,
        }
    )


def _refused_by_story(world: World, call: Call, new: Push, at_push: AtPush) -> Answer | None:
    """What the number makes of the push itself. "First" stories refuse every other push to the phone."""
    is_first = next((other.accepted for other in world.pushes.of_phone(new.phone)), True)
    match at_push:
        case AtPush.NEVER_ARRIVES:
            new.refusal = "connection cut before the push arrived"
            return CUT
        case AtPush.SERVER_ERROR:
            new.refusal = "HTTP 500"
            return _server_says(world, "An unexpected error occurred")
        case AtPush.SPIKE_ARREST_FIRST if is_first:
            new.refusal = "spike arrest"
            return spike_arrest()
        case AtPush.TOKEN_REVOKED_FIRST if is_first:
            new.refusal = "token revoked"
            world.tokens.revoke(call)
            return token_refused(world)
    return None


def _refused_by_lock(world: World, new: Push) -> Answer | None:
    phone = world.phones.get(new.phone)
    wanted = world.options.second_prompt == "refused" and not phone.free_of_rules
    if not wanted or world.pushes.open_on(new.phone) is None:
        return None
    new.refusal = "a prompt is live on this phone"
    return _server_says(world, result_text("1001"))


def _first_wrong(world: World, body: Json) -> str | None:
    for name, check in PUSH_FIELDS.items():
        if check(body.get(name)) is None:
            return name
    if text(body.get("AccountReference"), world.options.reference_length_max) is None:
        return "AccountReference"
    if body.get("TransactionDesc") in (None, ""):
        return "Remarks"
    return None if text(body["TransactionDesc"], DESCRIPTION_LENGTH_MAX) else "TransactionDesc"


def _callback_url_is_fine(url: str) -> bool:
    return url_is_sound(url) and urlsplit(url).hostname not in PLACEHOLDER_HOSTS


def _denied(world: World, body: Json, shortcode: Shortcode | None) -> Answer | None:
    """Unknown merchant, or a Password that is not base64(shortcode + passkey + timestamp)."""
    if shortcode is None or shortcode.passkey is None:
        return _merchant_unknown(world)
    plain = f"{body['BusinessShortCode']}{shortcode.passkey}{body['Timestamp']}"
    if body["Password"] == base64.b64encode(plain.encode()).decode():
        return None
    return _server_says(world, "[MerchantValidate] - Wrong credentials")


def _merchant_unknown(world: World) -> Answer:
    return _server_says(world, "Merchant does not exist")


def _server_says(world: World, message: str) -> Answer:
    return refusal(world.ids.request_id(), "500.001.1001", message)


def _push_of(world: World, body: Json, shortcode: Shortcode) -> Push:
    phone = str(body["PhoneNumber"])
    return Push(
        id=world.pushes.next_id(),
        at_s=world.clock.now(),
        phone=phone,
        amount_kes=int(str(body["Amount"])),
        shortcode=shortcode,
        reference=str(body["AccountReference"]),
        description=str(body["TransactionDesc"]),
        callback_url=str(body["CallBackURL"]),
        outcome=outcome_for(phone),
        setup_error=_setup_error(body, shortcode),
    )


def _setup_error(body: Json, shortcode: Shortcode) -> str | None:
    """Mistakes that Safaricom tells only after the PIN: other product (2028), other party (SFC_IC0003)."""
    if body["TransactionType"] != shortcode.transaction_type:
        return "2028"
    parties = (str(body["BusinessShortCode"]), str(body["PartyB"]))
    return None if parties == (shortcode.number, shortcode.party) else "SFC_IC0003"


def _queried(world: World, asked: object, shortcode: Shortcode | None) -> Answer:
    checkout_request_id = asked if isinstance(asked, str) else ""
    found = world.pushes.find(checkout_request_id)
    now_s = world.clock.now()
    too_early = found is not None and now_s - found.at_s < world.options.query_known_after_s
    if not checkout_request_id.startswith(ID_PREFIX) or (too_early and found and found.is_open):
        return invalid(world.ids.request_id(), "CheckoutRequestID")
    if found is None or found.shortcode is not shortcode:
        return does_not_exist(world)
    _note_query(world, found, now_s)
    return result(found, _told_by_query(found))


def _note_query(world: World, found: Push, now_s: float) -> None:
    """The first query after the payer's answer releases the callback that waits for it."""
    if found.first_query_at_s is not None or found.is_open:
        return
    found.first_query_at_s = now_s
    if found.outcome is not None and found.outcome.callback is Callback.AFTER_FIRST_QUERY:
        world.spawn(callbacks.tell_after_query(world, found))


def _told_by_query(found: Push) -> str:
    code = "4999" if found.code is None else found.code
    kind = found.outcome.query if found.outcome else Query.TRUTH
    if kind is Query.NEVER:
        return "4999"
    if kind is Query.UNREACHABLE_UNTIL_TOLD and found.code is not None and found.callback_at_s is None:
        return "1037"
    return code


def _arrested(world: World) -> bool:
    if not world.options.query_spike_arrest:
        return False
    now_s = world.clock.now()
    if now_s - world.last_query_s < SPIKE_INTERVAL_S:
        return True
    world.last_query_s = now_s
    return False
