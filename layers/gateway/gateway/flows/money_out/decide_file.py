"""A person decides about all payouts of a file at once: each gets the decision as a fact of its own.

The decision is bound to the terms of every line and to the lines that were shown as waiting. A line that stands
otherwise by now is left out and told by its number. Whoever dies on the way, or runs out of time, decides again: what
is decided already stays so, since the same person's same word is one fact.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.domain.money_out.files import LINES_MAX, PayoutFile
from gateway.domain.money_out.outgoing import OutgoingKind, OutgoingRecord, OutgoingState, OutgoingStatus, terms_of
from gateway.domain.policy import SECOND_MS
from gateway.flows.money_out.decide import Approver, DecisionRefused, Objection
from gateway.flows.money_out.file import payouts_of_file
from gateway.flows.money_out.keep import KeptOutgoing
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, call
from gateway.ports.money_out import OutgoingQuery, Outgoings

Found = tuple[OutgoingRecord, OutgoingState]
Decide = Callable[[str, str, Approver, str, str, FlowSettings], Flow[KeptOutgoing]]
"""`decide.approve` or `decide.reject`."""

TIME_RESERVE_MS = 6 * SECOND_MS
"""With less time left than this, the other lines wait for the next press."""

HASH_HEX = 32
EARLIER_MAX = LINES_MAX
"""So many payouts that went are compared with: one file as large as this one."""
ABOUT_THE_PERSON = frozenset({Objection.OWN, Objection.LET_IN, Objection.SIGN_IN_TOO_OLD})
"""Objections that hold for every line."""


@dataclass(frozen=True, slots=True)
class FileDecided:
    """decided: how many lines have this decision now. left_out: numbers of those that stood otherwise, with why.

    waiting: those for which there was no time; the same press goes on with them.
    """

    decided: int
    left_out: Mapping[int, Objection] = field(default_factory=dict)
    waiting: int = 0


class FileNotDecided(Exception):
    """Nothing more was decided: it is not what the person was shown, or not this person's to decide."""

    def __init__(self, why: Objection) -> None:
        super().__init__(str(why))
        self.why = why


def shown_terms(record: OutgoingRecord) -> str:
    """What a file's decision names of a line: its first hand-over. A second one is decided about by itself."""
    return terms_of(record.asked, 1, record.asked.method)


def waits_in_file(record: OutgoingRecord, state: OutgoingState) -> bool:
    """Whether a decision about the file decides about this line."""
    return state.terms == shown_terms(record)


def lines_that_wait(file: PayoutFile, found: Sequence[Found]) -> tuple[int, ...]:
    """Their places in the file, the first being 1."""
    waiting = {record.id for record, state in found if waits_in_file(record, state)}
    return tuple(place for place, out_id in enumerate(file.out_ids, start=1) if out_id in waiting)


def terms_of_file(file: PayoutFile, found: Sequence[Found], lines: Sequence[int]) -> str:
    """A hash over the terms of every line, and over these lines, which wait.

    Empty while not all payouts exist: then nothing can be decided.
    """
    terms = {record.id: shown_terms(record) for record, _ in found}
    if not file.is_complete or set(terms) != set(file.out_ids):
        return ""
    text = "|".join([file.id, *(terms[out_id] for out_id in file.out_ids), *(str(line) for line in lines)])
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_HEX]


def decide_file(
    file: PayoutFile,
    decide: Decide,
    person: Approver,
    terms: str,
    lines: Sequence[int],
    note: str,
    settings: FlowSettings,
) -> Flow[FileDecided]:
    """The decision for these lines, which were shown as waiting. terms: of the file, as shown.

    Raises FileNotDecided, and StoreUnavailable: then some may be decided, and the same press goes on.
    """
    found = yield from payouts_of_file(file)
    if not terms or not lines or terms_of_file(file, found, lines) != terms:
        raise FileNotDecided(Objection.OTHER_TERMS)
    records = {record.id: record for record, _ in found}
    left_out: dict[int, Objection] = {}
    for done, place in enumerate(lines):
        if (yield from call(Ambient.time_left_ms)) < TIME_RESERVE_MS:
            return FileDecided(done - len(left_out), left_out, len(lines) - done)
        record = records[file.out_ids[place - 1]]
        try:
            yield from decide(record.id, file.owner, person, shown_terms(record), note, settings)
        except DecisionRefused as refused:
            if refused.why in ABOUT_THE_PERSON:
                raise FileNotDecided(refused.why) from None
            left_out[place] = refused.why
    return FileDecided(len(lines) - len(left_out), left_out)


def payouts_that_went(owner: str) -> Flow[tuple[OutgoingRecord, ...]]:
    """The owner's last payouts that arrived, newest first: what a file is compared with."""
    query = OutgoingQuery(owner=owner, kind=str(OutgoingKind.PAYOUT), status=str(OutgoingStatus.SUCCEEDED))
    listed = yield from call(Outgoings.list_outgoings, query, EARLIER_MAX, None)
    return listed.records
