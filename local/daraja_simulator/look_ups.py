"""What is known of a number or an organisation, answered at once: SIM swaps, IMSI, names. Nothing is moved."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import TYPE_CHECKING

from local.daraja_simulator import stories
from local.daraja_simulator.answers import Answer, Call, answer
from local.daraja_simulator.fields import digits, msisdn, text
from local.daraja_simulator.times import eat

if TYPE_CHECKING:
    from local.daraja_simulator.phones import Phone
    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World

NEVER = "01-01-1900 00:00"
"""No swap in the last three months."""
REMEMBERED_S = 90 * 86_400
LATELY_S = 3_600.0
CHARGE_PROFILE = "20013"
KINDS = {"2": "till", "4": "paybill"}
NO_SUCH_CUSTOMER = "The customer does not exist."
SURNAMES = ("ATIENO", "BARASA", "CHEPKOECH", "GATHONI", "KAMAU", "MUTUA", "NYAMBURA", "OTIENO", "WAFULA", "WANJIKU")


async def sim_swap(world: World, call: Call) -> Answer:
    """`POST /imsi/v2/checkATI`."""
    number = msisdn((call.body or {}).get("customerNumber"))
    refused = _not_found(world, number)
    return refused or answer({**_found(world), "lastSwapDate": _last_swap(world, number or "")})


async def imsi(world: World, call: Call) -> Answer:
    """`POST /imsi/v1/checkATI`: the same, with the hashed IMSI and the day of registration."""
    number = msisdn((call.body or {}).get("customerNumber"))
    refused = _not_found(world, number)
    return refused or answer(
        {
            **_found(world),
            "imsi": _imsi(world.phones.get(number or "")),
            "lastSwapDate": _last_swap(world, number or ""),
            "msisdnRegistrationDate": _registered_on(number or ""),
            "customerNumber": number,
        }
    )


async def organisation(world: World, call: Call) -> Answer:
    """`POST /sfcverify/v1/query/info`."""
    body = call.body or {}
    kind, number = KINDS.get(str(body.get("IdentifierType"))), digits(body.get("Identifier"), 5, 7)
    if kind is None or number is None:
        return _org_refused(world, "500", "Invalid parameter input")
    found = world.shortcodes.find(number)
    if found is None or found.kind != kind or number not in _known_as(found):
        return _org_refused(world, "1", "The organization does not exist.")
    return answer(
        {
            "ConversationID": world.ids.request_id(),
            "ResponseCode": "4000",
            "ResponseMessage": "Success",
            "DetailedMessage": "Request received successfully",
            "OrganizationShortCode": number,
            "OrganizationName": found.name,
            "ChargeProfileID": CHARGE_PROFILE,
        }
    )


async def payee(world: World, call: Call) -> Answer:
    """`POST /mpesa/b2c/hakikisha/v1/hakikisha`: the name behind a number, all but the first masked."""
    header, asked = (_inner((call.body or {}).get(name)) for name in ("header", "body"))
    request_id, stamp = text(header.get("requestID"), 100), text(header.get("timestamp"), 20)
    number, shortcode = msisdn(asked.get("msisdn")), world.shortcodes.find(str(asked.get("shortcode")))
    told = {"requestID": request_id or "", "timestamp": stamp or ""}
    if request_id is None or stamp is None or shortcode is None:
        return _nobody(told, "Bad Request")
    if number is None:
        return _nobody(told, "Bad Request - Invalid phone number")
    if stories.national(number) == stories.NO_CUSTOMER:
        return _nobody(told, NO_SUCH_CUSTOMER)
    return answer({"header": {**told, "status": "200", "message": "Success"}, "body": _names(world.phones.get(number))})


def _inner(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _nobody(told: dict[str, str], words: str) -> Answer:
    return answer({"header": {**told, "status": "400", "message": "Error"}, "body": {"message": words}})


def _names(phone: Phone) -> dict[str, str]:
    middle, last = (SURNAMES[byte % len(SURNAMES)] for byte in hashlib.sha256(phone.number.encode()).digest()[1:3])
    masked = {"middleName": middle, "lastName": last}
    return {"firstName": phone.name, **{name: value[0] + "*" * (len(value) - 1) for name, value in masked.items()}}


def _known_as(found: Shortcode) -> tuple[str, ...]:
    """A till by its own number, not by its store's."""
    return (found.party,) if found.kind == "till" else (found.number,)


def _org_refused(world: World, code: str, words: str) -> Answer:
    status = HTTPStatus.INTERNAL_SERVER_ERROR if code == "500" else HTTPStatus.OK
    body = {"ConversationID": world.ids.request_id(), "ResponseCode": code, "ResponseMessage": "Failed"}
    return answer({**body, "DetailedMessage": words}, status)


def _found(world: World) -> dict[str, object]:
    return {"requestRefID": world.ids.request_id(), "responseCode": "200", "responseDesc": "Success"}


def _not_found(world: World, number: str | None) -> Answer | None:
    """400 for what is no number, 404 for nobody's. Safaricom says no more than that errors are HTTP's codes."""
    if number is not None and stories.national(number) != stories.NO_CUSTOMER:
        return None
    status, words = (HTTPStatus.BAD_REQUEST, "Bad Request") if number is None else (HTTPStatus.NOT_FOUND, "Not Found")
    body = {"requestRefID": world.ids.request_id(), "responseCode": str(status.value), "responseDesc": words}
    return answer(body, status)


def _last_swap(world: World, number: str) -> str:
    """`DD-MM-YYYY HH:mm` in Nairobi."""
    now_s = world.clock.now()
    swapped_at_s = world.phones.get(number).swapped_at_s
    if stories.national(number) == stories.SWAPPED_LATELY:
        swapped_at_s = now_s - LATELY_S
    if swapped_at_s is None or now_s - swapped_at_s > REMEMBERED_S:
        return NEVER
    return eat(swapped_at_s).strftime("%d-%m-%Y %H:%M")


def _imsi(phone: Phone) -> str:
    """Hashed, as Safaricom gives it; another one after a swap."""
    return hashlib.sha256(f"imsi:{phone.number}:{phone.swapped_at_s}".encode()).hexdigest()


def _registered_on(number: str) -> str:
    """A day that follows from the number."""
    month, day, year = hashlib.sha256(number.encode()).digest()[3:6]
    return f"{day % 28 + 1:02d}-{month % 12 + 1:02d}-{2001 + year % 20}"
