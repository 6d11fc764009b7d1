"""What the payer reads: sentences by key and language, and how money and times are written in them.

Sentences lie in `en.py` and `sw.py` as data. `**` in them marks what the page makes bold; plain text has none.
"""

from __future__ import annotations

from typing import Final, Literal

from gateway.domain.days import day_of, eat
from gateway.domain.reasons import DECLINED
from gateway.wording import en, sw

Language = Literal["en", "sw"]

LANGUAGES: Final[tuple[Language, ...]] = ("en", "sw")

WAYS: Final = {"paybill": "Paybill", "till": "Till"}
"""How a payer without a prompt pays, by the kind of the shortcode."""

_TEXTS: Final = {"en": en.TEXTS, "sw": sw.TEXTS}
_FAILURES: Final = {"en": en.FAILURES, "sw": sw.FAILURES}
_MONTHS: Final = {"en": en.MONTHS, "sw": sw.MONTHS}
NAMES: Final[dict[Language, str]] = {"en": en.NAME, "sw": sw.NAME}
"""Each language's own name."""


def template(key: str, language: Language) -> str:
    """The sentence with its places in braces and its bold marks. Raises KeyError for a key that is not there."""
    return _TEXTS[language][key]


def sentence(key: str, language: Language, **values: object) -> str:
    """The sentence as plain text."""
    return template(key, language).replace("**", "").format(**values)


def payer_message(
    failure_code: str,
    language: Language,
    *,
    shop: str,
    way: str = "Paybill",
    time: str | None = None,
    said_by_mpesa: bool = True,
) -> str:
    """Why it was not paid and what to do, for the payer.

    failure_code: of `domain/reasons.py`; one that is not there reads as `mpesa_declined`. way: of WAYS.
    time: when this phone may be prompted again, as the payer reads it; only texts of ours name it.
    said_by_mpesa False: we ourselves kept the request from the phone, since an earlier one may still be on it.
    """
    texts = _FAILURES[language]
    text = texts.get(failure_code, texts[DECLINED])
    if failure_code == "phone_busy" and not said_by_mpesa:
        text = template("earlier_request" if time else "earlier_request_without_time", language)
    elif "{time}" in text and time is None:
        text = template("too_many_without_time", language)
    return text.format(shop=shop, way=way, time=time)


def money(amount_kes: int) -> str:
    """KSh 1,500, with a blank that does not break."""
    return f"KSh\N{NO-BREAK SPACE}{amount_kes:,}"


def moment(at_ms: int, now_ms: int, language: Language) -> str:
    """12:17:05 in Nairobi; on another day than today 3 March, 12:17."""
    at = eat(at_ms)
    if day_of(at_ms) == day_of(now_ms):
        return at.strftime("%H:%M:%S")
    return f"{at.day} {_MONTHS[language][at.month - 1]}, {at.strftime('%H:%M')}"


def date(at_ms: int, language: Language) -> str:
    """2 March 2026, 12:15 in Nairobi."""
    at = eat(at_ms)
    return f"{at.day} {_MONTHS[language][at.month - 1]} {at.year}, {at.strftime('%H:%M')}"


def chosen_language(*, wanted: str | None, asked: str | None, accepted: str, default: str) -> Language:
    """The page's language: the payer's choice, else the payment's, else the browser's, else the shop's.

    accepted: the header Accept-Language.
    """
    ranked = (wanted, asked, *_ranked(accepted), default)
    return next((code for wish in ranked for code in LANGUAGES if code == wish), "en")


def _ranked(accepted: str) -> list[str]:
    """Primary language codes of an Accept-Language header, the most wanted first."""
    weighed = []
    for part in accepted[:200].split(","):
        tag, _, rest = part.strip().partition(";")
        weighed.append((_weight(rest), tag.split("-")[0].lower()))
    return [code for weight, code in sorted(weighed, key=lambda pair: -pair[0]) if weight > 0]


def _weight(parameter: str) -> float:
    """The q of `;q=0.8`; 1 when there is none, 0 when it is no number."""
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    return float(value) if value.replace(".", "", 1).isdecimal() and value.isascii() else 0.0
