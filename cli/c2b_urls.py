"""The addresses that M-PESA is given for Paybill and Till payments, and their registration with Safaricom.

In production they can be registered once; changing them takes Safaricom's portal or support. The tag in them does not
expire. Source: developer.safaricom.co.ke/apis/CustomerToBusinessRegisterURL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httpx

from cli.failure import Exit, Failure
from cli.shop_settings import owners, stored_settings
from cli.stack import Stack
from daraja.client import DarajaClient
from daraja.errors import DarajaError
from daraja.masking import mask_text
from gateway.aws.secrets import CREDENTIALS, KEYS, credentials_from_text, keys_from_text
from gateway.security import c2b_tag

FORBIDDEN = re.compile(r"m-?pesa|safaricom|exec?|cmd|sql|query", re.IGNORECASE)
"""What Safaricom refuses in these addresses."""

REGISTER_PATH = "/mpesa/c2b/v2/registerurl"
ALREADY = "already registered"
SECONDS_MAX = 15.0


@dataclass(frozen=True, slots=True)
class C2bUrls:
    """Both addresses of one shortcode (a till: of its store number)."""

    shortcode: str
    confirmation: str
    validation: str

    @property
    def request(self) -> dict[str, str]:
        """The body of the registration. Completed: doubt never turns money away."""
        return {
            "ShortCode": self.shortcode,
            "ResponseType": "Completed",
            "ConfirmationURL": self.confirmation,
            "ValidationURL": self.validation,
        }


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


def register(stack: Stack, urls: list[C2bUrls]) -> list[dict[str, Any]]:
    """Register each pair. state: registered, already_registered or refused. Raises Failure without a token."""
    daraja = stack.addresses.get("daraja")
    if not daraja:
        raise Failure(Exit.SETTINGS, "Safaricom's address is not known", "the stack names none", "deploy it first")
    credentials = credentials_from_text(_parameter(stack, CREDENTIALS, "credentials put"))
    try:
        token = DarajaClient(daraja).fetch_token(credentials.consumer_key, credentials.consumer_secret)
    except DarajaError as error:
        raise Failure(Exit.SETTINGS, "Safaricom gives no access token", str(error), "run: doctor") from None
    with httpx.Client(base_url=daraja, timeout=SECONDS_MAX, trust_env=False) as safaricom:
        return [_register(safaricom, token.value, pair) for pair in urls]


def _register(safaricom: httpx.Client, token: str, urls: C2bUrls) -> dict[str, Any]:
    try:
        answer = safaricom.post(REGISTER_PATH, json=urls.request, headers={"Authorization": f"Bearer {token}"})
        said = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        return {"shortcode": urls.shortcode, "state": "not_known", "detail": type(error).__name__}
    detail = mask_text(str(said.get("errorMessage") or said.get("ResponseDescription") or ""))
    if answer.status_code == httpx.codes.OK and str(said.get("ResponseCode")) == "0":
        state = "registered"
    else:
        state = "already_registered" if ALREADY in detail.lower() else "refused"
    return {"shortcode": urls.shortcode, "state": state, "detail": detail}


def _urls(base: str, tag_key: bytes, shortcode: str) -> C2bUrls:
    root = f"{base}/in/c2b/{shortcode}/{c2b_tag(tag_key, shortcode)}"
    return C2bUrls(shortcode, f"{root}/confirmation", f"{root}/validation")


def _parameter(stack: Stack, name: str, command: str) -> str:
    text = stack.read_parameter(name)
    if text is None:
        raise Failure(Exit.SETTINGS, f"{stack.prefix}/{name} does not exist", "nobody stored it", f"run: {command}")
    return text
