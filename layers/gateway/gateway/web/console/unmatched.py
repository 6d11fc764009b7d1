"""Money that M-PESA told of and that is no payment's yet: whose it may be, and a person's word on it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daraja.masking import BULLET, mask_text
from gateway.domain.decisions import MoneySetAside, last_turns
from gateway.domain.payment import PaymentRecord
from gateway.domain.proposals import Proposal
from gateway.domain.receipts import ReceiptRecord, Standing
from gateway.flows.assign import Assigned, AssignRefused, Person, assign, set_aside
from gateway.flows.find import Match, find
from gateway.flows.propose import propose, propose_thoroughly
from gateway.flows.settings import FlowSettings
from gateway.ports import Flow, Store, call
from gateway.ports.received import Received, WaitingQuery
from gateway.web.checkout.markup import NOTHING, Html, amount, code, html, joined
from gateway.web.clues import clues_in
from gateway.web.console.finding import payment_table
from gateway.web.console.guard import NotHere
from gateway.web.console.layout import page, see_other
from gateway.web.console.parts import button, clock, done, empty, field, form, rows, summary, table
from gateway.web.console.today import numbers_of
from gateway.web.console.visit import Visit
from gateway.web.http import Answer
from gateway.web.lists import checked_place, marked_place

PLACE = "/console/unmatched"
LISTED_MAX = 50
REASON_MAX = 200
DONE = ("aside", "back")
_RECEIPT = re.compile(r"[A-Z0-9]{6,20}")
Payments = Mapping[str, PaymentRecord]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with what was sent: the field, plain words, what was typed, and payments whose it may be."""

    field: str = ""
    words: str = ""
    typed: str = ""
    payment: str = ""
    others: tuple[str, ...] = ()


def unmatched(visit: Visit) -> Flow[Answer]:
    """`GET /console/unmatched`, newest first, page by page."""
    query = WaitingQuery(numbers=numbers_of(visit.shop), standing=Standing.UNMATCHED)
    name = (visit.owner, "console-unmatched")
    given = visit.request.one("after")
    place = checked_place(visit.keys.cursor, name, given) if given else None
    found = yield from call(Received.waiting, query, LISTED_MAX, place)
    proposed = yield from propose(found.records, visit.owner)
    payments = yield from _payments(proposed)
    total = sum(record.money.amount_kes for record in found.records if record.money)
    is_whole = place is None and found.cursor is None
    told = visit.say("unmatched_sum" if is_whole else "unmatched_page", count=len(found.records), amount=amount(total))
    shown = (
        html('<p class="muted">{s}</p>{t}', s=told, t=_table(visit, found.records, proposed, payments))
        if found.records or not is_whole
        else empty(visit.say("unmatched_none"), visit.say("unmatched_none_how"))
    )
    older = marked_place(visit.keys.cursor, name, found.cursor) if found.cursor else None
    main = html(
        "<h1>{t}</h1>{d}{s}{m}",
        t=visit.say("unmatched_title"),
        d=done(visit, DONE),
        s=shown,
        m=_older(visit, older) if older else NOTHING,
    )
    return page(visit, visit.plain("unmatched_title"), main, place=PLACE)


def _older(visit: Visit, cursor: str) -> Html:
    return html(
        '<p class="actions"><a class="button second" href="{p}?after={c}">{t}</a></p>',
        p=PLACE, c=cursor, t=visit.say("older_money"),
    )  # fmt: skip


def _payments(proposed: Mapping[str, Sequence[Proposal]]) -> Flow[Payments]:
    """The payments that are proposed, by id."""
    ids = tuple({one.payment_id: None for many in proposed.values() for one in many})
    records = (yield from call(Store.read_payments, ids)) if ids else ()
    return {record.id: record for record in records}


def _table(
    visit: Visit,
    records: Sequence[ReceiptRecord],
    proposed: Mapping[str, Sequence[Proposal]],
    payments: Payments,
) -> Html:
    keys = ("col_came", "col_code", "col_typed", "col_payer", "col_proposed")
    heads = [*((visit.say(key), False) for key in keys), (visit.say("col_amount"), True)]
    lines = [
        (
            clock(visit, record.money_at_ms),
            html('<a href="/console/unmatched/{r}">{c}</a>', r=record.receipt, c=code(record.receipt)),
            _typed(record),
            _payer(record),
            _best(visit, proposed.get(record.receipt, ()), payments),
            amount(record.money.amount_kes if record.money else 0),
        )
        for record in records
    ]
    return table(visit.say("unmatched_table"), heads, lines)


def _typed(record: ReceiptRecord) -> Html:
    typed = mask_text(record.money.reference.strip()) if record.money else ""
    return html('<span class="code">{r}</span>', r=typed or "–")


def _payer(record: ReceiptRecord) -> Html:
    """First name and the end of the number, never more."""
    told = record.money
    words = mask_text(told.payer_name).split() if told else []
    name = f"{words[0].upper()} {BULLET * 3}" if words else ""
    ending = f"{BULLET * 3}{told.phone_ending}" if told and told.phone_ending else ""
    return html("{n} {e}", n=name, e=ending) if name or ending else Html("–")


def _best(visit: Visit, proposed: Sequence[Proposal], payments: Payments) -> object:
    known = [payments[one.payment_id] for one in proposed if one.payment_id in payments]
    return (known[0].asked.order or known[0].asked.account_reference) if known else visit.say("no_proposal")


# --- one sum --------------------------------------------------------------------------------------------------


def money_page(visit: Visit) -> Flow[Answer]:
    """`GET /console/unmatched/{receipt}`."""
    record = yield from _money(visit)
    return (yield from _shown(visit, record, Problem()))


def _money(visit: Visit) -> Flow[ReceiptRecord]:
    """The money in the path, if it came to this shop and is no other's. Raises NotHere."""
    receipt = visit.request.path_parameters.get("receipt", "")
    record = (yield from call(Store.read_receipt, receipt)) if _RECEIPT.fullmatch(receipt) else None
    if record is None or record.money is None or not visit.shop or visit.shop.shortcode(record.shortcode) is None:
        raise NotHere
    owner = (yield from call(Store.read_payment, record.owner)) if record.owner else None
    if owner is not None and owner.asked.owner != visit.owner:
        raise NotHere
    return record


def _shown(visit: Visit, record: ReceiptRecord, problem: Problem) -> Flow[Answer]:
    proposed = yield from propose_thoroughly(record, visit.owner)
    payments = yield from _payments({record.receipt: proposed})
    others = (yield from call(Store.read_payments, problem.others)) if problem.others else ()
    sum_shown = amount(record.money.amount_kes if record.money else 0)
    main = html(
        '<p class="crumb"><a href="/console/unmatched">{back}</a></p>{problem}{done}<h1>{title}</h1>{rows}{may}{acts}',
        back=visit.say("unmatched_title"),
        problem=summary(visit, [(problem.field, problem.words)] if problem.words else []),
        done=done(visit, DONE),
        title=visit.say("money_title", amount=sum_shown),
        rows=_facts(visit, record),
        may=_may_be(visit, record, problem, others) if others else NOTHING,
        acts=_acts(visit, record, proposed, payments, problem),
    )
    status = 409 if others else 422 if problem.words else 200
    return page(visit, visit.plain("unmatched_title"), main, place=PLACE, status=status)


def _facts(visit: Visit, record: ReceiptRecord) -> Html:
    lines: list[tuple[Html, object]] = [
        (visit.say("row_receipt"), code(record.receipt)),
        (visit.say("row_came"), clock(visit, record.money_at_ms)),
        (visit.say("row_typed"), _typed(record)),
        (visit.say("row_payer"), _payer(record)),
        (visit.say("row_account"), html('<span class="code">{s}</span>', s=record.shortcode)),
    ]
    return rows(lines)


def _acts(
    visit: Visit, record: ReceiptRecord, proposed: Sequence[Proposal], payments: Payments, problem: Problem
) -> Html:
    here = f"{PLACE}/{record.receipt}"
    if record.standing is Standing.MATCHED:
        link = html(
            '<a class="button" href="/console/payments/{p}">{t}</a>', p=record.owner, t=visit.say("matched_look")
        )
        return html('<p class="warn">{t}</p><div class="actions">{l}</div>', t=visit.say("matched_tell"), l=link)
    if record.standing is Standing.IGNORED:
        said: MoneySetAside = last_turns(record.facts.values())[-1]
        again = form(visit, f"{here}/unignore", button(visit.say("unignore_button"), "second"))
        return html('<p class="warn">{t}</p>{f}', t=visit.say("aside_tell", why=said.reason or "–"), f=again)
    return html(
        "{proposals}{other}{ignore}",
        proposals=_proposals(visit, record, proposed, payments),
        other=_other_form(visit, here, problem),
        ignore=_ignore_form(visit, here, problem),
    )


def _proposals(visit: Visit, record: ReceiptRecord, proposed: Sequence[Proposal], payments: Payments) -> Html:
    cards = joined(
        html(
            '<li><span><a href="/console/payments/{id}">{name}</a>, {sum}<br>'
            '<span class="muted">{why}</span></span>{f}</li>',
            id=one.payment_id,
            name=payments[one.payment_id].asked.order or payments[one.payment_id].asked.account_reference,
            sum=amount(payments[one.payment_id].asked.amount_kes),
            why=visit.say("proposal_why", why=", ".join(visit.plain(f"reason_{why.name.lower()}") for why in one.why)),
            f=_assign_form(visit, record, one.payment_id, visit.say("assign_this")),
        )
        for one in proposed
        if one.payment_id in payments
    )
    if not cards:
        return NOTHING
    return html('<h2>{h}</h2><div class="card"><ul class="todo">{c}</ul></div>', h=visit.say("proposals"), c=cards)


def _assign_form(visit: Visit, record: ReceiptRecord, payment_id: str, words: Html, not_of: str = "") -> Html:
    hidden = {"payment": payment_id, "not_of": not_of}
    return form(visit, f"{PLACE}/{record.receipt}/assign", button(words, "second"), hidden=hidden)


def _other_form(visit: Visit, here: str, problem: Problem) -> Html:
    wrong = problem.words if problem.field == "what" else ""
    text = field(
        visit,
        "what",
        visit.say("assign_other_label"),
        'type="text" autocomplete="off" maxlength="100"',
        hint=visit.say("assign_other_hint"),
        problem=wrong,
        value=problem.typed if wrong else "",
    )
    content = html("{t}{b}", t=text, b=button(visit.say("assign_find"), "second"))
    return html("<h2>{h}</h2>{f}", h=visit.say("assign_other"), f=form(visit, f"{here}/assign", content))


def _ignore_form(visit: Visit, here: str, problem: Problem) -> Html:
    wrong = problem.words if problem.field == "reason" else ""
    text = field(visit, "reason", visit.say("ignore_reason"), f'type="text" maxlength="{REASON_MAX}"', problem=wrong)
    content = html("{t}{b}", t=text, b=button(visit.say("ignore_button"), "danger"))
    return html(
        "<details{open}><summary>{s}</summary>{f}</details>",
        open=Html(" open") if wrong else NOTHING,
        s=visit.say("ignore_open"),
        f=form(visit, f"{here}/ignore", content),
    )


def _may_be(visit: Visit, record: ReceiptRecord, problem: Problem, others: Sequence[PaymentRecord]) -> Html:
    """Other payments that may have brought this money: the person looks at each, and may still say whose it is."""
    matches = tuple(Match(one, FlowSettings.state(one), ()) for one in others)
    sure = _assign_form(visit, record, problem.payment, visit.say("may_be_sure"), " ".join(problem.others))
    return html(
        '<h2>{h}</h2><p class="warn">{t}</p>{l}<div class="actions">{s}</div>',
        h=visit.say("may_be_title"),
        t=visit.say("may_be_tell"),
        l=payment_table(visit, matches),
        s=sure,
    )


# --- a person's word ------------------------------------------------------------------------------------------


def assign_money(visit: Visit) -> Flow[Answer]:
    """`POST /console/unmatched/{receipt}/assign`: to a payment by its id, or by what finds exactly one."""
    record = yield from _money(visit)
    typed = visit.posted.get("what", "").strip()
    payment_id = visit.posted.get("payment", "")
    if not payment_id:
        found = yield from find(visit.owner, clues_in(typed)) if typed else find(visit.owner, {})
        if len(found.matches) != 1:
            nothing = "assign_none" if typed else "assign_empty"
            words = visit.plain("assign_many" if found.matches else nothing)
            return (yield from _shown(visit, record, Problem("what", words, typed)))
        payment_id = found.matches[0].record.id
    payment = yield from call(Store.read_payment, payment_id)
    if payment is None or payment.asked.owner != visit.owner:
        raise NotHere
    not_of = tuple(visit.posted.get("not_of", "").split())
    person = Person(visit.visitor.person)
    settings = FlowSettings.of(visit.settings)
    given = yield from assign(record.receipt, payment_id, person, settings, not_of=not_of)
    return (yield from _assigned(visit, record, given, payment_id))


def _assigned(visit: Visit, record: ReceiptRecord, given: Assigned, payment_id: str) -> Flow[Answer]:
    if given.refused is AssignRefused.MAY_BE_ANOTHERS:
        words = visit.plain("may_be_title")
        return (yield from _shown(visit, record, Problem("what", words, payment=payment_id, others=given.others)))
    if given.refused is not None:
        words = visit.plain(f"refused_{given.refused}")
        return (yield from _shown(visit, given.receipt or record, Problem("what", words)))
    return see_other(f"/console/payments/{payment_id}?done=assigned")


def ignore_money(visit: Visit) -> Flow[Answer]:
    """`POST /console/unmatched/{receipt}/ignore`."""
    record = yield from _money(visit)
    reason = " ".join(visit.posted.get("reason", "").split())[:REASON_MAX]
    if not reason:
        return (yield from _shown(visit, record, Problem("reason", visit.plain("ignore_empty"))))
    said = yield from set_aside(record.receipt, mask_text(reason), Person(visit.visitor.person), aside=True)
    if said.refused is not None:
        words = visit.plain(f"refused_{said.refused}")
        return (yield from _shown(visit, said.receipt or record, Problem("what", words)))
    return see_other(f"{PLACE}?done=aside")


def unignore_money(visit: Visit) -> Flow[Answer]:
    """`POST /console/unmatched/{receipt}/unignore`: its payment is looked for again."""
    record = yield from _money(visit)
    yield from set_aside(record.receipt, "", Person(visit.visitor.person), aside=False)
    return see_other(f"{PLACE}/{record.receipt}?done=back")
