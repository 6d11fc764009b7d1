"""The timeline of a payment: who said what and when, oldest first, with the one line that decided."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from gateway.domain import facts
from gateway.domain.days import day_of, eat
from gateway.domain.facts import Fact
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.web.checkout.markup import NOTHING, Html, amount, code, html, joined, prose
from gateway.web.console.answers import deciding_fact
from gateway.web.console.evidence_in_swahili import sentence_in_swahili
from gateway.web.console.people import Names, actor_in_words, is_somebody
from gateway.web.console.visit import Visit
from gateway.web.history import history, sentence

CURRENCY = "KSh\N{NO-BREAK SPACE}"
"""As people read it; the API says KES."""

_SPEAKERS: Mapping[str, str] = {
    "attempt_begun": "src_sent",
    "push_accepted": "src_sent",
    "push_lost": "src_sent",
    "not_sent": "src_sent",
    "query": "src_we_asked",
    "timer": "src_time",
    "noted": "src_noted",
    "edited": "src_changed",
    "cancelled": "src_changed",
    "corrected": "src_decided",
    "money_assigned": "src_decided",
    "money_set_aside": "src_decided",
    "money_given_elsewhere": "src_decided",
    "review_asked": "src_decided",
    "refund_reserved": "src_asked",
    "refund_released": "src_decided",
    "claimed": "src_claimed",
    "claim_answered": "src_claimed",
    "not_charged": "src_claimed",
}
"""Who speaks, by the kind of fact; in all others M-PESA does."""


def evidence(visit: Visit, record: PaymentRecord, state: PaymentState, names: Names) -> Html:
    """Every fact of the payment."""
    made = deciding_fact(record, state)
    ordered = sorted(record.facts.values(), key=lambda fact: (fact.learned_at_ms, fact.said_at_ms, fact.id))
    told = history(record, with_phones=False)[1:]
    lines = [_created(visit, record, names)]
    known: set[str] = set()
    day = day_of(record.asked.created_at_ms)
    for fact, raw in zip(ordered, told, strict=True):
        if day_of(fact.said_at_ms) != day:
            day = day_of(fact.said_at_ms)
            lines.append(html('<li class="day">{day}</li>', day=day))
        lines.append(_line(visit, fact, raw, made, names, known))
        known |= _money_of(fact)
    return html('<div class="card"><ol class="evidence">{lines}</ol></div>', lines=joined(lines))


def _created(visit: Visit, record: PaymentRecord, names: Names) -> Html:
    asked = record.asked
    text = visit.say(
        "asked_for" if is_somebody(asked.created_by) else "asked_for_by_key",
        who=actor_in_words(visit, asked.created_by, names),
        amount=amount(asked.amount_kes),
    )
    return _entry(visit, asked.created_at_ms, "src_asked", text)


def _money_of(fact: Fact) -> set[str]:
    """The receipt of money that this fact tells of."""
    if isinstance(fact, facts.CallbackReceived | facts.MoneyReceived) and fact.receipt:
        return {fact.receipt}
    return set()


def _line(
    visit: Visit, fact: Fact, told: Mapping[str, Any], made: str | None, names: Names, known: Collection[str]
) -> Html:
    """known: receipts of money that the lines above told of."""
    actor = getattr(fact, "actor", "")
    by = html("<small>{who}</small>", who=actor_in_words(visit, actor, names)) if actor else NOTHING
    why = html(' <span class="why">{t}</span>', t=visit.say("made_it_paid")) if fact.id == made else NOTHING
    text = html(
        "{s}{why}{by}{raw}",
        s=_sentence(visit, fact, known),
        why=why,
        by=by,
        raw=_raw(visit, told["raw"]),
    )
    kind = "made" if fact.id == made else "lost" if _ends_an_attempt(fact) else ""
    return _entry(visit, fact.said_at_ms, _SPEAKERS.get(fact.KIND, "src_mpesa"), text, kind)


def _sentence(visit: Visit, fact: Fact, known: Collection[str]) -> Html:
    if isinstance(fact, facts.MoneyReceived) and fact.receipt in known and not fact.assigned_by:
        return visit.say("same_money", amount=amount(fact.amount_kes), receipt=code(fact.receipt))
    told = sentence_in_swahili(fact) if visit.language == "sw" else sentence(fact)
    return prose(told.replace("KES ", CURRENCY))


def _entry(visit: Visit, at_ms: int, source: str, text: Html, kind: str = "") -> Html:
    return html(
        '<li{kind}><time datetime="{iso}">{clock}</time><span class="src">{source}</span><div>{text}</div></li>',
        kind=html(' class="{k}"', k=kind) if kind else NOTHING,
        iso=eat(at_ms).isoformat(timespec="seconds"),
        clock=f"{eat(at_ms):%H:%M:%S}",
        source=visit.say(source),
        text=text,
    )


def _ends_an_attempt(fact: Fact) -> bool:
    refused = isinstance(fact, facts.PushRefused | facts.NotSent)
    return refused or (isinstance(fact, facts.CallbackReceived) and fact.result_code != "0")


def _raw(visit: Visit, raw: Mapping[str, Any]) -> Html:
    shown = {name: value for name, value in raw.items() if value not in (None, "", [], {}) and name != "actor"}
    if not shown:
        return NOTHING
    text = json.dumps(shown, ensure_ascii=False, indent=1, default=str)
    return html(
        '<details><summary>{t}</summary><pre class="scroll" tabindex="0">{raw}</pre></details>',
        t=visit.say("raw"),
        raw=text,
    )
