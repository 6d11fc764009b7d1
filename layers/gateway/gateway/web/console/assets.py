"""Style and script of the console, made ready once per process, and the headers that allow exactly these bytes."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@cache
def style() -> str:
    """The bytes between `<style>` and `</style>`, the same on every page."""
    lines = (line.strip() for line in _COMMENT.sub("", _read("console.css")).splitlines())
    return "".join(lines)


@cache
def script() -> str:
    """The bytes between `<script>` and `</script>`, the same on every page."""
    lines = (line.strip() for line in _read("console.js").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def headers() -> dict[str, str]:
    """What every page carries. Nothing may be loaded, framed, kept or run but what the page holds itself.

    The referrer goes to ourselves alone: with none at all, browsers would hide the origin of our own forms.
    """
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
        "Referrer-Policy": "same-origin",
        "Strict-Transport-Security": "max-age=63072000",
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Robots-Tag": "noindex",
    }


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
