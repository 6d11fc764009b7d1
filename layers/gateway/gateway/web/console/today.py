"""The day at a glance, and the list of a day's payments."""

from __future__ import annotations

from gateway.domain.day_sums import DaySums
from gateway.domain.days import day_of, eat
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import DAY_MS
from gateway.domain.receipts import Standing
from gateway.domain.shop import ShopSettings
from gateway.domain.staff import Right
from gateway.domain.statuses import PaymentStatus
from gateway.flows.find import Match
from gateway.flows.settings import FlowSettings
from gateway.flows.waiting import Waits, what_waits
from gateway.ports import Flow, PaymentQuery, Store, call
from gateway.ports.days import Days
from gateway.web.checkout.markup import NOTHING, Html, amount, html, joined, large_amount
from gateway.web.console.answers import needs_a_person
from gateway.web.console.finding import payment_table
from gateway.web.console.layout import page
from gateway.web.console.parts import bad_day, clock, day_form, day_wanted, empty, flags
from gateway.web.console.payouts import count_to_approve
from gateway.web.console.visit import Visit
from gateway.web.console.words import day_as_words, day_in_words
from gateway.web.http import Answer
from gateway.web.lists import checked_place, marked_place

PAGE = 50
LOOKED_THROUGH_MAX = 200
"""Payments of today that are looked through for flags."""
PLACE = "/console/today"


def today(visit: Visit) -> Flow[Answer]:
    """`GET /console/today`."""
    day = day_of(visit.now_ms)
    counted = yield from call(Days.read_day, visit.owner, day)
    before = yield from call(Days.read_day, visit.owner, day_of(visit.now_ms - 7 * DAY_MS))
    records = yield from _newest(visit.owner, day)
    to_approve = (yield from count_to_approve(visit.owner)) if visit.may(Right.APPROVE) else 0
    waits = yield from what_waits(numbers_of(visit.shop), Standing.UNMATCHED)
    held = [record for record in records if needs_a_person(FlowSettings.state(record))]
    sums = counted or DaySums(visit.owner, day)
    main = html(
        '<h1>{title}</h1>{tiles}<div class="cols">{hours}{todo}</div>{ended}',
        title=visit.say("today_title", date=day_in_words(visit.now_ms, visit.language)),
        tiles=_tiles(visit, sums, records, len(held) + waits.count + to_approve),
        hours=_hours(visit, sums, before),
        todo=_todo(visit, held, waits, to_approve),
        ended=_ended(visit, sums),
    )
    return page(visit, visit.plain("nav_today"), main, place=PLACE)


def _newest(owner: str, day: str) -> Flow[list[PaymentRecord]]:
    records: list[PaymentRecord] = []
    place: str | None = None
    while len(records) < LOOKED_THROUGH_MAX:
        found = yield from call(Store.list_payments, PaymentQuery(owner=owner, day=day), 100, place)
        records += found.records
        place = found.cursor
        if place is None:
            break
    return records


def numbers_of(shop: ShopSettings | None) -> tuple[str, ...]:
    """Every number under which M-PESA may name this shop's money."""
    every = (number for one in (shop.shortcodes if shop else ()) for number in (one.number, one.store_number))
    return tuple(dict.fromkeys(number for number in every if number))


def _count(sums: DaySums, *statuses: PaymentStatus) -> int:
    return sum(sums.sums.get(f"status.{status}.count", 0) for status in statuses)


def _tiles(visit: Visit, sums: DaySums, records: list[PaymentRecord], need: int) -> Html:
    paid = _count(sums, PaymentStatus.PAID)
    failed = _count(sums, PaymentStatus.FAILED)
    waiting = _count(sums, PaymentStatus.PENDING, PaymentStatus.UNRESOLVED)
    came = sums.sums.get(f"status.{PaymentStatus.PAID}.received", 0)
    moving = [one for one in records if FlowSettings.state(one).status is PaymentStatus.PENDING]
    oldest = min((one.asked.created_at_ms for one in moving), default=None)
    since = visit.say("tile_since", time=clock(visit, oldest)) if oldest else visit.say("tile_none_waits")
    return html(
        '<dl class="tiles">{a}{b}{c}{d}</dl>',
        a=_tile(visit, "paid", "tile_paid", large_amount(came), visit.say("tile_paid_count", count=paid)),
        b=_tile(visit, "doubt", "tile_waiting", waiting, since),
        c=_tile(visit, "no", "tile_failed", failed, visit.say("tile_failed_of", count=paid + failed)),
        d=_tile(visit, "person", "tile_person", need, visit.say("tile_person_tell")),
    )


def _tile(visit: Visit, look: str, key: str, value: object, below: Html) -> Html:
    return html(
        '<div class="card tile {look}"><dt>{k}</dt><dd>{v}</dd><dd class="sub">{b}</dd></div>',
        look=look,
        k=visit.say(key),
        v=value,
        b=below,
    )


def _hours(visit: Visit, sums: DaySums, before: DaySums | None) -> Html:
    """Paid payments by hour of creation, against the same day last week; the same in a table."""
    now = [sums.sums.get(f"hour.{hour:02d}.paid", 0) for hour in range(24)]
    then = [before.sums.get(f"hour.{hour:02d}.paid", 0) if before else 0 for hour in range(24)]
    busy = [hour for hour in range(24) if now[hour] or then[hour]]
    heading = visit.say("hours_title")
    if not busy:
        return html(
            '<section class="card"><h2>{h}</h2><p class="empty">{t}</p></section>', h=heading, t=visit.say("hours_none")
        )
    shown = list(range(min(busy), max(busy) + 1))
    current = eat(visit.now_ms).hour
    most = max(*now, *then, 1)
    bars = joined(_bar(index, hour, now[hour], then[hour], most, current) for index, hour in enumerate(shown))
    total = visit.plain("hours_say", count=sum(now), before=sum(then))
    width = max(len(shown), 7) * 46
    return html(
        '<section class="card"><h2>{h}</h2><p class="muted">{key}</p><div class="scroll" tabindex="0" role="group" '
        'aria-label="{label}"><svg class="chart" viewBox="0 0 {w} 170" width="{w}" height="170" role="img" '
        'aria-labelledby="hours"><title id="hours">{total}</title><path class="grid" d="M0 140H{w}"/>{bars}</svg></div>'
        "{table}</section>",
        h=heading,
        key=visit.say("hours_key"),
        label=visit.say("hours_title"),
        w=width,
        total=total,
        bars=bars,
        table=_hours_table(visit, shown, now, then),
    )


def _bar(index: int, hour: int, now: int, then: int, most: int, current: int) -> Html:
    x, high, mark = index * 46, now * 112 / most, 140 - then * 112 / most
    return html(
        '<rect class="{k}" x="{x}" y="{y}" width="30" height="{h}"/>{value}{then}'
        '<text x="{m}" y="158" text-anchor="middle">{hour}</text>',
        k="part" if hour == current else "now",
        x=x + 8,
        y=f"{140 - high:.1f}",
        h=f"{high:.1f}",
        value=html(
            '<text class="val" x="{m}" y="{y}" text-anchor="middle">{n}</text>', m=x + 23, y=f"{132 - high:.1f}", n=now
        )
        if now
        else NOTHING,
        then=html('<path class="then" d="M{x} {y}h40"/>', x=x + 3, y=f"{mark:.1f}") if then else NOTHING,
        m=x + 23,
        hour=f"{hour:02d}",
    )


def _hours_table(visit: Visit, shown: list[int], now: list[int], then: list[int]) -> Html:
    heads = joined(html('<th class="n" scope="col">{h}</th>', h=f"{hour:02d}") for hour in shown)
    lines = joined(
        html(
            '<tr><th scope="row">{name}</th>{cells}</tr>',
            name=visit.say(key),
            cells=joined(html('<td class="n">{v}</td>', v=values[hour]) for hour in shown),
        )
        for key, values in (("hours_today", now), ("hours_before", then))
    )
    return html(
        '<details><summary>{s}</summary><div class="scroll" tabindex="0" role="group" aria-label="{s}"><table><thead>'
        '<tr><th scope="col">{hour}</th>{heads}</tr></thead><tbody>{lines}</tbody></table></div></details>',
        s=visit.say("as_table"),
        hour=visit.say("hours_hour"),
        heads=heads,
        lines=lines,
    )


def _todo(visit: Visit, held: list[PaymentRecord], waits: Waits, to_approve: int) -> Html:
    lines = [_held(visit, record) for record in held[:10]]
    if to_approve:
        told = visit.say("todo_payouts", count=to_approve)
        lines.append(_task(told, "/console/payouts", visit.say("todo_decide")))
    if waits.count:
        told = visit.say("todo_unmatched", count=waits.count, amount=amount(waits.amount_kes))
        lines.append(_task(told, "/console/unmatched", visit.say("todo_assign")))
    content = joined(lines) if lines else NOTHING
    body = (
        html('<ul class="todo">{l}</ul>', l=content)
        if lines
        else html('<p class="empty">{t}</p>', t=visit.say("todo_none"))
    )
    return html('<section class="card"><h2>{h}</h2>{b}</section>', h=visit.say("todo_title"), b=body)


def _held(visit: Visit, record: PaymentRecord) -> Html:
    state = FlowSettings.state(record)
    what = html(
        "{ref}, {sum}<br>{flags}",
        ref=record.asked.order or record.asked.account_reference,
        sum=amount(record.asked.amount_kes),
        flags=flags(visit, state),
    )
    return _task(what, f"/console/payments/{record.id}", visit.say("todo_look"))


def _task(what: Html, address: str, word: Html) -> Html:
    return html('<li><span>{w}</span><a class="button second" href="{u}">{t}</a></li>', w=what, u=address, t=word)


def _ended(visit: Visit, sums: DaySums) -> Html:
    """How the day's payments ended, by cause: shows a bad day of M-PESA at once."""
    causes = sorted(
        (
            (value, name.split(".")[1])
            for name, value in sums.sums.items()
            if name.startswith("failure.") and name.endswith(".count") and value
        ),
        reverse=True,
    )
    if not causes:
        return NOTHING
    lines = joined(
        html("<div><dt>{c}</dt><dd>{n}</dd></div>", c=visit.say(f"cause_{cause}"), n=value) for value, cause in causes
    )
    return html(
        '<section class="card"><h2>{h}</h2><dl class="rows">{l}</dl></section>', h=visit.say("ended_title"), l=lines
    )


def payments(visit: Visit) -> Flow[Answer]:
    """`GET /console/payments`: a day's payments, newest first; the day stands in the address."""
    day = day_wanted(visit)
    name = (visit.owner, "console-payments", day)
    given = visit.request.one("after")
    place = checked_place(visit.keys.cursor, name, given) if given else None
    found = yield from call(Store.list_payments, PaymentQuery(owner=visit.owner, day=day), PAGE, place)
    matches = tuple(Match(record, FlowSettings.state(record), ()) for record in found.records)
    more = (
        html(
            '<p class="actions"><a class="button second" href="/console/payments?day={day}&amp;after={c}">{t}</a></p>',
            day=day,
            c=marked_place(visit.keys.cursor, name, found.cursor),
            t=visit.say("older"),
        )
        if found.cursor
        else NOTHING
    )
    main = html(
        "{bad}<h1>{title}</h1>{pick}{table}{more}",
        bad=bad_day(visit),
        title=visit.say("payments_of", date=day_as_words(day, visit.language)),
        pick=day_form(visit, "/console/payments", day),
        table=payment_table(visit, matches)
        if matches
        else empty(visit.say("payments_none"), visit.say("payments_how")),
        more=more,
    )
    status = 422 if bad_day(visit) else 200
    return page(visit, visit.plain("nav_payments"), main, place="/console/payments", status=status)
