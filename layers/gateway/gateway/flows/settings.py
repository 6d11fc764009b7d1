"""What flows need to know beside their input: the rules' numbers and our public address for Safaricom."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.domain.due import due_at_ms
from gateway.domain.fold import state_of
from gateway.domain.money_out.policy import OutPolicy
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.policy import Policy
from gateway.ports import Indexed
from gateway.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSettings:
    """callback_base_url: without a slash at the end. query_apart_ms: between two STK queries of all functions."""

    policy: Policy = field(default_factory=Policy)
    callback_base_url: str = ""
    due_shards: int = 4
    query_apart_ms: int = 1_000
    out: OutPolicy = field(default_factory=OutPolicy)

    @classmethod
    def of(cls, settings: Settings, *, calls_safaricom: bool = False) -> FlowSettings:
        """From the function's environment. calls_safaricom: also read what only such a function is given."""
        return cls(
            policy=settings.policy,
            callback_base_url=settings.text("CALLBACK_BASE_URL") if calls_safaricom else "",
            due_shards=settings.number("DUE_SHARDS"),
            query_apart_ms=settings.query_apart_ms,
            out=settings.out_policy,
        )

    def indexed(self, record: PaymentRecord, state: PaymentState) -> Indexed:
        """What a payment's item shows to the indexes and to people.

        Never due before the write that says so: the index tells since when something waits, and health reads it there.
        """
        due_ms = due_at_ms(record, state, self.policy)
        return Indexed(
            due_at_ms=None if due_ms is None else max(due_ms, record.updated_at_ms),
            summary={
                "status": str(state.status),
                "flags": sorted(str(flag) for flag in state.flags),
                "received_kes": state.received_kes,
                "safe_to_fulfil": state.safe_to_fulfil,
            },
        )

    @staticmethod
    def state(record: PaymentRecord) -> PaymentState:
        """What follows from the record's facts."""
        return state_of(record.asked, record.facts)
