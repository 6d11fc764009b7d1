"""What a shop may put on its payers' pages: a colour that carries white letters, a small picture. Nothing else."""

from __future__ import annotations

import base64
import binascii
import re

CONTRAST_MIN = 4.5
"""Of white letters on the shop's colour, as WCAG 2.2 asks for text."""

LOGO_BYTES_MAX = 4 * 1024
"""It stands in the page's first answer, which has 14 KB in all."""

LOGO_SIDE_MAX = 512
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

_LINEAR_MAX = 0.04045
"""Of sRGB: below it a value is proportional to light."""

_PNG = b"\x89PNG\r\n\x1a\n"
_HEADER_END = 24
"""Signature, length and name of the first chunk, width and height."""


def carries_white(colour: str) -> bool:
    """Whether white letters can be read on it."""
    return 1.05 / (_luminance(colour) + 0.05) >= CONTRAST_MIN


def nearest_that_carries_white(colour: str) -> str:
    """The same hue, only as much darker as is needed."""
    parts = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    darker = ("#" + "".join(f"{part * percent // 100:02x}" for part in parts) for percent in range(100, -1, -1))
    return next(one for one in darker if carries_white(one))


def logo_problem(text: object) -> str | None:
    """What is wrong with a logo in base64; None: nothing. Only PNG: it can hold no script and no address."""
    if not isinstance(text, str):
        return "give a PNG picture in base64, as `base64 -w0 logo.png` writes it"
    try:
        picture = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return "this is no base64; `base64 -w0 logo.png` writes it"
    if not picture.startswith(_PNG) or picture[12:16] != b"IHDR" or len(picture) < _HEADER_END:
        return "this is no PNG picture"
    if len(picture) > LOGO_BYTES_MAX:
        return f"the picture has {len(picture)} bytes; {LOGO_BYTES_MAX} are the most"
    sides = [int.from_bytes(picture[start : start + 4], "big") for start in (16, 20)]
    if not all(1 <= side <= LOGO_SIDE_MAX for side in sides):
        return f"the picture is {sides[0]} by {sides[1]} points; {LOGO_SIDE_MAX} are the most"
    return None


def _luminance(colour: str) -> float:
    """Relative luminance, 0 to 1, by WCAG 2.2."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= _LINEAR_MAX else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
