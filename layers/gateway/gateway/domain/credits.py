"""Receipts become credits: one receipt is one credit, whoever told of it and however often.

A query's success is a credit whose receipt is not known yet. Until its own callback names one, a receipt of the
same amount that this payment got otherwise stands in for it, provisionally.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.domain.evidence import Proof
from gateway.domain.facts import MoneyReceived, Source
from gateway.domain.payment import Attempt, Credit

STRENGTH: dict[Source, int] = {
    Source.STATEMENT: 4,
    Source.PULL: 3,
    Source.STATUS: 2,
    Source.CALLBACK: 1,
    Source.C2B: 0,
}
"""Whose word holds for the amount of a receipt, strongest first."""


@dataclass(slots=True)
class _Draft:
    """One receipt while its facts are gathered."""

    receipt: str | None
    tellings: list[tuple[Source, int, int, tuple[str, ...]]] = field(default_factory=list)
    """(source, amount in shillings, time, fact ids), one for each teller."""

    attempt: int | None = None

    def credit(self) -> Credit:
        """By the strongest teller; of equal ones by the larger amount, so that being told again takes nothing away."""
        source, amount_kes, at_ms, _ = max(
            self.tellings, key=lambda told: (STRENGTH.get(told[0], -1), told[1], -told[2], told[3])
        )
        facts = tuple(sorted({fact_id for told in self.tellings for fact_id in told[3]}))
        return Credit(self.receipt, amount_kes, at_ms, source, facts, self.attempt)


def credits_of(
    attempts: Sequence[Attempt], successes: Mapping[int, Proof], told: Collection[MoneyReceived]
) -> tuple[Credit, ...]:
    """The money that arrived, by time. At most one credit an attempt, at most one a receipt.

    successes: the proof of each attempt that succeeded. told: money that M-PESA told of by receipt. An attempt whose
    receipt is credited to another payment (`receipt_taken`) gives no credit, not even one without a receipt.
    """
    drafts = _receipts_told(told)
    counting = [attempt for attempt in attempts if attempt.number in successes and not attempt.receipt_taken]
    for attempt in counting:
        if attempt.receipt:
            _add_success(drafts, attempt, successes[attempt.number])
    unnamed = [_anonymous(attempt, successes[attempt.number], drafts) for attempt in counting if not attempt.receipt]
    everything = [*drafts.values(), *(draft for draft in unnamed if draft is not None)]
    found = [draft.credit() for draft in everything]
    return tuple(sorted(found, key=lambda credit: (credit.at_ms, credit.receipt or "", credit.attempt or 0)))


def _receipts_told(told: Collection[MoneyReceived]) -> dict[str, _Draft]:
    drafts: dict[str, _Draft] = {}
    for fact in sorted(told, key=lambda fact: fact.id):
        draft = drafts.setdefault(fact.receipt, _Draft(fact.receipt))
        at_ms = fact.completed_at_ms or fact.learned_at_ms
        draft.tellings.append((fact.told_by, fact.amount_kes, at_ms, (fact.id,)))
    return drafts


def _add_success(drafts: dict[str, _Draft], attempt: Attempt, proof: Proof) -> None:
    receipt = attempt.receipt or ""
    draft = drafts.setdefault(receipt, _Draft(receipt))
    draft.attempt = attempt.number
    draft.tellings.append((Source.CALLBACK, attempt.amount_kes, _completed_at_ms(proof), _ids(proof)))


def _anonymous(attempt: Attempt, proof: Proof, drafts: dict[str, _Draft]) -> _Draft | None:
    """Fill a receipt that no attempt names; else stand as a credit without one."""
    for receipt in sorted(drafts):
        draft = drafts[receipt]
        if draft.attempt is None and draft.credit().amount_kes == attempt.amount_kes:
            draft.attempt = attempt.number
            draft.tellings.append((Source.QUERY, attempt.amount_kes, _completed_at_ms(proof), _ids(proof)))
            return None
    alone = _Draft(None, attempt=attempt.number)
    alone.tellings.append((Source.QUERY, attempt.amount_kes, _completed_at_ms(proof), _ids(proof)))
    return alone


def _completed_at_ms(proof: Proof) -> int:
    """M-Pesa's own time where it is told, else when we knew."""
    told = [at for fact in proof.facts if (at := getattr(fact, "completed_at_ms", None))]
    return int(min(told)) if told else proof.at_ms


def _ids(proof: Proof) -> tuple[str, ...]:
    return tuple(fact.id for fact in proof.facts)
