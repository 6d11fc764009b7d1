"""SSM parameters: the Daraja app's credentials, our own keys, the shared access token. All are JSON SecureStrings.

  <prefix>/credentials  {"consumer_key", "consumer_secret", "passkeys": {"174379": "…"}}
  <prefix>/keys         {"tags": ["<hex>", …], "c2b_tags": […], "id": "<hex>", "phone", "client_token", "cursor"}
  <prefix>/token        {"value", "generation", "obtained_at_ms", "expires_at_ms"}
  <prefix>/initiators   {"600998": {"name", "security_credential", "set_at_ms"}}
  <prefix>/oidc         {"client_secret"}, where the staff's sign-in service gave one

One call on a cold start fetches what this function may read; afterwards memory answers. SSM allows few calls a second
for a whole account, so nothing here asks twice without need.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from gateway.ports import Credentials, Keys, SecretsUnavailable, StoredToken

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

KEYS, CREDENTIALS, TOKEN, OIDC = "keys", "credentials", "token", "oidc"
INITIATORS = "initiators"
"""Read by `initiator.py`, for the few functions that call in an operator's name."""

FRESH_MS = 5 * 60_000
"""After this time credentials and keys are read again, so that a rotation reaches every process."""

FETCHED_FOR_MS = 5_000
"""So long after a cold start's call, the token that came with it counts as just read."""


def key_alias(prefix: str) -> str:
    """The KMS key of the stack that owns this parameter path: /mpesa-gateway/dev → alias/mpesa-gateway-dev."""
    return "alias/" + prefix.strip("/").replace("/", "-")


class ParameterSecrets:
    """The Secrets port. names: what this function may read."""

    def __init__(
        self, client: Callable[[], SSMClient], prefix: str, names: Sequence[str], now_ms: Callable[[], int]
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._names = tuple(names)
        self._now_ms = now_ms
        self._values: dict[str, str] = {}
        self._read_at_ms: dict[str, int] = {}
        self._token: StoredToken | None = None

    def read_keys(self) -> Keys:
        """Our own keys. Raises SecretsUnavailable."""
        return keys_from_text(self._remembered(KEYS))

    def read_credentials(self) -> Credentials:
        """The Daraja app's credentials. Raises SecretsUnavailable."""
        return credentials_from_text(self._remembered(CREDENTIALS))

    def client_secret(self) -> str:
        """Our secret at the staff's sign-in service; empty where it gave none. Raises SecretsUnavailable."""
        try:
            stored = _object(self._remembered(OIDC), OIDC)
        except SecretsUnavailable as error:
            if error.missing and OIDC not in self._values:
                return ""
            raise
        return str(stored.get("client_secret", ""))

    def read_token(self) -> StoredToken | None:
        """The shared access token, from SSM; from the cold start's call if that has just been."""
        if self._age_ms(TOKEN) > FETCHED_FOR_MS:
            self._fetch([TOKEN])
        self._read_at_ms.pop(TOKEN, None)
        text = self._values.pop(TOKEN, None)
        return token_from_text(text) if text else None

    def remembered_token(self) -> StoredToken | None:
        """The access token that this process used last."""
        return self._token

    def remember_token(self, token: StoredToken | None, /) -> None:
        """Keep it for this process; None forgets."""
        self._token = token

    def write_token(self, token: StoredToken, /) -> None:
        """Share it with all functions. Raises SecretsUnavailable."""
        text = json.dumps({name: getattr(token, name) for name in _TOKEN_NAMES})
        try:
            self._client().put_parameter(
                Name=f"{self._prefix}/{TOKEN}",
                Value=text,
                Type="SecureString",
                KeyId=key_alias(self._prefix),
                Overwrite=True,
            )
        except (BotoCoreError, ClientError) as error:
            raise SecretsUnavailable(_what(error)) from None

    def _remembered(self, name: str) -> str:
        """From memory; read again when it is old; the old one if that fails."""
        if self._age_ms(name) > FRESH_MS:
            try:
                self._fetch(self._names if name not in self._values else [name])
            except SecretsUnavailable:
                if name not in self._values:
                    raise
        if name not in self._values:
            raise SecretsUnavailable(f"The parameter {self._prefix}/{name} does not exist.", missing=True)
        return self._values[name]

    def _age_ms(self, name: str) -> float:
        read_at_ms = self._read_at_ms.get(name)
        return float("inf") if read_at_ms is None else self._now_ms() - read_at_ms

    def _fetch(self, names: Sequence[str]) -> None:
        """One call for all. Raises SecretsUnavailable."""
        wanted = [f"{self._prefix}/{name}" for name in names]
        try:
            answer = self._client().get_parameters(Names=wanted, WithDecryption=True)
        except (BotoCoreError, ClientError) as error:
            raise SecretsUnavailable(_what(error)) from None
        now_ms = self._now_ms()
        self._read_at_ms |= dict.fromkeys(names, now_ms)
        for parameter in answer["Parameters"]:
            self._values[parameter["Name"].rpartition("/")[2]] = parameter["Value"]


_TOKEN_NAMES = ("value", "generation", "obtained_at_ms", "expires_at_ms")


@lru_cache(maxsize=4)
def keys_from_text(text: str) -> Keys:
    """From a parameter's JSON, read once as long as it stays. Raises SecretsUnavailable without its content."""
    stored = _object(text, KEYS)
    try:
        return Keys(
            tags=tuple(bytes.fromhex(key) for key in stored["tags"]),
            c2b_tags=tuple(bytes.fromhex(key) for key in stored["c2b_tags"]),
            **{name: bytes.fromhex(stored[name]) for name in ("id", "phone", "client_token", "cursor")},
        )
    except (KeyError, TypeError, ValueError):
        raise SecretsUnavailable(f"The parameter {KEYS} has not their form.", missing=True) from None


def credentials_from_text(text: str) -> Credentials:
    """From a parameter's JSON. Raises SecretsUnavailable without its content."""
    stored = _object(text, CREDENTIALS)
    try:
        return Credentials(stored["consumer_key"], stored["consumer_secret"], dict(stored["passkeys"]))
    except (KeyError, TypeError, ValueError):
        raise SecretsUnavailable(f"The parameter {CREDENTIALS} has not their form.", missing=True) from None


def token_from_text(text: str) -> StoredToken | None:
    """From a parameter's JSON. One that cannot be read is as good as none: another is fetched."""
    try:
        stored = _object(text, TOKEN)
        return StoredToken(*(stored[name] for name in _TOKEN_NAMES))
    except (KeyError, SecretsUnavailable):
        return None


def _object(text: str, name: str) -> Mapping[str, Any]:
    try:
        stored = json.loads(text)
    except ValueError:
        stored = None
    if not isinstance(stored, dict):
        raise SecretsUnavailable(f"The parameter {name} is no JSON object.", missing=True)
    return stored


def _what(error: BotoCoreError | ClientError) -> str:
    """Operation and code, never content."""
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {error.response.get('Error', {}).get('Code', '')}"
    return type(error).__name__
