"""Compared days: a month, a day with its differences and what to do about each, and the comparison itself.

These pages belong to the function that compares, whose rights they need.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from gateway.domain.days import day_begins_ms, day_of, eat, month_of
from gateway.domain.money_out.outgoing import is_outgoing_id
from gateway.domain.reconciliation.book import DayBook
from gateway.domain.reconciliation.compare import Line, LineKind, Side
from gateway.domain.reconciliation.day import DayRecord, DayState
from gateway.domain.reconciliation.proven import ProvenStretch
from gateway.domain.shop import PAYOUTS, Shortcode
from gateway.flows.reconciliation.decide import read_book
from gateway.flows.reconciliation.pull import catch_up
from gateway.flows.reconciliation.run import reconcile_now
from gateway.flows.settings import FlowSettings
from gateway.ports import Flow, call
from gateway.ports.reconciliation import Reconciliations
from gateway.ports.statements import Statements
from gateway.web.checkout.markup import NOTHING, Html, amount, code, html, joined
from gateway.web.console import assets, settling
from gateway.web.console.answers import Plate
from gateway.web.console.guard import NotHere, Page, Shown, guarded
from gateway.web.console.layout import page, see_other
from gateway.web.console.parts import bad_in_address, button, clock, done, empty, form, plate, summary, table, tag
from gateway.web.console.people import names_of_staff
from gateway.web.console.reasons_in_swahili import reason_in_swahili
from gateway.web.console.settling import NO_TROUBLE, DayPage, Trouble
from gateway.web.console.visit import Visit
from gateway.web.console.words import day_as_words
from gateway.web.http import Answer
from gateway.web.lists import is_day
from gateway.web.reconciliation import has_a_list
from gateway.web.reconciliation_csv import csv_answer
from gateway.wording import date as date_in_words

PLACE = "/console/reconciliation"
CSV = ".csv"
LINES_A_PAGE = 100
OF_NOBODYS_MONEY = (LineKind.UNASSIGNED, LineKind.DUPLICATE)
"""Lines whose money a person gives to a payment, where it has none."""

OF_MONEY_OUT = (LineKind.PAID_OUT, LineKind.PAYOUT_NOT_IN_STATEMENT)

_DAY_LENGTH = len("2026-03-01")
LOOKS: Final = {
    DayState.NOT_RUN: "",
    DayState.DIFFERENCES: "person",
    DayState.INCOMPLETE: "",
    DayState.BALANCED: "outline",
    DayState.CLOSED: "out",
}


def compared_days(visit: Visit) -> Flow[Answer]:
    """`GET /console/reconciliation`: the days of a month, newest first."""
    this_month = month_of(visit.now_ms)
    wanted = visit.request.one("month") or this_month
    is_month = len(wanted) == len(this_month) and is_day(f"{wanted}-01")
    month = wanted if is_month else this_month
    shortcode = shortcode_of(visit)
    found = yield from call(Reconciliations.list_days, visit.owner, shortcode.business_number, month)
    known = {record.day: record for record in found}
    lines = [_day_line(visit, shortcode, day, known.get(day)) for day in _days_of(month, day_of(visit.now_ms))]
    heads = [
        (visit.say("col_day"), False),
        (visit.say("col_status"), False),
        (visit.say("col_ours"), True),
        (visit.say("col_mpesa"), True),
        (visit.say("col_lines"), True),
        (visit.say("col_difference"), True),
    ]
    main = html(
        "{bad}<h1>{title}</h1>{codes}{send}{none}{table}{months}",
        bad=NOTHING if is_month else bad_in_address(visit, "month", wanted),
        title=visit.say("days_title", month=_month_in_words(visit, month)),
        codes=_codes(visit, shortcode, month),
        send=html(
            '<p class="actions"><a class="button second" href="{p}/statements">{t}</a></p>',
            p=PLACE,
            t=visit.say("statement_title"),
        ),
        none=NOTHING if known else html('<div class="below">{e}</div>', e=_nothing(visit)),
        table=html('<div class="below days">{t}</div>', t=table(visit.say("days_table"), heads, lines)),
        months=_months(visit, shortcode, month, this_month),
    )
    return page(visit, visit.plain("nav_days"), main, place=PLACE, status=200 if is_month else 422)


def _nothing(visit: Visit) -> Html:
    return empty(visit.say("days_none"), visit.say("days_none_how"))


def shortcode_of(visit: Visit) -> Shortcode:
    """The one that is named, or the shop's first. Raises NotHere."""
    number = visit.request.one("shortcode")
    codes = visit.shop.accounts if visit.shop else ()
    found = next((one for one in codes if number in (None, one.number)), None)
    if found is None:
        raise NotHere
    return found


def _days_of(month: str, today: str) -> list[str]:
    first = date.fromisoformat(f"{month}-01")
    days = [(first + timedelta(days=n)).isoformat() for n in range(31)]
    return [day for day in reversed(days) if day.startswith(month) and day <= today]


def _month_in_words(visit: Visit, month: str) -> str:
    return date_in_words(day_begins_ms(f"{month}-01"), visit.language).partition(",")[0].partition(" ")[2]


def _day_line(visit: Visit, shortcode: Shortcode, day: str, record: DayRecord | None) -> tuple[object, ...]:
    link = html(
        '<a href="{p}/{d}?shortcode={s}">{t}</a>',
        p=PLACE, d=day, s=shortcode.number, t=day_as_words(day, visit.language),
    )  # fmt: skip
    if record is None:
        return link, _badge(visit, DayState.NOT_RUN), "", "", "", ""
    sums = (amount(record.ours.sum_kes), amount(record.mpesa.sum_kes))
    return link, _standing(visit, record), *sums, str(record.line_count), _signed(record.difference_kes)


def _standing(visit: Visit, record: DayRecord) -> Html:
    """How a compared day stands, with what people said of it and what came of a closed one since."""
    beside = []
    if record.explained_count and not record.is_closed:
        beside.append(
            html(' <span class="muted">{t}</span>', t=visit.say("days_explained", count=record.explained_count))
        )
    if record.news:
        beside.append(html(" {t}", t=tag("person", visit.say("days_news"))))
    return html("{b}{more}", b=_badge(visit, record.state), more=joined(beside))


def _badge(visit: Visit, state: DayState) -> Html:
    return tag(LOOKS[state], visit.say(f"day_{state}"))


def _signed(kes: int) -> Html:
    """A difference; the sign before the currency."""
    return html('<span class="nb">{sign}{a}</span>', sign="−" if kes < 0 else "", a=amount(abs(kes)))


def _codes(visit: Visit, chosen: Shortcode, month: str) -> Html:
    """The other Paybills and Tills."""
    codes = visit.shop.accounts if visit.shop else ()
    links = joined(
        html(
            '<a class="button {k}" href="{p}?month={m}&amp;shortcode={n}"{c}>{t}</a>',
            k="plain" if one.number == chosen.number else "second",
            p=PLACE,
            m=month,
            n=one.number,
            c=Html(' aria-current="true"') if one.number == chosen.number else NOTHING,
            t=visit.say("days_of_payouts" if one.kind == PAYOUTS else "days_of", number=one.number),
        )
        for one in codes
    )
    return html('<p class="actions">{l}</p>', l=links) if len(codes) > 1 else NOTHING


def _months(visit: Visit, shortcode: Shortcode, month: str, this_month: str) -> Html:
    first = date.fromisoformat(f"{month}-01")
    doors = [("days_earlier", (first - timedelta(days=1)).isoformat())]
    if month < this_month:
        doors.append(("days_later", (first + timedelta(days=31)).isoformat()))
    links = joined(
        html(
            '<a class="button second" href="{p}?month={m}&amp;shortcode={s}">{t}</a>',
            p=PLACE, m=day[:7], s=shortcode.number, t=visit.say(key),
        )
        for key, day in doors
    )  # fmt: skip
    return html('<p class="actions" id="month">{l}</p>', l=links)


# --- one day --------------------------------------------------------------------------------------------------


def compared_day(visit: Visit) -> Flow[Answer]:
    """`GET /console/reconciliation/{day}`, and with `.csv` behind it the file for a spreadsheet."""
    day, shortcode = day_of_path(visit), shortcode_of(visit)
    if not visit.request.path_parameters.get("day", "").endswith(CSV):
        return (yield from shown_day(visit, day, shortcode))
    book = yield from read_book(visit.owner, shortcode.business_number, day)
    names = (yield from names_of_staff(visit.owner)) if book and book.decisions else {}
    return csv_answer(shortcode.business_number, day, book, names).with_headers(assets.headers())


def compare_day(visit: Visit) -> Flow[Answer]:
    """`POST /console/reconciliation/{day}/compare`: reads what M-PESA's list has by now, then compares, as the API."""
    day, shortcode = day_of_path(visit), shortcode_of(visit)
    settings = FlowSettings.of(visit.settings)
    record = yield from call(Reconciliations.read_day, visit.owner, shortcode.business_number, day)
    if record is not None and record.is_closed:
        return (yield from _not_compared(visit, day, shortcode, "refused_day_closed"))
    if not shortcode.pull and not (yield from has_a_list(visit.owner, shortcode)):
        return (yield from _not_compared(visit, day, shortcode, "day_no_list"))
    if shortcode.pull:
        yield from catch_up(shortcode, settings)
    if (yield from reconcile_now(visit.owner, shortcode, day, settings)) is None:
        return (yield from _not_compared(visit, day, shortcode, "day_too_big"))
    return see_other(f"{PLACE}/{day}?shortcode={shortcode.number}&done=compared")


def _not_compared(visit: Visit, day: str, shortcode: Shortcode, why: str) -> Flow[Answer]:
    """What was known of the day before stays on the page."""
    return (yield from shown_day(visit, day, shortcode, Trouble("compare", visit.plain(why)), status=409))


def day_of_path(visit: Visit) -> str:
    """A day that has begun. Raises NotHere."""
    text = visit.request.path_parameters.get("day", "").removesuffix(CSV)
    if len(text) != _DAY_LENGTH or not is_day(text) or text > day_of(visit.now_ms):
        raise NotHere
    return text


def shown_day(
    visit: Visit, day: str, shortcode: Shortcode, trouble: Trouble = NO_TROUBLE, *, status: int = 422
) -> Flow[Answer]:
    """A day's page as it stands now. trouble: with a form of it; status: of the answer then."""
    book = yield from read_book(visit.owner, shortcode.business_number, day)
    names = (yield from names_of_staff(visit.owner)) if book and book.decisions else {}
    proven = yield from call(Statements.read_proven, visit.owner, shortcode.business_number)
    here, query = f"{PLACE}/{day}", f"?shortcode={shortcode.number}"
    made = DayPage(visit, book, here, query, names, trouble) if book else None
    title = day_as_words(day, visit.language)
    main = html(
        '<p class="crumb"><a href="{place}?month={month}&amp;shortcode={number}">{back}</a></p>{problem}{done}'
        "<h1>{title}, {number}</h1>{plate}{acts}{parts}",
        place=PLACE,
        month=day[:7],
        number=shortcode.number,
        back=visit.say("nav_days"),
        problem=summary(visit, [(trouble.field, trouble.words)] if trouble.words else []),
        done=done(visit, ("compared", "explained", "explained_some", "closed", "reopened")),
        title=title,
        plate=_plate(visit, made, proven.newest_of(day)),
        acts=_acts(visit, here, query, book),
        parts=_parts(made) if made else NOTHING,
    )
    return page(visit, title, main, place=PLACE, status=status if trouble.words else 200)


def _plate(visit: Visit, made: DayPage | None, statement: ProvenStretch | None) -> Html:
    record = made.book.record if made else None
    state = record.state if record else DayState.NOT_RUN
    facts = [visit.say("day_compared_at", time=clock(visit, record.run_at_ms))] if record else []
    return plate(
        Plate.PERSON if state is DayState.DIFFERENCES else Plate.NONE,
        visit.say(f"day_{state}"),
        facts=[*facts, *_statement_fact(visit, statement), *(settling.closed_fact(made) if made else ())],
        tell=visit.say(settling.tell_key(record)),
        slim=True,
    )


def _statement_fact(visit: Visit, statement: ProvenStretch | None) -> tuple[Html, ...]:
    """When the last statement was taken in that tells of this day."""
    return (visit.say("day_statement_at", time=clock(visit, statement.read_at_ms)),) if statement else ()


def _parts(made: DayPage) -> Html:
    """What a compared day's page has below its answer."""
    visit, book = made.visit, made.book
    return joined(
        (
            settling.news(made, _heads(visit), [_line(visit, line, NOTHING) for line in book.news]),
            _sums(made),
            _lines(made),
            settling.closing(made),
            settling.history(made),
        )
    )


def _acts(visit: Visit, here: str, query: str, book: DayBook | None) -> Html:
    """Of a closed day only the file: it is not compared while it is closed."""
    csv = html('<a class="button second" href="{h}.csv{q}">{t}</a>', h=here, q=query, t=visit.say("day_csv"))
    again = form(visit, f"{here}/compare{query}", button(visit.say("day_run"), "second"), name="compare")
    return html(
        '<div class="actions">{a}{c}</div>',
        a=NOTHING if book and book.record.is_closed else again,
        c=csv if book and (book.lines or book.news) else NOTHING,
    )


def _sums(made: DayPage) -> Html:
    visit, record = made.visit, made.book.record
    heads = [(visit.say("col_side"), False), (visit.say("col_count"), True), (visit.say("col_sum"), True)]
    sides: list[tuple[str, Side]] = [("ours", record.ours), ("mpesa", record.mpesa), ("both", record.both)]
    sides += [("not_judged", record.not_judged)] if record.not_judged.count else []
    lines: list[tuple[object, ...]] = [
        (visit.say(f"side_{name}"), str(side.count), amount(side.sum_kes)) for name, side in sides
    ]
    judged_kes = record.difference_kes + record.not_judged.sum_kes
    lines.append((visit.say("col_difference"), str(record.line_count), _signed(judged_kes)))
    lines += [(visit.say("day_fees"), "–", amount(record.fees_kes))] if record.fees_kes else []
    pays_out = visit.shop is not None and visit.shop.payout_shortcode == record.shortcode
    out = pays_out or any(line.kind in OF_MONEY_OUT for line in made.book.lines)
    return html(
        "<h2>{h}</h2>{t}{o}",
        h=visit.say("day_sums"),
        t=table(visit.say("day_sums"), heads, lines),
        o=html('<p class="muted below">{w}</p>', w=visit.say("day_sums_of_what_came")) if out else NOTHING,
    )


def _lines(made: DayPage) -> Html:
    visit, lines = made.visit, made.book.lines
    heading = visit.say("day_lines")
    if not lines:
        return html('<h2 id="lines">{h}</h2><p class="muted">{t}</p>', h=heading, t=visit.say("day_lines_none"))
    given = visit.request.one("from") or ""
    first = int(given) if given.isascii() and given.isdecimal() and len(given) <= len("99999") else 0
    shown = lines[first : first + LINES_A_PAGE]
    span = visit.say("day_lines_more", from_line=first + 1, to_line=first + len(shown), count=len(lines))
    more = html(
        '<p class="actions"><a class="button second" href="{h}{q}&amp;from={n}">{t}</a></p>',
        h=made.here, q=made.query, n=first + LINES_A_PAGE, t=visit.say("day_lines_next"),
    )  # fmt: skip
    cells = [_line(visit, line, settling.explanation(made, line)) for line in shown]
    return html(
        '<h2 id="lines">{h}</h2><p class="muted">{span}</p>{many}<div class="below lines">{t}</div>{more}',
        h=heading,
        many=settling.many(made),
        span=span,
        t=table(visit.say("day_lines_table"), _heads(visit), cells, wide=settling.WIDE),
        more=more if first + LINES_A_PAGE < len(lines) else NOTHING,
    )


def _heads(visit: Visit) -> list[tuple[Html, bool]]:
    words = ("col_kind", "col_code", "col_time", "col_do")
    return [*((visit.say(key), False) for key in words), *((visit.say(key), True) for key in ("col_ours", "col_mpesa"))]


def _line(visit: Visit, line: Line, said: Html) -> tuple[object, ...]:
    """said: how it is explained, and the way to explain it."""
    doubt = html('<br><span class="muted">{t}</span>', t=visit.say("line_not_certain"))
    return (
        html("{k}{d}", k=visit.say(f"line_{line.kind}"), d=NOTHING if line.certain else doubt),
        code(line.receipt) if line.receipt else "–",
        html('<span class="nb">{t}</span>', t=f"{eat(line.at_ms):%H:%M:%S}"),
        html("{do}{said}", do=_what_to_do(visit, line), said=said),
        amount(line.ours_kes) if line.ours_kes is not None else "–",
        amount(line.mpesa_kes) if line.mpesa_kes is not None else "–",
    )


def _what_to_do(visit: Visit, line: Line) -> Html:
    """The proposal with its way there, and why."""
    if line.settled:
        return visit.say("line_settled", how=_reason(visit, line.settled))
    doors = []
    if line.kind in OF_NOBODYS_MONEY and line.receipt and not line.payment:
        doors.append((f"/console/unmatched/{line.receipt}", visit.say("look_money")))
    payment = line.payment or line.proposed.payment
    if payment:
        doors.append((f"/console/payments/{payment}", visit.say("look_payment")))
    doors += [(f"/console/payouts/{one}", visit.say("look_payout")) for one in _outgoings(line)]
    links = joined(html(' <a href="{u}">{t}</a>', u=address, t=words) for address, words in doors)
    reasons = Html("; ".join(_reason(visit, reason) for reason in line.proposed.why))
    why = html('<br><span class="muted">{w}</span>', w=reasons)
    not_again = line.kind is LineKind.PAYOUT_NOT_IN_STATEMENT
    return html(
        "{do}.{links}{why}",
        do=visit.say("do_not_again" if not_again else f"do_{line.proposed.action}"),
        links=links,
        why=why if line.proposed.why else NOTHING,
    )


def _outgoings(line: Line) -> list[str]:
    """Payouts and refunds that its reasons name."""
    words = [word.strip(",;") for reason in line.proposed.why for word in reason.split()]
    return [word for word in dict.fromkeys(words) if is_outgoing_id(word)]


def _reason(visit: Visit, reason: str) -> Html:
    """What only a newer release writes stays English, and says that it is."""
    if visit.language == "en":
        return html("{r}", r=reason)
    known = reason_in_swahili(reason)
    return html("{r}", r=known) if known else html('<span lang="en">{r}</span>', r=reason)


_PAGES: dict[str, Page] = {
    "GET /console/reconciliation": compared_days,
    "GET /console/reconciliation/{day}": compared_day,
    "POST /console/reconciliation/{day}/compare": compare_day,
}

DAY_PAGES: dict[str, Shown] = guarded(_PAGES, {})
