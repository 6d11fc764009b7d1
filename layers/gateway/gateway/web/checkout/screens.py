"""Each screen of the payer's page: answer first, then the reason, then what to do. One primary button, or none."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from gateway.domain.attempts import Hindrance
from gateway.domain.policy import SECOND_MS
from gateway.domain.reasons import REASONS, Reason, Way
from gateway.domain.statuses import AttemptStatus, Flag, PaymentStatus
from gateway.web.checkout.forms import again_form, phone_form, problem_summary
from gateway.web.checkout.markup import NOTHING, Html, amount, code, html, joined, large_amount
from gateway.web.checkout.visit import NUMBER, Visit
from gateway.web.payer_view import PROMPT_MAY_COME, Screen, manual_of, with_payment
from gateway.wording import date, moment, money

TICK = Html(
    '<svg class="tick" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M3 13l6 6L21 5" '
    'fill="none" stroke="currentColor" stroke-width="4.5" stroke-linecap="square"/></svg>'
)


def content(visit: Visit) -> Html:
    """What stands in `main`."""
    if visit.pays_by_hand:
        return _by_hand(visit)
    if visit.way == NUMBER or visit.problem:
        wants_number = visit.view.screen in (Screen.FAILED, Screen.MPESA_DOWN, Screen.UNRESOLVED, Screen.PART_PAID)
        if wants_number and _other_number_may(visit):
            return _enter_phone(visit)
    return _SCREENS[visit.view.screen](visit)


def heading(visit: Visit) -> str:
    """The state in a few plain words, for the title of the page."""
    view = visit.view
    if visit.problem:
        return visit.plain("problem", title=visit.problem)
    if visit.pays_by_hand:
        return visit.plain("pay_with")
    if view.state.returned_kes:
        return visit.plain("given_back_title")
    key = "review_title" if view.under_review else _TITLES[view.screen]
    due = money(view.rest_kes or view.record.asked.amount_kes)
    first = visit.plain(key, amount=due, phone=view.phone).partition(". ")[0]
    return visit.plain("problem", title=first) if view.screen in (Screen.FAILED, Screen.MPESA_DOWN) else first


_TITLES: dict[Screen, str] = {
    Screen.ENTER_PHONE: "pay_title",
    Screen.SENDING: "sending",
    Screen.CHECK_PHONE: "check_title",
    Screen.WAITING: "waiting_title",
    Screen.UNSURE: "waiting_title",
    Screen.UNRESOLVED: "unresolved_title",
    Screen.PAID: "paid_title",
    Screen.PART_PAID: "pay_title",
    Screen.FAILED: "failed_title",
    Screen.CLOSED: "closed",
    Screen.MPESA_DOWN: "mpesa_down",
}


# --- before the prompt --------------------------------------------------------------------------------------------


def _enter_phone(visit: Visit) -> Html:
    large = html("</small>{amount}<small>", amount=large_amount(visit.view.rest_kes))
    unresolved = visit.view.screen is Screen.UNRESOLVED
    return joined(
        (
            problem_summary(visit),
            html(
                '<h1 class="ask" tabindex="-1"><small>{words}</small></h1>',
                words=visit.say("pay_title", amount=large),
            ),
            _safe_line(visit, "not_charged_help") if unresolved else NOTHING,
            phone_form(visit, not_charged=unresolved),
            NOTHING if unresolved else _by_hand_link(visit),
        )
    )


def _sending(visit: Visit) -> Html:
    return joined(
        (
            _brief(visit),
            _title(visit.say("sending", phone=_phone(visit))),
            _safe_line(visit, "pin_safety"),
            _look_again(visit),
        )
    )


def _check_phone(visit: Visit) -> Html:
    phone = html("<b>{phone}</b>", phone=_phone(visit))
    org = html("<b>{org}</b>", org=visit.view.organisation)
    asked = visit.view.attempt.amount_kes if visit.view.attempt else visit.view.rest_kes
    steps = (
        visit.say("check_wait", phone=phone),
        visit.say("check_compare", amount=html("<b>{a}</b>", a=amount(asked)), org=org),
        visit.say("check_pin"),
    )
    return joined(
        (
            _brief(visit),
            _title(visit.say("check_title")),
            html('<p class="note" role="status">{t}</p>', t=visit.say("already_on", phone=phone))
            if visit.asked_twice
            else NOTHING,
            _count_down(visit),
            html('<ol class="steps">{steps}</ol>', steps=joined(html("<li>{s}</li>", s=step) for step in steps)),
            _safe_line(visit, "pin_safety"),
            html('<p class="note">{t}</p>', t=visit.say("same_phone")),
            _details(visit.say("no_message"), html("<p>{t}</p>", t=visit.say("no_message_help")), _by_hand_link(visit)),
            _look_again(visit),
        )
    )


def _count_down(visit: Visit) -> Html:
    """The prompt's life in words and as a bar. Safaricom ends it; nothing here can make it longer."""
    view = visit.view
    left_s = max(-(-((view.prompt_ends_at_ms or view.now_ms) - view.now_ms) // SECOND_MS), 1)
    return html(
        '<div class="left" id="left" data-left="{s}" data-words="{words}"><p role="timer">{now}</p>'
        '<svg class="bar" viewBox="0 0 60 1" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="rest" width="{s}" height="1"/></svg></div>',
        s=left_s,
        words=visit.plain("seconds_left", s="{s}"),
        now=visit.say("seconds_left", s=left_s),
    )


def _by_hand(visit: Visit) -> Html:
    """Paybill or Till, step by step."""
    manual = manual_of(visit.view)
    assert manual is not None, "asked for only while something is to be paid"
    paybill = manual["kind"] == "paybill"
    account = _typed_step(visit, "row_account", manual["account"])
    steps = joined(
        (
            html("<li>{s}</li>", s=visit.say("paybill_open" if paybill else "till_open")),
            _typed_step(visit, "row_business" if paybill else "row_till", manual["number"]),
            account if paybill else NOTHING,
            _typed_step(visit, "row_amount", amount(manual["amount"])),
            html("<li>{s}</li>", s=visit.say("enter_pin")),
            NOTHING if paybill else html("<li>{s}</li>", s=visit.say("till_keep")),
        )
    )
    return joined(
        (
            _brief(visit),
            _title(visit.say("pay_with")),
            _safe_line(visit, "close_prompt_first") if visit.view.screen in PROMPT_MAY_COME else NOTHING,
            html('<ol class="steps sheet">{steps}</ol>', steps=steps),
            html('<p class="note" role="status">{t}</p>', t=visit.say("manual_watch")),
            _look_again(visit),
            _paid_not_seen(visit),
        )
    )


def _typed_step(visit: Visit, key: str, value: object) -> Html:
    return html('<li>{label} <span class="key">{value}</span></li>', label=visit.say(key), value=value)


# --- not known ----------------------------------------------------------------------------------------------------


def _waiting(visit: Visit) -> Html:
    return _doubt(visit, visit.say("waiting_title"), visit.say("waiting"), _paid_not_seen(visit))


def _unsure(visit: Visit) -> Html:
    view = visit.view
    time = moment(view.next_attempt_at_ms or view.now_ms, view.now_ms, visit.language)
    body = visit.say("unsure", time=time)
    return _doubt(visit, visit.say("waiting_title"), body, _paid_not_seen(visit))


def _unresolved(visit: Visit) -> Html:
    open_question = any(one.status is AttemptStatus.UNRESOLVED for one in visit.view.state.attempts)
    offers = (_not_charged(visit),) if open_question and _may_go_on(visit) else ()
    return _doubt(visit, visit.say("unresolved_title"), visit.say("unresolved"), _paid_not_seen(visit), *offers)


def _doubt(visit: Visit, title: Html, body: Html, *more: Html) -> Html:
    return joined((_brief(visit), _plate("doubt", title, body), _asked_rows(visit), _look_again(visit), *more))


def _asked_rows(visit: Visit) -> Html:
    """Whom we asked, and when we look next."""
    view = visit.view
    if view.attempt is None:
        return NOTHING
    sent_at_ms = view.attempt.prompted_at_ms or view.attempt.begun_at_ms
    rows = [("row_sent_to", _phone(visit)), ("row_sent_at", _clock(visit, sent_at_ms))]
    if view.last_asked_at_ms:
        rows.append(("row_last_asked", _clock(visit, view.last_asked_at_ms)))
    if view.next_check_at_ms:
        later = view.next_check_at_ms > view.now_ms
        rows.append(("row_asking_again", _clock(visit, view.next_check_at_ms) if later else visit.say("now")))
    return html('<dl class="rows sheet">{rows}</dl>', rows=joined(_row(visit, key, value) for key, value in rows))


def _paid_not_seen(visit: Visit) -> Html:
    return _details(visit.say("paid_not_seen"), html("<p>{t}</p>", t=visit.say("paid_not_seen_help")))


def _not_charged(visit: Visit) -> Html:
    """The payer's own word that nothing was taken frees the way for another request."""
    other = html(
        '<a class="button second" href="{u}">{t}</a><p></p>', u=visit.address(way=NUMBER), t=visit.say("other_number")
    )
    return _details(
        visit.say("not_charged"),
        html("<p>{t}</p>", t=visit.say("not_charged_help")),
        again_form(visit, "not_charged_button", second=True, not_charged=True),
        html('<p class="note">{t}</p>', t=visit.say("failed_note", phone=_phone(visit))),
        other if _other_number_may(visit) else NOTHING,
    )


# --- the end ------------------------------------------------------------------------------------------------------


def _paid(visit: Visit) -> Html:
    view = visit.view
    received = large_amount(view.state.received_kes)
    if view.under_review:
        plate = _plate("person", visit.say("review_title"), visit.say("review"))
    else:
        first, rest = visit.headline("paid_title")
        plate = html(
            '<div class="plate paid" role="status"><h1 tabindex="-1">{first}.<small>{rest}</small></h1>'
            '<p class="sum">{received}</p>{tick}</div>',
            first=first,
            rest=rest,
            received=received,
            tick=TICK,
        )
    keep = NOTHING if view.under_review else _keep_buttons(visit)
    return joined((plate, receipt_rows(visit), _paid_too_much(visit), _back(visit), keep))


def receipt_rows(visit: Visit) -> Html:
    """The payer's proof: codes, amount, payee, date, reference."""
    view, asked = visit.view, visit.view.record.asked
    codes = [code(one.receipt) if one.receipt else visit.say("code_follows") for one in view.state.credits]
    paid_at_ms = view.state.paid_at_ms or view.state.credits[-1].at_ms
    returned = view.state.returned_kes
    rows = (
        html(
            '<div class="wide"><dt>{label}</dt>{codes}</div>',
            label=visit.say("row_code"),
            codes=joined(html("<dd>{c}</dd>", c=one) for one in codes),
        ),
        _row(visit, "row_amount", amount(view.state.received_kes)),
        _row(visit, "row_given_back", amount(returned)) if returned else NOTHING,
        _row(visit, "row_to", view.shop_name),
        _row(visit, "row_date", date(paid_at_ms, visit.language)),
        _row(visit, "row_reference", html('<span class="code">{r}</span>', r=asked.account_reference)),
    )
    return html('<dl class="rows receipt">{rows}</dl>', rows=joined(rows))


def _paid_too_much(visit: Visit) -> Html:
    view = visit.view
    extra_kes = view.state.received_kes - view.record.asked.amount_kes
    if not view.state.flags & {Flag.DUPLICATE_PAYMENT, Flag.OVERPAID} or extra_kes <= 0:
        return NOTHING
    return html('<p class="safe">{t}</p>', t=visit.say("overpaid", extra=amount(extra_kes)))


def _keep_buttons(visit: Visit) -> Html:
    """Keep the receipt, or send its words to somebody. The words hold no address: it would let others in."""
    view, asked = visit.view, visit.view.record.asked
    words = visit.plain(
        "share_text",
        amount=f"KSh {view.state.received_kes:,}",
        receipt=view.receipt or visit.plain("code_follows"),
        ref=asked.account_reference,
    )
    return html(
        '<div class="pair"><a class="button second" href="{receipt}">{keep}</a>'
        '<a class="button second" data-do="share" data-text="{words}" href="{share}" rel="noreferrer">{t}</a></div>',
        receipt=visit.address("/receipt"),
        keep=visit.say("save_or_print"),
        words=words,
        share="https://wa.me/?" + urlencode({"text": words}),
        t=visit.say("share"),
    )


def _part_paid(visit: Visit) -> Html:
    view = visit.view
    first, rest = visit.headline(
        "part_paid",
        received=amount(view.state.received_kes),
        amount=amount(view.record.asked.amount_kes),
        rest=amount(view.rest_kes),
    )
    last = view.attempt.failure if view.attempt else None
    may = view.other.hindrance in (None, Hindrance.TOO_SOON) or view.again.hindrance in (None, Hindrance.TOO_SOON)
    reason = Html(visit.failure.partition(". ")[0].rstrip(".") + ".") if last else NOTHING
    lines = (
        html("<p>{t}</p>", t=rest),
        html("<p>{t} {reason}</p>", t=visit.say("last_request"), reason=reason) if last else NOTHING,
    )
    return joined(
        (
            problem_summary(visit),
            html('<div class="plate" role="status"><h1 tabindex="-1">{t}</h1>{l}</div>', t=first, l=joined(lines)),
            phone_form(visit) if may else html('<p class="note">{t}</p>', t=visit.say("no_more_requests")),
            _by_hand_link(visit),
        )
    )


def _failed(visit: Visit) -> Html:
    reason = _reason(visit)
    offers = joined((_prompt_offers(visit, reason), _back(visit) if reason.way is Way.SHOP else NOTHING))
    return joined(
        (
            _brief(visit),
            _plate("no", visit.say("failed_title"), visit.failure),
            offers,
            _by_hand_rows(visit) if reason.way is not Way.SHOP else NOTHING,
        )
    )


def _mpesa_down(visit: Visit) -> Html:
    first, rest = visit.headline("mpesa_down")
    return joined((_brief(visit), _plate("", first, rest), _prompt_offers(visit, _reason(visit)), _by_hand_rows(visit)))


def _reason(visit: Visit) -> Reason:
    failure = visit.view.attempt.failure if visit.view.attempt else None
    return REASONS.get(failure.code if failure else "", REASONS["mpesa_declined"])


def _prompt_offers(visit: Visit, reason: Reason) -> Html:
    """Send again and other number, the likelier one first. What cannot help is not offered."""
    if reason.way is Way.SHOP and not reason.alert:
        return NOTHING
    if not _may_go_on(visit) and not _other_number_may(visit):
        return html('<p class="note">{t}</p>', t=visit.say("no_more_requests"))
    other_first = reason.way is Way.OTHER_NUMBER
    kind = "button" if other_first else "button second"
    link = html('<a class="{k}" href="{u}">{t}</a>', k=kind, u=visit.address(way=NUMBER), t=visit.say("other_number"))
    other = link if _other_number_may(visit) else NOTHING
    again = _again(visit, second=other_first or reason.way is Way.SHOP)
    return joined((other, again) if other_first else (again, other))


def _again(visit: Visit, *, second: bool) -> Html:
    view = visit.view
    if view.again.hindrance is Hindrance.TOO_SOON and view.again.from_ms:
        time = moment(view.again.from_ms, view.now_ms, visit.language)
        return html(
            '<span class="wait">{t}</span><noscript><a class="other" href="{u}">{look}</a></noscript>',
            t=visit.say("send_again_at", time=time),
            u=visit.here,
            look=visit.say("check_again"),
        )
    if view.again.hindrance is not None:
        return NOTHING
    note = html('<p class="note">{t}</p>', t=visit.say("failed_note", phone=_phone(visit)))
    return joined((again_form(visit, "send_again", second=second), note))


def _closed(visit: Visit) -> Html:
    view = visit.view
    if view.state.status in (PaymentStatus.REFUNDED, PaymentStatus.PARTIALLY_REFUNDED):
        body = visit.say(
            "given_back", received=amount(view.state.received_kes), returned=amount(view.state.returned_kes)
        )
        return joined((_plate("", visit.say("given_back_title"), body), receipt_rows(visit), _back(visit)))
    first, rest = visit.headline("closed")
    return joined((_brief(visit), _plate("", first, rest), _back(visit)))


# --- parts --------------------------------------------------------------------------------------------------------


def _may_go_on(visit: Visit) -> bool:
    """Whether the same number may be prompted again, now or later, perhaps on the payer's word."""
    return visit.view.again.hindrance in (None, Hindrance.TOO_SOON, Hindrance.NOT_KNOWN)


def _other_number_may(visit: Visit) -> bool:
    return visit.view.other.hindrance in (None, Hindrance.NOT_KNOWN)


def _brief(visit: Visit) -> Html:
    words = visit.say("pay_brief", amount=amount(visit.view.rest_kes or visit.view.record.asked.amount_kes))
    return html('<p class="brief">{words}</p>', words=words)


def _title(words: Html) -> Html:
    return html('<h1 class="title" tabindex="-1">{words}</h1>', words=words)


def _plate(kind: str, title: Html, body: Html) -> Html:
    return html(
        '<div class="{k}" role="status"><h1 tabindex="-1">{title}</h1><p>{body}</p></div>',
        k=f"plate {kind}".strip(),
        title=title,
        body=body,
    )


def _phone(visit: Visit) -> Html:
    return html('<span class="nb">{phone}</span>', phone=visit.view.phone or "")


def _clock(visit: Visit, at_ms: int) -> Html:
    return html('<span class="nb">{t}</span>', t=moment(at_ms, visit.view.now_ms, visit.language))


def _row(visit: Visit, key: str, value: object) -> Html:
    return html("<div><dt>{label}</dt><dd>{value}</dd></div>", label=visit.say(key), value=value)


def _safe_line(visit: Visit, key: str) -> Html:
    return html('<p class="safe">{t}</p>', t=visit.say(key))


def _details(summary: Html, *parts: Html) -> Html:
    return html("<details><summary>{summary}</summary>{parts}</details>", summary=summary, parts=joined(parts))


def _look_again(visit: Visit) -> Html:
    return html('<a class="button second" data-do="look" href="{u}">{t}</a>', u=visit.here, t=visit.say("check_again"))


def _by_hand_link(visit: Visit) -> Html:
    if manual_of(visit.view) is None:
        return NOTHING
    key = "other_way" if visit.view.attempt is None else "pay_with"
    kind = visit.view.record.asked.shortcode_kind
    return html('<a class="other" href="{u}">{t}</a>', u=visit.address(way=kind), t=visit.say(key))


def _by_hand_rows(visit: Visit) -> Html:
    """The numbers to type, in short, with the way to the steps."""
    manual = manual_of(visit.view)
    if manual is None:
        return NOTHING
    paybill = manual["kind"] == "paybill"
    rows = [("row_business" if paybill else "row_till", html('<span class="code">{n}</span>', n=manual["number"]))]
    if paybill:
        rows.append(("row_account", html('<span class="code">{n}</span>', n=manual["account"])))
    rows.append(("row_amount", amount(manual["amount"])))
    listed = html('<dl class="rows">{rows}</dl>', rows=joined(_row(visit, key, value) for key, value in rows))
    return html("<details open><summary>{t}</summary>{listed}</details>", t=visit.say("pay_with"), listed=listed)


def _back(visit: Visit) -> Html:
    asked = visit.view.record.asked
    paid = bool(visit.view.state.received_kes)
    url = visit.view.return_url if paid or not asked.cancel_url else with_payment(asked.cancel_url, asked.id)
    if not url:
        return NOTHING
    return html('<a class="button" href="{u}">{t}</a>', u=url, t=visit.say("back"))


_SCREENS: dict[Screen, Callable[[Visit], Html]] = {
    Screen.ENTER_PHONE: _enter_phone,
    Screen.SENDING: _sending,
    Screen.CHECK_PHONE: _check_phone,
    Screen.WAITING: _waiting,
    Screen.UNSURE: _unsure,
    Screen.UNRESOLVED: _unresolved,
    Screen.PAID: _paid,
    Screen.PART_PAID: _part_paid,
    Screen.FAILED: _failed,
    Screen.CLOSED: _closed,
    Screen.MPESA_DOWN: _mpesa_down,
}
