"""What each fact of a payment means, in Swahili: the timeline's sentences, as `web/history.py` has them in English.

A Kenyan native reader has not gone over them yet. A result is told as the causes of failures are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from daraja.result_codes import Meaning, find
from gateway.domain import facts
from gateway.domain.facts import Fact
from gateway.domain.reasons import DECLINED, failure_code
from gateway.web.console.wording_of_cashiers import CASHIERS

F = TypeVar("F", bound=Fact)

ALWAYS: dict[type[Fact], str] = {
    facts.Cancelled: "Malipo yameghairiwa.",
    facts.Corrected: "Mtu ameangalia na kuamua.",
    facts.ReviewAsked: "Mtu anaombwa aangalie.",
}
"""Those that say the same each time."""

TELLERS: dict[type[Fact], Callable[[Fact], str]] = {}


def sentence_in_swahili(fact: Fact) -> str:
    """In plain words and without a number or a name."""
    teller = TELLERS.get(type(fact))
    return teller(fact) if teller else ALWAYS.get(type(fact), "Imehifadhiwa ili toleo jipya liisome.")


def _tells(kind: type[F]) -> Callable[[Callable[[F], str]], Callable[[F], str]]:
    def keep(teller: Callable[[F], str]) -> Callable[[F], str]:
        TELLERS[kind] = cast(Callable[[Fact], str], teller)
        return teller

    return keep


@_tells(facts.AttemptBegun)
def _begun(fact: facts.AttemptBegun) -> str:
    return f"Jaribio la {fact.number} la KES {fact.amount_kes:,} limeanza."


@_tells(facts.NotSent)
def _not_sent(fact: facts.NotSent) -> str:
    why = {
        facts.NotSentReason.PHONE_BUSY: "huenda ombi lingine bado liko kwenye simu",
        facts.NotSentReason.TOO_MANY_PROMPTS: "simu imepata maombi yote inayoweza kupata kwa sasa",
        facts.NotSentReason.MPESA_UNAVAILABLE: "M-PESA haikupatikana kwa wakati",
        facts.NotSentReason.SENDER_STOPPED: "mtumaji alisimama kabla ya kulituma",
    }[fact.reason]
    return f"Jaribio la {fact.number} halikutumwa: {why}."


@_tells(facts.PushAccepted)
def _accepted(fact: facts.PushAccepted) -> str:
    return f"M-PESA imepokea ombi la jaribio la {fact.number}. Hii haisemi lolote kuhusu pesa."


@_tells(facts.PushRefused)
def _refused(fact: facts.PushRefused) -> str:
    return f"M-PESA imekataa ombi la jaribio la {fact.number} kwa {fact.code}."


@_tells(facts.PushLost)
def _lost(fact: facts.PushLost) -> str:
    return f"Huenda jaribio la {fact.number} lilitumwa: jibu lake limepotea. Linaulizwa, halitumwi tena."


@_tells(facts.CallbackReceived)
def _callback(fact: facts.CallbackReceived) -> str:
    doubt = "" if fact.from_safaricom and not fact.demands_query else " Lazima swali lithibitishe."
    receipt = f" na msimbo {fact.receipt}" if fact.receipt else ""
    return f"M-PESA imeleta habari za jaribio la {fact.number}: {_code(fact.result_code)}{receipt}.{doubt}"


@_tells(facts.CallbackUnreadable)
def _unreadable(fact: facts.CallbackUnreadable) -> str:
    return f"Habari za jaribio la {fact.number} hazikusomeka. Zimehifadhiwa zilivyo."


@_tells(facts.QueryAnswered)
def _query(fact: facts.QueryAnswered) -> str:
    return f"Ilipoulizwa kuhusu jaribio la {fact.number}, M-PESA ilijibu {_code(fact.result_code)}."


@_tells(facts.MoneyReceived)
def _received(fact: facts.MoneyReceived) -> str:
    given = " Mtu amezipa malipo haya." if fact.assigned_by else ""
    return f"KES {fact.amount_kes:,} zimeingia kwa msimbo {fact.receipt}.{given}"


@_tells(facts.MoneyAssigned)
def _assigned(fact: facts.MoneyAssigned) -> str:
    looked = " Huenda ombi la malipo mengine ndilo lililozileta; mtu anasema silo." if fact.not_of else ""
    return f"Mtu amezipa malipo haya pesa za msimbo {fact.receipt}.{looked}"


@_tells(facts.MoneySetAside)
def _set_aside(fact: facts.MoneySetAside) -> str:
    said = "si za malipo yoyote hapa" if fact.aside else "zitafutiwe malipo yake tena"
    return f"Mtu amesema kwamba pesa za msimbo {fact.receipt} {said}."


@_tells(facts.MoneyGivenElsewhere)
def _given_elsewhere(fact: facts.MoneyGivenElsewhere) -> str:
    return (
        f"Huenda ombi la malipo haya lilileta KES {fact.amount_kes:,} kwa msimbo {fact.receipt}. "
        "Mtu amezipa malipo mengine."
    )


@_tells(facts.MoneyReturned)
def _returned(fact: facts.MoneyReturned) -> str:
    where = "nje ya mfumo huu" if fact.external else "kama marejesho"
    return f"KES {fact.amount_kes:,} za msimbo {fact.receipt} zimerudi kwa mlipaji {where}."


@_tells(facts.RefundReserved)
def _refund_reserved(fact: facts.RefundReserved) -> str:
    return f"KES {fact.amount_kes:,} za msimbo {', '.join(fact.receipts)} zimewekewa marejesho {fact.refund_id}."


@_tells(facts.RefundReleased)
def _refund_released(fact: facts.RefundReleased) -> str:
    return f"Marejesho {fact.refund_id} hayaendi ({fact.why}). Pesa zake zinaweza kurejeshwa kwa njia nyingine."


@_tells(facts.Claimed)
def _claimed(fact: facts.Claimed) -> str:
    who = "Mlipaji" if fact.actor == "payer" else "Duka"
    return f"{who} anasema kwamba pesa za msimbo {fact.receipt} ni za malipo haya. Hilo pekee halithibitishi lolote."


@_tells(facts.ClaimAnswered)
def _claim_answered(fact: facts.ClaimAnswered) -> str:
    return {
        facts.ClaimAnswer.REFERENCE: f"Msimbo {fact.receipt} una kumbukumbu, kiasi na wakati wa malipo haya.",
        facts.ClaimAnswer.PHONE: f"Msimbo {fact.receipt} ulilipwa kutoka nambari ambayo mlipaji huyu aliiweka.",
        facts.ClaimAnswer.TO_SHOP_FOR_NOW: f"Msimbo {fact.receipt} unajulikana; kumbukumbu yake bado haijasemwa.",
        facts.ClaimAnswer.TO_SHOP: f"Hakuna kinachoonyesha kwamba {fact.receipt} ni wa malipo haya: mtu aangalie.",
    }[fact.answer]


@_tells(facts.NotCharged)
def _not_charged(fact: facts.NotCharged) -> str:
    return f"Jaribio la {fact.number} halikuchukua pesa, asema mlipaji au mtu wa duka."


@_tells(facts.NotOnStatement)
def _not_on_statement(fact: facts.NotOnStatement) -> str:
    return f"Taarifa ya M-PESA ya wakati wa jaribio la {fact.number} imekamilika, na haina malipo yake."


@_tells(facts.ReceiptTaken)
def _taken(fact: facts.ReceiptTaken) -> str:
    return f"Msimbo {fact.receipt} wa jaribio la {fact.number} umehesabiwa kwa malipo mengine."


@_tells(facts.ReceiptContested)
def _contested(fact: facts.ReceiptContested) -> str:
    return f"Malipo mengine pia yanataja msimbo {fact.receipt}."


@_tells(facts.TimerPassed)
def _timer(fact: facts.TimerPassed) -> str:
    return {
        facts.Deadline.SEND_WINDOW: f"Muda wa kutuma jaribio la {fact.number} umepita.",
        facts.Deadline.ANSWER: f"Hakuna aliyejibu kuhusu jaribio la {fact.number} kwa wakati.",
        facts.Deadline.EXPIRY: "Muda wa malipo umekwisha.",
    }[fact.deadline]


@_tells(facts.Noted)
def _noted(fact: facts.Noted) -> str:
    return fact.remark  # as it was typed, in whatever language


@_tells(facts.Edited)
def _edited(fact: facts.Edited) -> str:
    return f"Duka limebadilisha {' na '.join(fact.changed)}."


def _code(code: str) -> str:
    row = find("stk", code)
    if row is None:
        return f"{code}, ambao hauko kwenye orodha yoyote"
    if row.meaning is Meaning.PAID:
        return f"{code} (imelipwa)"
    if row.meaning is Meaning.STILL_PROCESSING:
        return f"{code} (bado inashughulikiwa)"
    cause = failure_code(code)
    return f"{code} ({row.text.rstrip('.') if cause == DECLINED else CASHIERS[f'cause_{cause}'][1]})"
