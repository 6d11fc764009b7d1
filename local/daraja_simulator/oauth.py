"""OAuth: one hour's tokens for one consumer key."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING

from local.daraja_simulator.answers import Answer, Call, answer, refusal

if TYPE_CHECKING:
    from local.clock import Clock
    from local.daraja_simulator.options import SimulatorOptions
    from local.daraja_simulator.receipts import Ids

TOKEN_LENGTH = 28
GRANT_TYPE = "client_credentials"


class Tokens:
    """Tokens that are good, with the virtual second at which each ends."""

    def __init__(self, clock: Clock, options: SimulatorOptions, ids: Ids) -> None:
        self._clock = clock
        self._options = options
        self._ids = ids
        self._ends_at_s: dict[str, float] = {}

    def issue(self) -> str:
        """A new token; the older ones stay good unless the option says otherwise."""
        if self._options.new_token_kills_old:
            self._ends_at_s.clear()
        token = self._ids.hex("token", TOKEN_LENGTH)
        self._ends_at_s[token] = self._clock.now() + self._options.token_life_s
        return token

    def is_good(self, call: Call) -> bool:
        """Whether the call carries a token that is known and has not ended."""
        return self._ends_at_s.get(_bearer(call), 0.0) > self._clock.now()

    def revoke(self, call: Call) -> None:
        """End the token that the call carries."""
        self._ends_at_s.pop(_bearer(call), None)

    def generate(self, call: Call) -> Answer:
        """`GET /oauth/v1/generate?grant_type=client_credentials` with HTTP Basic."""
        scheme, _, credentials = call.headers.get("Authorization", "").partition(" ")
        if call.method != "GET" or scheme.lower() != "basic":
            return refusal(self._ids.request_id(), "400.008.01", "Invalid authentication type passed")
        if call.query.get("grant_type") != GRANT_TYPE:
            return refusal(self._ids.request_id(), "400.008.02", "Invalid grant type passed")
        if not self._credentials_are_right(credentials):
            return Answer(400, "")
        return answer({"access_token": self.issue(), "expires_in": str(int(self._options.token_life_s))})

    def _credentials_are_right(self, credentials: str) -> bool:
        wanted = f"{self._options.consumer_key}:{self._options.consumer_secret}".encode()
        try:
            given = base64.b64decode(credentials, validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(given, wanted)


def _bearer(call: Call) -> str:
    scheme, _, token = call.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
