"""Both languages say the same things, completely, and the exact texts stand as agreed."""

from __future__ import annotations

import re
import string
from functools import cache
from pathlib import Path

import pytest

from gateway import wording
from gateway.domain.reasons import REASONS
from gateway.wording import en, sw
from tests.unit.web.stages import AT_MS

KEYS = sorted(en.TEXTS)
CODES = sorted(en.FAILURES)
PAGES = Path(wording.__file__).parent.parent / "web"


def places(text: str) -> set[str]:
    """Names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert set(en.TEXTS) == set(sw.TEXTS)
    assert set(en.FAILURES) == set(sw.FAILURES)


@pytest.mark.parametrize("key", KEYS)
def test_both_languages_have_the_same_places_and_bold_parts(key: str) -> None:
    assert places(en.TEXTS[key]) == places(sw.TEXTS[key])
    assert en.TEXTS[key].count("**") == sw.TEXTS[key].count("**")


def test_every_failure_code_has_its_sentence() -> None:
    assert set(REASONS) == set(en.FAILURES)


@pytest.mark.parametrize("code", CODES)
def test_failures_have_the_same_places(code: str) -> None:
    assert places(en.FAILURES[code]) == places(sw.FAILURES[code])


@pytest.mark.parametrize("key", KEYS)
def test_every_text_is_used(key: str) -> None:
    """A sentence that no page shows is a sentence that nobody looks at."""
    used = re.compile(rf'(?<!^    )"{key}"', re.MULTILINE)
    assert any(used.search(source) for source in sources())


@cache
def sources() -> list[str]:
    """Whatever may show a text."""
    paths = [*PAGES.rglob("*.py"), Path(wording.__file__), Path(en.__file__)]
    return [path.read_text(encoding="utf-8") for path in paths]


@pytest.mark.parametrize("code", CODES)
def test_nothing_was_taken_is_said_only_of_what_ended_by_proof(code: str) -> None:
    """The sentence may stand in failures and in a closed request, never where it is not known."""
    for key in ("waiting", "unsure", "unresolved", "unavailable", "offline"):
        assert "Nothing was taken" not in en.TEXTS[key]
        assert "Hakuna pesa zilizokatwa" not in sw.TEXTS[key]
    assert ("Nothing was taken" in en.FAILURES[code]) == ("Hakuna pesa zilizokatwa" in sw.FAILURES[code])


@pytest.mark.parametrize(
    ("key", "english", "swahili"),
    [
        (
            "unsure",
            (
                "We are not sure that the request reached your phone. If a message comes, you can pay. "
                "Otherwise wait until {time} to try again."
            ),
            (
                "Hatuna uhakika kama ombi lilifika kwenye simu yako. Ujumbe ukija, unaweza kulipa. "
                "La sivyo subiri hadi saa {time} ujaribu tena."
            ),
        ),
        (
            "waiting",
            (
                "M-PESA has not answered yet. If you entered your PIN, do not pay again. "
                "We are asking M-PESA and this page will change by itself."
            ),
            (
                "M-PESA bado haijajibu. Ikiwa uliweka PIN, usilipe tena. "
                "Tunauliza M-PESA na ukurasa huu utajibadilisha wenyewe."
            ),
        ),
        (
            "pin_safety",
            "Enter your PIN only in the M-PESA message, never on a website.",
            "Weka PIN kwenye ujumbe wa M-PESA pekee, usiiweke kamwe kwenye tovuti.",
        ),
        (
            "closed",
            "This payment request is closed. Nothing was taken. Go back to {shop} to start again.",
            "Ombi hili la malipo limefungwa. Hakuna pesa zilizokatwa. Rudi kwa {shop} uanze upya.",
        ),
        (
            "mpesa_down",
            "M-PESA is not answering right now. Nothing was sent. Try again in a few minutes.",
            "M-PESA haijibu kwa sasa. Hakuna ombi lililotumwa. Jaribu tena baada ya dakika chache.",
        ),
    ],
)
def test_the_sentences_on_which_money_hangs_stand_as_agreed(key: str, english: str, swahili: str) -> None:
    assert (english, swahili) == (en.TEXTS[key].replace("**", ""), sw.TEXTS[key].replace("**", ""))


def test_a_code_may_also_be_a_timeout_so_nobody_is_told_that_they_cancelled() -> None:
    told = wording.payer_message("cancelled_or_timed_out", "en", shop="Shop")
    assert told == "The request was cancelled or ran out of time. You have not paid."


def test_a_code_that_is_not_known_reads_as_declined() -> None:
    declined = wording.payer_message("mpesa_declined", "sw", shop="Shop")
    assert declined == wording.payer_message("something_new", "sw", shop="Shop")


def test_the_way_to_pay_by_hand_is_named() -> None:
    told = wording.payer_message("mpesa_declined", "en", shop="Shop", way="Till")
    assert told == "M-PESA did not accept the payment. Try again, or pay with Till."


def test_too_many_requests_name_the_time_or_another_number() -> None:
    with_time = wording.payer_message("too_many_prompts", "en", shop="Shop", time="12:23:25")
    assert with_time == "Too many requests to this phone. Try again at 12:23:25, or pay with Paybill."
    assert "another number" in wording.payer_message("too_many_prompts", "en", shop="Shop")


def test_money_does_not_break() -> None:
    assert ["KSh\N{NO-BREAK SPACE}1", "KSh\N{NO-BREAK SPACE}250,000"] == [wording.money(1), wording.money(250_000)]


def test_times_are_nairobis() -> None:
    """Today with seconds; another day with its date."""
    assert wording.moment(AT_MS, AT_MS, "en") == "12:15:04"
    assert wording.moment(AT_MS + 86_400_000, AT_MS, "sw") == "3 Machi, 12:15"
    assert wording.date(AT_MS, "en") == "2 March 2026, 12:15"


@pytest.mark.parametrize(
    ("wanted", "asked", "accepted", "default", "language"),
    [
        ("sw", "en", "en", "en", "sw"),
        ("fr", "sw", "en", "en", "sw"),
        (None, None, "fr-FR, sw-KE;q=0.9, en;q=0.8", "en", "sw"),
        (None, None, "en;q=0.2,sw;q=0.8", "en", "sw"),
        (None, None, "sw;q=0, de", "sw", "sw"),
        (None, None, "en;q=nan, *;q=1", "sw", "sw"),
        (None, None, "", "de", "en"),
    ],
)
def test_the_payers_choice_goes_before_payment_browser_and_shop(
    wanted: str | None, asked: str | None, accepted: str, default: str, language: str
) -> None:
    assert language == wording.chosen_language(wanted=wanted, asked=asked, accepted=accepted, default=default)
