"""Faults that a test or a person orders: by call, phone, number of times, rate; decided by a seed."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_INBOUND = frozenset(
    [
        "refuse_connection",
        "connection_cut",
        "connection_cut_before",
        "answer_lost",
        "http_500",
        "http_503",
        "html_403",
        "slow",
        "malformed",
        "truncated",
        "spike_arrest",
    ]
)
_OUTBOUND = frozenset(["lost", "late", "malformed", "truncated", "wrong_source"])

FAULTS_OF: Mapping[str, frozenset[str]] = {
    "oauth": _INBOUND,
    "stk_push": _INBOUND | {"token_revoked", "unknown_code"},
    "stk_query": _INBOUND | {"token_revoked", "unknown_code", "still_processing", "being_processed", "does_not_exist"},
    "stk_callback": _OUTBOUND
    | {"twice", "reorder", "wrong_amount", "other_receipt", "unknown_code"}
    | {"code_as_text", "masked_phone", "missing_items"},
    "c2b_register": _INBOUND | {"token_revoked", "unknown_code"},
    "c2b_simulate": _INBOUND | {"token_revoked", "unknown_code"},
    "b2c": _INBOUND | {"token_revoked", "unknown_code"},
    "b2b": _INBOUND | {"token_revoked", "unknown_code"},
    "reversal": _INBOUND | {"token_revoked", "unknown_code"},
    "status": _INBOUND | {"token_revoked", "unknown_code"},
    "balance": _INBOUND | {"token_revoked", "unknown_code"},
    "pull_register": _INBOUND | {"token_revoked", "unknown_code"},
    "pull": _INBOUND | {"token_revoked"},
    "qr": _INBOUND | {"token_revoked"},
    "tax": _INBOUND | {"token_revoked", "unknown_code"},
    "ussd_push": _INBOUND | {"token_revoked", "unknown_code"},
    "standing_order": _INBOUND | {"token_revoked", "unknown_code"},
    "bill_manager": _INBOUND | {"token_revoked", "unknown_code"},
    "look_up": _INBOUND | {"token_revoked"},
    "result": _OUTBOUND | {"twice", "reorder", "other_receipt", "unknown_code", "queue_timeout_then_result"},
    "ussd_callback": _OUTBOUND | {"twice", "reorder", "wrong_amount", "other_receipt", "unknown_code"},
    "standing_order_callback": _OUTBOUND | {"twice", "reorder", "other_receipt", "unknown_code"},
    "bill_payment": _OUTBOUND | {"twice", "reorder", "wrong_amount", "other_receipt"},
    "c2b_validation": _OUTBOUND | {"wrong_amount"},
    "c2b_confirmation": _OUTBOUND | {"twice", "reorder", "wrong_amount", "other_receipt"},
}
"""Which faults each call can suffer."""

DEFAULT_DELAY_S: Mapping[str, float] = {"slow": 20.0, "late": 600.0, "twice": 1.0, "reorder": 30.0}


@dataclass(slots=True)
class Fault:
    """An order. count None: no limit. rate: share of the calls that suffer it."""

    id: int
    call: str
    fault: str
    phone: str | None
    count: int | None
    rate: float
    seed: int
    delay_s: float
    fired: int = 0
    _draws: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        """Seed the draws."""
        self._draws = random.Random(self.seed)

    @property
    def spent(self) -> bool:
        """Whether it will not fire again."""
        return self.count is not None and self.fired >= self.count

    def fires(self, phone: str | None) -> bool:
        """Decide for one call; one draw for each call that it concerns."""
        if self.spent or (self.phone is not None and self.phone != phone):
            return False
        if self.rate < 1 and self._draws.random() >= self.rate:
            return False
        self.fired += 1
        return True

    def as_json(self) -> dict[str, object]:
        """As the control API shows it."""
        names = ("id", "call", "fault", "phone", "count", "rate", "seed", "delay_s", "fired", "spent")
        return {name: getattr(self, name) for name in names}


class Faults:
    """All orders, oldest first. The first that fires decides."""

    def __init__(self) -> None:
        self.all: list[Fault] = []
        self._ids = itertools.count(1)

    def order(
        self,
        call: str,
        fault: str,
        *,
        phone: str | None = None,
        count: int | None = None,
        rate: float = 1.0,
        seed: int = 0,
        delay_s: float | None = None,
    ) -> Fault:
        """Add a fault. call and fault must be a pair of `FAULTS_OF`."""
        delay = DEFAULT_DELAY_S.get(fault, 0.0) if delay_s is None else delay_s
        ordered = Fault(next(self._ids), call, fault, phone, count, rate, seed, delay)
        self.all.append(ordered)
        return ordered

    def fire(self, call: str, phone: str | None) -> Fault | None:
        """The fault that this call suffers, if any."""
        return next((fault for fault in self.all if fault.call == call and fault.fires(phone)), None)

    def remove(self, fault_id: int) -> bool:
        """Take an order back. False: there is none with this id."""
        left = [fault for fault in self.all if fault.id != fault_id]
        found = len(left) < len(self.all)
        self.all = left
        return found
