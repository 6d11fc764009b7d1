"""The addresses that M-PESA is given for Paybill and Till payments. Their registration: `register_urls.py`.

The tag in them does not expire. Source: developer.safaricom.co.ke/apis/CustomerToBusinessRegisterURL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cli.failure import Exit, Failure
from cli.shop_settings import owners, stored_settings
from cli.stack import Stack
from daraja.client import DarajaClient
from daraja.errors import DarajaError
from gateway.aws.secrets import CREDENTIALS, KEYS, credentials_from_text, keys_from_text
from gateway.security import c2b_tag

FORBIDDEN = re.compile(r"m-?pesa|safaricom|exec?|cmd|sql|query", re.IGNORECASE)
"""What Safaricom refuses in these addresses."""


@dataclass(frozen=True, slots=True)
class C2bUrls:
    """Both addresses of one shortcode (a till: of its store number)."""

    shortcode: str
    confirmation: str
    validation: str


def c2b_urls(stack: Stack) -> list[C2bUrls]:
    """One pair for each shortcode of all owners. Raises Failure when something they are made of is missing."""
    base = stack.addresses.get("callback")
    if not base:
        raise Failure(Exit.SETTINGS, "The callback address is not known", "the stack names none", "deploy it first")
    if FORBIDDEN.search(base):
        raise Failure(
            Exit.SETTINGS,
            f"{base} cannot be registered",
            "Safaricom refuses addresses with such words in them",
            "give the callback API a domain of its own (CallbackDomain in samconfig.toml)",
        )
    tag_key = keys_from_text(_parameter(stack, KEYS, "keys init")).c2b_tags[0]
    numbers = {
        code.business_number
        for owner in owners(stack)
        if (shop := stored_settings(stack, owner))
        for code in shop.shortcodes
    }
    return [_urls(base, tag_key, number) for number in sorted(numbers)]


def access_token(stack: Stack) -> str:
    """A token of the stack's own app. Raises Failure when there is none to be had, or no address of Safaricom."""
    daraja = stack.addresses.get("daraja")
    if not daraja:
        raise Failure(Exit.SETTINGS, "Safaricom's address is not known", "the stack names none", "deploy it first")
    credentials = credentials_from_text(_parameter(stack, CREDENTIALS, "credentials put"))
    try:
        return DarajaClient(daraja).fetch_token(credentials.consumer_key, credentials.consumer_secret).value
    except DarajaError as error:
        raise Failure(Exit.SETTINGS, "Safaricom gives no access token", str(error), "run: doctor") from None


def _urls(base: str, tag_key: bytes, shortcode: str) -> C2bUrls:
    root = f"{base}/in/c2b/{shortcode}/{c2b_tag(tag_key, shortcode)}"
    return C2bUrls(shortcode, f"{root}/confirmation", f"{root}/validation")


def _parameter(stack: Stack, name: str, command: str) -> str:
    text = stack.read_parameter(name)
    if text is None:
        raise Failure(Exit.SETTINGS, f"{stack.prefix}/{name} does not exist", "nobody stored it", f"run: {command}")
    return text
