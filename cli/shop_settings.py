"""An owner's settings: read from JSON, checked field by field, stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from cli.failure import Exit, Failure
from cli.stack import Stack
from gateway.aws import items
from gateway.aws.table import Expression
from gateway.domain.brand import COLOUR, carries_white, logo_problem, nearest_that_carries_white
from gateway.domain.shop import AMOUNT_KES_MAX, ShopSettings, Shortcode
from gateway.web.origins import is_loopback, origin_of

OWNER = re.compile(r"[a-z][a-z0-9-]{0,39}")
NUMBER = re.compile(r"[0-9]{5,7}")
NAME_MAX = 40
URL_MAX = 200
AUTO_RETURN_S = (0, *range(5, 61))
"""Less than five seconds is too short to see the receipt."""

OWNERS_MAX = 1_000
BALANCE_LOW_KES_MAX = 1_000_000_000


def read_settings(content: object) -> ShopSettings:
    """Settings from a JSON value. Raises Failure that names every field that is wrong, what is wrong and what fits."""
    if not isinstance(content, dict):
        raise _wrong(["the settings must be one JSON object"])
    problems = [f"{name}: unknown field; the fields are {', '.join(CHECKS)}" for name in content if name not in CHECKS]
    problems += [problem for name, check in CHECKS.items() for problem in check(content.get(name))]
    if problems:
        raise _wrong(problems)
    codes = tuple(Shortcode(**code) for code in content["shortcodes"])
    optional = {name: value for name, value in content.items() if name not in ("shortcodes", "origins")}
    return ShopSettings(**optional, shortcodes=codes, origins=tuple(content.get("origins", ())))


def store_settings(stack: Stack, settings: ShopSettings) -> None:
    """Put them; running functions know them within a minute."""
    stack.table.put(items.packed(items.settings_to_values(settings)))


def stored_settings(stack: Stack, owner: str) -> ShopSettings | None:
    """An owner's settings, or None."""
    item = stack.table.read(items.SETTINGS + owner)
    return items.settings_from_item(item) if item else None


def owners(stack: Stack) -> list[str]:
    """Everybody who has settings."""
    expression = Expression()
    clause = expression.equals("day_key", items.SETTINGS)
    entries = stack.table.query("by_day", [clause], expression, OWNERS_MAX, newest_first=False)
    return [entry["pk"]["S"].removeprefix(items.SETTINGS) for entry in entries]


def as_json(settings: ShopSettings) -> dict[str, Any]:
    """As `settings put` reads them."""
    values = items.settings_to_values(settings)
    return {
        "owner": settings.owner,
        **{name: values[name] for name in CHECKS if name in values and (values[name] or name != "logo")},
    }


def _wrong(problems: list[str]) -> Failure:
    return Failure(Exit.SETTINGS, "The settings were not stored", "; ".join(problems), "mend these fields and repeat")


# --- one check for each field; each gives sentences ---------------------------------------------------------------

Check = Callable[[Any], list[str]]


def _owner(value: Any) -> list[str]:
    fits = isinstance(value, str) and OWNER.fullmatch(value)
    return [] if fits else ["owner: give a name of lower-case letters, digits and hyphens, like corner-shop"]


def _name(value: Any) -> list[str]:
    fits = isinstance(value, str) and 0 < len(value.strip()) <= NAME_MAX
    return [] if fits else [f"name: give the shop's name as payers read it, 1 to {NAME_MAX} characters"]


def _shortcodes(value: Any) -> list[str]:
    if not isinstance(value, list) or not value:
        return [
            'shortcodes: give a list with at least one, like {"number": "174379", "kind": "paybill", "name": "SHOP"}'
        ]
    problems = [problem for index, code in enumerate(value) for problem in _shortcode(f"shortcodes[{index}]", code)]
    numbers = [code["number"] for code in value if isinstance(code, dict) and "number" in code]
    if len(numbers) != len({str(number) for number in numbers}):
        problems.append("shortcodes: a number stands there twice")
    return problems


def _shortcode(place: str, code: Any) -> list[str]:
    if not isinstance(code, dict):
        return [f"{place}: must be an object with number, kind and name"]
    known = ("number", "kind", "name", "store_number", "pull")
    problems = [
        f"{place}.{name}: unknown field; the fields are {', '.join(known)}" for name in code if name not in known
    ]
    if not _is_number(code.get("number")):
        problems.append(f"{place}.number: give the paybill or till number as text of 5 to 7 digits")
    if not isinstance(code.get("name"), str) or not code["name"].strip():
        problems.append(f"{place}.name: give the name that the M-PESA message shows")
    if not isinstance(code.get("pull", False), bool):
        problems.append(f"{place}.pull: true once `pull register` has registered it, else leave it out")
    return problems + _kind(place, code)


def _kind(place: str, code: Mapping[str, Any]) -> list[str]:
    store = code.get("store_number")
    if code.get("kind") == "paybill":
        return [] if store is None else [f"{place}.store_number: a paybill has none; leave it out"]
    if code.get("kind") != "till":
        return [f'{place}.kind: must be "paybill" or "till"']
    if _is_number(store):
        return []
    return [
        f"{place}.store_number: a till needs its store (head office) number of 5 to 7 digits, from the go-live mail"
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and NUMBER.fullmatch(value) is not None


def _origins(value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        return ["origins: give a list of addresses like https://shop.example"]
    return [
        f"origins[{index}]: must be a scheme and a host, like https://shop.example, and nothing behind it"
        for index, origin in enumerate(value)
        if not _is_origin(origin)
    ]


def _is_origin(value: Any) -> bool:
    """https, or http on this machine."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        return False
    here = host in ("localhost", "127.0.0.1")
    return parts.scheme in (("http", "https") if here else ("https",)) and value == f"{parts.scheme}://{parts.netloc}"


def _support_phone(value: Any) -> list[str]:
    fits = value is None or (isinstance(value, str) and re.fullmatch(r"[0-9+ ]{0,20}", value))
    return [] if fits else ["support_phone: give a phone number, or leave it out"]


def _support_url(value: Any) -> list[str]:
    fits = value in (None, "") or (
        isinstance(value, str)
        and len(value) <= URL_MAX
        and (origin := origin_of(value)) is not None
        and (origin.startswith("https://") or is_loopback(origin))
    )
    return [] if fits else [f"support_url: give an https address of at most {URL_MAX} characters, or leave it out"]


def _auto_return(value: Any) -> list[str]:
    fits = value is None or (type(value) is int and value in AUTO_RETURN_S)
    return [] if fits else ["auto_return_s: give seconds, 5 to 60, or 0 to stay on the page"]


def _language(value: Any) -> list[str]:
    return [] if value in (None, "en", "sw") else ['default_language: must be "en" or "sw"']


def _colour(value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, str) or not COLOUR.fullmatch(value):
        return ["colour: give six hexadecimal digits, like #1f3a93"]
    if carries_white(value):
        return []
    return [
        f"colour: {value} is too light for white letters; the nearest that fits is {nearest_that_carries_white(value)}"
    ]


def _logo(value: Any) -> list[str]:
    problem = logo_problem(value) if value not in (None, "") else None
    return [f"logo: {problem}"] if problem else []


def _amount(value: Any) -> list[str]:
    fits = value is None or (type(value) is int and 1 <= value <= AMOUNT_KES_MAX)
    return [] if fits else [f"amount_kes_max: give whole shillings, 1 to {AMOUNT_KES_MAX}"]


def _payout_shortcode(value: Any) -> list[str]:
    fits = value in (None, "") or _is_number(value)
    return [] if fits else ["payout_shortcode: give the B2C shortcode as text of 5 to 7 digits, or leave it out"]


def _balance_low(value: Any) -> list[str]:
    fits = value is None or (type(value) is int and 0 <= value <= BALANCE_LOW_KES_MAX)
    return [] if fits else [f"balance_low_kes: give whole shillings, 0 (never told) to {BALANCE_LOW_KES_MAX}"]


CHECKS: dict[str, Check] = {
    "owner": _owner,
    "name": _name,
    "shortcodes": _shortcodes,
    "origins": _origins,
    "support_phone": _support_phone,
    "support_url": _support_url,
    "auto_return_s": _auto_return,
    "default_language": _language,
    "colour": _colour,
    "logo": _logo,
    "amount_kes_max": _amount,
    "payout_shortcode": _payout_shortcode,
    "balance_low_kes": _balance_low,
}
"""Every field of the file, with its check."""
