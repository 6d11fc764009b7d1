"""A shop's colour and picture on its payers' pages."""

from __future__ import annotations

import base64
import struct

import pytest

from gateway.domain.brand import (
    LOGO_BYTES_MAX,
    carries_white,
    logo_problem,
    nearest_that_carries_white,
)


def png(width: int = 32, height: int = 32, size: int = 100) -> str:
    """The head of a picture, filled up with nothing."""
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)
    return base64.b64encode(head.ljust(size, b"\x00")).decode()


@pytest.mark.parametrize("colour", ["#1f3a93", "#000000", "#767676"])
def test_a_colour_that_carries_white_letters_is_its_own_nearest(colour: str) -> None:
    assert (True, colour) == (carries_white(colour), nearest_that_carries_white(colour))


@pytest.mark.parametrize("colour", ["#ffffff", "#ffff00", "#777777", "#34d399", "#f97316"])
def test_of_a_light_colour_a_darker_one_of_its_hue_is_proposed(colour: str) -> None:
    """It carries white letters, and one step lighter would not."""
    nearest = nearest_that_carries_white(colour)
    lighter = "#" + "".join(f"{min(int(nearest[at : at + 2], 16) * 102 // 100 + 1, 255):02x}" for at in (1, 3, 5))
    assert [False, True, False] == [carries_white(one) for one in (colour, nearest, lighter)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (png(), None),
        (png(size=LOGO_BYTES_MAX), None),
        (png(size=LOGO_BYTES_MAX + 1), "4097 bytes"),
        (png(513, 20), "513 by 20"),
        (png(0, 20), "0 by 20"),
        (base64.b64encode(b"<svg onload=pay()>").decode(), "no PNG"),
        ("data:image/png;base64,AAAA", "no base64"),
        (None, "give a PNG"),
    ],
)
def test_only_a_small_png_is_a_logo(text: object, problem: str | None) -> None:
    """A drawing may hold a script, a large picture the first answer's budget."""
    told = logo_problem(text)
    assert told is None if problem is None else problem in str(told)
