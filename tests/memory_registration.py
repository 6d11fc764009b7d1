"""The ports of registration in memory: items, our own public address, Safaricom's answers from a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.domain.registration import Addresses, Registration
from gateway.ports.registration import OwnAnswer, SafaricomsAnswer


class MemoryRegistrations:
    """The Registrations port."""

    def __init__(self) -> None:
        self.all: dict[str, Registration] = {}

    def read_registration(self, shortcode: str, /) -> Registration | None:
        return self.all.get(shortcode)

    def save_registration(self, before: Registration | None, after: Registration, /) -> bool:
        standing = self.all.get(after.shortcode)
        version = before.version if before is not None else 0
        if (standing.version if standing is not None else 0) != version:
            return False
        heard = standing.heard if standing is not None else ""
        self.all[after.shortcode] = replace(after, heard=heard, version=version + 1)
        return True

    def hear_test(self, shortcode: str, nonce: str, /) -> None:
        standing = self.all.get(shortcode)
        if standing is not None and standing.test == nonce:
            self.all[shortcode] = replace(standing, heard=nonce)


class ScriptedAddress:
    """The PublicAddress port: what is sent is handed to `answer`, and kept in `sent`."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.answer: Callable[[str, bytes], OwnAnswer] = lambda *_: OwnAnswer(None, why="Nobody is there.")

    def post(self, url: str, body: bytes, /) -> OwnAnswer:
        self.sent.append((url, body))
        return self.answer(url, body)


class ScriptedRegistrar:
    """The Registrar port. errors: raised, one a call, before it answers."""

    def __init__(self) -> None:
        self.asked: list[Addresses] = []
        self.errors: list[Exception] = []
        self.was_registered = False

    def register(self, token: str, addresses: Addresses, production: bool, /) -> SafaricomsAnswer:
        self.asked.append(addresses)
        if self.errors:
            raise self.errors.pop(0)
        return SafaricomsAnswer(
            self.was_registered, "Urls are already registered." if self.was_registered else "Success"
        )
