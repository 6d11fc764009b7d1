"""What a text that people read may hold, once for the code that judges it and for the OpenAPI that tells of it.

Printable is what shows: no control characters, no line breaks, no blanks but the usual one, nothing that turns the
writing round, no half of a pair and no private use. A letter or an emoji that is newer than this Python's tables is
printable too, since the patterns name what is refused.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

_HIDDEN = (
    r"\u0000-\u001f\u007f-\u00a0\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u1680\u180e"
    r"\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ud800-\uf8ff\ufeff\ufff0-\ufffb\ufffe\uffff"
)
_BREAKS = r"\t-\r\u001c-\u001f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""White space but the usual blank, and so nothing that shows: a pattern in which both may take a character takes for
ever to say no.
"""
_SHOWN, _INK = f"[^{_HIDDEN}]", f"[^{_HIDDEN} ]"

LINE = f"^{_SHOWN}*$"
"""Printable characters, or none."""

WRITTEN = f"^ *{_INK}{_SHOWN}*$"
"""Printable characters, not blanks alone."""

WRITTEN_TWICE = f"^ *{_INK} *{_INK}{_SHOWN}*$"
"""The same, with two characters that are no blanks."""

TRIMMED = f"^{_INK}( *{_INK})*$"
"""Printable characters; the first and the last are no blanks."""

LINES = f"^[ {_BREAKS}]*{_INK}({_SHOWN}|[{_BREAKS}])*$"
"""Printable characters and any white space, not white space alone."""


def fits(value: Any, pattern: str, most: int) -> bool:
    """Whether this is a text of at most so many characters in this form."""
    return isinstance(value, str) and len(value) <= most and re.fullmatch(pattern, value) is not None


is_line = partial(fits, pattern=LINE)


def text_schema(pattern: str, most: int, least: int = 0) -> dict[str, Any]:
    """The same for the OpenAPI."""
    return {"type": "string", "pattern": pattern, "maxLength": most, **({"minLength": least} if least else {})}
