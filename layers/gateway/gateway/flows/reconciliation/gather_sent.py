"""Which payouts and refunds of ours stand behind the rows of a statement that went out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.money_out.outgoing import OutgoingKind, OutgoingStatus
from gateway.domain.reconciliation.sent import Outgoing, outgoing_of
from gateway.domain.shop import Shortcode
from gateway.flows.reconciliation.time_left import time_is_left
from gateway.ports import Flow, call
from gateway.ports.money_out import OutgoingQuery, Outgoings
from gateway.ports.repairs import Repairs

PAGE = 100
FEW = 20
"""So many codes are looked for one by one; of more, the lists of the days have most, a hundred at a time."""

LOOKED_FOR_MAX = 500
"""So many codes at most are looked for one by one: wages of thousands sent from the portal hold up no day."""

UNANSWERED = (OutgoingStatus.UNRESOLVED, OutgoingStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Sent:
    """What was found. by_receipt: this owner's. foreign: codes of another owner of the shortcode. unanswered: ours.

    not_looked_for: codes that were too many. listed: all that this owner asked for on a day, of days that were read.
    """

    by_receipt: Mapping[str, Outgoing]
    foreign: frozenset[str]
    unanswered: tuple[Outgoing, ...]
    not_looked_for: frozenset[str]
    listed: Mapping[str, Sequence[Outgoing]]


def gather_sent(receipts: Collection[str], owner: str, code: Shortcode, day: str) -> Flow[Sent]:
    """What stands behind these codes of a day. For what nobody has, also what nobody has answered for.

    Raises StoreUnavailable, DayTooBig.
    """
    listed = (yield from _of_days(owner, day)) if len(receipts) > FEW else {}
    by_receipt = {one.receipt: one for of_day in listed.values() for one in of_day if one.receipt is not None}
    not_listed = sorted(set(receipts) - set(by_receipt))
    looked_for = not_listed[:LOOKED_FOR_MAX]
    mine = by_receipt | (yield from _found(owner, looked_for))
    left = set(looked_for) - set(mine)
    foreign = (yield from _of_others(owner, code, left)) if left else frozenset[str]()
    unanswered = (yield from _unanswered(owner)) if left - foreign else ()
    return Sent(mine, foreign, unanswered, frozenset(not_listed[LOOKED_FOR_MAX:]), listed)


def _of_days(owner: str, day: str) -> Flow[dict[str, list[Outgoing]]]:
    """What was asked for on this day, and on the one before."""
    found: dict[str, list[Outgoing]] = {}
    for made_on in (day, day_of(day_begins_ms(day) - 1)):
        found[made_on] = yield from asked_for_on(owner, made_on)
    return found


def asked_for_on(owner: str, day: str) -> Flow[list[Outgoing]]:
    """All payouts and refunds that were asked for on a day. Raises StoreUnavailable, DayTooBig."""
    found: list[Outgoing] = []
    for kind in OutgoingKind:
        cursor: str | None = None
        while True:
            yield from time_is_left()
            page = yield from call(
                Outgoings.list_outgoings, OutgoingQuery(owner=owner, kind=kind, day=day), PAGE, cursor
            )
            found += [outgoing_of(record) for record in page.records]
            cursor = page.cursor
            if cursor is None:
                break
    return found


def _found(owner: str, receipts: Iterable[str]) -> Flow[dict[str, Outgoing]]:
    """By each code, whatever day it is of."""
    found: dict[str, Outgoing] = {}
    for receipt in sorted(receipts):
        yield from time_is_left()
        records = yield from call(Outgoings.find_outgoings, owner, receipt)
        if records:
            found[receipt] = outgoing_of(records[0])
    return found


def _of_others(owner: str, code: Shortcode, receipts: Collection[str]) -> Flow[frozenset[str]]:
    """Those that another shop sent which has the same shortcode."""
    shops = yield from call(Repairs.shops)
    others = [shop.owner for shop in shops if shop.owner != owner and shop.account(code.number) is not None]
    found: set[str] = set()
    for other in others:
        found |= set((yield from _found(other, set(receipts) - found)))
    return frozenset(found)


def _unanswered(owner: str) -> Flow[tuple[Outgoing, ...]]:
    """A page of each kind is enough to look at: more of them are a matter of their own."""
    found: list[Outgoing] = []
    for kind in OutgoingKind:
        for status in UNANSWERED:
            query = OutgoingQuery(owner=owner, kind=kind, status=status)
            page = yield from call(Outgoings.list_outgoings, query, PAGE, None)
            found += [Outgoing(record.id, record.asked.amount_kes) for record in page.records]
    return tuple(found)
