"""Each screen of the payer's page: answer first, then the reason, then what to do. One primary button, or none."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from gateway.domain.attempts import Hindrance
from gateway.domain.policy import SECOND_MS
from gateway.domain.reasons import REASONS, Reason, Way
from gateway.domain.statuses import AttemptStatus, PaymentStatus
from gateway.web.checkout.by_hand import by_hand, by_hand_link, by_hand_rows
from gateway.web.checkout.claim_screen import claim_heading, claim_link, claim_screen
from gateway.web.checkout.forms import again_form, claim_form, phone_form, problem_summary
from gateway.web.checkout.markup import NOTHING, Html, amount, code, html, joined, large_amount
from gateway.web.checkout.parts import back, brief, clock, details, look_again, phone, plate, row, safe_line, title
from gateway.web.checkout.visit import NUMBER, TELLS_OF_EXTRA, Visit
from gateway.web.payer_view import Screen
from gateway.wording import date, moment, money

TICK = Html(
    '<svg class="tick" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M3 13l6 6L21 5" '
    'fill="none" stroke="currentColor" stroke-width="4.5" stroke-linecap="square"/></svg>'
)


def content(visit: Visit) -> Html:
    """What stands in `main`."""
    if visit.claims:
        return claim_screen(visit)
    if visit.pays_by_hand:
        return by_hand(visit)
    if visit.way == NUMBER or visit.problem:
        wants_number = visit.view.screen in (Screen.FAILED, Screen.MPESA_DOWN, Screen.UNRESOLVED, Screen.PART_PAID)
        if wants_number and _other_number_may(visit):
            return _enter_phone(visit)
    return _SCREENS[visit.view.screen](visit)


def heading(visit: Visit) -> str:
    """The state in a few plain words, for the title of the page."""
    view = visit.view
    if visit.problem or visit.claim_problem:
        return visit.plain("problem", title=visit.problem or visit.claim_problem)
    if visit.claims:
        return claim_heading(visit)
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
            safe_line(visit, "not_charged_help") if unresolved else NOTHING,
            phone_form(visit, not_charged=unresolved),
            NOTHING if unresolved else by_hand_link(visit),
            NOTHING if unresolved else claim_link(visit),
        )
    )


def _sending(visit: Visit) -> Html:
    return joined(
        (
            brief(visit),
            title(visit.say("sending", phone=phone(visit))),
            safe_line(visit, "pin_safety"),
            look_again(visit),
        )
    )


def _check_phone(visit: Visit) -> Html:
    number = html("<b>{phone}</b>", phone=phone(visit))
    org = html("<b>{org}</b>", org=visit.view.organisation)
    asked = visit.view.attempt.amount_kes if visit.view.attempt else visit.view.rest_kes
    steps = (
        visit.say("check_wait", phone=number),
        visit.say("check_compare", amount=html("<b>{a}</b>", a=amount(asked)), org=org),
        visit.say("check_pin"),
    )
    return joined(
        (
            brief(visit),
            title(visit.say("check_title")),
            html('<p class="note" role="status">{t}</p>', t=visit.say("already_on", phone=number))
            if visit.asked_twice
            else NOTHING,
            _count_down(visit),
            html('<ol class="steps">{steps}</ol>', steps=joined(html("<li>{s}</li>", s=step) for step in steps)),
            safe_line(visit, "pin_safety"),
            html('<p class="note">{t}</p>', t=visit.say("same_phone")),
            details(visit.say("no_message"), html("<p>{t}</p>", t=visit.say("no_message_help")), by_hand_link(visit)),
            look_again(visit),
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


# --- not known ----------------------------------------------------------------------------------------------------


def _waiting(visit: Visit) -> Html:
    return _doubt(visit, visit.say("waiting_title"), visit.say("waiting"), claim_link(visit))


def _unsure(visit: Visit) -> Html:
    view = visit.view
    time = moment(view.next_attempt_at_ms or view.now_ms, view.now_ms, visit.language)
    body = visit.say("unsure", time=time)
    return _doubt(visit, visit.say("waiting_title"), body, claim_link(visit))


def _unresolved(visit: Visit) -> Html:
    open_question = any(one.status is AttemptStatus.UNRESOLVED for one in visit.view.state.attempts)
    offers = (_not_charged(visit),) if open_question and _may_go_on(visit) else ()
    told = plate("doubt", visit.say("unresolved_title"), visit.say("unresolved"))
    return joined(
        (
            brief(visit),
            problem_summary(visit),
            told,
            claim_form(visit),
            _asked_rows(visit),
            look_again(visit),
            *offers,
        )
    )


def _doubt(visit: Visit, title: Html, body: Html, *more: Html) -> Html:
    return joined((brief(visit), plate("doubt", title, body), _asked_rows(visit), look_again(visit), *more))


def _asked_rows(visit: Visit) -> Html:
    """Whom we asked, and when we look next."""
    view = visit.view
    if view.attempt is None:
        return NOTHING
    sent_at_ms = view.attempt.prompted_at_ms or view.attempt.begun_at_ms
    rows = [("row_sent_to", phone(visit)), ("row_sent_at", clock(visit, sent_at_ms))]
    if view.last_asked_at_ms:
        rows.append(("row_last_asked", clock(visit, view.last_asked_at_ms)))
    if view.next_check_at_ms:
        later = view.next_check_at_ms > view.now_ms
        rows.append(("row_asking_again", clock(visit, view.next_check_at_ms) if later else visit.say("now")))
    return html('<dl class="rows sheet">{rows}</dl>', rows=joined(row(visit, key, value) for key, value in rows))


def _not_charged(visit: Visit) -> Html:
    """The payer's own word that nothing was taken frees the way for another request."""
    other = html(
        '<a class="button second" href="{u}">{t}</a><p></p>', u=visit.address(way=NUMBER), t=visit.say("other_number")
    )
    return details(
        visit.say("not_charged"),
        html("<p>{t}</p>", t=visit.say("not_charged_help")),
        again_form(visit, "not_charged_button", second=True, not_charged=True),
        html('<p class="note">{t}</p>', t=visit.say("failed_note", phone=phone(visit))),
        other if _other_number_may(visit) else NOTHING,
    )


# --- the end ------------------------------------------------------------------------------------------------------


def _paid(visit: Visit) -> Html:
    view = visit.view
    received = large_amount(view.state.received_kes)
    if view.under_review:
        told = plate("person", visit.say("review_title"), visit.say("review"))
    else:
        first, rest = visit.headline("paid_title")
        told = html(
            '<div class="plate paid" role="status"><h1 tabindex="-1">{first}.<small>{rest}</small></h1>'
            '<p class="sum">{received}</p>{tick}</div>',
            first=first,
            rest=rest,
            received=received,
            tick=TICK,
        )
    keep = NOTHING if view.under_review else _keep_buttons(visit)
    return joined((told, receipt_rows(visit), _paid_too_much(visit), back(visit), keep))


def receipt_rows(visit: Visit) -> Html:
    """The payer's proof: codes, amount, payee, date, reference."""
    view, asked = visit.view, visit.view.record.asked
    codes = [_code_of(visit, one.receipt) for one in view.credits]
    paid_at_ms = view.state.paid_at_ms or view.state.credits[-1].at_ms
    returned = view.state.returned_kes
    rows = (
        html(
            '<div class="wide"><dt>{label}</dt>{codes}</div>',
            label=visit.say("row_code"),
            codes=joined(html("<dd>{c}</dd>", c=one) for one in codes),
        ),
        row(visit, "row_amount", amount(view.state.received_kes)),
        row(visit, "row_given_back", amount(returned)) if returned else NOTHING,
        row(visit, "row_to", view.shop_name),
        row(visit, "row_date", date(paid_at_ms, visit.language)),
        row(visit, "row_reference", html('<span class="code">{r}</span>', r=asked.account_reference)),
    )
    return html('<dl class="rows receipt">{rows}</dl>', rows=joined(rows))


def _code_of(visit: Visit, receipt: str | None) -> Html:
    """A code; of money that went back it says so, unless all did, which the page tells."""
    if receipt is None:
        return visit.say("code_follows")
    back = receipt in visit.view.given_back and visit.view.state.status is not PaymentStatus.REFUNDED
    return html("{c} <small>{t}</small>", c=code(receipt), t=visit.say("row_given_back")) if back else code(receipt)


def _paid_too_much(visit: Visit) -> Html:
    view = visit.view
    extra_kes = view.state.received_kes - view.record.asked.amount_kes
    if not view.state.flags & TELLS_OF_EXTRA or extra_kes <= 0:
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
            by_hand_link(visit),
            claim_link(visit),
        )
    )


def _failed(visit: Visit) -> Html:
    reason = _reason(visit)
    offers = joined((_prompt_offers(visit, reason), back(visit) if reason.way is Way.SHOP else NOTHING))
    return joined(
        (
            brief(visit),
            plate("no", visit.say("failed_title"), visit.failure),
            offers,
            by_hand_rows(visit) if reason.way is not Way.SHOP else NOTHING,
            claim_link(visit),
        )
    )


def _mpesa_down(visit: Visit) -> Html:
    first, rest = visit.headline("mpesa_down")
    return joined(
        (
            brief(visit),
            plate("", first, rest),
            _prompt_offers(visit, _reason(visit)),
            by_hand_rows(visit),
            claim_link(visit),
        )
    )


def _reason(visit: Visit) -> Reason:
    failure = visit.view.attempt.failure if visit.view.attempt else None
    return REASONS.get(failure.code if failure else "", REASONS["mpesa_declined"])


def _prompt_offers(visit: Visit, reason: Reason) -> Html:
    """Send again and other number, the likelier one first. What cannot help is not offered."""
    if reason.way is Way.SHOP:
        return NOTHING
    if not _may_go_on(visit) and not _other_number_may(visit):
        return html('<p class="note">{t}</p>', t=visit.say("no_more_requests"))
    other_first = reason.way is Way.OTHER_NUMBER
    kind = "button" if other_first else "button second"
    link = html('<a class="{k}" href="{u}">{t}</a>', k=kind, u=visit.address(way=NUMBER), t=visit.say("other_number"))
    other = link if _other_number_may(visit) else NOTHING
    again = _again(visit, second=other_first)
    return joined((other, again) if other_first else (again, other))


def _again(visit: Visit, *, second: bool) -> Html:
    view = visit.view
    if view.again.hindrance is Hindrance.TOO_SOON and view.again.from_ms:
        time = moment(view.again.from_ms, view.now_ms, visit.language)
        return html(
            '<span class="wait" id="again" data-left="{s}">{t} <span class="nb" aria-hidden="true"></span></span>'
            '<noscript><a class="other" href="{u}">{look}</a></noscript>',
            t=visit.say("send_again_at", time=html('<span class="nb">{at}</span>', at=time)),
            s=-(-(view.again.from_ms - view.now_ms) // SECOND_MS),
            u=visit.here,
            look=visit.say("check_again"),
        )
    if view.again.hindrance is not None:
        return NOTHING
    note = html('<p class="note">{t}</p>', t=visit.say("failed_note", phone=phone(visit)))
    return joined((again_form(visit, "send_again", second=second), note))


def _closed(visit: Visit) -> Html:
    view = visit.view
    if view.state.status in (PaymentStatus.REFUNDED, PaymentStatus.PARTIALLY_REFUNDED):
        body = visit.say(
            "given_back", received=amount(view.state.received_kes), returned=amount(view.state.returned_kes)
        )
        return joined((plate("", visit.say("given_back_title"), body), receipt_rows(visit), back(visit)))
    first, rest = visit.headline("closed")
    return joined((brief(visit), plate("", first, rest), back(visit), claim_link(visit)))


# --- parts --------------------------------------------------------------------------------------------------------


def _may_go_on(visit: Visit) -> bool:
    """Whether the same number may be prompted again, now or later, perhaps on the payer's word."""
    return visit.view.again.hindrance in (None, Hindrance.TOO_SOON, Hindrance.NOT_KNOWN)


def _other_number_may(visit: Visit) -> bool:
    return visit.view.other.hindrance in (None, Hindrance.NOT_KNOWN)


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
