"""Each STK push that was seen, and what became of it."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.daraja_simulator.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.daraja_simulator.outcomes import Outcome
    from local.daraja_simulator.shortcodes import Shortcode


@dataclass(slots=True, kw_only=True)
class Push:
    """One request. code: the result, once there is one. refusal: why it was not accepted."""

    id: int
    at_s: float
    phone: str
    amount_kes: int
    shortcode: Shortcode
    reference: str
    description: str
    callback_url: str
    merchant_request_id: str = ""
    checkout_request_id: str = ""
    outcome: Outcome | None = None
    accepted: bool = False
    refusal: str | None = None
    setup_error: str | None = None
    """A result that comes whatever the payer does, since type or party do not fit the shortcode."""

    code: str | None = None
    receipt: str | None = None
    prompted_at_s: float | None = None
    ended_at_s: float | None = None
    callback_at_s: float | None = None
    callback_claimed: bool = False
    first_query_at_s: float | None = None

    @property
    def is_open(self) -> bool:
        """Accepted, and no result yet."""
        return self.accepted and self.code is None

    def as_json(self) -> dict[str, object]:
        """As the control API shows it."""
        times = {name: getattr(self, f"{name}_s") for name in ("prompted_at", "ended_at", "callback_at")}
        return {
            "id": self.id,
            "at": iso(self.at_s),
            "phone": self.phone,
            "amount": self.amount_kes,
            "shortcode": self.shortcode.number,
            "account_reference": self.reference,
            "description": self.description,
            "callback_url": self.callback_url,
            "merchant_request_id": self.merchant_request_id,
            "checkout_request_id": self.checkout_request_id,
            "accepted": self.accepted,
            "refusal": self.refusal,
            "result_code": self.code,
            "receipt": self.receipt,
            **{name: None if value is None else iso(value) for name, value in times.items()},
        }


class Pushes:
    """All pushes, oldest first."""

    def __init__(self) -> None:
        self.all: list[Push] = []
        self._by_checkout_id: dict[str, Push] = {}
        self._by_phone: defaultdict[str, list[Push]] = defaultdict(list)
        self._ids = itertools.count(1)

    def next_id(self) -> int:
        """The next push's number."""
        return next(self._ids)

    def add(self, push: Push) -> None:
        """Remember a push, accepted or not."""
        self.all.append(push)
        self._by_phone[push.phone].append(push)
        if push.checkout_request_id:
            self._by_checkout_id[push.checkout_request_id] = push

    def find(self, checkout_request_id: str) -> Push | None:
        """The push with this CheckoutRequestID."""
        return self._by_checkout_id.get(checkout_request_id)

    def of_phone(self, phone: str) -> Iterator[Push]:
        """Pushes to a phone, newest first."""
        return reversed(self._by_phone[phone])

    def open_on(self, phone: str) -> Push | None:
        """The newest push to this phone that has no result yet."""
        return next((push for push in self.of_phone(phone) if push.is_open), None)
