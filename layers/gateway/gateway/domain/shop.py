"""A shop as the gateway knows it: its shortcodes, its name, its limits. Public settings only, no secrets."""

from __future__ import annotations

from dataclasses import dataclass, field

AMOUNT_KES_MAX = 250_000
"""Safaricom's limit for one transaction (December 2025). A shop may set a lower one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcode:
    """Where money arrives. kind: "paybill" or "till". store_number: of a till, given by Safaricom at go-live.

    number: what payers type (paybill or till number). name: what the M-PESA message shows.
    """

    number: str
    kind: str
    name: str
    store_number: str | None = None

    @property
    def business_number(self) -> str:
        """The number that Daraja calls BusinessShortCode: the store number of a till, else the paybill itself."""
        return self.store_number or self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSettings:
    """One owner's settings. origins: browser origins that may call the checkout API and be returned to.

    colour: of the brand band, like "#0b5fff", dark enough for white letters. logo: a small PNG in base64, or empty.
    """

    owner: str
    name: str
    shortcodes: tuple[Shortcode, ...]
    origins: tuple[str, ...] = ()
    support_phone: str = ""
    default_language: str = "en"
    colour: str = "#1f3a93"
    logo: str = ""
    amount_kes_max: int = AMOUNT_KES_MAX

    def shortcode(self, number: str) -> Shortcode | None:
        """The shortcode with this paybill, till or store number."""
        return next((code for code in self.shortcodes if number in (code.number, code.store_number)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A credential of a shop's server. The secret itself is never stored, only its SHA-256."""

    id: str
    owner: str
    livemode: bool
    publishable: bool
    scopes: frozenset[str] = field(default_factory=frozenset)
    name: str = ""
    revoked: bool = False
    expires_at_ms: int | None = None
