"""One look at a page of the console: who looks, at which shop, in which language, and what the page was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gateway.domain.shop import ShopSettings
from gateway.domain.staff import Right
from gateway.flows.sessions import Visitor
from gateway.ports import Keys
from gateway.settings import Settings
from gateway.web.checkout.markup import Html
from gateway.web.checkout.posted import form_fields
from gateway.web.console import words
from gateway.web.http import Request
from gateway.wording import Language


@dataclass(frozen=True, kw_only=True)
class Visit:
    """form_token: what every form of this sign-in carries. shop None: its settings are gone."""

    request: Request
    settings: Settings
    visitor: Visitor
    shop: ShopSettings | None
    keys: Keys
    form_token: str
    language: Language

    @property
    def owner(self) -> str:
        """Whose shop it is."""
        return self.visitor.owner

    @property
    def now_ms(self) -> int:
        """When the page was asked for."""
        return self.visitor.now_ms

    @cached_property
    def posted(self) -> dict[str, str]:
        """The fields of the form that was sent."""
        return form_fields(self.request.body)

    @property
    def back_to(self) -> str:
        """Where the thing is that a form was about: `/console/payments/pay_…` of a note on it."""
        return "/".join(self.request.path.split("/")[:4]) if self.request.path_parameters else "/console"

    def may(self, right: Right) -> bool:
        """Whether the person may do this."""
        return self.visitor.may(right)

    def say(self, key: str, **values: object) -> Html:
        """A text as markup."""
        return words.said(key, self.language, **values)

    def plain(self, key: str, **values: object) -> str:
        """A text without markup."""
        return words.plain(key, self.language, **values)
