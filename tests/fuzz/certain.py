"""When an answer to a push says for certain that Safaricom did not take it: an oracle of its own.

Written from Safaricom's documents and what was seen of it, without a look at the gateway's table. Everything else may
have been taken, and must not be sent again.
Sources: developer.safaricom.co.ke/apis/MpesaExpressSimulate and /Authorization (error codes); docs.apigee.com (faults).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

NEVER_REACHED_MPESA = {
    r"40[01]\.00[123]\.01|401\.001|401\.003\.01|404\.001\.03": "",
    r"500\.00[23]\.02": r"spike arrest|rate limit|busy|try again in",
    r"500\.00[23]\.03": r"quota",
    r"00\.002\.1001": "",
    r"400\.002\.0[25]|400\.003\.02|400\.008\.0[12]": "",
    r"404\.00[123]\.01|404\.001\.04|405\.001": "",
    r"500\.001\.1001": r"unable to lock subscriber|merchant does not exist|wrong credentials|missing iccid",
}
"""errorCode → what its text must say, where one code means many things."""

WHATEVER_THE_CODE = r"no api ?product match|invalid access token|access token (is )?(invalid|expired)|under maintenance"
FAULTS = r"spike ?arrest|quota|access[_ ]?token|no ?api ?product ?match"


def is_taken(status: int, body: bytes) -> bool:
    """HTTP 200, code 0, and the id that can be asked about."""
    said = _object(body)
    return status == 200 and _says_yes(said) and isinstance(said.get("checkoutrequestid"), str)


def is_certainly_not_taken(status: int, body: bytes) -> bool:
    """Refused or turned away before M-Pesa."""
    said = _object(body)
    if _says_yes(said):
        return False
    if status == 429 or (status == 200 and _text(said.get("responsecode"))):
        return True
    if "errorcode" in said or "errormessage" in said:
        return _known(_text(said.get("errorcode")), _text(said.get("errormessage")))
    if isinstance(said.get("fault"), dict):
        return bool(re.search(FAULTS, json.dumps(said["fault"]), re.IGNORECASE))
    return not said and _is_firewall(status, body)


def _known(code: str, text: str) -> bool:
    if re.search(WHATEVER_THE_CODE, text, re.IGNORECASE):
        return True
    return any(
        re.fullmatch(codes, code) and re.search(words, text, re.IGNORECASE)
        for codes, words in NEVER_REACHED_MPESA.items()
    )


def _is_firewall(status: int, body: bytes) -> bool:
    """A page in Safaricom's place: any with 403, one that names itself with 503."""
    return status == 403 or (status == 503 and b"incapsula" in body.lower())


def _says_yes(said: Mapping[str, Any]) -> bool:
    return set(_text(said.get("responsecode"))) == {"0"}


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return {}
    return {name.lower(): value for name, value in said.items()} if isinstance(said, dict) else {}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
