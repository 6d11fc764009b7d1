"""A shop as the gateway knows it: its shortcodes, its name, its limits. Public settings only, no secrets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

AMOUNT_KES_MAX = 250_000
"""Safaricom's limit for one transaction (December 2025). A shop may set a lower one."""


PAYOUTS = "payouts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcode:
    """Where money arrives. kind: "paybill" or "till"; "payouts": where it only goes out (`ShopSettings.accounts`).

    store_number: of a till, given by Safaricom at go-live.

    number: what payers type (paybill or till number). name: what the M-PESA message shows. pull: it is registered with
    Safaricom for Pull Transactions, so its list is asked for each hour.
    """

    number: str
    kind: str
    name: str
    store_number: str | None = None
    pull: bool = False

    @property
    def business_number(self) -> str:
        """The number that Daraja calls BusinessShortCode: the store number of a till, else the paybill itself."""
        return self.store_number or self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSettings:
    """One owner's settings. origins: browser origins that may call the checkout API and be returned to.

    colour: of the brand band, like "#0b5fff", dark enough for white letters. logo: a small PNG in base64, or empty.
    support_url: https, for payers who need help. auto_return_s: so long after it is paid the page leads back by itself;
    0: never. payout_shortcode: the B2C shortcode that pays out; empty: the shop pays nothing out. balance_low_kes:
    less than this in an account that pays out is told as `balance.low`; 0: nothing is.
    """

    owner: str
    name: str
    shortcodes: tuple[Shortcode, ...]
    origins: tuple[str, ...] = ()
    support_phone: str = ""
    support_url: str = ""
    auto_return_s: int = 0
    default_language: str = "en"
    colour: str = "#1f3a93"
    logo: str = ""
    amount_kes_max: int = AMOUNT_KES_MAX
    payout_shortcode: str = ""
    balance_low_kes: int = 0

    def shortcode(self, number: str) -> Shortcode | None:
        """The shortcode with this paybill, till or store number."""
        return _with_number(self.shortcodes, number)

    @property
    def accounts(self) -> tuple[Shortcode, ...]:
        """All that M-Pesa gives statements of: where money arrives, and the shortcode that only pays out."""
        if not self.payout_shortcode or self.shortcode(self.payout_shortcode):
            return self.shortcodes
        return (*self.shortcodes, Shortcode(number=self.payout_shortcode, kind=PAYOUTS, name=self.name))

    def account(self, number: str) -> Shortcode | None:
        """The one of them with this number."""
        return _with_number(self.accounts, number)


def _with_number(codes: Iterable[Shortcode], number: str) -> Shortcode | None:
    return next((code for code in codes if number in (code.number, code.store_number)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A credential of a shop's server. The secret itself is never stored, only its SHA-256.

    maker: verified subject of the person whose key it is, who cannot agree to what it asks for; empty: nobody's.
    """

    id: str
    owner: str
    livemode: bool
    publishable: bool
    scopes: frozenset[str] = field(default_factory=frozenset)
    name: str = ""
    revoked: bool = False
    expires_at_ms: int | None = None
    maker: str = ""
