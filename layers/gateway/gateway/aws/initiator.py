"""The Initiator port: the credential in SSM, the circuit in DynamoDB. No password is anywhere.

<prefix>/initiators  {"600998": {"name": "apiop1", "security_credential": "…", "set_at_ms": 1772442904000}}
CIRCUIT#600998       {"owners": ["shop"], "set_at": 1772442904000, "tested_at": 1772442910000, "version": 3,
                      "openings": {"*": {"code": "2001", "command": "ask_balance", "since": 1772529304000}}}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from gateway.aws import items
from gateway.aws.secrets import FRESH_MS, INITIATORS
from gateway.aws.table import Path, Table
from gateway.aws.values import Item
from gateway.domain.circuit import Circuit, Opening
from gateway.ports import SecretsUnavailable
from gateway.ports.initiator import InitiatorCredential

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

CIRCUIT = "CIRCUIT#"
_CHANGING = ("owners", "set_at", "tested_at", "openings", "version")


class AwsInitiator:
    """The Initiator port. prefix: SSM path of the stack's secrets; who only reads circuits is not told it."""

    def __init__(
        self, table: Table, client: Callable[[], SSMClient], prefix: Callable[[], str], now_ms: Callable[[], int]
    ) -> None:
        self._table = table
        self._client = client
        self._prefix = prefix
        self._now_ms = now_ms
        self._credentials: Mapping[str, InitiatorCredential] = {}
        self._read_at_ms: int | None = None

    def read_credential(self, shortcode: str, set_at_ms: int, /) -> InitiatorCredential | None:
        """From memory, unless that is minutes old or from before set_at_ms."""
        if (
            self._read_at_ms is None
            or self._now_ms() - self._read_at_ms > FRESH_MS
            or self._is_older(shortcode, set_at_ms)
        ):
            self._credentials = initiators_from_text(self._read())
            self._read_at_ms = self._now_ms()
        if self._is_older(shortcode, set_at_ms):
            raise SecretsUnavailable("the newest credential cannot be read yet")
        return self._credentials.get(shortcode)

    def _is_older(self, shortcode: str, set_at_ms: int) -> bool:
        known = self._credentials.get(shortcode)
        return known is not None and known.set_at_ms < set_at_ms

    def read_circuit(self, shortcode: str, /) -> Circuit | None:
        """One consistent read."""
        item = self._table.read(CIRCUIT + shortcode)
        return circuit_from_item(item) if item else None

    def save_circuit(self, before: Circuit | None, after: Circuit, /) -> bool:
        """Write, on condition that it is absent (before None) or of `before`'s version."""
        values = circuit_to_values(after)
        changed: dict[Path, Any] = {(name,): values[name] for name in _CHANGING}
        conflict = self._table.change(values["pk"], changed, {"version": before.version if before else None})
        if conflict is None:
            return True
        stands = circuit_from_item(conflict.stored) if conflict.stored else None
        return conflict.retried and stands == after

    def _read(self) -> str:
        try:
            answer = self._client().get_parameters(Names=[f"{self._prefix()}/{INITIATORS}"], WithDecryption=True)
        except (BotoCoreError, ClientError) as error:
            raise SecretsUnavailable(type(error).__name__) from None
        return answer["Parameters"][0]["Value"] if answer["Parameters"] else "{}"


def initiators_from_text(text: str) -> Mapping[str, InitiatorCredential]:
    """By shortcode, from the parameter's JSON. Raises SecretsUnavailable without its content."""
    try:
        stored = json.loads(text)
        return {
            shortcode: InitiatorCredential(one["name"], one["security_credential"], one["set_at_ms"])
            for shortcode, one in stored.items()
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        raise SecretsUnavailable(f"The parameter {INITIATORS} has not their form.", missing=True) from None


def initiators_to_text(credentials: Mapping[str, InitiatorCredential]) -> str:
    """Inverse."""
    return json.dumps(
        {
            shortcode: {"name": one.name, "security_credential": one.security_credential, "set_at_ms": one.set_at_ms}
            for shortcode, one in sorted(credentials.items())
        }
    )


def circuit_to_values(circuit: Circuit) -> dict[str, Any]:
    """The whole item."""
    return {
        "pk": CIRCUIT + circuit.shortcode,
        "owners": list(circuit.owners),
        "set_at": circuit.set_at_ms,
        "tested_at": circuit.tested_at_ms,
        "openings": {
            place: {"code": one.code, "command": one.command, "since": one.since_ms}
            for place, one in circuit.openings.items()
        },
        "version": circuit.version,
    }


def circuit_from_item(item: Item) -> Circuit:
    """A stored circuit."""
    values = items.unpacked(item)
    return Circuit(
        shortcode=values["pk"].removeprefix(CIRCUIT),
        owners=tuple(values.get("owners", ())),
        set_at_ms=values.get("set_at", 0),
        tested_at_ms=values.get("tested_at", 0),
        openings={
            place: Opening(one["code"], one["command"], one["since"])
            for place, one in values.get("openings", {}).items()
        },
        version=values["version"],
    )
