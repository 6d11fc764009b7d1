"""Style and script of the payer's page, made ready once per process, and the headers that allow exactly these bytes."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent

SIZES: Final = {
    "t1": ".8125rem",
    "t2": ".9375rem",
    "t3": "1.0625rem",
    "t4": "1.25rem",
    "t5": "1.5rem",
    "t6": "2rem",
    "t7": "3rem",
    "t8": "4rem",
    "s1": "4px",
    "s2": "8px",
    "s3": "12px",
    "s4": "16px",
    "s5": "24px",
    "s6": "32px",
    "r1": "4px",
    "r2": "8px",
    "sans": 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif',
    "mono": 'ui-monospace,"SF Mono","Roboto Mono",Consolas,"Droid Sans Mono",monospace',
}
"""Tokens that no scheme changes: they are written out."""

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_COLOUR = re.compile(r"(--[a-z0-9-]+):(#[0-9a-f]{3,6})")
_USE = re.compile(r"var\(--([a-z0-9-]+)\)")
_DECLARATION = re.compile(r"[^{};]*var\(--[^{};]*")


@cache
def style() -> str:
    """The bytes between `<style>` and `</style>`, the same on every page."""
    source = _USE.sub(lambda use: SIZES.get(use[1], use[0]), written_style())
    light = dict(reversed(_COLOUR.findall(source)))
    source = "".join(line.strip() for line in source.splitlines())
    return _DECLARATION.sub(lambda found: _twice(found[0], light), source)


def written_style() -> str:
    """The style as it is written, with its variables, without comments."""
    return _COMMENT.sub("", _read("checkout.css"))


@cache
def script() -> str:
    """The bytes between `<script>` and `</script>`, the same on every page."""
    lines = (line.strip() for line in _read("checkout.js").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def headers() -> dict[str, str]:
    """What every page carries. Nothing may be loaded, framed, kept or run but what the page holds itself."""
    policy = (
        "default-src 'none'",
        f"script-src '{_hash(script())}'",
        f"style-src '{_hash(style())}'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=63072000",
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), "
        "web-share=(self)",
        "X-Robots-Tag": "noindex",
    }


def _twice(declaration: str, light: dict[str, str]) -> str:
    """The declaration with its light colours, then with variables: a browser without them keeps the first."""
    return f"{_USE.sub(lambda use: light['--' + use[1]], declaration)};{declaration}"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
