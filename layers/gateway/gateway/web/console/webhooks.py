"""Where the shop's servers are told of events: all addresses, and one of them with what was sent there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.days import day_begins_ms, day_of, eat
from gateway.domain.webhooks import Delivery, DeliveryState, Disabled, Endpoint, Try
from gateway.ports import Flow, PortError, call
from gateway.ports.webhooks import Webhooks
from gateway.web.checkout.markup import NOTHING, Html, html, joined
from gateway.web.console.answers import Plate
from gateway.web.console.guard import NotHere
from gateway.web.console.layout import page
from gateway.web.console.parts import button, clock, done, empty, field, form, pairs, plate, summary, table, tag
from gateway.web.console.visit import Visit
from gateway.web.http import Answer
from gateway.web.lists import checked_place, marked_place
from gateway.web.webhook_endpoints import some_deliveries
from gateway.wording import date

PLACE = "/console/webhooks"
LOOKED_AT = 25
"""Deliveries from which a list says how an address does; and of one page."""

SUBJECT_SHOWN = 12
DONE = ("tested", "switched_on", "sent_again", "sending_missed")
LOOKS = {
    DeliveryState.WAITING: "",
    DeliveryState.DELIVERED: "outline",
    DeliveryState.FAILED: "no",
    DeliveryState.STOPPED: "",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with what was asked. field: where; empty: it is about the address. typed: stays in the form."""

    words: str = ""
    field: str = ""
    typed: str = ""


def webhooks(visit: Visit) -> Flow[Answer]:
    """`GET /console/webhooks`: every address with how it does. One whose deliveries cannot be read says so."""
    endpoints = yield from call(Webhooks.read_endpoints, visit.owner)
    newest = list(reversed(endpoints.every))
    latest = yield from _latest_of(newest)
    lines = [_line(visit, endpoint, latest[endpoint.id]) for endpoint in newest]
    keys = ("col_address", "col_state", "col_last_answer", "col_waiting", "col_given_up")
    heads = [(visit.say(key), False) for key in keys]
    shown = (
        html(
            '{t}<p class="muted below">{how}</p>',
            t=table(visit.say("webhooks_table"), heads, lines, wide=(0,)),
            how=visit.say("webhooks_counted", most=LOOKED_AT),
        )
        if lines
        else empty(visit.say("webhooks_none"), visit.say("webhooks_none_how"))
    )
    main = html(
        '<h1>{t}</h1>{s}<p class="muted below">{how}</p>',
        t=visit.say("nav_webhooks"),
        s=shown,
        how=visit.say("webhooks_made_by", command=_typed_as("mpesa-gateway webhooks create https://…")),
    )
    return page(visit, visit.plain("nav_webhooks"), main, place=PLACE)


def _latest_of(endpoints: Sequence[Endpoint]) -> Flow[dict[str, Sequence[Delivery] | None]]:
    """By the endpoint's id. None: they cannot be read just now, which hides nothing else."""
    latest: dict[str, Sequence[Delivery] | None] = {}
    for endpoint in endpoints:
        try:
            latest[endpoint.id], _ = yield from some_deliveries(endpoint.id, None, LOOKED_AT, None)
        except PortError:
            latest[endpoint.id] = None
    return latest


def _line(visit: Visit, endpoint: Endpoint, latest: Sequence[Delivery] | None) -> tuple[object, ...]:
    address = html('<a class="wrap" href="{p}/{i}">{u}</a>', p=PLACE, i=endpoint.id, u=endpoint.url)
    about = html("<br><small>{d}</small>", d=endpoint.description) if endpoint.description else NOTHING
    first = (html("{a}{b}", a=address, b=about), state_of_endpoint(visit, endpoint))
    if latest is None:
        unread = visit.say("not_read_now")
        return (*first, unread, "–", "–")
    counted = [sum(one.state is state for one in latest) for state in (DeliveryState.WAITING, DeliveryState.FAILED)]
    return (*first, _last_answer(visit, latest), *counted)


def _last_answer(visit: Visit, latest: Sequence[Delivery]) -> Html:
    tries = [one for delivery in latest for one in delivery.tries]
    if not tries:
        return visit.say("nothing_sent_yet")
    last = max(tries, key=lambda one: one.at_ms)
    return html("{w}<br><small>{t}</small>", w=tried_in_words(visit, last), t=clock(visit, last.at_ms))


def state_of_endpoint(visit: Visit, endpoint: Endpoint) -> Html:
    """On, off and why, or failing, and since when."""
    since_ms = _standing(endpoint)[2]
    since = html("<br><small>{t}</small>", t=visit.say("since", time=clock(visit, since_ms))) if since_ms else NOTHING
    return html("{b}{s}", b=tag(*_badge(visit, endpoint)), s=since)


def _badge(visit: Visit, endpoint: Endpoint) -> tuple[str, Html]:
    look, key, _ = _standing(endpoint)
    return look, visit.say(key)


def _standing(endpoint: Endpoint) -> tuple[str, str, int | None]:
    """Look, word (a key), since when."""
    if endpoint.disabled is Disabled.BY_SHOP:
        return "", "endpoint_off", endpoint.disabled_at_ms
    if endpoint.disabled is not None:
        return "no", "endpoint_off", endpoint.disabled_at_ms
    if endpoint.failing_since_ms is not None:
        return "no", "endpoint_failing", endpoint.failing_since_ms
    return "outline", "endpoint_on", None


def tried_in_words(visit: Visit, one: Try) -> Html:
    """`Answered 500`, `No answer in time`."""
    return visit.say(f"outcome_{one.outcome}", status=one.status or "")


def _typed_as(command: str) -> Html:
    return html('<code class="wrap">{c}</code>', c=command)


# --- one address --------------------------------------------------------------------------------------------------


def endpoint_of(visit: Visit) -> Flow[Endpoint]:
    """The one in the path, if it is this shop's. Raises NotHere."""
    endpoints = yield from call(Webhooks.read_endpoints, visit.owner)
    found = endpoints.find(visit.request.path_parameters.get("endpoint", ""))
    if found is None:
        raise NotHere
    return found


def endpoint_page(visit: Visit) -> Flow[Answer]:
    """`GET /console/webhooks/{endpoint}?state=&after=&since=`."""
    endpoint = yield from endpoint_of(visit)
    return (yield from shown_endpoint(visit, endpoint, Problem()))


def shown_endpoint(visit: Visit, endpoint: Endpoint, problem: Problem) -> Flow[Answer]:
    """The page of an address, with what is wrong with what was asked of it."""
    wanted = visit.request.one("state") or ""
    state = wanted if wanted in set(DeliveryState) else None
    deliveries = yield from _deliveries_part(visit, endpoint, state)
    problems = [(problem.field or "acts", problem.words)] if problem.words else []
    main = html(
        '<p class="crumb"><a href="{p}">{all}</a></p>{problems}{done}<h1 class="wrap">{u}</h1>{plate}{about}{acts}'
        "{deliveries}{missed}{changed}",
        p=PLACE,
        all=visit.say("nav_webhooks"),
        problems=summary(visit, problems),
        done=done(visit, DONE),
        u=endpoint.url,
        plate=_plate(visit, endpoint),
        about=_about(visit, endpoint),
        acts=_acts(visit, endpoint),
        deliveries=deliveries,
        missed=_missed_form(visit, endpoint, problem) if endpoint.disabled is None else NOTHING,
        changed=html(
            '<h2>{t}</h2><p class="muted">{how}</p>',
            t=visit.say("endpoint_change"),
            how=visit.say("endpoint_change_how", command=_typed_as(f"mpesa-gateway webhooks rotate {endpoint.id}")),
        ),
    )
    status = 200 if not problem.words else 422 if problem.field else 409
    return page(visit, visit.plain("nav_webhooks"), main, place=PLACE, status=status)


def _plate(visit: Visit, endpoint: Endpoint) -> Html:
    """Where something is wrong, or nothing is sent: that, why, since when, what to do."""
    since = [visit.say("since", time=clock(visit, at_ms))] if (at_ms := _standing(endpoint)[2]) else []
    if endpoint.disabled is not None:
        kind = Plate.NONE if endpoint.disabled is Disabled.BY_SHOP else Plate.NO
        tell = visit.say(f"endpoint_off_{endpoint.disabled}")
        return plate(kind, visit.say("word_off"), facts=since, tell=tell, slim=True)
    if endpoint.failing_since_ms is not None:
        word, tell = visit.say("word_failing"), visit.say("endpoint_failing_tell")
        return plate(Plate.NO, word, facts=since, tell=tell, slim=True)
    return NOTHING


def _about(visit: Visit, endpoint: Endpoint) -> Html:
    old = endpoint.old_secret_until_ms if endpoint.old_secret else 0
    rows: list[tuple[Html, object]] = [
        (visit.say("col_state"), tag(*_badge(visit, endpoint))),
        (visit.say("row_told_of"), ", ".join(endpoint.events)),
        (visit.say("row_made"), date(endpoint.created_at_ms, visit.language)),
        (visit.say("row_id"), html('<span class="code wrap">{i}</span>', i=endpoint.id)),
    ]
    if endpoint.description:
        rows.insert(1, (visit.say("row_description"), endpoint.description))
    if old > visit.now_ms:
        rows.append((visit.say("row_old_secret"), visit.say("old_secret_until", time=clock(visit, old))))
    return pairs(rows)


def _acts(visit: Visit, endpoint: Endpoint) -> Html:
    where = f"{PLACE}/{endpoint.id}"
    act = (
        form(visit, f"{where}/test", button(visit.say("endpoint_test"), "second"))
        if endpoint.disabled is None
        else form(visit, f"{where}/enable", button(visit.say("endpoint_switch_on")))
    )
    return html('<div class="actions" id="acts">{a}</div>', a=act)


def _deliveries_part(visit: Visit, endpoint: Endpoint, state: str | None) -> Flow[Html]:
    """The deliveries, newest first, page by page."""
    name = (visit.owner, "console-deliveries", endpoint.id, state or "")
    place = checked_place(visit.keys.cursor, name, visit.request.one("after"))
    try:
        found, further = yield from some_deliveries(endpoint.id, state, LOOKED_AT, place)
    except PortError:
        return html('<h2>{t}</h2><p class="stale">{w}</p>', t=visit.say("deliveries"), w=visit.say("not_read_now"))
    older = NOTHING
    if further:
        cursor = marked_place(visit.keys.cursor, name, further)
        older = html(
            '<p class="actions"><a class="button second" href="{p}/{i}?state={s}&amp;after={c}">{t}</a></p>',
            p=PLACE, i=endpoint.id, s=state or "", c=cursor, t=visit.say("older_deliveries"),
        )  # fmt: skip
    none = "deliveries_none" if state is None and place is None else "deliveries_none_so"
    shown = _delivery_table(visit, found) if found else empty(visit.say(none), visit.say(f"{none}_how"))
    return html(
        "<h2>{t}</h2>{f}{s}{o}", t=visit.say("deliveries"), f=_filters(visit, endpoint, state), s=shown, o=older
    )


def _filters(visit: Visit, endpoint: Endpoint, state: str | None) -> Html:
    """Ways to the deliveries that stand so."""
    ways = [("", "delivery_all"), *((str(one), f"delivery_{one}") for one in DeliveryState)]
    links = joined(
        html(
            '<a href="{p}/{i}{q}"{c}>{w}</a>',
            p=PLACE,
            i=endpoint.id,
            q=f"?state={value}" if value else "",
            c=Html(' aria-current="true"') if value == (state or "") else NOTHING,
            w=visit.say(key),
        )
        for value, key in ways
    )
    return html('<p class="filters">{l}</p>', l=links)


def _delivery_table(visit: Visit, found: Sequence[Delivery]) -> Html:
    keys = ("col_time", "col_event", "col_state", "col_last_answer", "col_next")
    heads = [*((visit.say(key), False) for key in keys), (visit.say("col_tries"), True)]
    lines = [
        (
            clock(visit, one.created_at_ms),
            _event(one),
            tag(LOOKS[one.state], visit.say(f"delivery_{one.state}")),
            tried_in_words(visit, one.tries[-1]) if one.tries else visit.say("nothing_sent_yet"),
            next_try(visit, one),
            one.tries_made,
        )
        for one in found
    ]
    return table(visit.say("deliveries_table"), heads, lines)


def _event(delivery: Delivery) -> Html:
    """Its type, as a way to its page, and the beginning of the id of what it is about."""
    return html(
        '<a class="wrap" href="{p}/{e}/deliveries/{d}">{t}</a><br><small class="code">{s}</small>',
        p=PLACE,
        e=delivery.endpoint,
        d=delivery.id,
        t=delivery.event_type,
        s=delivery.subject if len(delivery.subject) <= SUBJECT_SHOWN else f"{delivery.subject[:SUBJECT_SHOWN]}…",
    )


def next_try(visit: Visit, delivery: Delivery) -> Html:
    """When it is tried again; a dash where that is not planned."""
    return html("–") if delivery.due_at_ms is None else clock(visit, delivery.due_at_ms)


def _missed_form(visit: Visit, endpoint: Endpoint, problem: Problem) -> Html:
    """Asks since when the server missed something."""
    given = visit.request.one("since") or ""
    offered_ms = endpoint.failing_since_ms or day_begins_ms(day_of(visit.now_ms))
    typed = problem.typed or given or moment_typed(offered_ms)
    content = html(
        "{f}{b}",
        f=field(
            visit,
            "since",
            visit.say("missed_since"),
            f'type="datetime-local" max="{moment_typed(visit.now_ms)}"',
            hint=visit.say("missed_hint"),
            problem=problem.words if problem.field == "since" else "",
            value=typed,
        ),
        b=button(visit.say("missed_button"), "second"),
    )
    return html(
        '<h2>{t}</h2><div class="card"><p class="muted">{how}</p>{f}</div>',
        t=visit.say("missed_title"),
        how=visit.say("missed_how"),
        f=form(visit, f"{PLACE}/{endpoint.id}/redeliver", content),
    )


def moment_typed(at_ms: int) -> str:
    """A moment as such a field holds it: Nairobi's time, to the minute."""
    return f"{eat(at_ms):%Y-%m-%dT%H:%M}"
