"""Origins of browsers and of the addresses that a shop gives us."""

from __future__ import annotations

from urllib.parse import urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_DEFAULT_PORT = {"https": 443, "http": 80}


def origin_of(url: str) -> str | None:
    """Scheme, host and port of an http(s) address, like `https://shop.example`; None where it is no such address.

    Refuses blanks, control characters, backslashes and names before the host: browsers do not agree on them.
    """
    if not url.isascii() or not url.isprintable() or any(character in url for character in " \\"):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORT or not parts.hostname or "@" in parts.netloc:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port in (None, _DEFAULT_PORT[parts.scheme]) else f":{port}")


def is_loopback(origin: str) -> bool:
    """Whether it never leaves this machine."""
    return urlsplit(origin).hostname in _LOOPBACK
