"""Against texts that are made to cost time: a pattern that may read a character in two ways tries all of them."""

from __future__ import annotations

import time

import pytest

from gateway.web import texts

ANSWERED_WITHIN_S = 0.5
BLANKS = " " * 26
"""With each one more, a pattern of that kind takes twice as long: with these, seconds."""


@pytest.mark.parametrize("pattern", [texts.LINE, texts.WRITTEN, texts.WRITTEN_TWICE, texts.TRIMMED, texts.LINES])
@pytest.mark.parametrize("text", [f"a{BLANKS}\0", f"{BLANKS}\0", f"{BLANKS}aa{BLANKS}a\0", f"a{' a' * 26}\0"])
def test_a_text_that_fails_at_its_end_is_refused_at_once(pattern: str, text: str) -> None:
    begun_s = time.process_time()
    assert not texts.fits(text, pattern, 300)
    assert time.process_time() - begun_s < ANSWERED_WITHIN_S


@pytest.mark.parametrize("text", ["a", " a ", "\n\ta b\r\n c ", "\N{NO-BREAK SPACE}a", "a\N{IDEOGRAPHIC SPACE}"])
def test_lines_may_have_any_white_space_around_ink(text: str) -> None:
    assert texts.fits(text, texts.LINES, 300)


@pytest.mark.parametrize("text", ["", " ", "\n \t", "a\0", "a\N{ZERO WIDTH SPACE}", "\N{RIGHT-TO-LEFT OVERRIDE}a"])
def test_lines_may_not_hide_anything(text: str) -> None:
    assert not texts.fits(text, texts.LINES, 300)
