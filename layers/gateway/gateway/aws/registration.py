"""The Registrations port over DynamoDB.

| item         | `pk`               | own attributes                                                   | indexes |
|--------------|--------------------|------------------------------------------------------------------|---------|
| registration | C2BREG#<shortcode> | state, mark, api, detail, by, at, tested, test, [heard], version | none    |

Example, as plain values:

  C2BREG#174379  {"state": "registered", "mark": "9f3a…", "api": "v2", "detail": "Success", "by": "key_…", "version": 3,
                  "at": 1772442904000, "tested": 1772442903000, "test": "77ab…", "heard": "77ab…"}
"""

from __future__ import annotations

from typing import Any

from gateway.aws import items
from gateway.aws.table import Path, Table
from gateway.aws.values import Item
from gateway.domain.registration import Registration, RegistrationState

REGISTRATION = "C2BREG#"


class DynamoRegistrations:
    """The Registrations port over the one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read_registration(self, shortcode: str, /) -> Registration | None:
        """One consistent read."""
        item = self._table.read(REGISTRATION + shortcode)
        return _from_item(item) if item else None

    def save_registration(self, before: Registration | None, after: Registration, /) -> bool:
        """One write; `heard` is not touched: the callback API may be writing it now."""
        version = before.version if before is not None else None
        changed: dict[Path, Any] = {
            ("state",): str(after.state),
            ("mark",): after.mark,
            ("api",): after.api,
            ("detail",): after.detail,
            ("by",): after.by,
            ("at",): after.at_ms,
            ("tested",): after.tested_ms,
            ("test",): after.test,
            ("version",): (version or 0) + 1,
        }
        conflict = self._table.change(REGISTRATION + after.shortcode, changed, {"version": version})
        if conflict is None:
            return True
        stands = _from_item(conflict.stored) if conflict.stored else None
        return conflict.retried and stands is not None and (stands.version, stands.test) == (after.version, after.test)

    def hear_test(self, shortcode: str, nonce: str, /) -> None:
        """One write, on condition that this test was begun."""
        self._table.change(REGISTRATION + shortcode, {("heard",): nonce}, {"test": nonce})


def _from_item(item: Item) -> Registration:
    values = items.unpacked(item)
    return Registration(
        shortcode=values["pk"].removeprefix(REGISTRATION),
        state=RegistrationState(values["state"]),
        mark=values["mark"],
        api=values["api"],
        detail=values["detail"],
        by=values["by"],
        at_ms=values["at"],
        tested_ms=values["tested"],
        test=values["test"],
        heard=values.get("heard", ""),
        version=values["version"],
    )
