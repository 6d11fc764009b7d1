"""The search box: whatever somebody has in hand leads to the payment's page, to a list, or to "no such payment"."""

from __future__ import annotations

from gateway.domain.receipts import ReceiptRecord
from gateway.flows.find import Clues, Found, Kind, Match, find
from gateway.ports import Flow
from gateway.web.checkout.markup import Html, amount, code, html, prose
from gateway.web.clues import TEXT_MAX, clues_in, shown_clue
from gateway.web.console.answers import Plate
from gateway.web.console.layout import HOME, page, see_other
from gateway.web.console.parts import clock, payment_badge, plate, table
from gateway.web.console.visit import Visit
from gateway.web.http import Answer


def search(visit: Visit) -> Flow[Answer]:
    """`POST /console/search`. By POST, since a phone number stands in no address."""
    typed = visit.posted.get("q", "").strip()[:TEXT_MAX]
    if not typed:
        return see_other(HOME)
    clues = clues_in(typed)
    found = yield from find(visit.owner, clues)
    if len(found.matches) == 1:
        return see_other(f"/console/payments/{found.matches[0].record.id}")
    shown = _told(visit, found, clues)
    return page(visit, visit.plain("answer_for", typed=typed), shown, place=HOME, typed=typed)


def _told(visit: Visit, found: Found, clues: Clues) -> Html:
    if found.matches:
        heading = visit.say("found_several", count=len(found.matches))
        return html("<h1>{h}</h1>{t}", h=heading, t=payment_table(visit, found.matches))
    if found.unmatched is not None:
        return _unmatched(visit, found.unmatched)
    told = [Kind.RECEIPT] if Kind.RECEIPT in clues else list(clues)
    looked = [f"{visit.plain(f'clue_{kind}')} {shown_clue(kind, clues[kind])}" for kind in told]
    tell = html("{t}<br>{w}", t=visit.say("no_such_tell"), w=visit.say("no_such_wait"))
    return html(
        '<h1 class="vh">{h}</h1>{p}<p class="below muted">{looked}</p>',
        h=visit.say("no_such"),
        p=plate(Plate.NONE, visit.say("no_such"), tell=tell),
        looked=visit.say("looked_for", what=prose(", ".join(looked) or "–")),
    )


def _unmatched(visit: Visit, money: ReceiptRecord) -> Html:
    """Money that is nobody's yet: a person must say whose it is."""
    told = money.money
    facts = [code(money.receipt), clock(visit, money.money_at_ms)]
    return html(
        '<h1 class="vh">{h}</h1>{p}<p class="actions"><a class="button" href="/console/unmatched/{r}">{t}</a></p>',
        h=visit.say("word_not_known"),
        p=plate(
            Plate.DOUBT,
            visit.say("word_not_known"),
            facts=facts,
            tell=visit.say("unmatched_found", amount=amount(told.amount_kes if told else 0)),
        ),
        r=money.receipt,
        t=visit.say("unmatched_look"),
    )


def payment_table(visit: Visit, matches: tuple[Match, ...]) -> Html:
    """Payments in lines, newest first."""
    keys = (
        ("col_time", False),
        ("row_order", False),
        ("row_reference", False),
        ("col_status", False),
        ("col_amount", True),
    )
    heads = [(visit.say(key), number) for key, number in keys]
    return table(visit.say("payments_table"), heads, [payment_line(visit, match) for match in matches])


def payment_line(visit: Visit, match: Match) -> tuple[object, ...]:
    """One payment as a line of a table; its reference is the way to it."""
    record, state = match.record, match.state
    asked = record.asked
    link = html(
        '<a href="/console/payments/{id}"><span class="code">{ref}</span></a>',
        id=record.id,
        ref=asked.account_reference,
    )
    return (
        clock(visit, asked.created_at_ms),
        asked.order or "–",
        link,
        payment_badge(visit, state),
        amount(asked.amount_kes),
    )
