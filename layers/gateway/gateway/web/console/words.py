"""What staff read, in English and Swahili.

`**` marks what is bold. A place in braces is filled with what is escaped already, or escaped then.
"""

from __future__ import annotations

import re
from html import escape
from typing import Final

from gateway.domain.days import day_begins_ms, eat
from gateway.web.checkout.markup import Html, html, prose
from gateway.web.console import wording_of_money_out as money_out
from gateway.web.console.wording_in_swahili import SWAHILI
from gateway.web.console.wording_of_cashiers import CASHIERS, WEEKDAYS
from gateway.web.console.wording_of_failures import FAILURES
from gateway.web.console.wording_of_operating import OPERATING
from gateway.web.console.wording_of_payout_files import PAYOUT_FILES, SHARED
from gateway.web.console.wording_of_settings import SETTINGS_AND_KEYS
from gateway.web.console.wording_of_statements import STATEMENTS
from gateway.wording import Language, date

_BOLD = re.compile(r"\*\*(.+?)\*\*")

SIGNING: Final[dict[str, str]] = {
    # signing in
    "sign_in_title": "Sign in",
    "sign_in": "Sign in",
    "signed_out": "You are signed out",
    "signed_out_tell": "On a shared computer, also sign out at the sign-in service.",
    "signed_out_there": "Sign out there too",
    "not_let_in": "You are not let in",
    "ask_admin": "Ask your admin. You signed in, but nobody has invited this e-mail address to a shop here.",
    "invitation_taken": "Ask your admin. This invitation was taken up by another person.",
    "email_unverified": "Ask your admin. The sign-in service does not say that this e-mail address is yours.",
    "sign_in_again_tell": "The sign-in was not finished in time, or in another window. Nothing is lost: sign in again.",
    "not_fresh_tell": "The sign-in service did not ask who you are just now. Sign out there, then sign in again.",
    "sign_in_away": "The sign-in service does not answer",
    "sign_in_away_tell": "Wait a moment and try again.",
    "sign_in_not_set_up": "Nobody can sign in here yet",
    "sign_in_not_set_up_tell": "The stack has no sign-in service: set OidcIssuer, or ShopDomain for one of its own.",
    "which_shop": "Which shop?",
    "which_shop_tell": "You work at several.",
    # everywhere
    "problem": "There is a problem",
    "error_prefix": "Error:",
    "no_right": "Your role does not do this",
    "no_right_tell": "Ask your admin if it should.",
    "not_there": "There is nothing here",
    "not_there_tell": "The address is not one of the console, or what it names is not your shop's.",
    "form_old": "This form is not from your sign-in",
    "form_old_tell": "Nothing was done. Go back, load the page again and repeat.",
    "away": "The gateway cannot look now",
    "away_tell": "Its storage did not answer. **Nothing is known by this, neither paid nor not paid.** Try again.",
    "our_fault": "The gateway made a mistake",
    "our_fault_tell": "The operator is told. Try again; if it stays, name the number below.",
    "request_id": "Request {id}",
    "try_again": "Try again",
    "sign_in_anew": "Sign in again",
    "sign_in_anew_tell": "Money goes out only within five minutes of a sign-in. You come back to this page.",
}

ENGLISH: Final[dict[str, str]] = SIGNING | money_out.PAYOUTS | money_out.STAFF

BOTH: Final[dict[str, tuple[str, str]]] = (
    CASHIERS | PAYOUT_FILES | FAILURES | OPERATING | SETTINGS_AND_KEYS | STATEMENTS
)

TEXTS: Final[dict[Language, dict[str, str]]] = {
    "en": ENGLISH | {key: pair[0] for key, pair in BOTH.items()},
    "sw": SWAHILI | SHARED | {key: pair[1] for key, pair in BOTH.items()},
}


def said(key: str, language: Language, **values: object) -> Html:
    """A text as markup."""
    return html(_BOLD.sub(r"<b>\1</b>", prose(TEXTS[language][key])), **values)


def plain(key: str, language: Language, **values: object) -> str:
    """A text without markup, for titles and attributes; it is escaped where it is put in."""
    return TEXTS[language][key].replace("**", "").format(**values)


def day_in_words(at_ms: int, language: Language) -> str:
    """Monday 2 March 2026."""
    return f"{WEEKDAYS[language][eat(at_ms).weekday()]} {date(at_ms, language).partition(',')[0]}"


def day_as_words(day: str, language: Language) -> str:
    """As `day_in_words`, of a day like 2026-03-02. Raises ValueError for what is no day."""
    return day_in_words(day_begins_ms(day), language)


def shown(text: str) -> Html:
    """Any text from elsewhere, escaped, its line ends kept."""
    return Html(escape(text).replace("\n", "<br>"))
