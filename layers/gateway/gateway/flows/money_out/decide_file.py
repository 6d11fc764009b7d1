"""A person decides about all payouts of a file at once: each gets the decision as a fact of its own.

The decision is bound to the terms of every line, as they were shown. A line that stands otherwise by now is left out.
Whoever dies on the way, or runs out of time, decides again: what is decided already stays so.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.domain.money_out.files import PayoutFile
from gateway.domain.money_out.outgoing import OutgoingRecord, OutgoingState, terms_of
from gateway.domain.policy import SECOND_MS
from gateway.flows.money_out.decide import Approver, DecisionRefused, Objection
from gateway.flows.money_out.file import payouts_of_file
from gateway.flows.money_out.keep import KeptOutgoing
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, call

Found = tuple[OutgoingRecord, OutgoingState]
Decide = Callable[[str, str, Approver, str, str, FlowSettings], Flow[KeptOutgoing]]
"""`decide.approve` or `decide.reject`."""

TIME_RESERVE_MS = 6 * SECOND_MS
"""With less time left than this, the other lines wait for the next press."""

HASH_HEX = 32
ABOUT_THE_PERSON = frozenset({Objection.OWN, Objection.LET_IN, Objection.SIGN_IN_TOO_OLD})
"""Objections that hold for every line."""


@dataclass(frozen=True, slots=True)
class FileDecided:
    """decided: lines that have this decision now. left_out: those that stood otherwise, by why.

    waiting: those for which there was no time; the same press goes on with them.
    """

    decided: int
    left_out: Mapping[Objection, int]
    waiting: int


class FileNotDecided(Exception):
    """Nothing was decided: it is not what the person was shown, or not this person's to decide."""

    def __init__(self, why: Objection) -> None:
        super().__init__(str(why))
        self.why = why


def shown_terms(record: OutgoingRecord) -> str:
    """What a file's decision names of a line: its first hand-over. A second one is decided about by itself."""
    return terms_of(record.asked, 1, record.asked.method)


def terms_of_file(file: PayoutFile, found: list[Found]) -> str:
    """A hash over the terms of every line. Empty while not all payouts exist: then nothing can be decided."""
    terms = {record.id: shown_terms(record) for record, _ in found}
    if not file.is_complete or set(terms) != set(file.out_ids):
        return ""
    text = "|".join([file.id, *(terms[out_id] for out_id in file.out_ids)])
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_HEX]


def waits_in_file(record: OutgoingRecord, state: OutgoingState) -> bool:
    """Whether a decision about the file decides about this line."""
    return state.terms == shown_terms(record)


def decide_file(
    file: PayoutFile, decide: Decide, person: Approver, terms: str, note: str, settings: FlowSettings
) -> Flow[FileDecided]:
    """The decision for each line that waits. terms: of the file, as shown.

    Raises FileNotDecided, and StoreUnavailable: then some may be decided, and the same press goes on.
    """
    found = yield from payouts_of_file(file)
    if not terms or terms_of_file(file, found) != terms:
        raise FileNotDecided(Objection.OTHER_TERMS)
    order = {out_id: place for place, out_id in enumerate(file.out_ids)}
    lines = sorted((record for record, state in found if waits_in_file(record, state)), key=lambda one: order[one.id])
    left_out: Counter[Objection] = Counter()
    for done, record in enumerate(lines):
        if (yield from call(Ambient.time_left_ms)) < TIME_RESERVE_MS:
            return FileDecided(done - left_out.total(), left_out, len(lines) - done)
        try:
            yield from decide(record.id, file.owner, person, shown_terms(record), note, settings)
        except DecisionRefused as refused:
            if refused.why in ABOUT_THE_PERSON:
                raise FileNotDecided(refused.why) from None
            left_out[refused.why] += 1
    return FileDecided(len(lines) - left_out.total(), left_out, 0)
