"""The console's cookies: the session, the ticket of a sign-in under way, the chosen language.

`__Host-` ties a cookie to this very host over HTTPS. Only on one's own machine, over plain http and where no real money
moves, it goes without.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from gateway.domain.sessions import WHOLE_MS
from gateway.flows.sign_in import TICKET_MS
from gateway.settings import Settings
from gateway.web.http import Request
from gateway.web.origins import is_loopback

SESSION, TICKET, LANGUAGE = "session", "sign-in", "language"
YEAR_S = 365 * 24 * 3600


class Cookies:
    """The cookies of one request, and those of its answer."""

    def __init__(self, request: Request, settings: Settings) -> None:
        self._given = request.cookies
        origin = request.origin_of_host
        plain = urlsplit(origin).scheme == "http" and is_loopback(origin) and not settings.livemode
        self._prefix, self._secure = ("console-", "") if plain else ("__Host-", "; Secure")

    def read(self, name: str) -> str | None:
        """Its value; None where the browser has none."""
        return self._given.get(self._prefix + name) or None

    def session(self, secret: str) -> str:
        """The line that keeps a session."""
        return self._line(SESSION, secret, WHOLE_MS // 1000)

    def ticket(self, ticket: str) -> str:
        """The line that keeps the ticket of a sign-in under way."""
        return self._line(TICKET, ticket, TICKET_MS // 1000)

    def language(self, language: str) -> str:
        """The line that keeps the chosen language."""
        return self._line(LANGUAGE, language, YEAR_S)

    def without(self, name: str) -> str:
        """The line that forgets a cookie."""
        return self._line(name, "", 0)

    def _line(self, name: str, value: str, lasts_s: int) -> str:
        return f"{self._prefix}{name}={value}; Path=/; Max-Age={lasts_s}; HttpOnly; SameSite=Lax{self._secure}"
