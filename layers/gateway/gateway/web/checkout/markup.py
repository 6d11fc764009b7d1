"""HTML that cannot forget to escape: whatever is not `Html` already is escaped where it is put in.

Plain functions and not a template engine: importing jinja2 and compiling templates costs a cold start 0.1 s, which a
payer on a slow phone waits for, and mypy sees a place that nobody fills.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from gateway.wording import Language, money, template


class Html(str):
    """Markup that is safe as it stands."""

    __slots__ = ()


NOTHING = Html("")

CODE_LENGTH = 10
"""Characters of an M-PESA code."""

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_M_PESA = "M-PESA"
_NUMBERS = re.compile(r"(?<=\d) (?=\d{3})")
"""Blanks within a phone number in a text."""


def html(markup: str, **values: object) -> Html:
    """The markup with its `{places}` filled. markup: written by us, never from outside."""
    return Html(markup.format(**{name: _safe(value) for name, value in values.items()}))


def joined(parts: Iterable[Html]) -> Html:
    """One after the other."""
    return Html("".join(parts))


def text(key: str, language: Language, **values: object) -> Html:
    """A sentence of `wording`, escaped, its bold parts and M-PESA marked up."""
    sentence = escape(template(key, language))
    return html(_BOLD.sub(r"<b>\1</b>", _unbroken(sentence)), **values)


def prose(plain: str) -> Html:
    """Any text, escaped, with M-PESA kept on one line."""
    return Html(_unbroken(escape(plain)))


def amount(amount_kes: int) -> Html:
    """KSh 1,500 on one line."""
    return html('<span class="money">{amount}</span>', amount=money(amount_kes))


def large_amount(amount_kes: int) -> Html:
    """KSh 1,500 with a small currency."""
    currency, _, figures = money(amount_kes).partition("\N{NO-BREAK SPACE}")
    return html(
        '<span class="money"><span class="cur">{currency}&nbsp;</span>{figures}</span>',
        currency=currency,
        figures=figures,
    )


def code(receipt: str) -> Html:
    """An M-PESA code in groups that read aloud well and copy as one word."""
    if len(receipt) != CODE_LENGTH:
        return html('<span class="code">{receipt}</span>', receipt=receipt)
    groups = (receipt[:3], receipt[3:6], receipt[6:])
    return html('<span class="code">{groups}</span>', groups=joined(html("<i>{g}</i>", g=g) for g in groups))


def _safe(value: object) -> str:
    return value if isinstance(value, Html) else escape(str(value))


def _unbroken(escaped: str) -> str:
    spaced = _NUMBERS.sub("&nbsp;", escaped)
    return spaced.replace(_M_PESA, f'<span class="nb">{_M_PESA}</span>')
