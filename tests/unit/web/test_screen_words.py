"""What a payer reads first on each screen, what the one filled button says, and which next step is named."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.unit.web.stages import STAGES
from tests.unit.web.test_page import page_of

PAY = ("Pay KSh 1,500 to Inkless Is More", "Lipa KSh 1,500 kwa Inkless Is More")
PAID = ("Paid. Thank you.", "Umelipa. Asante.")
FAILED = ("You have not paid", "Hujalipa")
WAITING = ("Waiting for M-PESA", "Tunasubiri M-PESA")
CLOSED = ("This payment request is closed", "Ombi hili la malipo limefungwa")
RETURNED = ("Given back", "Pesa zimerudishwa")
UNKNOWN = ("Not known yet", "Bado haijulikani")
PART = ("We received KSh 1,000 of KSh 1,500", "Tumepokea KSh 1,000 kati ya KSh 1,500")

SEND = ("Pay with M-PESA", "Lipa na M-PESA")
BACK = ("Back to Inkless Is More", "Rudi kwa Inkless Is More")
AGAIN = ("Send request again", "Tuma ombi tena")
OTHER = ("Use another number", "Tumia nambari nyingine")
CODE = ("Check this code", "Kagua msimbo huu")
NONE = (None, None)

LOOK = ("Check again", "Angalia tena")
TYPE = ("A payment request will open on this phone.", "Ombi la malipo litafunguka kwenye simu hii.")
KEEP = ("Save or print", "Hifadhi au chapisha")
DO_NOT = ("If you entered your PIN, do not pay again.", "Ikiwa uliweka PIN, usilipe tena.")
BY_HAND = ("Pay with Paybill", "Lipa kwa Paybill")
LATER = ("Send request again at", "Tuma ombi tena saa")

Words = tuple[str | None, str | None]
SCREENS: dict[str, tuple[Words, Words, Words]] = {
    "enter_phone": (PAY, SEND, TYPE),
    "till": (PAY, SEND, TYPE),
    "sending": (("Sending the request to 07•••••678…", "Tunatuma ombi kwa 07•••••678…"), NONE, LOOK),
    "check_phone": (
        ("Check your phone", "Angalia simu yako"),
        NONE,
        ("Enter your M-PESA PIN and send", "Weka PIN yako ya M-PESA kisha utume"),
    ),
    "waiting": (WAITING, NONE, DO_NOT),
    "unsure": (WAITING, NONE, ("Otherwise wait until", "La sivyo subiri hadi saa")),
    "silent_sender": (WAITING, NONE, ("Otherwise wait until", "La sivyo subiri hadi saa")),
    "unresolved": (UNKNOWN, CODE, ("keep it and enter its code below", "itunze na uweke msimbo wake hapa chini")),
    "unresolved_freed": (UNKNOWN, CODE, ("I was not charged", "Sijakatwa pesa")),
    "paid": (PAID, BACK, KEEP),
    "paid_without_code": (PAID, BACK, ("to follow", "utafuata")),
    "paid_for_review": (
        ("Payment received", "Malipo yamepokelewa"),
        BACK,
        ("You do not need to pay again.", "Huhitaji kulipa tena."),
    ),
    "paid_and_to_go_back": (
        ("Payment received", "Malipo yamepokelewa"),
        BACK,
        ("You do not need to pay again.", "Huhitaji kulipa tena."),
    ),
    "paid_twice": (PAID, BACK, ("will return KSh 1,500", "watarudisha KSh 1,500")),
    "paid_too_much": (PAID, BACK, ("will return KSh 500", "watarudisha KSh 500")),
    "part_paid": (PART, SEND, ("Pay the remaining KSh 500", "Lipa KSh 500 zilizobaki")),
    "part_paid_then_failed": (PART, SEND, ("The last request was not paid.", "Ombi la mwisho halikulipwa.")),
    "failed": (FAILED, AGAIN, OTHER),
    "failed_wait": (FAILED, NONE, LATER),
    "failed_other_number": (FAILED, OTHER, AGAIN),
    "failed_shop": (FAILED, BACK, ("below what M-PESA allows", "kidogo kuliko kinachoruhusiwa")),
    "failed_setup": (FAILED, BACK, ("They have been told.", "Wamejulishwa.")),
    "failed_phone_busy": (
        FAILED,
        NONE,
        ("An earlier request may still be open on this phone.", "Huenda ombi la awali bado limefunguka"),
    ),
    "failed_too_many": (FAILED, NONE, LATER),
    "failed_five_times": (FAILED, NONE, BY_HAND),
    "mpesa_down": (("M-PESA is not answering right now", "M-PESA haijibu kwa sasa"), NONE, LATER),
    "cancelled": (CLOSED, BACK, ("to start again.", "uanze upya.")),
    "expired": (CLOSED, BACK, ("to start again.", "uanze upya.")),
    "refunded": (RETURNED, BACK, ("was sent back to you", "zimerudishwa kwako")),
    "partially_refunded": (RETURNED, BACK, ("was sent back to you", "zimerudishwa kwako")),
    "claim_checking": (
        ("Checking SGK77PQ1AB with M-PESA", "Tunathibitisha SGK77PQ1AB na M-PESA"),
        NONE,
        ("This can take a minute.", "Inaweza kuchukua dakika moja."),
    ),
    "claim_not_found": (PAY, SEND, TYPE),
    "claim_to_shop": (
        ("Thank you", "Asante"),
        BACK,
        ("Do not pay again before they tell you.", "Usilipe tena kabla hawajakuambia."),
    ),
}
"""stage: heading, filled button, next step; each in English and Swahili."""

EVERY = [(name, number, language) for name in sorted(STAGES) for number, language in enumerate(("en", "sw"))]


def words_in(markup: str) -> str:
    """What stands there without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", re.sub(r"<(?=p|small|h1|/h1)", " <", markup))).split())


def main_of(name: str, query: str) -> str:
    """The part between `main` and its end."""
    return page_of(name, query).body.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize(("name", "number", "language"), EVERY)
def test_a_screen_says_what_is_so_and_what_comes_next(name: str, number: int, language: str) -> None:
    """First the heading, at most one filled button, and the next step in plain words."""
    heading, button, step = (told[number] for told in SCREENS[name])
    main = main_of(name, f"?lang={language}")
    filled = re.findall(r'<(?:a|button) class="button"[^>]*>(.*?)</', main, re.DOTALL)
    headings = re.findall(r"<h1[^>]*>(.*?)</h1>", main, re.DOTALL)
    assert [heading] == [words_in(one) for one in headings]
    assert ([button] if button else []) == [words_in(one) for one in filled]
    assert str(step) in words_in(main).replace("\N{NO-BREAK SPACE}", " ")


def test_every_stage_has_its_words() -> None:
    assert set(STAGES) == set(SCREENS)


@pytest.mark.parametrize("name", ["failed_shop", "failed_setup"])
def test_where_only_the_shop_can_help_nothing_is_sent_again(name: str) -> None:
    """No second request, no other number, no Paybill: back to the shop."""
    main = main_of(name, "")
    assert ("<form" in main, "way=number" in main, "Business number" in main) == (False, False, False)
