"""One look at the page: what the payer may see, and how they want to see it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from gateway.domain.claims import ClaimState
from gateway.domain.policy import MINUTE_MS
from gateway.domain.statuses import Flag
from gateway.web.checkout.markup import Html, prose, text
from gateway.web.payer_view import PROMPT_MAY_COME, PayerView, Screen, manual_of
from gateway.wording import Language, sentence

NUMBER = "number"
"""`?way=number`: the payer wants to give another number."""

CLAIM = "claim"
"""`?way=claim`: the payer says that it is paid, and gives the M-PESA code."""

LEAVES_WITHIN_MS = 10 * MINUTE_MS
TELLS_OF_EXTRA = frozenset({Flag.DUPLICATE_PAYMENT, Flag.OVERPAID})
"""What the payer must read before leaving."""

BY_HAND = frozenset({"paybill", "till"})
"""`?way=paybill`: the payer wants to type the payment in the M-PESA menu."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """wanted_language: of the query; links and forms carry it on. refresh: may reload itself without script.

    problem: what is wrong with the number that was typed. asked_twice: a request was wanted while one lives.
    claim_problem: what is wrong with the M-PESA code that was typed. auto_return_s: of the shop's settings.
    """

    view: PayerView
    language: Language
    code: str
    colour: str
    form_token: str
    client_token: str
    wanted_language: str | None = None
    way: str | None = None
    refresh: bool = True
    asked_twice: bool = False
    problem: str | None = None
    typed: str = ""
    claim_token: str = ""
    logo: str = ""
    claim_problem: str | None = None
    auto_return_s: int = 0

    def say(self, key: str, **values: object) -> Html:
        """A sentence as markup. shop and way are known to it."""
        return text(key, self.language, **{"shop": self.view.shop_name, "way": self.view.way, **values})

    def plain(self, key: str, **values: object) -> str:
        """A sentence as plain text. shop and way are known to it."""
        return sentence(key, self.language, **{"shop": self.view.shop_name, "way": self.view.way, **values})

    def headline(self, key: str, **values: object) -> tuple[Html, Html]:
        """The first sentence of a text, without its full stop, and the rest."""
        first, _, rest = self.say(key, **values).partition(". ")
        return Html(first.rstrip(".")), Html(rest)

    @property
    def failure(self) -> Html:
        """Why it was not paid."""
        return prose(self.view.failure_text(self.language) or "")

    @property
    def pays_by_hand(self) -> bool:
        """Whether the Paybill or Till steps are to be shown."""
        return self.way in BY_HAND and manual_of(self.view) is not None

    @property
    def changes_by_itself(self) -> bool:
        """Whether news may come while the payer looks."""
        if self.claims:
            return self.claim_state is ClaimState.CHECKING
        return self.pays_by_hand or self.view.screen in PROMPT_MAY_COME | {Screen.UNRESOLVED}

    @property
    def leaves_after_s(self) -> int | None:
        """Seconds until the page leads back to the shop by itself; None: it stays.

        So only where all is well and was paid just now: who comes back for the receipt later wants to see it.
        """
        view, paid_at_ms = self.view, self.view.state.paid_at_ms
        well = view.screen is Screen.PAID and not view.under_review and not view.state.flags & TELLS_OF_EXTRA
        fresh = paid_at_ms is not None and view.now_ms - paid_at_ms < LEAVES_WITHIN_MS
        wanted = self.auto_return_s if self.refresh and self.way is None and view.return_url else 0
        return wanted if well and fresh and wanted else None

    @property
    def claim_state(self) -> ClaimState | None:
        """What is told of the code that was claimed last; None: no code waits."""
        return self.view.claim[1] if self.view.claim else None

    @property
    def claims(self) -> bool:
        """Whether the screen is about an M-PESA code: asked for, or found and left to the shop."""
        if self.view.state.received_kes >= self.view.record.asked.amount_kes or self.view.state.returned_kes:
            return False
        if self.way == CLAIM or self.claim_problem:
            return True
        rests = self.way is None and self.view.screen not in PROMPT_MAY_COME
        return rests and self.claim_state in (ClaimState.CHECKING, ClaimState.TO_SHOP)

    def address(self, tail: str = "", **changes: str | None) -> str:
        """An address of this page, in the language that was chosen. changes: of the query."""
        query = {"lang": self.wanted_language, **changes}
        kept = {name: value for name, value in query.items() if value}
        return f"/pay/{self.code}{tail}" + (f"?{urlencode(kept)}" if kept else "")

    @property
    def here(self) -> str:
        """The address of this very look."""
        return self.address(way=self.way, refresh=None if self.refresh else "off")
