"""Pieces that several pages of the console share: plates, badges, flags, tables, fields, what is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from html import unescape

from gateway.domain.days import day_of
from gateway.domain.payment import PaymentState
from gateway.domain.statuses import FLAG, Flag, Weight
from gateway.web.checkout.markup import NOTHING, Html, html, joined, prose
from gateway.web.console.answers import Plate, badge
from gateway.web.console.layout import token_field
from gateway.web.console.visit import Visit
from gateway.web.lists import is_day
from gateway.wording import moment

TICK = Html(
    '<svg class="tick" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M3 13l6 6L21 5" fill="none" '
    'stroke="currentColor" stroke-width="4.5" stroke-linecap="square"/></svg>'
)

TYPED_SHOWN_MAX = 30
_TAG = re.compile(r"<[^>]+>")


def plate(
    kind: Plate,
    word: Html,
    *,
    amount: Html = NOTHING,
    facts: Iterable[Html] = (),
    tell: Html = NOTHING,
    slim: bool = False,
) -> Html:
    """The one framed answer of a page."""
    told = joined(html("<span>{f}</span>", f=fact) for fact in facts)
    return html(
        '<section class="plate {kind}{slim}" role="status"><div class="split"><p class="word">{word}{tick}</p>{amount}'
        "</div>{facts}{tell}</section>",
        kind="" if kind is Plate.NONE else kind,
        slim=" slim" if slim else "",
        word=word,
        tick=TICK if kind is Plate.PAID else NOTHING,
        amount=html('<p class="amount">{a}</p>', a=amount) if amount else NOTHING,
        facts=html('<p class="facts">{f}</p>', f=told) if told else NOTHING,
        tell=html('<p class="tell">{t}</p>', t=tell) if tell else NOTHING,
    )


def payment_badge(visit: Visit, state: PaymentState) -> Html:
    """How a payment stands, in a list."""
    look, key = badge(state)
    return tag(look, visit.say(key))


def tag(look: str, word: Html) -> Html:
    """A badge. look: paid, came, out, outline, doubt, no, person or nothing."""
    return html('<span class="{k}">{w}</span>', k=f"badge {look}".strip(), w=word)


def flags(visit: Visit, state: PaymentState) -> Html:
    """The flags beside a status; those that only tell are pale."""
    return joined(
        html(
            '<span class="flag{soft}">{w}</span> ',
            soft=" soft" if FLAG[flag] is Weight.TELLS else "",
            w=visit.say(f"flag_{flag}"),
        )
        for flag in Flag
        if flag in state.flags
    )


def clock(visit: Visit, at_ms: int) -> Html:
    """A time of day (on another day with the date), on one line."""
    return html('<span class="nb">{t}</span>', t=moment(at_ms, visit.now_ms, visit.language))


def pairs(rows: Sequence[tuple[Html, object]]) -> Html:
    """Names and values in a card."""
    cells = joined(html("<div><dt>{n}</dt><dd>{v}</dd></div>", n=name, v=value) for name, value in rows)
    return html('<dl class="card pair">{cells}</dl>', cells=cells)


def rows(lines: Sequence[tuple[Html, object]]) -> Html:
    """Names and values line by line, for a page that asks for a decision."""
    cells = joined(html("<div><dt>{n}</dt><dd>{v}</dd></div>", n=name, v=value) for name, value in lines)
    return html('<dl class="card rows">{cells}</dl>', cells=cells)


def table(
    label: Html, heads: Sequence[tuple[Html, bool]], lines: Sequence[Sequence[object]], *, wide: Collection[int] = ()
) -> Html:
    """A table; on a phone each line is a card, its heads beside the values. heads: the word, and whether numbers.

    wide: columns, from 0 on, that have long words and a whole line of such a card.

    The roles stand there since a browser forgets them where a table is laid out as cards.
    """
    head = joined(
        html('<th role="columnheader" scope="col"{n}>{w}</th>', n=Html(' class="n"') if number else NOTHING, w=word)
        for word, number in heads
    )
    body = joined(
        html(
            '<tr role="row">{cells}</tr>',
            cells=joined(
                _cell(value, *head, "wide" if place in wide else "")
                for place, (value, head) in enumerate(zip(line, heads, strict=True))
            ),
        )
        for line in lines
    )
    return html(
        '<div class="card scroll" tabindex="0" role="group" aria-label="{label}"><table class="cards" role="table">'
        '<thead role="rowgroup"><tr role="row">{head}</tr></thead><tbody role="rowgroup">{body}</tbody></table></div>',
        label=label,
        head=head,
        body=body,
    )


def _cell(value: object, word: Html, number: bool, look: str) -> Html:  # noqa: FBT001  a column's, told by position
    names = " ".join(name for name in ("n" if number else "", look, "none" if value == "" else "") if name)
    kind = html(' class="{k}"', k=names) if names else NOTHING
    return html('<td role="cell"{n} data-head="{w}"><div>{v}</div></td>', n=kind, w=_as_attribute(word), v=value)


def _as_attribute(word: Html) -> str:
    """A head without its markup."""
    return unescape(_TAG.sub("", word))


def empty(title: Html, how: Html) -> Html:
    """Nothing is here: what will appear, and how."""
    return html('<div class="card"><p class="empty"><b>{t}</b>{h}</p></div>', t=title, h=how)


def done(visit: Visit, keys: Sequence[str]) -> Html:
    """What the last act did, by `?done=`; only words of ours are shown."""
    key = visit.request.one("done")
    if key not in keys:
        return NOTHING
    return html('<p class="done" role="status">{t}</p>', t=visit.say(f"done_{key}"))


def form(
    visit: Visit,
    action: str,
    content: Html,
    *,
    hidden: dict[str, str] | None = None,
    name: str = "",
    with_file: bool = False,
) -> Html:
    """A form of this sign-in. name: by which buttons elsewhere on the page send it. with_file: see `uploads.py`."""
    fields = joined(
        html('<input type="hidden" name="{n}" value="{v}">', n=key, v=value) for key, value in (hidden or {}).items()
    )
    return html(
        '<form method="post" action="{action}"{id}{kind} novalidate>{token}{fields}{content}</form>',
        action=action,
        kind=Html(' enctype="multipart/form-data"') if with_file else NOTHING,
        id=html(' id="{n}"', n=name) if name else NOTHING,
        token=token_field(visit),
        fields=fields,
        content=content,
    )


def button(words: Html, kind: str = "") -> Html:
    """A button that sends its form. kind: second, danger or plain."""
    return html('<button class="{k}" type="submit">{w}</button>', k=f"button {kind}".strip(), w=words)


def summary(visit: Visit, problems: Sequence[tuple[str, str]]) -> Html:
    """What is wrong, on top, linked to the fields. problems: field and plain words."""
    if not problems:
        return NOTHING
    lines = joined(html('<p><a href="#{f}">{w}</a></p>', f=field, w=prose(words)) for field, words in problems)
    return html('<div class="summary" role="alert"><h2>{h}</h2>{lines}</div>', h=visit.say("problem"), lines=lines)


def field(
    visit: Visit,
    name: str,
    label: Html,
    control: str,
    *,
    hint: Html = NOTHING,
    problem: str = "",
    value: str = "",
) -> Html:
    """A labelled field. control: `input` attributes, or `textarea`. problem: plain words, as in the summary."""
    described = " ".join(([f"{name}-hint"] if hint else []) + ([f"{name}-error"] if problem else []))
    attributes = html(
        'id="{n}" name="{n}"{d}{bad}',
        n=name,
        d=html(' aria-describedby="{d}"', d=described) if described else NOTHING,
        bad=Html(' aria-invalid="true"') if problem else NOTHING,
    )
    if control.startswith("textarea"):
        made = html("<textarea {a}{c}>{v}</textarea>", a=attributes, c=Html(control.removeprefix("textarea")), v=value)
    else:
        made = html('<input {a} {c} value="{v}">', a=attributes, c=Html(control), v=value)
    return html(
        '<div class="field{bad}"><label for="{n}">{label}</label>{hint}{error}{made}</div>',
        bad=" bad" if problem else "",
        n=name,
        label=label,
        hint=html('<p class="hint" id="{n}-hint">{h}</p>', n=name, h=hint) if hint else NOTHING,
        error=html(
            '<p class="error" id="{n}-error"><span class="vh">{e} </span>{p}</p>',
            n=name,
            e=visit.say("error_prefix"),
            p=prose(problem),
        )
        if problem
        else NOTHING,
        made=made,
    )


def day_wanted(visit: Visit) -> str:
    """The day in the address like 2026-03-02; without one, today. One that is none is told of by `bad_day`."""
    wanted = visit.request.one("day") or ""
    return wanted if is_day(wanted) else day_of(visit.now_ms)


def bad_day(visit: Visit) -> Html:
    """What is wrong with the day in the address; nothing where it is one, or none is there."""
    wanted = visit.request.one("day") or ""
    return bad_in_address(visit, "day", wanted) if wanted and not is_day(wanted) else NOTHING


def bad_in_address(visit: Visit, what: str, typed: str) -> Html:
    """The address names a day or month that is none: what it says, and how one is written. what: `day` or `month`."""
    return summary(visit, [(what, visit.plain(f"address_bad_{what}", typed=typed[:TYPED_SHOWN_MAX]))])


def day_form(visit: Visit, place: str, day: str) -> Html:
    """Leads to another day of a page, which stands in its address."""
    return html(
        '<form method="get" class="inline" action="{place}"><div class="field"><label for="day">{l}</label>'
        '<input id="day" name="day" type="date" value="{d}" max="{today}"></div>'
        '<p><button class="button second" type="submit">{b}</button></p></form>',
        place=place,
        l=visit.say("day_label"),
        d=day,
        today=day_of(visit.now_ms),
        b=visit.say("day_button"),
    )
