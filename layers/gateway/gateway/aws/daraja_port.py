"""The Daraja port over Safaricom's client. This module loads httpx and pydantic: import it only when a call is due."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from pydantic import ValidationError

from daraja.answers import QueryState
from daraja.client import DarajaClient
from daraja.errors import RefusalCause, Refused
from daraja.requests import ShopKind, StkParties, StkPushRequest, stk_parties, stk_push, stk_query
from gateway.domain.shop import Shortcode
from gateway.ports import Credentials, FreshToken, Prompt, PushAnswer, QueryReply

OURS = "gateway.invalid"
"""Code of a request that did not leave, since a field of it is outside Safaricom's limits."""


class DarajaPort:
    """Safaricom, or the simulator at the same paths."""

    def __init__(self, client: DarajaClient, now_ms: Callable[[], int]) -> None:
        self._client = client
        self._now_ms = now_ms

    def push(self, token: str, prompt: Prompt, /) -> PushAnswer:
        """Send one prompt, once. Raises the errors of `daraja.errors`."""
        request = _push_request(prompt)
        within_s = max(0.0, (prompt.send_before_ms - self._now_ms()) / 1_000)
        answer = self._client.push(token, request, begin_within_s=within_s)
        return PushAnswer(answer.checkout_request_id, answer.merchant_request_id or "")

    def query(
        self, token: str, shortcode: Shortcode, passkey: str, checkout_request_id: str, at_ms: int, /
    ) -> QueryReply:
        """Ask what became of a prompt; an answer about another one is none. Raises the errors of `daraja.errors`."""
        try:
            request = stk_query(
                _parties(shortcode), passkey=passkey, now_ms=at_ms, checkout_request_id=checkout_request_id
            )
        except ValidationError as error:
            raise not_ours_to_send(error) from None
        answer = self._client.query(token, request)
        of_another = answer.checkout_request_id not in (None, checkout_request_id)
        code = answer.code if answer.state is QueryState.ANSWERED and not of_another else None
        return QueryReply(str(answer.state), code, answer.text)

    def fetch_token(self, credentials: Credentials, /) -> FreshToken:
        """A new access token. Raises daraja.errors.NotSent."""
        token = self._client.fetch_token(credentials.consumer_key, credentials.consumer_secret)
        return FreshToken(token.value, token.expires_in_s)


def _push_request(prompt: Prompt) -> StkPushRequest:
    try:
        return stk_push(
            _parties(prompt.shortcode),
            passkey=prompt.passkey,
            now_ms=prompt.at_ms,
            amount_kes=prompt.amount_kes,
            phone=prompt.phone,
            callback_url=prompt.callback_url,
            account_reference=prompt.account_reference,
            description=prompt.description,
        )
    except ValidationError as error:
        raise not_ours_to_send(error) from None


def _parties(shortcode: Shortcode) -> StkParties:
    """Raises Refused when the shop's setting names no such account."""
    if shortcode.kind not in ("paybill", "till"):
        raise Refused(OURS, "kind is neither paybill nor till", RefusalCause.SHOP_SETUP)
    try:
        return stk_parties(cast("ShopKind", shortcode.kind), shortcode.number, shortcode.store_number)
    except ValueError as error:
        raise Refused(OURS, str(error), RefusalCause.SHOP_SETUP) from None


def not_ours_to_send(error: ValidationError) -> Refused:
    """Names the fields, never their values."""
    names = sorted({".".join(str(part) for part in problem["loc"]) for problem in error.errors(include_input=False)})
    return Refused(OURS, f"outside Safaricom's limits: {', '.join(names)}", RefusalCause.INVALID_FIELD)
