"""One way in for every fact about money that goes out: read, fold, write once. As `flows/keep.py` for payments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.domain.fact import Fact, UnknownFact
from gateway.domain.money_out.due import out_due_at_ms
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OUT_FOLD_VERSION, OutgoingRecord, OutgoingState
from gateway.flows.keep import PAUSE_MS_MAX, ROUNDS_MAX, pause_with_jitter
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, Indexed, StoreUnavailable, call
from gateway.ports.money_out import Outgoings

FactsFor = Callable[[OutgoingRecord], Sequence[Fact]]
"""The facts to keep, given the payout or refund as it stands."""


@dataclass(frozen=True, slots=True)
class KeptOutgoing:
    """It, with the facts in it. changed False: they were known already."""

    record: OutgoingRecord
    state: OutgoingState
    changed: bool


def keep_outgoing(out_id: str, facts_for: FactsFor, settings: FlowSettings) -> Flow[KeptOutgoing | None]:
    """Keep facts. None: there is no such payout or refund. Raises StoreUnavailable."""
    for lost in range(ROUNDS_MAX):
        record = yield from call(Outgoings.read_outgoing, out_id)
        if record is None:
            return None
        kept = yield from keep_in_outgoing(record, facts_for(record), settings)
        if kept is not None:
            return kept
        yield from pause_with_jitter(PAUSE_MS_MAX * (lost + 1))
    raise StoreUnavailable(f"{ROUNDS_MAX} writes of {out_id} lost against others")


def keep_in_outgoing(
    record: OutgoingRecord, facts: Sequence[Fact], settings: FlowSettings, **changed: Any
) -> Flow[KeptOutgoing | None]:
    """Keep facts, and these other attributes, in this very version. None: somebody else was faster, read again."""
    after = replace(record.with_facts(facts), **changed)
    newer = is_of_a_newer_release(after)
    if after == record and (newer or not record.unconcluded):
        return KeptOutgoing(record, outgoing_state(record), changed=False)
    now_ms = yield from call(Ambient.now_ms)
    after = replace(after, version=record.version + 1, updated_at_ms=now_ms)
    if newer:
        return (yield from _only_add(record, after, now_ms))
    after = replace(after, fold_version=OUT_FOLD_VERSION, unconcluded=False)
    state = outgoing_state(after)
    indexed = out_indexed(after, state, settings)
    after = replace(after, due_at_ms=indexed.due_at_ms)
    saved = yield from call(Outgoings.save_outgoing, record, after, indexed)
    return KeptOutgoing(after, state, changed=True) if saved else None


def out_indexed(record: OutgoingRecord, state: OutgoingState, settings: FlowSettings) -> Indexed:
    """What the item shows to the indexes and to people. Never due before the write that says so."""
    due_ms = out_due_at_ms(record, state, settings.out)
    summary = {"status": str(state.status), "flags": sorted(str(flag) for flag in state.flags)}
    return Indexed(
        due_at_ms=None if due_ms is None else max(due_ms, record.updated_at_ms),
        summary=summary | ({"receipt": state.receipt} if state.receipt else {}),
    )


def is_of_a_newer_release(record: OutgoingRecord) -> bool:
    """Whether this release may draw no conclusions from the item, and so never sends it."""
    facts = record.facts.values()
    return record.fold_version > OUT_FOLD_VERSION or any(isinstance(fact, UnknownFact) for fact in facts)


def _only_add(record: OutgoingRecord, after: OutgoingRecord, now_ms: int) -> Flow[KeptOutgoing | None]:
    """Keep the fact, leave every conclusion to the newer release, and make it look soon."""
    after = replace(after, due_at_ms=now_ms, unconcluded=True)
    saved = yield from call(Outgoings.save_outgoing, record, after, Indexed(due_at_ms=now_ms))
    return KeptOutgoing(after, outgoing_state(after), changed=True) if saved else None
