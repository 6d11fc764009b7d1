"""Safaricom's registration of addresses, and our own public address as Safaricom sees it. Loads httpx and pydantic."""

from __future__ import annotations

from pydantic import ValidationError

from daraja.client import DarajaClient
from daraja.errors import RefusalCause, Refused
from daraja.requests.c2b import C2bRegisterRequest, C2bRegisterV1Request
from gateway.aws.names import SystemNames
from gateway.aws.webhook_sender import HttpSender
from gateway.domain.addresses import AddressRefused, check_address, target_of
from gateway.domain.registration import Addresses
from gateway.ports.registration import OwnAnswer, SafaricomsAnswer
from gateway.ports.webhooks import NameUnknown, Post


class SafaricomsRegistrar:
    """The Registrar port, of Safaricom or of the simulator at the same paths."""

    def __init__(self, base_url: str) -> None:
        self._client = DarajaClient(base_url)

    def register(self, token: str, addresses: Addresses, production: bool, /) -> SafaricomsAnswer:  # noqa: FBT001
        """Raises the errors of `daraja.errors`; an address that cannot be registered is Refused and not sent."""
        kind = C2bRegisterV1Request if addresses.version == "v1" else C2bRegisterRequest
        try:
            request = kind(
                shortcode=addresses.shortcode,
                confirmation_url=addresses.confirmation,
                validation_url=addresses.validation,
                production=production,
            )
        except ValidationError as error:
            said = str(error.errors(include_url=False, include_input=False)[0]["msg"])
            raise Refused("not_sent", said, RefusalCause.SHOP_SETUP) from None
        told = self._client.register_urls(token, request)
        return SafaricomsAnswer(told.was_registered, told.text)


class HttpPublicAddress:
    """The PublicAddress port: our own name, resolved as the internet does. Redirects are not followed."""

    def __init__(self) -> None:
        self._names, self._sender = SystemNames(), HttpSender()

    def post(self, url: str, body: bytes, /) -> OwnAnswer:
        """Whatever happens is an answer."""
        try:
            target = target_of(url, loopback=True)
            addresses = self._names.addresses(target.host, target.port)
            check_address(addresses[0], loopback=True)
        except AddressRefused as refused:
            return OwnAnswer(None, why=f"Safaricom cannot reach it: {refused}.")
        except NameUnknown:
            return OwnAnswer(None, why="Its name is not known in the internet.")
        headers = {"Content-Type": "application/json"}
        posted = self._sender.post(Post(target=target, address=addresses[0], headers=headers, body=body))
        words = str(posted.outcome or "").replace("_", " ")
        return OwnAnswer(posted.status, posted.answer, f"It could not be reached: {words}." if words else "")
