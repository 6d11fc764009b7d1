"""A file of payouts: stored whole with one write, then a payout for each line. Whoever dies on the way is taken up.

A line's payout has an id of its own that follows from the file and the line, so making it twice makes it once.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.money_out.files import PayoutFile, PayoutLine, completed
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import Method, OutgoingAsked, OutgoingKind, OutgoingRecord, OutgoingState
from gateway.domain.money_out.policy import LAPSES_AFTER_MS
from gateway.domain.policy import SECOND_MS
from gateway.flows.money_out.begin import begin_payout
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, call
from gateway.ports.money_out import Outgoings

TIME_RESERVE_MS = 6 * SECOND_MS
"""With less time left than this, the other lines are left to the sweep."""


@dataclass(frozen=True, slots=True)
class BegunFile:
    """created False: this is what the Idempotency-Key named before. Compare the fingerprint."""

    file: PayoutFile
    created: bool


def begin_file(file: PayoutFile, settings: FlowSettings) -> Flow[BegunFile]:
    """Store it and make its payouts, as far as time allows. Raises StoreUnavailable: repeat the same request."""
    existing = yield from call(Outgoings.create_file, file)
    if existing is not None and existing.fingerprint != file.fingerprint:
        return BegunFile(existing, created=False)
    standing = yield from complete_file(existing or file, settings)
    return BegunFile(standing, created=existing is None)


def complete_file(file: PayoutFile, settings: FlowSettings) -> Flow[PayoutFile]:
    """Make the payouts that it still lacks. Raises StoreUnavailable."""
    for line in file.lines:
        if (yield from call(Ambient.time_left_ms)) < TIME_RESERVE_MS:
            return file
        yield from begin_payout(_asked(file, line), settings)
    if file.is_complete:
        return file
    after = completed(file)
    saved = yield from call(Outgoings.save_file, file, after)
    return after if saved else file


def sweep_file(file_id: str, settings: FlowSettings) -> Flow[None]:
    """Take up a file whose maker has died. Raises StoreUnavailable."""
    file = yield from call(Outgoings.read_file, file_id)
    if file is not None and file.due_at_ms is not None:
        yield from complete_file(file, settings)


def payouts_of_file(file: PayoutFile) -> Flow[list[tuple[OutgoingRecord, OutgoingState]]]:
    """Its payouts as they stand, those that exist."""
    records = yield from call(Outgoings.read_outgoings, file.out_ids)
    return [(record, outgoing_state(record)) for record in records]


def _asked(file: PayoutFile, line: PayoutLine) -> OutgoingAsked:
    return OutgoingAsked(
        id=line.out_id,
        kind=str(OutgoingKind.PAYOUT),
        owner=file.owner,
        livemode=file.livemode,
        shortcode=file.shortcode,
        method=str(Method.B2C),
        command=line.command,
        amount_kes=line.amount_kes,
        remarks=line.remarks,
        created_by=file.created_by,
        created_at_ms=file.created_at_ms,
        lapses_at_ms=file.created_at_ms + LAPSES_AFTER_MS,
        fingerprint=line.fingerprint,
        phone=line.phone,
        order=line.order,
        maker=file.maker,
        file=file.id,
    )
