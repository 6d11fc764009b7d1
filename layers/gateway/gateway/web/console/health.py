"""How the gateway is: each part in words, since when, what to do. What cannot be read says so, and hides nothing."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from gateway.ports import Flow
from gateway.web.admin import health_of
from gateway.web.checkout.markup import NOTHING, Html, html, prose
from gateway.web.console.answers import Plate
from gateway.web.console.layout import live, page
from gateway.web.console.parts import clock, plate, table, tag
from gateway.web.console.visit import Visit
from gateway.web.health import Part, State, overall
from gateway.web.http import Answer
from gateway.web.wording_of_health import RUNBOOK, cause_in_words
from gateway.wording import LANGUAGES, moment

PLACE = "/console/health"
LOOKED_AT_EVERY_S = 30
LOOKS = {State.OK: "outline", State.UNKNOWN: "doubt", State.DEGRADED: "person", State.DOWN: "no"}
PLATES = {"ok": Plate.NONE, "degraded": Plate.PERSON, "down": Plate.NO}
DOORS = {"webhooks": ("/console/webhooks", "nav_webhooks")}
_UNITS = ((DAY_MS, "age_days"), (HOUR_MS, "age_hours"), (MINUTE_MS, "age_minutes"), (SECOND_MS, "age_seconds"))


def health(visit: Visit) -> Flow[Answer]:
    """`GET /console/health`: what `GET /v1/health` tells."""
    found = yield from health_of(visit.owner, visit.settings)
    content = html(
        '{plate}<p class="muted below">{read} <a href="{p}">{again}</a></p>{table}',
        plate=_plate(visit, found),
        read=visit.say("health_read_at", time=clock(visit, visit.now_ms)),
        p=PLACE,
        again=visit.say("health_again"),
        table=html('<div class="below">{t}</div>', t=_table(visit, found)),
    )
    main = html(
        '<h1>{t}</h1>{c}<p class="muted below">{beyond}</p>',
        t=visit.say("health_title"),
        c=live(content, every_s=LOOKED_AT_EVERY_S),
        beyond=visit.say("health_beyond"),
    )
    return page(visit, visit.plain("health_title"), main, place=PLACE)


def _plate(visit: Visit, found: Mapping[str, Part]) -> Html:
    word = overall(dict(found))
    wrong = sum(part.state in (State.DEGRADED, State.DOWN) for part in found.values())
    unknown = sum(part.state is State.UNKNOWN for part in found.values())
    facts = [visit.say("health_unknown_count", count=unknown)] if unknown else []
    tell = visit.say(f"health_tell_{word}", count=wrong, all=len(found))
    return plate(PLATES[word], visit.say(f"health_word_{word}"), facts=facts, tell=tell, slim=True)


def _table(visit: Visit, found: Mapping[str, Part]) -> Html:
    """The worst first."""
    order = list(State)
    parts = sorted(found.items(), key=lambda item: -order.index(item[1].state))
    heads = [(visit.say(key), False) for key in ("col_part", "col_state", "col_known", "col_since", "col_remedy")]
    lines = [
        (
            visit.say(f"health_part_{name}"),
            tag(LOOKS[part.state], visit.say(f"health_{part.state}")),
            prose(_cause(visit, part)),
            _since(visit, part),
            _remedy(visit, part),
        )
        for name, part in parts
    ]
    return table(visit.say("health_table"), heads, lines, wide=(2, 4))


def _cause(visit: Visit, part: Part) -> str:
    """The sentence of this part in the person's language, moments as a clock in Nairobi shows them."""
    return cause_in_words(
        part.cause,
        part.values,
        LANGUAGES.index(visit.language),
        lambda at_ms: moment(at_ms, visit.now_ms, visit.language),
    )


def _since(visit: Visit, part: Part) -> Html:
    """The moment, and how long ago that is."""
    if part.since_ms is None:
        return html("–")
    return html("{t}<br><small>{a}</small>", t=clock(visit, part.since_ms), a=_age(visit, visit.now_ms - part.since_ms))


def _age(visit: Visit, age_ms: int) -> Html:
    unit_ms, key = next((one for one in _UNITS if age_ms >= one[0]), _UNITS[-1])
    return visit.say(key, count=max(0, age_ms) // unit_ms)


def _way(visit: Visit, name: str) -> Html:
    """To the page on which it is done, where there is one."""
    if name not in DOORS:
        return NOTHING
    address, key = DOORS[name]
    return html('<a href="{u}">{t}</a> · ', u=address, t=visit.say(key))


def _remedy(visit: Visit, part: Part) -> Html:
    """What to do where something is not well; always the way to the runbook."""
    remedy = NOTHING
    if part.state is not State.OK:
        said = prose(RUNBOOK[part.runbook][1][LANGUAGES.index(visit.language)])
        remedy = html("{d}<br>{w}", d=said, w=_way(visit, part.runbook))
    link = html('<a href="/docs/health#{r}" hreflang="en">{t}</a>', r=part.runbook, t=visit.say("health_runbook"))
    return html("{d}{l}", d=remedy, l=link)
