"""The lines of a payout file on its page: those to look at first with the reason, the first ones, the others folded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from gateway.domain.money_out.file_check import LineCheck, Why
from gateway.domain.money_out.files import PayoutFile
from gateway.domain.money_out.outgoing import OutgoingRecord, OutgoingState
from gateway.flows.money_out.decide import Objection
from gateway.flows.outgoing_shown import PURPOSE_OF
from gateway.web.checkout.markup import NOTHING, Html, amount, html, joined
from gateway.web.console.parts import table
from gateway.web.console.payouts import out_badge, recipient
from gateway.web.console.visit import Visit

Found = tuple[OutgoingRecord, OutgoingState]


class Line(NamedTuple):
    """A payout with its place in the file, the first being 1. number: of its row, as the API and a spreadsheet say."""

    place: int
    record: OutgoingRecord
    state: OutgoingState
    number: int


Checks = Mapping[str, LineCheck]

FIRST_LINES = 20
"""Shown unfolded."""
LEFT_OUT_TOLD_MAX = 20


def in_order(file: PayoutFile, found: Sequence[Found]) -> list[Line]:
    """As they stand in the file."""
    places = {out_id: place for place, out_id in enumerate(file.out_ids, start=1)}
    lines = (Line(places[one.id], one, state, file.number_of(places[one.id])) for one, state in found)
    return sorted(lines, key=lambda line: line.place)


def lines_of_file(
    visit: Visit, file: PayoutFile, found: Sequence[Found], checks: Checks | None, *, compared: bool
) -> Html:
    """checks None: nothing waits, so nothing is to look at first. compared: whether there were earlier payouts."""
    lines = in_order(file, found)
    folded = len(lines) > FIRST_LINES
    look = NOTHING if checks is None else _look_first(visit, to_look_at(lines, checks), checks, compared=compared)
    return html(
        "{look}<h2>{h}</h2>{lines}",
        look=look,
        h=visit.say("file_first_lines", count=FIRST_LINES) if folded else visit.say("file_lines"),
        lines=_folded(visit, lines, _table),
    )


def to_look_at(lines: Sequence[Line], checks: Checks) -> list[Line]:
    """Those that differ from what was paid out before."""
    return [line for line in lines if checks[line.record.id].whys]


def _folded(visit: Visit, lines: Sequence[Line], shown: Callable[[Visit, Sequence[Line]], Html]) -> Html:
    """The first ones, and the others on demand."""
    first, others = lines[:FIRST_LINES], lines[FIRST_LINES:]
    if not others:
        return shown(visit, first)
    return html(
        "{f}<details><summary>{s}</summary>{t}</details>",
        f=shown(visit, first),
        s=visit.say("file_other_lines", count=len(others)),
        t=shown(visit, others),
    )


def left_out(visit: Visit, file: PayoutFile, found: Sequence[Found], why: Mapping[int, Objection]) -> Html:
    """The lines that a decision left out, each by its number with how it stands now."""
    if not why:
        return NOTHING
    lines = [line for line in in_order(file, found) if line.place in why]
    told = joined(
        html(
            "<p>{w}{b}</p>",
            w=visit.say(
                "file_left_out_line",
                line=_link(record, number),
                to=recipient(visit, record),
                amount=amount(record.asked.amount_kes),
            ),
            b=out_badge(visit, state),
        )
        for _, record, state, number in lines[:LEFT_OUT_TOLD_MAX]
    )
    rest = len(why) - LEFT_OUT_TOLD_MAX
    more = html("<p>{t}</p>", t=visit.say("file_left_out_more", count=rest)) if rest > 0 else NOTHING
    return html('<div class="warn"><p>{t}</p>{l}{m}</div>', t=visit.say("file_left_out"), l=told, m=more)


def _look_first(visit: Visit, lines: Sequence[Line], checks: Checks, *, compared: bool) -> Html:
    nothing = NOTHING if compared else html('<p class="muted">{t}</p>', t=visit.say("file_first_payouts"))
    if not lines:
        as_before = html('<p class="muted">{t}</p>', t=visit.say("file_as_before"))
        return as_before if compared else nothing
    heading = visit.say("file_look_at_one") if len(lines) == 1 else visit.say("file_look_first", count=len(lines))
    return html(
        '{n}<h2 id="look">{h}</h2>{t}',
        n=nothing,
        h=heading,
        t=_folded(visit, lines, lambda visit, some: _look_table(visit, some, checks)),
    )


def _look_table(visit: Visit, lines: Sequence[Line], checks: Checks) -> Html:
    heads = [
        (visit.say("col_line"), True),
        (visit.say("col_to"), False),
        (visit.say("col_look_why"), False),
        (visit.say("col_status"), False),
        (visit.say("col_amount"), True),
    ]
    cells = [
        (
            _link(record, number),
            recipient(visit, record),
            _whys(visit, checks[record.id]),
            out_badge(visit, state),
            amount(record.asked.amount_kes),
        )
        for _, record, state, number in lines
    ]
    return table(visit.say("file_table"), heads, cells)


def _whys(visit: Visit, check: LineCheck) -> Html:
    last = amount(check.last_kes) if check.last_kes is not None else NOTHING
    return joined(html("<div>{w}</div>", w=_why(visit, why, last)) for why in check.whys)


def _why(visit: Visit, why: Why, last: Html) -> Html:
    return visit.say(f"why_{why}", last=last) if why is Why.OTHER_AMOUNT else visit.say(f"why_{why}")


def _link(record: OutgoingRecord, number: int) -> Html:
    return html('<a href="/console/payouts/{id}">{n}</a>', id=record.id, n=number)


def _table(visit: Visit, lines: Sequence[Line]) -> Html:
    heads = [
        (visit.say("col_line"), True),
        *((visit.say(key), False) for key in ("col_to", "row_why", "row_purpose", "row_order", "col_status")),
        (visit.say("col_amount"), True),
    ]
    cells = [
        (
            _link(record, number),
            recipient(visit, record),
            record.asked.remarks,
            visit.say(f"purpose_{PURPOSE_OF.get(record.asked.command, 'business')}"),
            record.asked.order or "–",
            out_badge(visit, state),
            amount(record.asked.amount_kes),
        )
        for _, record, state, number in lines
    ]
    return table(visit.say("file_table"), heads, cells)
