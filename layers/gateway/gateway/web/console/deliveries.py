"""One event to one address: its tries with what was answered, and the body that a try sends."""

from __future__ import annotations

import json

from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.staff import Right
from gateway.domain.webhooks import Delivery, Endpoint, Try, body_digest
from gateway.flows.webhook_delivery import body_of
from gateway.flows.webhook_replay import LOST_AFTER_MS
from gateway.ports import Flow, PortError, call
from gateway.ports.webhooks import Webhooks
from gateway.web.checkout.markup import NOTHING, Html, html, joined
from gateway.web.console.guard import NotHere
from gateway.web.console.layout import live, page
from gateway.web.console.parts import button, clock, done, form, pairs, tag
from gateway.web.console.visit import Visit
from gateway.web.console.webhooks import DONE, LOOKS, PLACE, endpoint_of, next_try, tried_in_words
from gateway.web.http import Answer
from gateway.web.views import event_view

SEES = {
    "payment": Right.LOOK,
    "c2b": Right.LOOK,
    "webhook_endpoint": Right.OPERATE,
    "payout": Right.ASK_REFUND,
    "refund": Right.ASK_REFUND,
}
"""Who may see what an event is about, by its family; of all others, who may see the books."""

PAGES_OF = (("pay_", "/console/payments/", Right.LOOK), ("out_", "/console/payouts/", Right.ASK_REFUND),
            ("ref_", "/console/payouts/", Right.ASK_REFUND))  # fmt: skip
"""Where the thing is, by how its id begins, and who may go there."""


def delivery_of(visit: Visit) -> Flow[tuple[Endpoint, Delivery]]:
    """Those in the path, if they are this shop's and belong together. Raises NotHere."""
    endpoint = yield from endpoint_of(visit)
    delivery = yield from call(Webhooks.read_delivery, visit.request.path_parameters.get("delivery", ""))
    if delivery is None or (delivery.owner, delivery.endpoint) != (visit.owner, endpoint.id):
        raise NotHere
    return endpoint, delivery


def delivery_page(visit: Visit) -> Flow[Answer]:
    """`GET /console/webhooks/{endpoint}/deliveries/{delivery}`."""
    endpoint, delivery = yield from delivery_of(visit)
    body = yield from _body_part(visit, endpoint, delivery)
    soon = delivery.due_at_ms is not None and delivery.due_at_ms - visit.now_ms <= LOST_AFTER_MS
    known = html(
        "{about}<h2>{tries_title}</h2>{tries}<h2>{body_title}</h2>{body}",
        about=_about(visit, delivery),
        tries_title=visit.say("tries"),
        tries=_tries(visit, delivery),
        body_title=visit.say("body"),
        body=body,
    )
    main = html(
        '<p class="crumb"><a href="{p}">{all}</a> · <a class="wrap" href="{p}/{i}">{u}</a></p>{done}'
        '<h1 class="wrap">{t}</h1>{acts}{known}',
        p=PLACE,
        all=visit.say("nav_webhooks"),
        i=endpoint.id,
        u=endpoint.url,
        done=done(visit, DONE),
        t=delivery.event_type,
        acts=_acts(visit, endpoint, delivery),
        known=live(known, ends=not soon),
    )
    return page(visit, delivery.event_type, main, place=PLACE, refreshes=soon)


def _about(visit: Visit, delivery: Delivery) -> Html:
    return pairs(
        [
            (visit.say("col_state"), tag(LOOKS[delivery.state], visit.say(f"delivery_{delivery.state}"))),
            (visit.say("row_about"), _subject(visit, delivery.subject)),
            (visit.say("row_happened"), clock(visit, delivery.emitted_at_ms)),
            (visit.say("col_tries"), delivery.tries_made),
            (visit.say("col_next"), next_try(visit, delivery)),
            (visit.say("row_event"), html('<span class="code wrap">{e}</span>', e=delivery.event_id)),
        ]
    )


def _subject(visit: Visit, subject: str) -> Html:
    """What the event is about, as a way there where the person may go there."""
    shown = html('<span class="code wrap">{s}</span>', s=subject)
    place = next(
        (address for begins, address, right in PAGES_OF if subject.startswith(begins) and visit.may(right)), ""
    )
    return html('<a href="{p}{s}">{w}</a>', p=place, s=subject, w=shown) if place else shown


def _acts(visit: Visit, endpoint: Endpoint, delivery: Delivery) -> Html:
    if endpoint.disabled is not None:
        return html('<p class="warn">{t}</p>', t=visit.say("endpoint_is_off"))
    where = f"{PLACE}/{endpoint.id}/deliveries/{delivery.id}/redeliver"
    return html('<div class="actions act">{f}</div>', f=form(visit, where, button(visit.say("send_again"), "second")))


def _tries(visit: Visit, delivery: Delivery) -> Html:
    """The last ones, newest first, each with the beginning of what was answered."""
    if not delivery.tries:
        return html('<p class="muted">{t}</p>', t=visit.say("nothing_sent_yet"))
    cut = delivery.tries_made - len(delivery.tries)
    lines = joined(_try_line(visit, one) for one in reversed(delivery.tries))
    left_out = html('<p class="muted">{t}</p>', t=visit.say("tries_left_out", count=cut)) if cut else NOTHING
    return html('<ol class="tries">{l}</ol>{c}', l=lines, c=left_out)


def _try_line(visit: Visit, one: Try) -> Html:
    return html(
        '<li class="card"><p><b>{w}</b> · {t} · {ms}</p>{a}</li>',
        w=tried_in_words(visit, one),
        t=clock(visit, one.at_ms),
        ms=visit.say("took", ms=one.ms),
        a=_answer_text(visit, one),
    )


def _answer_text(visit: Visit, one: Try) -> Html:
    """As it came, masked when it was kept; where nobody answered, nothing."""
    if one.answer:
        return html('<pre class="text">{a}</pre>', a=one.answer)
    return html('<p class="muted">{t}</p>', t=visit.say("no_answer_text")) if one.status is not None else NOTHING


def _body_part(visit: Visit, endpoint: Endpoint, delivery: Delivery) -> Flow[Html]:
    """What a try sends, and whether the last one sent just that. Told only to who may see what it is about."""
    family = delivery.event_type.partition(".")[0]
    if not visit.may(SEES.get(family, Right.RECONCILE)):
        return html('<p class="muted">{t}</p>', t=visit.say("body_not_yours"))
    policy = visit.settings.policy

    def describe(record: PaymentRecord, state: PaymentState) -> dict[str, object]:
        return event_view(record, state, policy)

    try:
        body = yield from body_of(delivery, endpoint, describe)
    except PortError:
        return html('<p class="stale">{t}</p>', t=visit.say("not_read_now"))
    if body is None:
        return html('<p class="muted">{t}</p>', t=visit.say("body_gone"))
    return html(
        '<p class="muted">{t}</p><pre class="text card">{b}</pre>',
        t=_whether_sent(visit, delivery, body),
        b=_read(body),
    )


def _whether_sent(visit: Visit, delivery: Delivery, body: bytes) -> Html:
    last = delivery.tries[-1] if delivery.tries else None
    if last is None or not last.sent:
        return visit.say("body_now")
    same = last.sent == body_digest(body)
    return visit.say("body_as_sent" if same else "body_changed", time=clock(visit, last.at_ms))


def _read(body: bytes) -> str:
    """The same, on lines, so that a person can read it."""
    return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
