"""The page's style keeps its promises: contrast, one filled plate, doubt alone is dashed, old browsers see it too."""

from __future__ import annotations

import re

import pytest

from gateway.web.checkout import assets

STYLE = assets.style()
LIGHT, DARK = (dict(re.findall(r"--([a-z0-9-]+):(#[0-9a-f]+)", part)) for part in STYLE.split("@media", 2)[:2])
RULES = re.findall(r"([^{}]+)\{([^{}]*)\}", STYLE)
BODY_TEXT = 4.5
EDGE = 3.0


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2."""
    digits = "".join(one * 2 for one in colour[1:]) if len(colour) == 4 else colour[1:]
    channels = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back", "floor"),
    [
        ("text", "bg", BODY_TEXT),
        ("text", "surface", BODY_TEXT),
        ("text-2", "bg", BODY_TEXT),
        ("text-2", "surface", BODY_TEXT),
        ("action", "bg", BODY_TEXT),
        ("action", "surface", BODY_TEXT),
        ("on-action", "action", BODY_TEXT),
        ("on-action", "action-press", BODY_TEXT),
        ("on-paid", "paid", BODY_TEXT),
        ("text", "doubt-tint", BODY_TEXT),
        ("doubt-text", "doubt-tint", BODY_TEXT),
        ("text", "no-tint", BODY_TEXT),
        ("no-text", "no-tint", BODY_TEXT),
        ("no-text", "surface", BODY_TEXT),
        ("text", "person-tint", BODY_TEXT),
        ("person-text", "person-tint", BODY_TEXT),
        ("line-strong", "surface", EDGE),
        ("line-strong", "bg", EDGE),
        ("paid", "bg", EDGE),
        ("doubt", "bg", EDGE),
        ("doubt", "doubt-tint", EDGE),
        ("no", "bg", EDGE),
        ("person", "bg", EDGE),
    ],
)
def test_contrast_holds_in_both_schemes(scheme: dict[str, str], front: str, back: str, floor: float) -> None:
    assert contrast(scheme[front], scheme[back]) >= floor


def test_only_doubt_is_dashed() -> None:
    assert {".doubt"} == {selector for selector, body in RULES if "dashed" in body}


def test_only_the_paid_plate_is_filled_green() -> None:
    green = re.compile(r"background[^;]*(var\(--paid\)|#0a7a3c)")
    assert {".plate.paid"} == {selector for selector, body in RULES if green.search(body)}


def test_browsers_without_variables_get_each_colour_as_well() -> None:
    """Of two equal properties an old browser keeps the one it can read."""
    for selector, body in RULES:
        lines = [line.partition(":")[::2] for line in body.split(";") if line]
        for place, (name, value) in enumerate(lines):
            settled = re.sub(r"var\(--([a-z0-9-]+)\)", lambda use: LIGHT[use[1]], value)
            assert "var(" not in value or lines[place - 1] == (name, settled), selector


@pytest.mark.parametrize("modern", ["gap:", "grid", "clamp(", "inset", "aspect-ratio", ":has(", ":is("])
def test_nothing_that_old_webviews_do_not_know(modern: str) -> None:
    assert modern not in STYLE


def test_nothing_is_loaded_from_anywhere() -> None:
    assert "url(" not in STYLE
    assert "http" not in assets.script()
    assert "@import" not in STYLE
